//! HTTP in front of [`crate::Control`]: the management port and the control socket.

mod acm;
mod api_metrics;
mod authenticate;
mod authorize;
mod aws_json;
mod body;
mod callers;
mod exposition;
mod functions;
mod management;
mod metrics;
mod native;
mod query;
mod redirect;
mod respond;
mod server;
mod trail;
mod wire;

pub(crate) use server::{App, Served, serve};
