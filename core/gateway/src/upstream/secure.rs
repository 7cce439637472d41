use std::cell::OnceCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use ringgate_runtime::Stream;
use ringgate_tls::{Alpn, ClientConfig, ServerName};

use crate::link::{Link, TlsBuffers, TlsLink};
use crate::tls::Tls;

type Config = OnceCell<Result<Arc<ClientConfig>, String>>;

/// How a worker's connections to origins become TLS.
#[derive(Debug)]
pub(crate) struct Secure {
    tls: Arc<Tls>,
    buffers: Rc<TlsBuffers>,
    /// Made at the first use: most gateways have no `https://` origin, fewer an `h2://` one.
    config: Config,
    http2: Config,
}

impl Secure {
    pub(crate) fn new(tls: Arc<Tls>, buffers: Rc<TlsBuffers>) -> Self {
        Self { tls, buffers, config: OnceCell::new(), http2: OnceCell::new() }
    }

    /// The client's side of a connection to `host`, whose certificate must be for that name or
    /// address.
    ///
    /// # Errors
    /// The origin cannot be trusted, or does not speak TLS.
    pub(super) async fn connect(&self, stream: Stream, host: &str) -> io::Result<Link> {
        let config = self.config.get_or_init(|| self.tls.outbound(Alpn::Http11));
        self.secure(stream, host, config).await
    }

    /// The same for HTTP/2.
    ///
    /// # Errors
    /// Also where the origin does not agree on it (RFC 9113 section 3.2).
    pub(super) async fn connect_http2(&self, stream: Stream, host: &str) -> io::Result<Link> {
        let config = self.http2.get_or_init(|| self.tls.outbound(Alpn::H2));
        let link = self.secure(stream, host, config).await?;
        if link.speaks_http2() {
            return Ok(link);
        }
        Err(io::Error::other("the origin does not agree on HTTP/2 (ALPN h2)"))
    }

    async fn secure(
        &self,
        stream: Stream,
        host: &str,
        config: &Result<Arc<ClientConfig>, String>,
    ) -> io::Result<Link> {
        let config = config.clone().map_err(io::Error::other)?;
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| io::Error::other("a host that no certificate can be for"))?;
        let link = TlsLink::connect(stream, config, name, &self.buffers).await?;
        Ok(Link::Tls(Rc::new(link)))
    }
}
