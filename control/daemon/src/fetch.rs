//! Documents that others keep: one GET, without redirects.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use ringgate_tls::{ClientSettings, DefaultTimeProvider, ServerName, Trust};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

/// Where systems keep the roots they trust: Debian, Fedora, openSUSE, Alpine.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
const AGENT: &str = concat!("ringgate/", env!("CARGO_PKG_VERSION"));

/// Fetches documents.
#[derive(Clone)]
pub struct Fetcher {
    /// None: certificates of nobody are trusted, and https:// is refused.
    tls: Result<TlsConnector, String>,
    /// http:// is taken anywhere, not on this machine's loopback alone.
    allow_http: bool,
}

impl Fetcher {
    /// One that trusts the roots in `ca`, else the system's. Without any it starts all the same,
    /// and says so where it is asked for https://.
    ///
    /// # Errors
    /// `ca` was given and cannot be read.
    pub fn new(ca: Option<&Path>, allow_http: bool) -> Result<Self, String> {
        let system = || SYSTEM_BUNDLES.map(PathBuf::from).into_iter().find(|path| path.exists());
        let tls = match ca.map(Path::to_owned).or_else(system) {
            None => {
                Err("there are no root certificates on this system: give --issuer-ca".to_owned())
            }
            Some(path) => connector(&path),
        };
        match (ca, tls) {
            (Some(_), Err(error)) => Err(error),
            (_, tls) => Ok(Self { tls, allow_http }),
        }
    }

    /// The document at `url`: the content of a 200 of at most `bytes_max`. It has no time of its
    /// own: whoever asks bounds it.
    ///
    /// # Errors
    /// A sentence without the URL.
    pub async fn get(&self, url: &str, bytes_max: usize) -> Result<Bytes, String> {
        let uri: Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
        let authority = uri.authority().ok_or("it is no URL with a host")?.clone();
        let host = authority.host().trim_matches(['[', ']']);
        match uri.scheme_str() {
            Some("https") => {
                let tls = self.tls.as_ref().map_err(Clone::clone)?;
                let name = ServerName::try_from(host.to_owned())
                    .map_err(|_| format!("'{host}' is no name of a host"))?;
                let address = (host, authority.port_u16().unwrap_or(443));
                let tcp = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
                let stream = tls.connect(name, tcp).await.map_err(|error| error.to_string())?;
                ask(stream, &uri, bytes_max).await
            }
            Some("http") => {
                let address = self.clear((host, authority.port_u16().unwrap_or(80))).await?;
                let tcp = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
                ask(tcp, &uri, bytes_max).await
            }
            _ => Err("only https:// and http:// are fetched".to_owned()),
        }
    }

    /// The address of a host that may be asked in clear.
    async fn clear(&self, host: (&str, u16)) -> Result<SocketAddr, String> {
        let mut all = lookup_host(host).await.map_err(|error| error.to_string())?;
        let allowed = |address: &SocketAddr| self.allow_http || address.ip().is_loopback();
        all.find(allowed).ok_or_else(|| {
            "http:// is taken on this machine's loopback only; --allow-http-issuers takes it \
             anywhere"
                .to_owned()
        })
    }
}

fn connector(roots: &Path) -> Result<TlsConnector, String> {
    let named = |error: &dyn fmt::Display| format!("{}: {error}", roots.display());
    let pem = std::fs::read(roots).map_err(|error| named(&error))?;
    let trust = Trust::from_pem(&pem).map_err(|fault| named(&fault))?;
    let settings = ClientSettings::new(trust, Arc::new(DefaultTimeProvider));
    let config = settings.config().map_err(|fault| named(&fault))?;
    Ok(TlsConnector::from(config))
}

async fn ask<S>(stream: S, uri: &Uri, bytes_max: usize) -> Result<Bytes, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let said = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    // It ends with the sender.
    tokio::spawn(connection);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, authority)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(said)?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), bytes_max).collect().await;
    Ok(body.map_err(|error| error.to_string())?.to_bytes())
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("allow_http", &self.allow_http).finish_non_exhaustive()
    }
}
