use serde::{Deserialize, Serialize};

/// What is spoken on a traffic socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// HTTP as it is.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// The name that a socket of this kind has where sockets are passed down, and its flag.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
