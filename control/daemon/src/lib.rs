//! The control process: owns the store, answers the management APIs, ships tables.
//!
//! `ringgate-control` opens the store ([`RedbStore`]), compiles what it holds, and serves the
//! management port (SigV4), the control socket (peer credentials) and the table socket
//! ([`Publisher`]). A change is durable, then compiled, then shipped, then answered.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod acme;
mod audit;
mod control;
mod counters;
pub mod entropy;
mod fetch;
mod http;
mod issuers;
mod keys;
pub mod limits;
mod listeners;
mod manager;
mod outgoing;
mod publisher;
mod run;
mod sessions;
mod store;
mod sts;
mod truststores;
mod undone;

pub use control::Control;
pub use fetch::Fetcher;
pub use issuers::Issuers;
pub use keys::{AccessKey, KEYS_MAX, KeyError, Keys, NewKey};
pub use publisher::{Attached, Catalog, Difference, Live, Publisher, Upgraded};
pub use run::{Settings, run};
pub use store::{FORMAT, OpenError, RedbStore};
pub use undone::Undone;
