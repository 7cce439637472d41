use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use ringgate_model::percent;
use ringgate_settings::ClientArgs;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::failure::Failure;
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_WAIT_MS_MAX, PAGE_RESULTS, UPGRADE_WAIT_MS_MAX};

/// The control process as seen through its socket: plain HTTP/1.1.
pub(crate) struct Client {
    socket: PathBuf,
    data_dir: PathBuf,
    region: String,
    account: String,
}

/// An answer that is no error.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(settings: &ClientArgs) -> Self {
        Self {
            socket: settings.control_socket(),
            data_dir: settings.data_dir.clone(),
            region: settings.scope.region.clone(),
            account: settings.scope.account.clone(),
        }
    }

    /// True where somebody listens.
    pub(crate) async fn is_there(&self) -> bool {
        UnixStream::connect(&self.socket).await.is_ok()
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.call("POST", path, Some(body)).await
    }

    /// Asks for an upgrade. One that fails is told by the answer, not by its status.
    pub(crate) async fn upgrade(&self) -> Result<Value, Failure> {
        const PATH: &str = "/ringgate/v1/upgrade";
        let wait = Duration::from_millis(UPGRADE_WAIT_MS_MAX);
        let (status, answer) = Self::within(wait, self.exchange("POST", PATH, None)).await?;
        if status.is_success() || status == StatusCode::CONFLICT {
            return Ok(answer.body);
        }
        Err(refusal(status, &answer, "POST", PATH))
    }

    /// Every item of a list, page by page.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut page = format!("{path}?maxResults={PAGE_RESULTS}");
            if let Some(token) = &token {
                page.push_str("&nextToken=");
                page.push_str(&percent::encoded(token));
            }
            let mut body = self.get(&page).await?.body;
            if let Some(Value::Array(more)) = body.get_mut("items").map(Value::take) {
                items.extend(more);
            }
            match body.get("nextToken").and_then(Value::as_str) {
                // A token that repeats would never end.
                Some(next) if token.as_deref() != Some(next) => token = Some(next.to_owned()),
                _ => return Ok(items),
            }
        }
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let wait = Duration::from_millis(ANSWER_WAIT_MS_MAX);
        let (status, answer) = Self::within(wait, self.exchange(method, path, body)).await?;
        if status.is_success() { Ok(answer) } else { Err(refusal(status, &answer, method, path)) }
    }

    async fn within<T>(
        wait: Duration,
        exchange: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let late = || Failure::new(format!("no answer within {} s", wait.as_secs()));
        tokio::time::timeout(wait, exchange).await.map_err(|_| late())?
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Answer), Failure> {
        let broken = |error: &dyn std::error::Error| {
            Failure::new(format!("{}: {error}", self.socket.display()))
        };
        let stream = UnixStream::connect(&self.socket).await.map_err(|e| self.unreachable(&e))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("connection", "close")
            .header("content-type", "application/json")
            .header("x-ringgate-region", &self.region)
            .header("x-ringgate-account", &self.account)
            .body(Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default())))
            .map_err(|error| broken(&error))?;
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let bytes = body.map_err(|error| broken(&*error))?.to_bytes();
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        Ok((head.status, Answer { headers: head.headers, body }))
    }

    fn unreachable(&self, error: &std::io::Error) -> Failure {
        let data_dir = self.data_dir.display();
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                Failure::new(format!("no gateway runs on the data directory {data_dir}"))
                    .hint("start one with: ringgate up; or name its directory with --data-dir")
            }
            ErrorKind::PermissionDenied => Failure::new(format!(
                "{}: permission denied: the gateway runs as another user",
                self.socket.display()
            )),
            _ => Failure::new(format!("{}: {error}", self.socket.display())),
        }
    }
}

/// What an answer that is an error says.
fn refusal(status: StatusCode, answer: &Answer, method: &str, path: &str) -> Failure {
    let error = answer.headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
    let kind = error.and_then(|kind| kind.split(':').next()).unwrap_or(status.as_str());
    let message = answer.body.get("message").or_else(|| answer.body.get("Message"));
    let message = message.and_then(Value::as_str).unwrap_or("no message");
    let failure = Failure::new(format!("{message} ({kind}, {method} {path})"));
    match answer.body.get("hint").and_then(Value::as_str) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
