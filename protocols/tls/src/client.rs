use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};

use crate::limits::REMEMBERED_ORIGINS_MAX;
use crate::provider::provider;
use crate::{Alpn, TlsFault, Trust};

/// How our side of the handshake with origins goes.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The protocol to be spoken. Only one, as the caller has chosen before it connects; an origin
    /// that does not answer leaves [`crate::Session::alpn`] empty, and speaks HTTP/1.1.
    pub alpn: Alpn,
    /// Whose certificates are accepted.
    pub trust: Trust,
    /// Origins whose sessions are remembered, to be taken up again; 0 for none.
    pub remembered_origins: usize,
    /// What tells the time that certificates and tickets are judged by.
    pub clock: Arc<dyn TimeProvider>,
}

impl ClientSettings {
    /// HTTP/1.1, with [`REMEMBERED_ORIGINS_MAX`].
    pub fn new(trust: Trust, clock: Arc<dyn TimeProvider>) -> Self {
        Self { alpn: Alpn::Http11, trust, remembered_origins: REMEMBERED_ORIGINS_MAX, clock }
    }

    /// What [`crate::Session::outbound`] needs: TLS 1.2 and 1.3. Make one for each worker, so that
    /// none waits for another's lock on what is remembered, and one for each trust: a session is
    /// taken up again only under the trust that it began with.
    ///
    /// # Errors
    /// [`crate::TlsFaultKind::Internal`], should suites and versions not fit each other.
    pub fn config(&self) -> Result<Arc<ClientConfig>, TlsFault> {
        let builder = ClientConfig::builder_with_details(provider(), self.clock.clone())
            .with_protocol_versions(&[&TLS13, &TLS12])?
            // Not as dangerous as it is called: the verifier is rustls's own, but for
            // `Trust::unvouched`.
            .dangerous()
            .with_custom_certificate_verifier(self.trust.verifier());
        // Here a certificate of ours will come in (client certificates of REST APIs).
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = Alpn::names(&[self.alpn]);
        config.resumption = match self.remembered_origins {
            0 => Resumption::disabled(),
            origins => Resumption::in_memory_sessions(origins),
        };
        Ok(Arc::new(config))
    }
}
