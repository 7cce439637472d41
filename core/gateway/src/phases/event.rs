//! Step 10 for a Lambda function: the request as an event, and the call that carries it
//! ("Invoke", Lambda API reference).

use std::rc::Rc;

use ringgate_http1::{RequestHead, field};
use ringgate_lambda::{Format, Question, write_event, write_question};
use ringgate_runtime::Buf;
use ringgate_table::{LambdaAuthorizer, LambdaFunction, PayloadFormat, Table};

use super::authorize::Arrival;
use super::call::{AnswerKind, Seen, now_ms, payload_limits};
use super::credentials::{self, Signing};
use super::map::{self, RequestEdits};
use super::told::{Facts, Told};
use crate::aws::{Call, Service};
use crate::limits::{CALL_HEADROOM_BYTES, EVENT_EXTRA_BYTES};
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::worker::Core;

/// Makes the call; `out` gets its head.
///
/// # Errors
/// 413 for content that makes too long an event, [`Kind::Misconfigured`] where the call cannot be
/// signed; those of a parameter mapping and of [`credentials`].
pub(super) fn call(
    core: &Core,
    table: &Table,
    seen: &Seen<'_>,
    lambda: &LambdaFunction<'_>,
    out: &mut Vec<u8>,
) -> Result<(Rc<Pool>, Buf, AnswerKind), Fault> {
    let signing = credentials::of_integration(core, table, seen, lambda.credentials_arn())?;
    let format = format_of(lambda);
    let trace_id = trace_id(core, seen.head, seen.time_ms);
    let event = event(core, seen, format, &trace_id)?;
    let pool = invoke((core, &signing), lambda, &event, (&trace_id, source(seen)), out)?;
    Ok((pool, event, AnswerKind::Function(format)))
}

/// Makes the call that asks an authorizer about a request; `out` gets its head. `arn` is what the
/// caller wants to call, `sources` are the values of the identity sources.
///
/// # Errors
/// [`Kind::AuthorizerMisconfigured`] where the call cannot be signed, or there is no such event.
pub(super) fn question(
    arrival: &Arrival<'_>,
    request: &map::Request<'_, '_, '_>,
    authorizer: &LambdaAuthorizer<'_>,
    (arn, sources): (&str, &[String]),
    out: &mut Vec<u8>,
) -> Result<(Rc<Pool>, Buf), Fault> {
    let failed = |reason: String| Fault::new(Kind::AuthorizerMisconfigured, reason);
    let located = request.located.ok_or_else(|| failed("there is no API".to_owned()))?;
    let (core, lambda, time_ms) = (arrival.core, authorizer.function(), now_ms());
    let told = Told::of(Facts {
        head: request.head,
        peer: arrival.peer,
        located,
        route: request.route,
        matched: request.matched,
        request_id: arrival.request_id,
        principal: None,
        admitted: arrival.admitted,
        time_ms,
    });
    let trace_id = trace_id(core, request.head, time_ms);
    let fields: Vec<_> = request.head.fields.iter().map(|it| (it.name, it.value)).collect();
    let query = request.head.target.query.unwrap_or_default();
    let asks = told.request(&fields, (request.matched.0, query), &[]);
    let context = told.context(&trace_id);
    let identity_sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let question = Question { arn, identity_sources: &identity_sources };
    let mut event = Buf::with_capacity(CALL_HEADROOM_BYTES + EVENT_EXTRA_BYTES);
    event.clear_with_headroom(CALL_HEADROOM_BYTES);
    let (format, limits) = (format_of(&lambda), payload_limits(core));
    write_question(format, &asks, &context, &question, &limits, event.as_vec())
        .map_err(|fault| failed(fault.to_string()))?;
    let misconfigured = |fault| Fault { kind: Kind::AuthorizerMisconfigured, ..fault };
    let api_id = located.api.api_id();
    let signing = credentials::of_role(core, arrival.table, api_id, lambda.credentials_arn())
        .map_err(misconfigured)?;
    let (api, mut source) = (located.api.arn(), String::new());
    api.write_authorizer(authorizer.id(), &mut source);
    let about = (trace_id.as_str(), (api.account, source));
    let pool = invoke((core, &signing), &lambda, &event, about, out).map_err(misconfigured)?;
    Ok((pool, event))
}

fn format_of(lambda: &LambdaFunction<'_>) -> Format {
    match lambda.format() {
        PayloadFormat::V1 => Format::V1,
        PayloadFormat::V2 => Format::V2,
    }
}

