use std::error::Error;
use std::fmt;

/// Why an HTTP/1.1 message cannot be sent in HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// A status outside 100 to 599, or 101, which HTTP/2 does not have (RFC 9113 section 8.6).
    Status,
    /// A field name that is no token.
    FieldName,
    /// A control byte in a field value.
    FieldValue,
    /// More fields than [`crate::limits::RESPONSE_FIELDS_MAX`].
    TooManyFields,
    /// A method that is no token, or CONNECT.
    Method,
    /// A scheme, authority or path that makes no URI.
    Target,
}

impl Unsendable {
    /// What was wrong, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Status => "a status that HTTP/2 does not have",
            Self::FieldName => "malformed field name",
            Self::FieldValue => "illegal byte in a field value",
            Self::TooManyFields => "too many fields",
            Self::Method => "a method that cannot be sent",
            Self::Target => "a target that cannot be sent",
        }
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Unsendable {}
