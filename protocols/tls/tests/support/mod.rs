//! Two sessions in memory, and what they need.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ringgate_tls::{
    Alpn, Certificate, Certificates, ClientConfig, ClientSettings, SelfSigned, ServerConfig,
    ServerName, ServerSettings, Session, TicketKey, Tickets, TimeProvider, TlsFault, Trust,
    self_signed,
};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::{CipherSuite, NamedGroup, RootCertStore, SupportedProtocolVersion};

/// What the clocks of these tests show: 2027-01-01.
pub(crate) const NOW_S: u64 = 1_798_761_600;
pub(crate) const HOST: &str = "abc123.execute-api.localhost";

#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn at(now_s: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(now_s)))
    }

    pub(crate) fn advance(&self, by_s: u64) {
        self.0.fetch_add(by_s, Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.load(Ordering::Relaxed))))
    }
}

pub(crate) fn clock() -> Arc<Clock> {
    Clock::at(NOW_S)
}

pub(crate) fn made(names: &[&str]) -> SelfSigned {
    self_signed(names, NOW_S).unwrap()
}

pub(crate) fn certificate(made: &SelfSigned) -> Certificate {
    Certificate::from_pem(made.chain_pem.as_bytes(), made.key_pem.as_bytes()).unwrap()
}

pub(crate) fn tickets() -> Arc<Tickets> {
    Arc::new(Tickets::new([TicketKey::new([7; TicketKey::BYTES])]))
}

/// A listener with one certificate, and clients that trust it.
pub(crate) struct Site {
    pub(crate) made: SelfSigned,
    pub(crate) settings: ServerSettings,
    pub(crate) certificates: Arc<Certificates>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let made = made(&["*.execute-api.localhost"]);
        let mut certificates = Certificates::new();
        certificates.add_default(&certificate(&made));
        let settings = ServerSettings::new(clock());
        Self { made, settings, certificates: Arc::new(certificates) }
    }

    pub(crate) fn with_tickets() -> Self {
        let mut site = Self::new();
        site.settings.tickets = Some(tickets());
        site
    }

    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        self.settings.config(self.certificates.clone()).unwrap()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_pem(self.made.chain_pem.as_bytes()).unwrap()
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        ClientSettings::new(self.trust(), clock()).config().unwrap()
    }

    /// A client that is not ours: rustls with everything it knows, narrowed down.
    pub(crate) fn foreign(&self, foreign: Foreign) -> Arc<ClientConfig> {
        foreign.config(&self.made.chain_pem)
    }

    pub(crate) fn pair(&self, client: &Arc<ClientConfig>) -> Pair {
        Pair::new(&self.server(), client, HOST)
    }
}

/// What another client speaks; empty is everything.
#[derive(Clone, Default)]
pub(crate) struct Foreign {
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    pub(crate) suites: Vec<CipherSuite>,
    pub(crate) groups: Vec<NamedGroup>,
    pub(crate) alpn: Vec<&'static str>,
    pub(crate) remembers: bool,
    pub(crate) no_name: bool,
    pub(crate) extractable: bool,
}

impl Foreign {
    pub(crate) fn tls12() -> Self {
        Self { versions: vec![&rustls::version::TLS12], ..Self::default() }
    }

    pub(crate) fn tls13() -> Self {
        Self { versions: vec![&rustls::version::TLS13], ..Self::default() }
    }

    pub(crate) fn config(self, roots_pem: &str) -> Arc<ClientConfig> {
        let mut provider: CryptoProvider = aws_lc_rs::default_provider();
        if !self.suites.is_empty() {
            provider.cipher_suites.retain(|suite| self.suites.contains(&suite.suite()));
        }
        if !self.groups.is_empty() {
            provider.kx_groups.retain(|group| self.groups.contains(&group.name()));
        }
        let versions = if self.versions.is_empty() { rustls::ALL_VERSIONS } else { &self.versions };
        let mut roots = RootCertStore::empty();
        for root in rustls::pki_types::CertificateDer::pem_slice_iter(roots_pem.as_bytes()) {
            roots.add(root.unwrap()).unwrap();
        }
        let mut config = ClientConfig::builder_with_details(Arc::new(provider), clock())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = self.alpn.iter().map(|name| (*name).into()).collect();
        config.enable_sni = !self.no_name;
        config.enable_secret_extraction = self.extractable;
        if !self.remembers {
            config.resumption = Resumption::disabled();
        }
        Arc::new(config)
    }
}

/// Both sides of one connection.
pub(crate) struct Pair {
    pub(crate) inbound: Session,
    pub(crate) outbound: Session,
}

impl Pair {
    pub(crate) fn new(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>, host: &str) -> Self {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        Self {
            inbound: Session::inbound(server.clone()).unwrap(),
            outbound: Session::outbound(client.clone(), name).unwrap(),
        }
    }

    /// Carries bytes until both are silent; the first fault, the server's or the client's.
    pub(crate) fn settle(&mut self) -> Result<(), Side> {
        let mut plain = Vec::new();
        let mut wire = Vec::new();
        while self.inbound.has_output() || self.outbound.has_output() {
            self.outbound.take_output(&mut wire);
            let received = self.inbound.receive(&wire, &mut plain);
            received.map_err(Side::Server)?;
            wire.clear();
            self.inbound.take_output(&mut wire);
            let received = self.outbound.receive(&wire, &mut plain);
            received.map_err(Side::Client)?;
            wire.clear();
        }
        assert_eq!(plain, b"");
        Ok(())
    }

    /// Who sends and who receives.
    pub(crate) fn direction(&mut self, upward: bool) -> (&mut Session, &mut Session) {
        match upward {
            true => (&mut self.outbound, &mut self.inbound),
            false => (&mut self.inbound, &mut self.outbound),
        }
    }

    pub(crate) fn established(mut self) -> Self {
        self.settle().unwrap();
        assert!(!self.inbound.is_handshaking() && !self.outbound.is_handshaking());
        self
    }
}

/// Whose fault.
#[derive(Debug)]
pub(crate) enum Side {
    Server(TlsFault),
    Client(TlsFault),
}

impl Side {
    pub(crate) fn server(self) -> TlsFault {
        match self {
            Self::Server(fault) => fault,
            Self::Client(fault) => panic!("the client's: {fault}"),
        }
    }

    pub(crate) fn client(self) -> TlsFault {
        match self {
            Self::Client(fault) => fault,
            Self::Server(fault) => panic!("the server's: {fault}"),
        }
    }
}

/// The description of an alert in plain text that ends `wire` (RFC 8446 section 6).
pub(crate) fn fatal_alert(wire: &[u8]) -> u8 {
    let alert = wire.last_chunk::<7>().unwrap();
    let [21, 3, _, 0, 2, 2, description] = *alert else { panic!("no fatal alert: {alert:?}") };
    description
}

pub(crate) const H2: Option<Alpn> = Some(Alpn::H2);
pub(crate) const HTTP11: Option<Alpn> = Some(Alpn::Http11);
