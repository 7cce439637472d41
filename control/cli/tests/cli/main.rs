//! The built `ringgate`, run as people run it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod commands;
mod common;
mod up;
