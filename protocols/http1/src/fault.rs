use std::error::Error;
use std::fmt;

/// Why a response head from an origin cannot be used. The client gets a 502, the origin's
/// connection is closed (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFault {
    /// Not `HTTP/1.0` or `HTTP/1.1`, a three-digit status, and a reason.
    StatusLine,
    /// A status outside 100 to 599 (RFC 9110 section 15).
    Status,
    /// A line ends in LF without CR.
    BareLf,
    /// A field name that is no token; white space before the colon; obs-fold.
    FieldName,
    /// A control byte in a field value.
    FieldValue,
    /// More than [`crate::limits::RESPONSE_HEAD_BYTES_MAX`].
    HeadTooLarge,
    /// More than [`crate::limits::RESPONSE_FIELDS_MAX`].
    TooManyFields,
    /// A Content-Length that is no plain decimal number, or too large.
    LengthInvalid,
    /// Two Content-Length fields, the same or not.
    LengthRepeated,
    /// Content-Length beside Transfer-Encoding.
    LengthWithCoding,
    /// Transfer-Encoding other than exactly one `chunked`.
    Coding,
    /// Transfer-Encoding on HTTP/1.0.
    CodingOnHttp10,
    /// An interim (1xx) response that announces content.
    InterimContent,
    /// More Connection options than [`crate::limits::CONNECTION_OPTIONS_MAX`].
    ConnectionOption,
}

impl ResponseFault {
    /// What was wrong, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::StatusLine => "malformed status line",
            Self::Status => "status outside 100 to 599",
            Self::BareLf => "a line ends in LF without CR",
            Self::FieldName => "malformed field name",
            Self::FieldValue => "illegal byte in a field value",
            Self::HeadTooLarge => "response head too large",
            Self::TooManyFields => "too many fields",
            Self::LengthInvalid => "malformed Content-Length",
            Self::LengthRepeated => "more than one Content-Length",
            Self::LengthWithCoding => "both Content-Length and Transfer-Encoding",
            Self::Coding => "Transfer-Encoding is not chunked",
            Self::CodingOnHttp10 => "Transfer-Encoding on HTTP/1.0",
            Self::InterimContent => "an interim response with content",
            Self::ConnectionOption => "too many Connection options",
        }
    }
}

impl fmt::Display for ResponseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for ResponseFault {}
