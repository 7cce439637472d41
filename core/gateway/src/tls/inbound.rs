//! What listeners present, as files and table have it now.

use std::sync::{Arc, PoisonError, RwLock};

use ringgate_settings::Common;
use ringgate_table::{CertificateImage, Table};
use ringgate_tls::{Certificate, Certificates, SealingKey, ServerConfig, ServerSettings};

/// One for all threads: a change is in force with the next connection of every worker, before the
/// table that it came with is.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// None where there is no TLS listener.
    live: RwLock<Option<Live>>,
}

#[derive(Debug)]
struct Live {
    config: Arc<ServerConfig>,
    /// The hash of what the table has for listeners.
    of_table: u64,
}

/// What of a table, or of the files of flags, cannot be presented.
#[derive(Debug)]
pub(crate) struct Unpresentable {
    /// `domains/api.example.com`, `certificates`
    pub path: String,
    /// A sentence.
    pub reason: String,
}

impl Inbound {
    pub(super) fn config(&self) -> Option<Arc<ServerConfig>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.as_ref().map(|live| live.config.clone())
    }

    /// True where `table` has for listeners what is in force, or there is no listener.
    pub(super) fn is_of(&self, table: &Table) -> bool {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.as_ref().is_none_or(|live| live.of_table == hash(table))
    }

    pub(super) fn set(&self, config: Arc<ServerConfig>, table: &Table) {
        let live = Live { config, of_table: hash(table) };
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(live);
    }
}

/// Adds what the custom domain names of a table present to `certificates`.
///
/// # Errors
/// The first that cannot be presented.
pub(super) fn bind(
    certificates: &mut Certificates,
    table: &Table,
    common: &Common,
) -> Result<(), Unpresentable> {
    let mut sealing = None;
    for domain in table.domains() {
        let Some(image) = domain.certificate() else { continue };
        let fault = |reason| Unpresentable { path: format!("domains/{}", domain.name()), reason };
        let key = match &sealing {
            Some(key) => key,
            None => sealing.insert(sealing_key(common).map_err(fault)?),
        };
        let certificate = open(image, key).map_err(fault)?;
        certificates.bind(domain.name(), &certificate);
    }
    Ok(())
}

/// Makes the configuration of `certificates`.
pub(super) fn config(
    server: &ServerSettings,
    certificates: Certificates,
) -> Result<Arc<ServerConfig>, String> {
    server.config(Arc::new(certificates)).map_err(|fault| format!("TLS: {fault}"))
}

/// Read whenever it is needed: control makes it, perhaps after this process has started.
fn sealing_key(common: &Common) -> Result<SealingKey, String> {
    SealingKey::new(&*common.secrets_key()?).map_err(|fault| fault.to_string())
}

fn open(image: &CertificateImage, key: &SealingKey) -> Result<Certificate, String> {
    let said = |what: &dyn std::fmt::Display| format!("the certificate {}: {what}", image.arn());
    let private = key.open(image.arn(), image.sealed_key()).map_err(|fault| said(&fault))?;
    Certificate::from_pem(image.chain_pem().as_bytes(), &private).map_err(|fault| said(&fault))
}

/// Another where another domain name presents something, or one presents something else.
fn hash(table: &Table) -> u64 {
    table.domains().fold(0, |sum, domain| {
        let certificate = domain.certificate().map_or(0, CertificateImage::hash);
        let name = foldhash::fast::FixedState::with_seed(certificate);
        sum ^ match certificate {
            0 => 0,
            _ => std::hash::BuildHasher::hash_one(&name, domain.name()),
        }
    })
}
