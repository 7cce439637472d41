//! Events: requests on their way to a function.

mod authorizer;
mod body;
mod context;
mod fields;
mod path;
mod query;
mod v1;
mod v2;

use std::fmt;

use crate::json::Json;
use crate::limits::Limits;
use crate::request::{Context, Format, Request};

/// Why there is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFault {
    /// It would be longer than a function may be sent. Nobody recorded what an HTTP API answers
    /// between 6 and 10 MB; beyond that it is 413 `Request Entity Too Large`.
    TooLong {
        /// The limit that was passed.
        bytes_max: usize,
    },
}

impl fmt::Display for EventFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::TooLong { bytes_max } = self;
        write!(formatter, "the request as an event is longer than {bytes_max} bytes")
    }
}

impl std::error::Error for EventFault {}

/// What an authorizer is asked beside what the request says ("Lambda authorizers for HTTP APIs").
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// What the caller wants to call: `arn:aws:execute-api:…/prod/GET/pets/7`.
    pub arn: &'q str,
    /// The values of the identity sources, in their order.
    pub identity_sources: &'q [&'q str],
}

/// Writes the event of a request behind what `out` holds.
///
/// # Errors
/// [`EventFault::TooLong`]; `out` is then as it was.
pub fn write_event(
    format: Format,
    request: &Request<'_>,
    context: &Context<'_>,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<(), EventFault> {
    write(format, request, context, (None, limits), out)
}

/// Writes the event that asks an authorizer about a request, behind what `out` holds. It has no
/// content: a request is judged by its head.
///
/// # Errors
/// [`EventFault::TooLong`]; `out` is then as it was.
pub fn write_question(
    format: Format,
    request: &Request<'_>,
    context: &Context<'_>,
    question: &Question<'_>,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<(), EventFault> {
    write(format, request, context, (Some(question), limits), out)
}

fn write(
    format: Format,
    request: &Request<'_>,
    context: &Context<'_>,
    (question, limits): (Option<&Question<'_>>, &Limits),
    out: &mut Vec<u8>,
) -> Result<(), EventFault> {
    let len = out.len();
    let mut json = Json::new(out, limits.event_bytes_max);
    match format {
        Format::V1 => v1::write(&mut json, request, context, question),
        Format::V2 => v2::write(&mut json, request, context, question),
    }
    if json.is_full() {
        out.truncate(len);
        return Err(EventFault::TooLong { bytes_max: limits.event_bytes_max });
    }
    Ok(())
}
