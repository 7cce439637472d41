//! A server of `h2` in memory, and a client that writes its bytes by hand.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

pub(crate) mod app;
pub(crate) mod executor;
pub(crate) mod frames;
pub(crate) mod rule;
pub(crate) mod server;
