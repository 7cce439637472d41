use std::error::Error;
use std::fmt;

use rustls::{CertificateError, Error as RustlsError};

/// Why a session is over. Its alert, if the peer is owed one, waits in
/// [`crate::Session::take_output`]; then the connection is closed.
#[derive(Clone, Debug)]
pub struct TlsFault {
    kind: TlsFaultKind,
    cause: Option<Box<RustlsError>>,
}

/// The kinds of [`TlsFault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFaultKind {
    /// The client's ALPN list holds nothing that is spoken here (RFC 7301 section 3.2).
    NoCommonProtocol,
    /// No version, cipher suite, group or signature scheme in common.
    Incompatible,
    /// The peer's certificate is not accepted.
    Certificate,
    /// The peer ended the session with a fatal alert.
    PeerAlert,
    /// Not TLS, or broken in its encoding.
    Malformed,
    /// A record that is too long.
    Oversized,
    /// A record whose protection does not hold: changed, repeated or of another session.
    Protection,
    /// The peer breaks the protocol.
    Misbehaved,
    /// The connection ended without close_notify: what came may not be all (RFC 8446 section 6.1).
    Truncated,
    /// Asked to send before the handshake is over.
    NotEstablished,
    /// Asked to send after close_notify.
    Closed,
    /// The keys have protected as many records as they may, and TLS 1.2 cannot change them.
    KeysExhausted,
    /// Anything else, such as a failing random generator.
    Internal,
}

impl TlsFaultKind {
    /// What happened, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoCommonProtocol => "no application protocol in common",
            Self::Incompatible => "no TLS parameters in common",
            Self::Certificate => "certificate not accepted",
            Self::PeerAlert => "the peer sent a fatal alert",
            Self::Malformed => "not TLS, or malformed",
            Self::Oversized => "record too long",
            Self::Protection => "record protection broken",
            Self::Misbehaved => "TLS protocol violated",
            Self::Truncated => "ended without close_notify",
            Self::NotEstablished => "handshake not complete",
            Self::Closed => "already closed",
            Self::KeysExhausted => "TLS 1.2 keys used up",
            Self::Internal => "TLS failed",
        }
    }
}

impl TlsFault {
    /// What kind of fault.
    pub fn kind(&self) -> TlsFaultKind {
        self.kind
    }

    /// What is wrong with the peer's certificate, where that is the fault.
    pub fn certificate_error(&self) -> Option<&CertificateError> {
        match self.cause.as_deref() {
            Some(RustlsError::InvalidCertificate(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<TlsFaultKind> for TlsFault {
    fn from(kind: TlsFaultKind) -> Self {
        Self { kind, cause: None }
    }
}

impl From<RustlsError> for TlsFault {
    fn from(cause: RustlsError) -> Self {
        let kind = match &cause {
            RustlsError::NoApplicationProtocol => TlsFaultKind::NoCommonProtocol,
            RustlsError::PeerIncompatible(_) => TlsFaultKind::Incompatible,
            RustlsError::InvalidCertificate(_)
            | RustlsError::NoCertificatesPresented
            | RustlsError::UnsupportedNameType => TlsFaultKind::Certificate,
            RustlsError::AlertReceived(_) => TlsFaultKind::PeerAlert,
            RustlsError::InvalidMessage(rustls::InvalidMessage::MessageTooLarge)
            | RustlsError::PeerSentOversizedRecord => TlsFaultKind::Oversized,
            RustlsError::InvalidMessage(_) => TlsFaultKind::Malformed,
            RustlsError::DecryptError => TlsFaultKind::Protection,
            RustlsError::PeerMisbehaved(_)
            | RustlsError::InappropriateMessage { .. }
            | RustlsError::InappropriateHandshakeMessage { .. } => TlsFaultKind::Misbehaved,
            _ => TlsFaultKind::Internal,
        };
        Self { kind, cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.kind.reason()),
            None => f.write_str(self.kind.reason()),
        }
    }
}

impl Error for TlsFault {}
