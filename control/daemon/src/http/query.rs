//! Calls of iam and sts.

use bytes::Bytes;
use hyper::http::request::Parts;
use ringgate_iam::{Answer, Circumstances, Error as IamError, Invocation, Principal, Service};

use super::respond::{Reply, xml};
use super::server::App;
use crate::control::QueryCall;

/// Answers a call by the query protocol.
pub(super) async fn answer(
    app: &App,
    parts: &Parts,
    service: Service,
    body: &Bytes,
    (caller, circumstances, request_id): (Principal, Circumstances, String),
) -> Reply {
    let read = Invocation::read(service, parts.uri.query(), body, &request_id);
    let answer = match read {
        Err(refused) => *refused,
        Ok(invocation) => {
            let id = request_id.clone();
            let call = QueryCall { invocation, caller, circumstances, request_id: id };
            app.control.query(call).await.unwrap_or_else(|undone| {
                let error = IamError::failure(undone.to_string());
                Answer::refused(error, service.namespace(), &request_id)
            })
        }
    };
    xml(answer.status, answer.body, &request_id)
}
