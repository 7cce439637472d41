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
    request_id: String,
) -> Reply {
    let query = parts.uri.query();
    let service = match &it.service {
        Some(name) => Service::of_scope(name),
        None => Invocation::service_of(query, &it.body),
    };
    let service = service.unwrap_or(Service::Iam);
    let answer = match Invocation::read(service, query, &it.body, &request_id) {
        Err(refused) => *refused,
        Ok(invocation) => {
            let recorded = match service {
                Service::Iam => it.caller.in_region(GLOBAL_REGION),
                Service::Sts => it.caller,
            };
            let (caller, id) = (it.principal, request_id.clone());
            let call = QueryCall { invocation, caller, circumstances, request_id: id, recorded };
            app.control.query(call).await.unwrap_or_else(|undone| {
                let error = IamError::failure(undone.to_string());
                Answer::refused(error, service.namespace(), &request_id)
            })
        }
    };
    xml(answer.status, answer.body, &request_id)
}
