//! What listeners present, as files and table have it now.

use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::FixedState;
use ringgate_table::{CertificateImage, Table};
use ringgate_tls::{
    Alpn, Certificate, CertificateFault, Certificates, Door, Doors, ServerSettings, Truststore,
};

use crate::sealing::Sealing;

/// One for all threads: a change is in force with the next connection of every worker, before the
/// table that it came with is.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// None where there is no TLS listener.
    live: RwLock<Option<Live>>,
}

#[derive(Debug)]
struct Live {
    doors: Arc<Doors>,
    /// What files have, without the table.
    of_flags: Certificates,
    /// The hash of what the table has for listeners.
    of_table: u64,
}

impl Inbound {
    pub(super) fn doors(&self) -> Option<Arc<Doors>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.as_ref().map(|live| live.doors.clone())
    }

    /// The certificates of flags, where `table` has for listeners what is not in force; none
    /// without listeners.
    pub(super) fn outdated(&self, table: &Table) -> Option<Certificates> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let live = live.as_ref().filter(|live| live.of_table != hash(table));
        live.map(|live| live.of_flags.clone())
    }

    pub(super) fn set(&self, doors: Arc<Doors>, of_flags: Certificates, table: &Table) {
        let live = Live { doors, of_flags, of_table: hash(table) };
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(live);
    }
}

/// Adds what the custom domain names of a table present to `certificates`. One that cannot is said,
/// and keeps no table from being live: its clients get what else there is for its name.
pub(super) fn bind(certificates: &mut Certificates, table: &Table, sealing: &Sealing<'_>) {
    for domain in table.domains() {
        let Some(image) = domain.certificate() else { continue };
        match open(image, sealing, Certificate::from_pem) {
            Ok(certificate) => certificates.bind(domain.name(), &certificate),
            Err(reason) => say!("{} cannot present its certificate: {reason}", domain.name()),
        }
    }
}

/// What is done for each name: all present `certificates`, and those of custom domain names with
/// mutual TLS ask clients for theirs. One whose truststore cannot be used lets in nobody.
///
/// # Errors
/// TLS itself refuses.
pub(super) fn doors(
    mut server: ServerSettings,
    certificates: Arc<Certificates>,
    table: &Table,
) -> Result<Doors, String> {
    let made = |server: &ServerSettings| {
        server.config(certificates.clone()).map_err(|fault| format!("TLS: {fault}"))
    };
    let plain = made(&server)?;
    let mut doors = Doors::new(plain.clone());
    let domains: Vec<_> = table.domains().collect();
    if !domains.iter().any(|domain| domain.mutual_tls()) {
        return Ok(doors);
    }
    for domain in domains {
        let name = Box::from(domain.name());
        let Some(pem) = domain.truststore_pem() else {
            // Else a wildcard with mutual TLS would speak for this name too.
            let config = plain.clone();
            doors.bind(Door { name, config, asks_for_certificate: false, truststore: None });
            continue;
        };
        let truststore = match Truststore::from_pem(pem.as_bytes()) {
            Ok(truststore) => Some(Arc::new(truststore)),
            Err(_) if pem.is_empty() => None,
            Err(fault) => {
                say!("{name} lets in nobody: its truststore: {fault}");
                None
            }
        };
        server.clients = Some(format!("{name} {:016x}", domain.truststore_hash()).into_bytes());
        let config = made(&server)?;
        doors.bind(Door { name, config, asks_for_certificate: true, truststore });
    }
    Ok(doors)
}

/// Adds what proves names to authorities; `server` is how other handshakes go. What cannot be
/// presented proves nothing, which the authority says, and keeps no table from being live.
pub(super) fn bind_challenges(
    doors: &mut Doors,
    server: &ServerSettings,
    table: &Table,
    sealing: &Sealing<'_>,
) {
    let server = ServerSettings { alpn: vec![Alpn::AcmeTls1], tickets: None, ..server.clone() };
    let made = |image: &CertificateImage| {
        let mut certificates = Certificates::new();
        certificates.add_default(&open(image, sealing, Certificate::of_challenge)?);
        server.config(Arc::new(certificates)).map_err(|fault| format!("TLS: {fault}"))
    };
    for (name, image) in &table.root().tls_challenges {
        match made(image) {
            Ok(config) => doors.bind_challenge(name, config),
            Err(reason) => say!("{name} cannot be proved by TLS-ALPN-01: {reason}"),
        }
    }
}

fn open(
    image: &CertificateImage,
    sealing: &Sealing<'_>,
    read: fn(&[u8], &[u8]) -> Result<Certificate, CertificateFault>,
) -> Result<Certificate, String> {
    let said = |what: &dyn std::fmt::Display| format!("the certificate {}: {what}", image.arn());
    let private = sealing.open(image.arn(), image.sealed_key()).map_err(|fault| said(&fault))?;
    read(image.chain_pem().as_bytes(), &private).map_err(|fault| said(&fault))
}

/// Another where [`doors`] would make something else: another name, or one that presents something
/// else or asks otherwise. Names that do neither count where one asks, for it may be a wildcard.
fn hash(table: &Table) -> u64 {
    let asks = table.domains().any(|domain| domain.mutual_tls());
    let special = table.domains().filter(|it| asks || it.certificate().is_some());
    let domains = special.fold(0, |sum, domain| {
        let certificate = domain.certificate().map_or(0, CertificateImage::hash);
        let truststore = domain.truststore_pem().map(|_| domain.truststore_hash());
        sum ^ FixedState::default().hash_one((domain.name(), certificate, truststore))
    });
    table.root().tls_challenges.iter().fold(domains, |sum, (name, challenge)| {
        sum ^ FixedState::default().hash_one((name, challenge.hash()))
    })
}
