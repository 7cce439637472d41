//! One file per command.

mod apis;
mod apply;
mod audit;
mod completions;
mod export;
mod functions;
mod key;
mod logs;
mod routes;
mod status;
mod top;
mod upgrade;
mod validate;

pub(crate) use apis::{apis, named};
pub(crate) use apply::apply;
pub(crate) use audit::audit;
pub(crate) use completions::completions;
pub(crate) use export::export;
pub(crate) use functions::functions;
pub(crate) use key::key;
pub(crate) use logs::{Wanted, logs};
pub(crate) use routes::routes;
pub(crate) use status::status;
pub(crate) use top::{Looks, top};
pub(crate) use upgrade::upgrade;
pub(crate) use validate::validate;

use serde_json::Value;

use crate::say::say;

/// A member as a cell of a table.
fn cell(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn print_json(value: &Value) {
    say(format_args!("{value:#}"));
}
