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
    let len = out.len();
    let mut json = Json::new(out, limits.event_bytes_max);
    match format {
        Format::V1 => v1::write(&mut json, request, context),
        Format::V2 => v2::write(&mut json, request, context),
    }
    if json.is_full() {
        out.truncate(len);
        return Err(EventFault::TooLong { bytes_max: limits.event_bytes_max });
    }
    Ok(())
}
