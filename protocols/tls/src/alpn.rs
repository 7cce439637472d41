/// An application protocol, as named in the handshake (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// `h2` (RFC 9113).
    H2,
    /// `http/1.1` (RFC 9112).
    Http11,
    /// `acme-tls/1`: a handshake that proves a name to an authority, and nothing after it (RFC 8737
    /// section 6.2).
    AcmeTls1,
}

impl Alpn {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::H2 => "h2",
            Self::Http11 => "http/1.1",
            Self::AcmeTls1 => "acme-tls/1",
        }
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        let all = [Self::H2, Self::Http11, Self::AcmeTls1];
        all.into_iter().find(|alpn| alpn.name().as_bytes() == name)
    }

    /// True where a client's list (none: it said nothing) holds this one alone.
    pub(crate) fn is_all_of<'a>(self, offered: Option<impl Iterator<Item = &'a [u8]>>) -> bool {
        offered.is_some_and(|offered| offered.eq([self.name().as_bytes()]))
    }

    pub(crate) fn names(protocols: &[Self]) -> Vec<Vec<u8>> {
        protocols.iter().map(|protocol| protocol.name().into()).collect()
    }
}
