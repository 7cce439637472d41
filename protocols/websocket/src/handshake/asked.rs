use super::extension;
use super::fault::HandshakeFault;
use super::fields::{EXTENSIONS, Fields, PROTOCOL};
use super::key::Key;
use super::names::Names;
use super::syntax::token;
use super::upgrade::is_websocket;
use crate::limits::{EXTENSIONS_MAX, PROTOCOLS_MAX};

/// What a client's handshake asked for, kept until the origin answers. Owns the little it needs:
/// the head is gone by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    key: Key,
    pub(super) protocols: Names,
    pub(super) extensions: Names,
}

impl Asked {
    /// Reads a client's HTTP/1.1 handshake (RFC 6455 section 4.2.1). `fields` are all of the
    /// request's, names in any case. The request goes on with `connection: Upgrade`,
    /// `upgrade: websocket` and its `sec-websocket-*` fields as they are.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of [`HandshakeFault`]'s variants.
    pub fn from_request<'f>(
        method: &str,
        http11: bool,
        fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, HandshakeFault> {
        if method != "GET" {
            return Err(HandshakeFault::Method);
        }
        if !http11 {
            return Err(HandshakeFault::HttpVersion);
        }
        let fields = Fields::new(fields);
        if !fields.listed("upgrade").any(is_websocket) {
            return Err(HandshakeFault::NotWebSocket);
        }
        if !fields.connection_upgrade() {
            return Err(HandshakeFault::Connection);
        }
        check_version(&fields)?;
        let key = fields.only("sec-websocket-key").and_then(Key::parse);
        Self::offered(key.ok_or(HandshakeFault::Key)?, &fields)
    }

    /// Reads a client's HTTP/2 handshake: an extended CONNECT with this `:protocol` (RFC 8441
    /// section 5). For an origin on HTTP/1.1 it becomes a GET with a key of the gateway's own, made
    /// from 16 random bytes; keys of the client's mean nothing there and are not to go on.
    ///
    /// The origin's 101 becomes a 200 without `connection`, `upgrade` and `sec-websocket-accept`.
    ///
    /// # Errors
    /// As [`Asked::from_request`].
    pub fn from_connect<'f>(
        protocol: &str,
        random: [u8; 16],
        fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, HandshakeFault> {
        if !is_websocket(protocol.as_bytes()) {
            return Err(HandshakeFault::NotWebSocket);
        }
        let fields = Fields::new(fields);
        check_version(&fields)?;
        Self::offered(Key::of(random), &fields)
    }

    fn offered(key: Key, fields: &Fields<'_>) -> Result<Self, HandshakeFault> {
        if fields.has("transfer-encoding") || fields.named("content-length").any(|v| v != b"0") {
            return Err(HandshakeFault::Content);
        }
        let protocols = offered_protocols(fields)?.into_iter().collect();
        let extensions = offered_extensions(fields)?.into_iter().collect();
        Ok(Self { key, protocols, extensions })
    }

    /// The value of Sec-WebSocket-Key that the origin is sent.
    pub fn key(&self) -> &[u8; 24] {
        self.key.text()
    }

    /// The value of Sec-WebSocket-Accept that answers the key: what the origin must say, or what a
    /// gateway that is itself the server says (RFC 6455 section 4.2.2).
    pub fn accept(&self) -> [u8; 28] {
        self.key.accept()
    }

    /// The subprotocols asked for, in the client's order of preference.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        self.protocols.iter()
    }

    /// The names of the extensions asked for, each one once.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.extensions.iter()
    }
}

fn check_version(fields: &Fields<'_>) -> Result<(), HandshakeFault> {
    match fields.only("sec-websocket-version") {
        Some(b"13") => Ok(()),
        _ => Err(HandshakeFault::Version),
    }
}

/// RFC 6455 section 4.1, item 10: tokens, each one once.
fn offered_protocols<'f>(fields: &Fields<'f>) -> Result<Vec<&'f str>, HandshakeFault> {
    let mut protocols = Vec::new();
    for element in fields.listed(PROTOCOL) {
        let protocol = token(element).ok_or(HandshakeFault::ProtocolList)?;
        if protocols.contains(&protocol) {
            return Err(HandshakeFault::ProtocolRepeated);
        }
        if protocols.len() == PROTOCOLS_MAX {
            return Err(HandshakeFault::TooManyProtocols);
        }
        protocols.push(protocol);
    }
    if protocols.is_empty() && fields.has(PROTOCOL) {
        return Err(HandshakeFault::ProtocolList);
    }
    Ok(protocols)
}

/// RFC 6455 section 9.1. One extension may be offered with several sets of parameters.
fn offered_extensions<'f>(fields: &Fields<'f>) -> Result<Vec<&'f str>, HandshakeFault> {
    let mut offered = Vec::new();
    let mut count = 0;
    for value in fields.named(EXTENSIONS) {
        for name in extension::names(value).ok_or(HandshakeFault::ExtensionList)? {
            count += 1;
            if count > EXTENSIONS_MAX {
                return Err(HandshakeFault::TooManyExtensions);
            }
            if !offered.contains(&name) {
                offered.push(name);
            }
        }
    }
    Ok(offered)
}
