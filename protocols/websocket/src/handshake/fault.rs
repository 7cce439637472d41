use std::error::Error;
use std::fmt;

/// Why an opening handshake fails. [`HandshakeFault::status`] is the answer to the client: its own
/// mistakes are 4xx, the origin's are 502, and the origin's connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// A method other than GET.
    Method,
    /// A version before HTTP/1.1.
    HttpVersion,
    /// Upgrade does not list `websocket`, or `:protocol` is another one.
    NotWebSocket,
    /// Connection does not list `upgrade`.
    Connection,
    /// Sec-WebSocket-Version is not exactly 13.
    Version,
    /// Sec-WebSocket-Key is not exactly one field of 16 bytes in base64.
    Key,
    /// The request announces content.
    Content,
    /// Sec-WebSocket-Protocol is no list of tokens.
    ProtocolList,
    /// Sec-WebSocket-Protocol names a protocol twice.
    ProtocolRepeated,
    /// More protocols than [`crate::limits::PROTOCOLS_MAX`].
    TooManyProtocols,
    /// Sec-WebSocket-Extensions is no list of extensions.
    ExtensionList,
    /// More extensions than [`crate::limits::EXTENSIONS_MAX`].
    TooManyExtensions,
    /// The origin's status is not 101.
    ResponseStatus,
    /// The origin's Upgrade is not exactly `websocket`.
    ResponseUpgrade,
    /// The origin's Connection does not list `upgrade`.
    ResponseConnection,
    /// The origin's Sec-WebSocket-Accept is not exactly one right answer to the key.
    Accept,
    /// The origin chose a protocol that was not offered, or several.
    ResponseProtocol,
    /// The origin's Sec-WebSocket-Extensions is not exactly one list of extensions.
    ResponseExtensionList,
    /// The origin chose an extension that was not offered, or one twice.
    ResponseExtension,
}

/// RFC 9110 section 15.5.22 and RFC 6455 section 4.2.2: what a 426 must say.
const UPGRADE_REQUIRED: &[(&str, &str)] =
    &[("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];

impl HandshakeFault {
    /// The status of the answer. 501 is what RFC 9220 section 3 has for an unknown `:protocol`.
    pub fn status(self) -> u16 {
        match self {
            Self::NotWebSocket => 501,
            Self::Version => 426,
            Self::ResponseStatus
            | Self::ResponseUpgrade
            | Self::ResponseConnection
            | Self::Accept
            | Self::ResponseProtocol
            | Self::ResponseExtensionList
            | Self::ResponseExtension => 502,
            _ => 400,
        }
    }

    /// The fields that the answer must carry. HTTP/2 has no `connection` and no `upgrade`: there
    /// they are left out.
    pub fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Version => UPGRADE_REQUIRED,
            _ => &[],
        }
    }

    /// What was wrong, in a few words for answers, logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Method => "a WebSocket handshake is a GET",
            Self::HttpVersion => "a WebSocket handshake needs HTTP/1.1",
            Self::NotWebSocket => "no other protocol than websocket can be upgraded to",
            Self::Connection => "Connection does not list upgrade",
            Self::Version => "Sec-WebSocket-Version must be 13",
            Self::Key => "Sec-WebSocket-Key must be one field, 16 bytes in base64",
            Self::Content => "a WebSocket handshake has no content",
            Self::ProtocolList => "Sec-WebSocket-Protocol must be a list of tokens",
            Self::ProtocolRepeated => "Sec-WebSocket-Protocol names a protocol twice",
            Self::TooManyProtocols => "too many protocols in Sec-WebSocket-Protocol",
            Self::ExtensionList => "malformed Sec-WebSocket-Extensions",
            Self::TooManyExtensions => "too many extensions in Sec-WebSocket-Extensions",
            Self::ResponseStatus => "the origin's status is not 101",
            Self::ResponseUpgrade => "the origin's Upgrade is not websocket",
            Self::ResponseConnection => "the origin's Connection does not list upgrade",
            Self::Accept => "the origin's Sec-WebSocket-Accept does not answer the key",
            Self::ResponseProtocol => "the origin's Sec-WebSocket-Protocol was not offered",
            Self::ResponseExtensionList => "the origin's Sec-WebSocket-Extensions is not one list",
            Self::ResponseExtension => "the origin's Sec-WebSocket-Extensions was not offered",
        }
    }
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for HandshakeFault {}
