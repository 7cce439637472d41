use std::error::Error;
use std::fmt;

/// Why a request is refused. After any of these the connection is answered and closed: where one
/// request ends and the next begins can no longer be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Before the request line, too many empty lines or a lone CR or LF (RFC 9112 section 2.2).
    LeadingLines,
    /// A line ends in LF without CR (RFC 9112 section 2.2).
    BareLf,
    /// Not `method SP target SP version` (RFC 9112 section 3).
    RequestLine,
    /// A method longer than any we forward.
    MethodTooLong,
    /// CONNECT: a gateway is no tunnel.
    ConnectMethod,
    /// A target of no form that RFC 9112 section 3.2 knows, or not allowed with this method.
    Target,
    /// A target with a byte or a percent-encoding that RFC 3986 does not allow.
    TargetByte,
    /// No end of the request line within the head's limit.
    TargetTooLong,
    /// No HTTP version where one should stand.
    VersionMalformed,
    /// A major version that is not spoken here.
    VersionUnsupported,
    /// A field name that is no token: empty, with white space, or no colon at all; obs-fold too.
    FieldName,
    /// A control byte (NUL, bare CR, ...) in a field value.
    FieldValue,
    /// More than a head may have.
    HeadTooLarge,
    /// More than [`crate::limits::REQUEST_FIELDS_MAX`].
    TooManyFields,
    /// HTTP/1.1 without Host.
    HostMissing,
    /// Two Host fields.
    HostRepeated,
    /// A Host that is no `uri-host [":" port]`.
    HostInvalid,
    /// A Content-Length that is no plain decimal number.
    LengthInvalid,
    /// Two Content-Length fields, the same or not.
    LengthRepeated,
    /// A Content-Length over [`crate::limits::SIZE_BYTES_MAX`].
    LengthTooLarge,
    /// Content-Length beside Transfer-Encoding.
    LengthWithCoding,
    /// Transfer-Encoding that is no list of codings, or `chunked` twice, or with parameters.
    CodingMalformed,
    /// A transfer coding other than `chunked`: not understood, so 501 (RFC 9112 section 6.1); the
    /// 400 of section 6.3 for `chunked` not last is for servers that know the codings.
    CodingUnknown,
    /// Transfer-Encoding on HTTP/1.0.
    CodingOnHttp10,
    /// `Transfer_Encoding` or `Content_Length`, which some origins take for the real ones.
    UnderscoredFraming,
    /// A Connection option that is no token, or too many of them.
    ConnectionOption,
    /// An expectation other than 100-continue.
    Expectation,
    /// TRACE with content.
    TraceContent,
}

impl Refusal {
    /// The status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::HeadTooLarge | Self::TooManyFields => 431,
            Self::MethodTooLong | Self::ConnectMethod | Self::CodingUnknown => 501,
            Self::VersionUnsupported => 505,
            _ => 400,
        }
    }

    /// What was wrong, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::LeadingLines => "odd or too many line ends before the request line",
            Self::BareLf => "a line ends in LF without CR",
            Self::RequestLine => "malformed request line",
            Self::MethodTooLong => "method too long",
            Self::ConnectMethod => "CONNECT is not served here",
            Self::Target => "malformed request target",
            Self::TargetByte => "illegal byte in the request target",
            Self::TargetTooLong => "request line too long",
            Self::VersionMalformed => "malformed HTTP version",
            Self::VersionUnsupported => "unsupported HTTP version",
            Self::FieldName => "malformed field name",
            Self::FieldValue => "illegal byte in a field value",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyFields => "too many fields",
            Self::HostMissing => "no Host field",
            Self::HostRepeated => "more than one Host field",
            Self::HostInvalid => "malformed Host field",
            Self::LengthInvalid => "malformed Content-Length",
            Self::LengthRepeated => "more than one Content-Length",
            Self::LengthTooLarge => "Content-Length too large",
            Self::LengthWithCoding => "both Content-Length and Transfer-Encoding",
            Self::CodingMalformed => "malformed Transfer-Encoding",
            Self::CodingUnknown => "unknown transfer coding",
            Self::CodingOnHttp10 => "Transfer-Encoding on HTTP/1.0",
            Self::UnderscoredFraming => "a framing field spelled with an underscore",
            Self::ConnectionOption => "malformed Connection field",
            Self::Expectation => "unknown expectation",
            Self::TraceContent => "TRACE with content",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Refusal {}
