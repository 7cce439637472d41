//! Parameter mapping of HTTP APIs: what `requestParameters` and `responseParameters` change in a
//! request or an answer, and the values they change it to (AWS, "Transform API requests and
//! responses for HTTP APIs").
//!
//! A mapping's key says what is done to what ([`Action`], [`Target`]); its value is an expression
//! of [`Source`]s ([`parse`]), whose value is [`write`]n from what a request or an answer holds
//! ([`Sources`]). Parameters of service integrations are such expressions too.
//!
//! Pure. A value is written where it goes and nowhere else; [`Place`] says what may stand there, so
//! that nothing a client or an integration sends ends a line, a path or a parameter.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod body;
mod dot_segment;
mod encode;
mod error;
mod expression;
mod json;
mod json_path;
pub mod limits;
mod query;
mod reserved;
mod source;
mod target;
mod write;

pub use body::Body;
pub use dot_segment::has_dot_segment;
pub use encode::{Place, Refused};
pub use error::MappingError;
pub use expression::{Scope, is_token as is_field_name, parse};
pub use query::{edit_query, has_parameter, write_parameter};
pub use reserved::is_reserved;
pub use source::{Source, Sources};
pub use target::{Action, Target, check, check_status_code, status_code};
pub use write::write;
