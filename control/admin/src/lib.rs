//! The apigatewayv2 operations: what the management port and the control socket answer.
//!
//! Pure and synchronous over a [`Store`]: no socket, no clock, no randomness of its own. One call
//! comes in as raw HTTP parts ([`Call`]), one [`Answer`] goes out; what it changed is durable by
//! then, and was compiled before it was stored, so a stored state always has its tables.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod admin;
mod api;
mod apply;
mod autodeploy;
mod call;
mod cors;
mod deployment;
mod error;
mod faults;
mod fields;
mod integration;
mod json;
mod keys;
mod memory;
mod operation;
mod paging;
mod query;
mod quick;
mod reply;
mod route;
mod session;
mod shelf;
mod stage;
mod store;
mod tags;
mod target;
mod workspace;

pub use admin::{Admin, Applied, Options};
pub use call::{Answer, Call};
pub use error::{Code, Error};
pub use memory::MemoryStore;
pub use store::{Entries, Store, StoreError, Transaction};
