//! Who is calling: AWS Signature Version 4, verified, and made for calls of our own; JSON Web
//! Tokens, verified.
//!
//! Pure: no I/O, no clock of its own. The caller hands in the request's raw parts, the time and a
//! way to look a secret up; the answer is an identity or a refusal with AWS's error code.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod jwt;
pub mod sigv4;
