use std::collections::HashMap;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ClientHello;

use crate::{Alpn, Truststore};

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
    /// For authorities that look whether a name is proved.
    challenges: HashMap<Box<str>, Arc<Door>>,
}

impl Doors {
    /// The same for every name.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        let other = Door { name: "".into(), config, asks_for_certificate: false, truststore: None };
        Self {
            other: Arc::new(other),
            exact: HashMap::new(),
            wildcard: HashMap::new(),
            challenges: HashMap::new(),
        }
    }

    /// Does what `door` says for its name.
    pub fn bind(&mut self, door: Door) {
        let name = door.name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(domain) => self.wildcard.insert(domain.into(), Arc::new(door)),
            None => self.exact.insert(name.into(), Arc::new(door)),
        };
    }

    /// Does what `config` says for clients that offer `acme-tls/1` alone, and `name` (RFC 8737
    /// section 3): whoever else asks for that name is not concerned.
    pub fn bind_challenge(&mut self, name: &str, config: Arc<ServerConfig>) {
        let name = Box::from(name.to_ascii_lowercase());
        let door = Door { name, config, asks_for_certificate: false, truststore: None };
        self.challenges.insert(door.name.clone(), Arc::new(door));
    }

    /// What is done for a client by its hello.
    pub(crate) fn at(&self, hello: &ClientHello<'_>) -> &Arc<Door> {
        let name = hello.server_name();
        let challenge = || self.challenges.get(name?);
        let looks = Alpn::AcmeTls1.is_all_of(hello.alpn());
        looks.then(challenge).flatten().unwrap_or_else(|| self.find(name))
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
        let all = [&self.exact, &self.wildcard, &self.challenges];
        all.iter().all(|bound| bound.is_empty()).then_some(&self.other)
    }
}
