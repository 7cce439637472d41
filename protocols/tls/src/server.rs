use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, ProducesTickets};
use rustls::time_provider::TimeProvider;

use crate::any_client::AnyClient;
use crate::limits::TICKETS_PER_HANDSHAKE;
use crate::provider::provider;
use crate::{Alpn, Certificates, SecurityPolicy, Tickets, TlsFault};

/// How a listener's side of the handshake goes.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Application protocols, the preferred one first. A client that offers none of them is
    /// refused with no_application_protocol; one that says nothing is not.
    pub alpn: Vec<Alpn>,
    /// Which versions.
    pub policy: SecurityPolicy,
    /// What seals session tickets, of TLS 1.2 and 1.3 both; without it no session is resumed.
    pub tickets: Option<Arc<Tickets>>,
    /// Tickets given after a TLS 1.3 handshake, full or resumed.
    pub tickets_per_handshake: usize,
    /// Ask clients for a certificate; any is taken, and [`crate::Truststore::judge`] says which is
    /// trusted. Tickets are good for this context alone, which should change with the name and the
    /// truststore: a session begun under other rules is none to take up again.
    pub clients: Option<Vec<u8>>,
    /// What tells the time that tickets bear.
    pub clock: Arc<dyn TimeProvider>,
}

impl ServerSettings {
    /// HTTP/2 and HTTP/1.1, [`SecurityPolicy::TLS_1_2`], no tickets yet.
    pub fn new(clock: Arc<dyn TimeProvider>) -> Self {
        Self {
            alpn: vec![Alpn::H2, Alpn::Http11],
            policy: SecurityPolicy::default(),
            tickets: None,
            tickets_per_handshake: TICKETS_PER_HANDSHAKE,
            clients: None,
            clock,
        }
    }

    /// What [`crate::Session::inbound`] needs, for all workers. Make a new one when certificates
    /// change; sessions under way keep theirs.
    ///
    /// Of suites and groups the client's order decides, as with nginx: all that are offered are
    /// as strong, and only the client knows whether it has instructions for AES. Nothing is kept
    /// of sessions (the tickets hold it), and no early data is taken: it could be replayed (RFC
    /// 8446 section 8).
    ///
    /// # Errors
    /// [`crate::TlsFaultKind::Internal`], should suites and versions not fit each other.
    pub fn config(&self, certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, TlsFault> {
        let builder = ServerConfig::builder_with_details(provider(), self.clock.clone())
            .with_protocol_versions(self.policy.versions())?;
        let builder = match self.clients {
            Some(_) => builder.with_client_cert_verifier(Arc::new(AnyClient::new(provider()))),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(certificates);
        config.alpn_protocols = Alpn::names(&self.alpn);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        if let Some(tickets) = self.tickets.clone().filter(|tickets| tickets.enabled()) {
            config.ticketer = match &self.clients {
                Some(context) => tickets.within(context),
                None => tickets,
            };
            config.send_tls13_tickets = self.tickets_per_handshake;
        }
        Ok(Arc::new(config))
    }
}
