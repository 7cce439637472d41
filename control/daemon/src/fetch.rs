//! Documents that others keep: one GET, without redirects.

use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::header::{ACCEPT, USER_AGENT};
use hyper::{Request, StatusCode, Uri};

use crate::outgoing::{Clear, Line};

const AGENT: &str = concat!("ringgate/", env!("CARGO_PKG_VERSION"));

/// Fetches documents.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// What certificates must lead to, else the system's roots.
    roots: Option<PathBuf>,
    clear: Clear,
}

impl Fetcher {
    /// One that trusts the roots in a file, else the system's; http:// is taken anywhere, or on
    /// this machine's loopback alone.
    pub fn new(roots: Option<PathBuf>, allow_http: bool) -> Self {
        Self { roots, clear: if allow_http { Clear::Anywhere } else { Clear::Loopback } }
    }

    /// The document at `url`: the content of a 200 of at most `bytes_max`. It has no time of its
    /// own: whoever asks bounds it.
    ///
    /// # Errors
    /// A sentence without the URL.
    pub async fn get(&self, url: &str, bytes_max: usize) -> Result<Bytes, String> {
        let uri: Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path)
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "application/json")
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let line = Line::to(uri, self.clear).await?;
        let response = line.ask(request, self.roots.as_deref(), bytes_max).await?;
        if response.status() != StatusCode::OK {
            return Err(format!("it answered {}", response.status().as_u16()));
        }
        let body = response.into_body().collect().await;
        body.map(|body| body.to_bytes()).map_err(|never| match never {})
    }
}
