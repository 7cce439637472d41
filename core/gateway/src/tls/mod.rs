//! TLS as all workers share it: what listeners present, what seals tickets, whom origins must
//! convince.

mod certificates;
mod roots;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_settings::{CertificateFiles, Common, TlsArgs};
use ringgate_tls::limits::TICKET_ROTATION_S;
use ringgate_tls::{
    Alpn, ClientConfig, ClientSettings, DefaultTimeProvider, SecurityPolicy, ServerConfig,
    ServerSettings, TicketKey, Tickets, Trust,
};

/// Made by the main thread; a reload of certificates makes a new [`ServerConfig`], not a new one of
/// these.
#[derive(Debug)]
pub(crate) struct Tls {
    policy: SecurityPolicy,
    certificates: Vec<CertificateFiles>,
    data_dir: PathBuf,
    tickets: Arc<Tickets>,
    rotated_s: AtomicU64,
    /// Read at the start where a bundle was given, else when they are needed or time is there.
    trust: OnceLock<Result<Trust, String>>,
}

impl Tls {
    /// `keys`: what an older process sealed its tickets with, the newest first; none for a start of
    /// one's own.
    ///
    /// # Errors
    /// A sentence: a setting that cannot be kept.
    pub(crate) fn new(
        common: &Common,
        args: &TlsArgs,
        keys: Vec<TicketKey>,
    ) -> Result<Self, String> {
        let policy = SecurityPolicy::from_name(&args.security_policy)
            .map_err(|fault| format!("--security-policy {}: {fault}", args.security_policy))?;
        let keys = if keys.is_empty() { vec![random_key()?] } else { keys };
        let given = args.upstream_ca.as_deref().map(|bundle| roots::load(Some(bundle)));
        let trust =
            given.transpose()?.map_or_else(OnceLock::new, |trust| OnceLock::from(Ok(trust)));
        Ok(Self {
            policy,
            certificates: args.certificates.clone(),
            data_dir: common.data_dir.clone(),
            tickets: Arc::new(Tickets::new(keys)),
            rotated_s: AtomicU64::new(now_s()),
            trust,
        })
    }

    /// For tests without TLS: no certificates, no roots.
    #[cfg(test)]
    pub(crate) fn distrusting() -> Self {
        Self {
            policy: SecurityPolicy::default(),
            certificates: Vec::new(),
            data_dir: PathBuf::new(),
            tickets: Arc::new(Tickets::new([])),
            rotated_s: AtomicU64::new(0),
            trust: OnceLock::from(Err("no roots".to_owned())),
        }
    }

    /// What a process that takes this one's place needs of it, to open the tickets that are out:
    /// its keys, the newest first. In memory alone, and for nobody else.
    pub(crate) fn secrets(&self) -> Vec<u8> {
        self.tickets.keys().iter().flat_map(|key| *key.bytes()).collect()
    }

    /// The keys in [`Tls::secrets`] of an older process.
    pub(crate) fn keys(secrets: &[u8]) -> Vec<TicketKey> {
        secrets.as_chunks::<{ TicketKey::BYTES }>().0.iter().copied().map(TicketKey::new).collect()
    }

    /// What listeners need, with the certificates as they are now.
    ///
    /// # Errors
    /// A sentence: which file cannot be used, and why.
    pub(crate) fn inbound(&self) -> Result<Arc<ServerConfig>, String> {
        let certificates = certificates::load(&self.certificates, &self.data_dir, now_s())?;
        let mut server = ServerSettings::new(Arc::new(DefaultTimeProvider));
        server.policy = self.policy;
        server.tickets = Some(self.tickets.clone());
        server.config(Arc::new(certificates)).map_err(|fault| format!("TLS: {fault}"))
    }

    /// What one worker needs for connections to origins.
    ///
    /// # Errors
    /// There is no root certificate to judge them by: the answer of every `https://` integration.
    pub(crate) fn outbound(&self, alpn: Alpn) -> Result<Arc<ClientConfig>, String> {
        let trust = self.trust()?;
        let mut client = ClientSettings::new(trust, Arc::new(DefaultTimeProvider));
        client.alpn = alpn;
        client.config().map_err(|fault| format!("TLS: {fault}"))
    }

    fn trust(&self) -> Result<Trust, String> {
        self.trust.get_or_init(|| roots::load(None)).clone()
    }

    /// Does what takes long and would else be done at first use, by a worker that others wait for:
    /// seeds the randomness of keys, and reads the system's roots.
    pub(crate) fn warm_up(&self) {
        ringgate_tls::seed();
        // Who needs them is told why there are none.
        let _ = self.trust();
    }

    /// Seals tickets with a new key once the present one is old. Cheap; any worker may ask.
    pub(crate) fn rotate_when_due(&self) {
        let (now_s, rotated_s) = (now_s(), self.rotated_s.load(Ordering::Relaxed));
        let due = now_s.saturating_sub(rotated_s) >= TICKET_ROTATION_S;
        let swap = |new| {
            self.rotated_s.compare_exchange(rotated_s, new, Ordering::Relaxed, Ordering::Relaxed)
        };
        if due
            && swap(now_s).is_ok()
            && let Ok(key) = random_key()
        {
            self.tickets.rotate(key);
        }
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn random_key() -> Result<TicketKey, String> {
    let mut bytes = [0; TicketKey::BYTES];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(rest, flags).map_err(|e| format!("randomness: {e}"))?;
    }
    Ok(TicketKey::new(bytes))
}