/// Writes the head of a call with this event; gives the connections that it goes through.
fn invoke(
    (core, signing): (&Core, &Signing<'_>),
    lambda: &LambdaFunction<'_>,
    event: &Buf,
    (trace_id, (account, source)): (&str, (&str, String)),
    out: &mut Vec<u8>,
) -> Result<Rc<Pool>, Fault> {
    let aws = &core.settings.aws;
    let endpoint = aws.endpoint(Service::Lambda, "", lambda.region());
    let call = Call {
        service: Service::Lambda,
        region: lambda.region(),
        method: "POST",
        path: &format!("/2015-03-31/functions/{}/invocations", encoded(lambda.arn())),
        query: None,
        fields: &[
            ("Content-Type", b"application/json"),
            ("X-Amz-Invocation-Type", b"RequestResponse"),
            ("X-Amz-Source-Account", account.as_bytes()),
            ("X-Amz-Source-Arn", source.as_bytes()),
        ],
        trace_id: Some(trace_id),
        body: event.filled(),
    };
    call.write_head(aws, &endpoint, (signing.credentials(), now_ms() / 1000), out)?;
    Ok(core.pools.of(&endpoint.origin))
}

/// On whose behalf the function is called: the account, and the ARN of the route, which the
/// function's resource policy may name ("Control access to a function", API Gateway guide). AWS
/// looks at it on its own side; a host of functions here has it from these fields.
fn source<'s>(seen: &Seen<'s>) -> (&'s str, String) {
    let api = seen.located.api.arn();
    let (stage, mut arn) = (seen.located.stage.name(), String::new());
    match seen.route.key().split_once(' ') {
        Some((_, path)) => api.write_method(stage, seen.head.method, path, &mut arn),
        None => api.write_route(stage, seen.route.key(), &mut arn),
    }
    (api.account, arn)
}

/// The event, with room in front of it for the call's head.
fn event(core: &Core, seen: &Seen<'_>, format: Format, trace_id: &str) -> Result<Buf, Fault> {
    let Seen { head, content, located, route, captures, peer, exchange, time_ms, .. } = *seen;
    let path = seen.path();
    let edits = route.mapping().map(|mapping| RequestEdits::new(mapping, &seen.sources()));
    let edits = edits.transpose()?;
    let mut fields: Vec<_> = head.fields.iter().map(|field| (field.name, field.value)).collect();
    if let Some(edits) = &edits {
        fields.retain(|(name, _)| !edits.drops(name));
        fields.extend(edits.fields());
        fields.extend(edits.host.as_deref().map(|host| ("host", host)));
    }
    let own_path = edits.as_ref().and_then(|edits| edits.path.as_deref());
    let own_path = own_path.and_then(|path| std::str::from_utf8(path).ok()).unwrap_or(path);
    let own_query = edits.as_ref().and_then(|edits| edits.query.as_deref());
    let own_query = own_query.or(head.target.query).unwrap_or_default();
    let told = Told::of(Facts {
        head,
        peer,
        located,
        route,
        matched: (path, captures),
        request_id: &exchange.request_id,
        principal: exchange.principal.as_ref(),
        admitted: seen.admitted,
        time_ms,
    });
    let (request, context) =
        (told.request(&fields, (own_path, own_query), content), told.context(trace_id));
    // As base64 and with what is told of the request; text with many escapes makes it grow.
    let bytes = content.len().saturating_mul(4) / 3 + EVENT_EXTRA_BYTES;
    let mut event = Buf::with_capacity(CALL_HEADROOM_BYTES + bytes);
    event.clear_with_headroom(CALL_HEADROOM_BYTES);
    write_event(format, &request, &context, &payload_limits(core), event.as_vec())
        .map_err(|fault| Fault::new(Kind::Refused(413), fault.to_string()))?;
    Ok(event)
}

/// An ARN as one segment of a path: of what it may hold, `:` and `$` are encoded.
fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('$', "%24")
}

/// The client's `X-Amzn-Trace-Id`, or a new one (X-Ray: "Tracing header").
fn trace_id(core: &Core, head: &RequestHead<'_, '_>, time_ms: u64) -> String {
    if let Some(own) = field(head.fields, "x-amzn-trace-id")
        && let Ok(own) = std::str::from_utf8(own)
    {
        return own.to_owned();
    }
    let (high, low) = (core.random.next(), core.random.next() >> 32);
    format!("Root=1-{:08x}-{high:016x}{low:08x}", time_ms / 1000)
}

/// The host without its port, and the port that the client reached.
pub(super) fn split_host<'h>(host: &'h str, scheme: &str) -> (&'h str, u16) {
    let default = if scheme == "https" { 443 } else { 80 };
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(default)),
        _ => (host, default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for (host, scheme, found) in [
            ("a.example", "http", ("a.example", 80)),
            ("a.example", "https", ("a.example", 443)),
            ("a.example:8080", "https", ("a.example", 8080)),
            ("a.example:", "http", ("a.example", 80)),
            ("[::1]:8080", "http", ("[::1]", 8080)),
            ("[::1]", "http", ("[::1]", 80)),
            ("", "http", ("", 80)),
        ] {
            assert_eq!(split_host(host, scheme), found, "{host}");
        }
    }

    #[test]
    fn an_arn_is_one_segment() {
        let arn = "arn:aws:lambda:r:1:function:f:$LATEST";
        assert_eq!(encoded(arn), "arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af%3A%24LATEST");
    }
}
