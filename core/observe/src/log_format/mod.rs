//! Access-log formats of HTTP APIs: `AccessLogSettings.format`, text of any shape with `$context`
//! variables in it.
//!
//! A format is parsed once, and writes one line per request without an allocation. What AWS says
//! ("Configure logging for HTTP APIs", its API Gateway guide) and what it was seen to do:
//!
//! * a missing value is `-`;
//! * the format is one line and has `$context.requestId` or `$context.extendedRequestId` in it;
//! * variables that HTTP APIs do not have are refused, those of REST APIs too;
//! * values are escaped as in a string of JSON: in 2024 a User-Agent of `"x"` was logged as
//!   `\"x\"`. AWS does not say in which formats; here in all: it keeps a line one line. Apache
//!   does the same in the Common Log Format.
//!
//! Where AWS's line would be no JSON though its format is, it is here: a value that stands by
//! itself (`"status": $context.status`) is quoted unless it is a number, `true` or `false`, and
//! `null` when missing.

mod error;
mod piece;
mod place;
mod record;
mod scan;
mod value;
mod variable;

pub use error::{FormatError, Unknown};
pub use value::{Value, Values};
pub use variable::{Known, Variable};

use piece::Piece;
use ringgate_model::limits::ACCESS_LOG_FORMAT_BYTES_MAX;

/// A parsed format.
#[derive(Clone, Debug)]
pub struct LogFormat {
    pieces: Vec<Piece>,
}

impl LogFormat {
    /// Parses a format. One line break at its end is no part of it.
    ///
    /// # Errors
    /// What is wrong with it, for people; all unknown variables at once.
    pub fn parse(format: &str) -> Result<Self, FormatError> {
        if format.len() > ACCESS_LOG_FORMAT_BYTES_MAX {
            return Err(FormatError::TooLong(format.len()));
        }
        let line = format.strip_suffix('\n').unwrap_or(format);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(['\n', '\r']) {
            return Err(FormatError::NotOneLine);
        }
        let mut pieces = scan::pieces(line)?;
        if !pieces.iter().any(Piece::is_request_id) {
            return Err(FormatError::NoRequestId);
        }
        place::place(&mut pieces);
        Ok(Self { pieces })
    }

    /// The variables in it, in order.
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        self.pieces.iter().filter_map(Piece::variable)
    }

    /// Appends the line of one request, with its line break.
    pub fn write(&self, values: &impl Values, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Variable { variable, property, place } => {
                    values.value(*variable, property).write(*variable, *place, out);
                }
            }
        }
        out.push(b'\n');
    }
}
