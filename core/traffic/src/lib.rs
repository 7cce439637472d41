//! State that traffic leaves behind and that outlives a table: which targets of an origin are well,
//! how busy they are, and which is next; how many requests may pass yet; what others have said of
//! requests that look alike.
//!
//! Pure: time and randomness are arguments.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod balance;
pub mod kept;
pub mod limits;
pub mod throttle;
