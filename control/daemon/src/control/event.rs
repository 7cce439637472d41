//! What the audit log says of a call, by what became of it.

use ringgate_admin::{Answer, Applied, Error, acm, named};
use ringgate_iam::{Effect, Invocation, Principal};
use ringgate_model::Scope;
use serde_json::{Map, Value, json};

use super::{QueryCall, Request};
use crate::audit::{Caller, Event, control_resource};
use crate::{KeyError, NewKey, entropy};

const GATEWAY: &str = "apigateway.amazonaws.com";
pub(crate) const ACM: &str = "acm.amazonaws.com";
/// What Ringgate has that AWS has not.
const OWN: &str = "ringgate";

/// A call of API Gateway that is not a read; none for one that names no operation.
pub(super) fn of_admin(request: &Request, answer: &Answer) -> Option<Event> {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let event = asked(request)?;
    let Some(code) = answer.error_type else {
        let (kind, arn) = control_resource(&request.arn, &said);
        return Some(event.answered(said).about(kind, &arn));
    };
    let message = said.get("message").and_then(Value::as_str).unwrap_or_default();
    let (kind, arn) = control_resource(&request.arn, &Value::Null);
    Some(event.failed(code, message).about(kind, &arn))
}

/// What a call of API Gateway asks for, whatever becomes of it.
pub(crate) fn asked(request: &Request) -> Option<Event> {
    let operation = named(&request.method, &request.path)?;
    let mut parameters = Map::new();
    for (label, value) in operation.labels {
        parameters.insert(label.to_owned(), value.into());
    }
    for pair in request.query.iter().flat_map(|query| query.split('&')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !name.is_empty() && !name.starts_with("X-Amz-") {
            parameters.insert(name.to_owned(), value.into());
        }
    }
    if let Ok(Value::Object(members)) = serde_json::from_slice(&request.body) {
        parameters.extend(members);
    }
    let read_only = matches!(request.method.as_str(), "GET" | "HEAD");
    let parameters = Value::Object(parameters);
    Some(Event::new(&request.caller, (GATEWAY, operation.name), read_only, parameters))
}

/// A call of iam or sts; none for a read that was answered.
pub(super) fn of_query(call: &QueryCall, answer: &ringgate_iam::Answer) -> Option<Event> {
    let invocation: &Invocation = &call.invocation;
    let reads = invocation.effect() == Effect::Reads;
    if reads && !answer.is_denied() {
        return None;
    }
    let source = format!("{}.amazonaws.com", invocation.service().name());
    let read_only = invocation.effect() != Effect::Writes;
    let what = (source.as_str(), invocation.operation());
    let event = Event::new(&call.recorded, what, read_only, invocation.parameters());
    let event = match &answer.error {
        None => event.answered(answer.result.clone()),
        Some(error) => event.failed(error.code.as_str(), &error.message),
    };
    Some(match &answer.resource {
        Some((kind, arn)) => event.about(kind, arn),
        None => event,
    })
}

/// A call of AWS Certificate Manager, by its operation and the certificate that it names; none for
/// a read that was answered. Of its parameters nothing else is told: a private key is among them.
pub(super) fn of_acm(
    caller: &Caller,
    (operation, certificate): (&str, Option<&str>),
    answer: &acm::Answer,
) -> Option<Event> {
    let reads = acm::is_read(operation);
    let parameters = certificate.map_or(Value::Null, |arn| json!({ "certificateArn": arn }));
    let event = Event::new(caller, (ACM, operation), reads, parameters);
    match &answer.output {
        Ok(_) if reads => None,
        Ok(output) => {
            let made = output.get("CertificateArn").and_then(Value::as_str);
            let arn = made.or(certificate).unwrap_or_default();
            let event = event.answered(json!({ "certificateArn": arn }));
            Some(event.about("AWS::ACM::Certificate", arn))
        }
        Err(refusal) => Some(event.failed(refusal.code, &refusal.message)),
    }
}

/// What an OpenAPI document made of an API; none for a trial.
pub(super) fn of_apply(caller: &Caller, applied: &Result<Applied, Error>) -> Option<Event> {
    let event = |parameters| Event::new(caller, (OWN, "Apply"), false, parameters);
    match applied {
        Err(error) => Some(event(Value::Null).failed(error.code.as_str(), &error.message)),
        Ok(applied) => {
            applied.revision?;
            let said = json!({ "apiId": applied.api_id, "created": applied.created });
            let arn = format!("arn:aws:apigateway:{}::/apis/{}", caller.region(), applied.api_id);
            Some(event(Value::Null).answered(said).about("AWS::ApiGatewayV2::Api", &arn))
        }
    }
}

/// The API of `--target`, made or changed at a start.
pub(crate) fn of_target(scope: &Scope, target: &str, api_id: &str) -> Event {
    let root = Principal::root(&scope.account, "");
    let from = ("ringgate-control".to_owned(), None);
    let caller = Caller::new(&root, &scope.region, from, &entropy::uuid(), super::now());
    let arn = format!("arn:aws:apigateway:{}::/apis/{api_id}", scope.region);
    Event::new(&caller, (OWN, "EnsureTarget"), false, json!({ "target": target }))
        .answered(json!({ "apiId": api_id }))
        .about("AWS::ApiGatewayV2::Api", &arn)
}

/// A key of an account that was made, without its secret.
pub(super) fn of_key(caller: &Caller, made: &Result<NewKey, KeyError>) -> Event {
    let event = Event::new(caller, (OWN, "CreateKey"), false, Value::Null);
    match made {
        Ok(made) => event.answered(json!({
            "accessKeyId": made.access_key_id,
            "accountId": made.key.account_id,
            "root": made.key.root,
            "replaced": made.replaced,
        })),
        Err(error) => event.failed("Failure", &error.to_string()),
    }
}
