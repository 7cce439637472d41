//! What happened: counters that cost one store, access-log records, and the formats that users give
//! their access logs. Pure; writing them out is the journal thread's work.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access_log;
mod counters;
mod destination;
mod log_format;
mod meter;
mod readings;

pub use access_log::{Caller, Record};
pub use counters::{Counter, Counters, Totals};
pub use destination::{Destination, Destinations};
pub use log_format::{FormatError, Known, LogFormat, Unknown, Value, Values, Variable};
pub use meter::{Counts, Meter, Reading, Sample};
pub use readings::{Metered, Readings};
