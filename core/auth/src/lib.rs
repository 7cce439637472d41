//! Who is calling: AWS Signature Version 4, verified, and made for calls of our own; JSON Web
//! Tokens, verified; session tokens of temporary credentials, sealed and opened. What they may do:
//! IAM policies.
//!
//! Pure: no I/O, no clock of its own. [`sigv4`] takes the request's raw parts, the time and a way
//! to look a secret up; the answer is an identity or a refusal with AWS's error code. [`policy`]
//! takes who asks for what in which context; the answer is a decision and the statement it comes
//! from.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod base64;
mod json;
pub mod jwt;
pub mod policy;
pub mod session;
pub mod sigv4;
