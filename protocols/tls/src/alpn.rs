/// An application protocol, as named in the handshake (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// `h2` (RFC 9113).
    H2,
    /// `http/1.1` (RFC 9112).
    Http11,
}

impl Alpn {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::H2 => "h2",
            Self::Http11 => "http/1.1",
        }
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::H2, Self::Http11].into_iter().find(|alpn| alpn.name().as_bytes() == name)
    }

    pub(crate) fn names(protocols: &[Self]) -> Vec<Vec<u8>> {
        protocols.iter().map(|protocol| protocol.name().into()).collect()
    }
}
