//! TLS as all workers share it: what listeners present, what seals tickets, whom origins must
//! convince.

mod certificates;
mod client;
mod inbound;
mod roots;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_settings::{CertificateFiles, Common, TlsArgs};
use ringgate_table::Table;
use ringgate_tls::limits::TICKET_ROTATION_S;
use ringgate_tls::{
    Alpn, Certificates, ClientConfig, ClientSettings, DefaultTimeProvider, Doors, SecurityPolicy,
    ServerSettings, TicketKey, Tickets, Trust, Truststore,
};

pub(crate) use client::{Client, admit};

use self::inbound::Inbound;
use crate::sealing::Sealing;

/// Made by the main thread, shared by all; a change of certificates makes new [`Doors`],
/// not a new one of these.
#[derive(Debug)]
pub(crate) struct Tls {
    policy: SecurityPolicy,
    certificates: Vec<CertificateFiles>,
    common: Option<Common>,
    inbound: Inbound,
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
            common: Some(common.clone()),
            inbound: Inbound::default(),
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
            common: None,
            inbound: Inbound::default(),
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

    /// What a connection that comes now needs; none where there is no TLS listener.
    pub(crate) fn inbound(&self) -> Option<Arc<Doors>> {
        self.inbound.doors()
    }

    /// Whose certificates clients of a custom domain name may show.
    fn truststore(&self, domain: &str) -> Option<Arc<Truststore>> {
        self.inbound()?.bound(domain)?.truststore.clone()
    }

    /// Reads the certificates of the flags, and presents them and those of `table` from now on.
    ///
    /// # Errors
    /// A sentence: which file cannot be used, and why. What was in force stays.
    pub(crate) fn present(&self, table: &Table) -> Result<(), String> {
        let Some(common) = &self.common else { return Err("no certificates".to_owned()) };
        let of_flags = certificates::load(&self.certificates, &common.data_dir, now_s())?;
        self.show(of_flags, table, common)
    }

    /// Presents what a table wants that is about to be live, beside what flags say; nothing is done
    /// where that is what is presented already.
    ///
    /// # Errors
    /// A sentence: TLS itself refuses. What was in force stays.
    pub(crate) fn follow(&self, table: &Table) -> Result<(), String> {
        match (self.inbound.outdated(table), &self.common) {
            (Some(of_flags), Some(common)) => self.show(of_flags, table, common),
            _ => Ok(()),
        }
    }

    fn show(&self, of_flags: Certificates, table: &Table, common: &Common) -> Result<(), String> {
        let mut server = ServerSettings::new(Arc::new(DefaultTimeProvider));
        server.policy = self.policy;
        server.tickets = Some(self.tickets.clone());
        let (mut certificates, sealing) = (of_flags.clone(), Sealing::new(common));
        inbound::bind(&mut certificates, table, &sealing);
        let mut doors = inbound::doors(server.clone(), Arc::new(certificates), table)?;
        inbound::bind_challenges(&mut doors, &server, table, &sealing);
        self.inbound.set(Arc::new(doors), of_flags, table);
        Ok(())
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
