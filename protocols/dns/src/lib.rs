//! Names to addresses, as a stub resolver finds them (RFC 1034 section 5.3.1): asks the servers of
//! `resolv.conf` for A and AAAA records at once, and says how long the answer holds.
//!
//! Sans-I/O: a [`Lookup`] says what to send to whom and is told what came; [`Hosts`] and
//! [`ResolvConf`] read the texts of their files. The wire format is hickory-proto's.
//! `LIFECYCLE.md` draws the states.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod hosts;
pub mod limits;
mod lookup;
mod message;
mod outcome;
mod question;
mod resolv_conf;

pub use hosts::Hosts;
pub use lookup::{Lookup, Step, Transmit};
pub use message::Family;
pub use outcome::Outcome;
pub use resolv_conf::ResolvConf;
