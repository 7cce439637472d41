use serde::{Deserialize, Serialize};

/// How an integration's origin is spoken to: the scheme of its URI. `http` and `https` are AWS's
/// own and mean HTTP/1.1; the other two are Ringgate's, named as RFC 7540 section 3.1 names the
/// protocols.
///
/// Encoded in tables by place: one that is added stands last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// HTTP/1.1 in clear.
    Http,
    /// HTTP/1.1 over TLS.
    Https,
    /// HTTP/2 in clear, with prior knowledge (RFC 9113 section 3.3).
    H2c,
    /// HTTP/2 over TLS, agreed on by ALPN (RFC 9113 section 3.2).
    H2,
}

impl Scheme {
    /// Reads the name of one, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        const NAMES: [(&str, Scheme); 4] = [
            ("http", Scheme::Http),
            ("https", Scheme::Https),
            ("h2c", Scheme::H2c),
            ("h2", Scheme::H2),
        ];
        let known = NAMES.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        known.map(|(_, scheme)| scheme)
    }

    /// The port where the URI gives none.
    pub fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }

    /// Over TLS.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::H2)
    }

    /// HTTP/2.
    pub fn is_http2(self) -> bool {
        matches!(self, Self::H2c | Self::H2)
    }

    /// What `:scheme` says: `http` or `https`.
    pub fn uri_scheme(self) -> &'static str {
        if self.is_secure() { "https" } else { "http" }
    }
}
