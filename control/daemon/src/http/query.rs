//! Calls of iam and sts.

use hyper::http::request::Parts;
use ringgate_iam::{Answer, Circumstances, Error as IamError, Invocation, Service};

use super::authenticate::Authenticated;
use super::respond::{Reply, xml};
use super::server::App;
use crate::control::QueryCall;

/// The one region that has the records of IAM.
const GLOBAL_REGION: &str = "us-east-1";

/// Answers a call by the query protocol. Where no signature names the service, on the control
/// socket, the version of the form does.
pub(super) async fn answer(
    app: &App,
    parts: &Parts,
    it: Authenticated,
    circumstances: Circumstances,
    request_id: &str,
) -> Reply {
    let query = parts.uri.query();
    let service = match &it.service {
        Some(name) => Service::of_scope(name),
        None => Invocation::service_of(query, &it.body),
    };
    let service = service.unwrap_or(Service::Iam);
    let refused = |error| Answer::refused(error, service.namespace(), request_id);
    let answer = match Invocation::read(service, query, &it.body, request_id) {
        Err(refused) => *refused,
        Ok(invocation) => {
            let recorded = match service {
                Service::Iam => it.caller.in_region(GLOBAL_REGION),
                Service::Sts => it.caller,
            };
            let (caller, request_id) = (it.principal, request_id.to_owned());
            let call = QueryCall { invocation, caller, circumstances, request_id, recorded };
            let answered = app.control.query(call).await;
            answered.unwrap_or_else(|undone| refused(IamError::failure(undone.to_string())))
        }
    };
    xml(answer.status, answer.body)
}
