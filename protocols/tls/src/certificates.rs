use std::collections::HashMap;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::Certificate;
use crate::certificate::KeyType;

/// The certificates of a listener, chosen by the name a client asks for (RFC 6066 section 3):
/// the exact name, else a wildcard of one label (RFC 9525 section 6.3), else the default. Where a
/// name has several, the client's signature schemes decide.
///
/// Built once and shared; a change is a new one in a new configuration.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    exact: HashMap<Box<str>, Choice>,
    /// By what follows `*.`.
    wildcard: HashMap<Box<str>, Choice>,
    default: Choice,
}

/// Those for one name, the preferred one first.
#[derive(Clone, Debug, Default)]
struct Choice(Vec<Arc<CertifiedKey>>);

impl Certificates {
    /// None yet: every client is refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate for the names in it. Of two for the same name with the same kind of
    /// key, the first counts.
    pub fn add(&mut self, certificate: &Certificate) {
        for name in certificate.names() {
            self.choice(name).put(certificate, false);
        }
    }

    /// Adds a certificate for a name, whatever names are in it, before others of that name: what a
    /// custom domain says counts more than what another domain's certificate could do as well.
    pub fn bind(&mut self, name: &str, certificate: &Certificate) {
        self.choice(&name.to_ascii_lowercase()).put(certificate, true);
    }

    /// Adds a certificate for clients that ask for no name, or for one that is not known.
    pub fn add_default(&mut self, certificate: &Certificate) {
        self.default.put(certificate, false);
    }

    fn choice(&mut self, name: &str) -> &mut Choice {
        match name.strip_prefix("*.") {
            Some(domain) => self.wildcard.entry(domain.into()).or_default(),
            None => self.exact.entry(name.into()).or_default(),
        }
    }

    fn find(&self, name: &str) -> &Choice {
        self.exact.get(name).or_else(|| self.under_wildcard(name)).unwrap_or(&self.default)
    }

    fn under_wildcard(&self, name: &str) -> Option<&Choice> {
        let (_, domain) = name.split_once('.')?;
        self.wildcard.get(domain)
    }
}

impl Choice {
    fn put(&mut self, certificate: &Certificate, first: bool) {
        let kind = certificate.key_type();
        let at = self.0.partition_point(|other| {
            let other = KeyType::of(other);
            other < kind || (other == kind && !first)
        });
        self.0.insert(at, certificate.key().clone());
    }
}

impl ResolvesServerCert for Certificates {
    /// The name comes in lower case and without a final dot.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let choice = hello.server_name().map_or(&self.default, |name| self.find(name));
        let usable =
            |key: &&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        // With none that fits, any: the handshake fails for what is not in common.
        choice.0.iter().find(usable).or_else(|| choice.0.first()).cloned()
    }
}
