//! Descriptions of an API in other people's formats, read into what Ringgate is to make of them.
//!
//! [`openapi::read`] takes an OpenAPI 3 document with `x-amazon-apigateway-*` extensions and gives
//! a [`Desired`]; [`diff`] says what applying it would change; [`export`] goes the other way. Pure:
//! text in, structs out, and back. Nothing unknown is passed over: [`openapi::read`] refuses it by
//! name, [`openapi::import`] leaves it out with a warning.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod desired;
mod diff;
pub mod export;
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
