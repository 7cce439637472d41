//! The door of the host: HTTP/1.1, signed.

mod auth;
mod body;
mod control;
mod respond;
mod server;

pub(crate) use body::Channel;
pub(crate) use control::Control;
pub(crate) use respond::{Reply, json, no_content, whole};
pub(crate) use server::{Request, serve};
