//! Requests of control's own, to whom it fetches from: one connection for each.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use ringgate_auth::sigv4::Credentials;
use ringgate_settings::AwsCredentials;
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

/// A connection to whom a URL names.
pub(crate) struct Line {
    tcp: TcpStream,
    uri: Uri,
}

/// Where http:// is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clear {
    Anywhere,
    /// On this machine alone.
    Loopback,
}

impl Line {
    /// Connects to the host of `uri`, which is https:// or http://.
    ///
    /// # Errors
    /// A sentence without the URL.
    pub(crate) async fn to(uri: Uri, clear: Clear) -> Result<Self, String> {
        let host = uri.host().ok_or("it is no URL with a host")?.trim_matches(['[', ']']);
        let port = match uri.scheme_str() {
            Some("https") => uri.port_u16().unwrap_or(443),
            Some("http") => uri.port_u16().unwrap_or(80),
            _ => return Err("only https:// and http:// are asked".to_owned()),
        };
        let addresses = lookup_host((host, port)).await.map_err(|error| error.to_string())?;
        let taken = |address: &SocketAddr| {
            is_tls(&uri) || clear == Clear::Anywhere || address.ip().to_canonical().is_loopback()
        };
        let addresses: Vec<_> = addresses.filter(taken).collect();
        if addresses.is_empty() {
            return Err("http:// is taken on this machine's loopback only".to_owned());
        }
        let tcp = TcpStream::connect(&*addresses).await.map_err(|error| error.to_string())?;
        Ok(Self { tcp, uri })
    }

    /// The other end is on this machine.
    fn is_local(&self) -> bool {
        self.tcp.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    /// What requests to an AWS service there are signed with: what the environment has, or on this
    /// machine what stand-ins for AWS take.
    ///
    /// # Errors
    /// A sentence: what is to be set.
    pub(crate) fn credentials(&self) -> Result<AwsCredentials, String> {
        match AwsCredentials::from_env()? {
            Some(credentials) => Ok(credentials),
            None if self.is_local() => Ok(AwsCredentials::for_local()),
            None => Err("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set".to_owned()),
        }
    }

    /// Under TLS, as the URL says.
    pub(crate) fn is_tls(&self) -> bool {
        is_tls(&self.uri)
    }

    /// Sends one request and reads the answer whole. `request` names the path alone; `roots` are
    /// what a certificate must lead to, else those of the system.
    pub(crate) async fn ask<B>(
        self,
        mut request: Request<B>,
        roots: Option<&Path>,
        bytes_max: usize,
    ) -> Result<Response<Full<Bytes>>, String>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        if let Ok(host) = authority.parse() {
            request.headers_mut().insert(HOST, host);
        }
        if !self.is_tls() {
            return ask(self.tcp, request, bytes_max).await;
        }
        let name = ServerName::try_from(self.uri.host().unwrap_or_default().to_owned())
            .map_err(|_| "the URL has no name of a host".to_owned())?;
        let roots = roots.map(Path::to_owned);
        let connector = tokio::task::spawn_blocking(|| connector(roots)).await;
        let connector = connector.map_err(|error| error.to_string())??;
        let tls = connector.connect(name, self.tcp).await;
        ask(tls.map_err(|error| error.to_string())?, request, bytes_max).await
    }
}

/// Credentials as they sign.
pub(crate) fn signing(credentials: &AwsCredentials) -> Credentials<'_> {
    Credentials {
        access_key_id: &credentials.access_key_id,
        secret_access_key: &credentials.secret_access_key,
        session_token: credentials.session_token.as_ref().map(|token| token.as_str()),
    }
}

fn is_tls(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// The same over a connection that is there.
pub(crate) async fn ask<S, B>(
    stream: S,
    request: Request<B>,
    bytes_max: usize,
) -> Result<Response<Full<Bytes>>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let said = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    // It ends with the sender.
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await.map_err(said)?.into_parts();
    let body = Limited::new(body, bytes_max).collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    Ok(Response::from_parts(head, Full::new(body)))
}

/// Reads a bundle of roots, and so may wait for the disk.
fn connector(roots: Option<PathBuf>) -> Result<TlsConnector, String> {
    let system = || SYSTEM_BUNDLES.map(PathBuf::from).into_iter().find(|path| path.exists());
    let path = roots.or_else(system);
    let path = path.ok_or("there are no root certificates on this system")?;
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bundle = std::fs::read(&path).map_err(|error| named(&error))?;
    let trust = Trust::from_pem(&bundle).map_err(|fault| named(&fault))?;
    let settings = ClientSettings::new(trust, Arc::new(DefaultTimeProvider));
    settings.config().map(TlsConnector::from).map_err(|fault| named(&fault))
}
