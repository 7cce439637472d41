//! State that traffic leaves behind and that outlives a table: which targets of an origin are well,
//! how busy they are, and which is next; and how many requests may pass yet.
//!
//! Pure: time and randomness are arguments.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod balance;
pub mod limits;
pub mod throttle;
