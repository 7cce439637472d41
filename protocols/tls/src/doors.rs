use std::collections::HashMap;
use std::sync::Arc;

use rustls::ServerConfig;

use crate::Truststore;

/// What a listener does for a name.
#[derive(Clone, Debug)]
pub struct Door {
    /// The name as it was bound; its first label may be `*`. Empty: any other.
    pub name: Box<str>,
    /// How the handshake goes.
    pub config: Arc<ServerConfig>,
    /// `config` asks clients for a certificate.
    pub asks_for_certificate: bool,
    /// Whose certificates are trusted then; without one nobody's are.
    pub truststore: Option<Arc<Truststore>>,
}

/// What a listener does by the name that a client asks for (RFC 6066 section 3): the exact name,
/// else a wildcard of one label, else what it does for any other. Built once and shared.
#[derive(Clone, Debug)]
pub struct Doors {
    other: Arc<Door>,
    exact: HashMap<Box<str>, Arc<Door>>,
    /// By what follows `*.`.
    wildcard: HashMap<Box<str>, Arc<Door>>,
}

impl Doors {
    /// The same for every name.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        let other = Door { name: "".into(), config, asks_for_certificate: false, truststore: None };
        Self { other: Arc::new(other), exact: HashMap::new(), wildcard: HashMap::new() }
    }

    /// Does what `door` says for its name.
    pub fn bind(&mut self, door: Door) {
        let name = door.name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(domain) => self.wildcard.insert(domain.into(), Arc::new(door)),
            None => self.exact.insert(name.into(), Arc::new(door)),
        };
    }

    /// What is done for a name, which is in lower case and without a final dot; `None`: a client
    /// that asks for none.
    pub fn find(&self, name: Option<&str>) -> &Arc<Door> {
        let found = name.and_then(|name| {
            let domain = name.split_once('.').map(|(_, domain)| domain);
            let wildcard = || self.wildcard.get(domain?);
            self.exact.get(name).or_else(wildcard)
        });
        found.unwrap_or(&self.other)
    }

    /// What is done for a name as it was bound.
    pub fn bound(&self, name: &str) -> Option<&Arc<Door>> {
        match name.strip_prefix("*.") {
            Some(domain) => self.wildcard.get(domain),
            None => self.exact.get(name),
        }
    }

    /// What is done whatever a client asks for, if that is so.
    pub(crate) fn only(&self) -> Option<&Arc<Door>> {
        (self.exact.is_empty() && self.wildcard.is_empty()).then_some(&self.other)
    }
}
