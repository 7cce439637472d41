//! What happened: counters that cost one store, and access-log records. Pure; writing them out is
//! the journal thread's work.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access_log;
mod counters;

pub use access_log::Record;
pub use counters::{Counter, Counters, Totals};
