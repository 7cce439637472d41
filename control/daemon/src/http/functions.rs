//! Calls of Lambda's API, which tools that know one endpoint send to the management port: passed on
//! to the host of functions as they came, signature and all, for the host to judge.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, EXPECT, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::respond::{Fault, Reply};
use super::server::App;
use crate::limits::{FUNCTIONS_ANSWER_BYTES_MAX, FUNCTIONS_WAIT_MS_MAX};
use crate::outgoing;

/// True for a path of Lambda's API: they all begin with a date, `/2015-03-31/`, and no path of API
/// Gateway does (botocore's models).
pub(super) fn is_theirs(path: &str) -> bool {
    let date = path.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let fits = |(at, b): (usize, u8)| match at {
        4 | 7 => b == b'-',
        _ => b.is_ascii_digit(),
    };
    date.len() == 10 && date.bytes().enumerate().all(fits)
}

/// Has the host of functions answer.
pub(super) async fn pass_on(app: &App, parts: Parts, body: Incoming) -> Reply {
    let Some(address) = app.functions else {
        let message = "No host of Lambda functions is known here. Start one with `ringgate up \
                       --functions`, or with `ringgate functions` and name it with \
                       --functions-endpoint.";
        return Fault::new(501, "NotImplementedException", message).into();
    };
    let wait = Duration::from_millis(FUNCTIONS_WAIT_MS_MAX);
    let asked = timeout(wait, ask(address, parts, body)).await;
    asked.unwrap_or_else(|_| Err("no answer in time".to_owned())).unwrap_or_else(|why| {
        let message = format!("The host of functions at {address}: {why}.");
        Fault::new(502, "ServiceException", message).into()
    })
}

async fn ask(address: SocketAddr, parts: Parts, body: Incoming) -> Result<Reply, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(parts.method).uri(path);
    for (name, value) in &parts.headers {
        // Those of the connection that it came on.
        if ![CONNECTION, EXPECT, TRANSFER_ENCODING].contains(name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(body).map_err(|error| error.to_string())?;
    let mut reply = outgoing::ask(stream, request, FUNCTIONS_ANSWER_BYTES_MAX).await?;
    for name in [CONNECTION, TRANSFER_ENCODING] {
        reply.headers_mut().remove(name);
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_lambda_begin_with_a_date() {
        assert!(is_theirs("/2015-03-31/functions/"));
        assert!(is_theirs("/2017-10-31/functions/f/concurrency"));
        for other in ["/v2/apis", "/restapis", "/2015-03-3x/a", "/2015/03/31", "/", ""] {
            assert!(!is_theirs(other), "{other}");
        }
    }
}
