//! Truststores, as files on this machine or as objects in S3: one read when a custom domain name
//! asks for one, and none later. A new version is asked for by a call, as on AWS.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, Uri};
use ringgate_auth::sigv4::{RequestParts, body_sha256, signed_fields};
use ringgate_model::percent;
use ringgate_settings::AwsCredentials;
use ringgate_tls::limits::ROOTS_PEM_BYTES_MAX;
use tokio::time::timeout;

use crate::control::now;
use crate::limits::TRUSTSTORE_WAIT_MS_MAX;
use crate::outgoing::{Clear, Line, signing};

/// Of an empty body.
const NO_BODY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How truststores are fetched.
#[derive(Debug, Default)]
pub(crate) struct Truststores {
    /// The URL of S3, where it is not AWS's own.
    endpoint: Option<String>,
    /// What its certificate must lead to, else the system's roots.
    roots: Option<PathBuf>,
}

impl Truststores {
    /// With S3 at `endpoint`, else at AWS; its certificate leads to `roots`, else to the system's.
    pub(crate) fn new(endpoint: Option<String>, roots: Option<PathBuf>) -> Self {
        Self { endpoint, roots }
    }

    /// The text at `uri`: `s3://BUCKET/KEY`, `file:///PATH` or `/PATH`. A version is one of S3;
    /// with a file it says nothing, and that file is read as it is now.
    ///
    /// # Errors
    /// A sentence without the URI and without anything of the text.
    pub(crate) async fn fetch(
        &self,
        uri: &str,
        version: Option<&str>,
        region: &str,
    ) -> Result<Vec<u8>, String> {
        let fetching = async {
            match uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
                Some((bucket, key)) => self.object(bucket, key, version, region).await,
                None => file(uri.strip_prefix("file://").unwrap_or(uri).into()).await,
            }
        };
        let fetched = timeout(Duration::from_millis(TRUSTSTORE_WAIT_MS_MAX), fetching).await;
        fetched.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    async fn object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        region: &str,
    ) -> Result<Vec<u8>, String> {
        let aws = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = self.endpoint.clone().unwrap_or_else(aws);
        let uri: Uri = endpoint.parse().map_err(|_| "the endpoint of S3 is no URL".to_owned())?;
        let authority = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let path = format!("/{bucket}/{key}");
        let query = version.map(|version| format!("versionId={}", percent::encoded(version)));
        let line = Line::to(uri, Clear::Anywhere).await?;
        let credentials = line.credentials()?;
        let request = request((&authority, region), &path, query.as_deref(), &credentials)?;
        let response = line.ask(request, self.roots.as_deref(), ROOTS_PEM_BYTES_MAX).await?;
        match response.status().as_u16() {
            200 => {
                let body = response.into_body().collect().await;
                body.map(|body| body.to_bytes().to_vec()).map_err(|error| error.to_string())
            }
            status => Err(format!("S3 answered {status}")),
        }
    }
}

/// Signatures encode the path once more than it is sent, but for S3, where they are of what is
/// sent (S3 API reference, "Signature calculations"): so what is signed is the path before it is
/// encoded.
fn request(
    (authority, region): (&str, &str),
    path: &str,
    query: Option<&str>,
    credentials: &AwsCredentials,
) -> Result<Request<Empty<Bytes>>, String> {
    let fields: [(&str, &str); 2] = [("host", authority), ("x-amz-content-sha256", NO_BODY_SHA256)];
    let headers = fields.map(|(name, value)| (name, value.as_bytes()));
    let parts = RequestParts { method: "GET", path, query, headers: &headers };
    let (own, body) = (signing(credentials), body_sha256(b""));
    let signed = signed_fields(&parts, &body, &own, (region, "s3"), now().0);
    let labels: Vec<String> = path.split('/').map(percent::encoded).collect();
    let target = labels.join("/");
    let target = query.map_or_else(|| target.clone(), |query| format!("{target}?{query}"));
    let mut request = Request::get(target);
    for (name, value) in fields {
        request = request.header(name, value);
    }
    for (name, value) in signed {
        request = request.header(name, value);
    }
    request.body(Empty::new()).map_err(|error| error.to_string())
}

async fn file(path: PathBuf) -> Result<Vec<u8>, String> {
    let meta = tokio::fs::metadata(&path).await.map_err(|error| error.to_string())?;
    if !meta.is_file() || meta.len() > ROOTS_PEM_BYTES_MAX as u64 {
        return Err(format!("it is no file of at most {ROOTS_PEM_BYTES_MAX} bytes"));
    }
    tokio::fs::read(&path).await.map_err(|error| error.to_string())
}
