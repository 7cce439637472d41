//! Callers whose keys control knows: users, sessions of roles and accounts. It is asked over its
//! socket, which only who owns both processes can open.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::http::request::Parts;
use hyper::http::response;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use ringgate_auth::sigv4::body_sha256;
use ringgate_model::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::ApiError;
use crate::limits::{CONTROL_ANSWER_BYTES_MAX, CONTROL_WAIT_MS_MAX};

/// The control process beside this host.
#[derive(Debug)]
pub(crate) struct Control {
    socket: PathBuf,
}

/// Who made a request, who may do what it asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admitted {
    account_id: String,
    /// The account itself, which no policy of its own holds back.
    root: bool,
}

/// Why somebody may not; the code stands in a field.
#[derive(Deserialize)]
struct Refused {
    message: String,
}

impl Control {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// True where there is one: else a key that this host does not know is nobody's.
    pub(super) fn is_there(&self) -> bool {
        self.socket.exists()
    }

    /// Asks whether the key of a request is anybody's, before its body is read.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub(super) async fn knows(&self, parts: &Parts, scope: &Scope) -> Result<(), ApiError> {
        self.answer(question(parts, None), scope).await.map(|_| ())
    }

    /// Asks whether who signed a request may do `action` with `resource`, which is of `scope`. True
    /// where that is the account itself.
    ///
    /// # Errors
    /// What control says of the signature or of policies; 500 where it says nothing.
    pub(super) async fn admit(
        &self,
        parts: &Parts,
        body: &[u8],
        (action, resource): (&str, &str),
        scope: &Scope,
    ) -> Result<bool, ApiError> {
        let body_sha256 = body_sha256(body);
        let call = json!({ "bodySha256": body_sha256, "action": action, "resource": resource });
        Ok(self.answer(question(parts, Some(call)), scope).await?.root)
    }

    async fn answer(&self, question: Value, scope: &Scope) -> Result<Admitted, ApiError> {
        let asked =
            timeout(Duration::from_millis(CONTROL_WAIT_MS_MAX), ask(&self.socket, question));
        let asked = asked.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let failed = |why: String| ApiError::internal(format!("ringgate-control: {why}"));
        let (head, body) = asked.map_err(failed)?;
        let status = head.status.as_u16();
        if status == 200 {
            let admitted: Admitted =
                serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
            return match admitted.account_id == scope.account {
                true => Ok(admitted),
                false => Err(ApiError::new(
                    403,
                    "AccessDeniedException",
                    format!("The functions of this host are those of account {}.", scope.account),
                )),
            };
        }
        let refused: Refused =
            serde_json::from_slice(&body).map_err(|_| failed(format!("it answered {status}")))?;
        let named = head.headers.get("x-amzn-errortype").and_then(|name| name.to_str().ok());
        Err(ApiError::new(status, code(named.unwrap_or_default()), refused.message))
    }
}

/// Header fields are text here: what is signed of others could not be verified.
fn question(parts: &Parts, call: Option<Value>) -> Value {
    let fields = parts
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
    json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "fields": fields.collect::<Vec<_>>(),
        "service": "lambda",
        "call": call,
    })
}

/// The codes that control answers here.
fn code(code: &str) -> &'static str {
    const CODES: [&str; 6] = [
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("AccessDeniedException")
}

async fn ask(socket: &Path, question: Value) -> Result<(response::Parts, Bytes), String> {
    let said = |error: hyper::Error| error.to_string();
    let stream = UnixStream::connect(socket).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    // It ends with the sender.
    tokio::spawn(connection);
    let request = Request::builder()
        .method(Method::POST)
        .uri("/ringgate/v1/callers")
        .header("host", "control")
        .body(Full::<Bytes>::from(question.to_string()))
        .map_err(|error| error.to_string())?;
    let (head, body) = sender.send_request(request).await.map_err(said)?.into_parts();
    let body = Limited::new(body, CONTROL_ANSWER_BYTES_MAX).collect().await;
    Ok((head, body.map_err(|error| error.to_string())?.to_bytes()))
}
