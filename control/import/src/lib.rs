//! Descriptions of an API in other people's formats, read into what Ringgate is to make of them.
//!
//! [`openapi::read`] takes an OpenAPI 3 document with `x-amazon-apigateway-*` extensions and gives
//! a [`Desired`]; [`diff`] says what applying it would change. Pure: text in, structs out. Nothing
//! unknown is passed over: what AWS knows and Ringgate does not do yet is refused by name.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod desired;
mod diff;
mod json;
pub mod limits;
mod node;
pub mod openapi;
mod problem;
mod report;
mod yaml;

pub use desired::{Desired, DesiredRoute, DesiredStage};
pub use diff::{Action, Change, Diff, FieldChange, diff, diff_api};
pub use problem::Problem;
