//! Step 10 for a Lambda function: the request as an event, and the call that carries it
//! ("Invoke", Lambda API reference).

use std::rc::Rc;

use ringgate_auth::policy::ApiArn;
use ringgate_http1::{RequestHead, field};
use ringgate_lambda::{Context, Format, Request, write_event};
use ringgate_model::{LogTime, Timestamp};
use ringgate_runtime::Buf;
use ringgate_table::{LambdaIntegration, PayloadFormat};

use super::call::{AnswerKind, Seen, now_ms, payload_limits};
use super::map::RequestEdits;
use crate::aws::{Call, Service};
use crate::limits::{CALL_HEADROOM_BYTES, EVENT_EXTRA_BYTES};
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::worker::Core;

/// Makes the call; `out` gets its head.
///
/// # Errors
/// 413 for content that makes too long an event, [`Kind::Misconfigured`] where the call cannot be
/// signed; those of a parameter mapping.
pub(super) fn call(
    core: &Core,
    seen: &Seen<'_>,
    lambda: &LambdaIntegration<'_>,
    out: &mut Vec<u8>,
) -> Result<(Rc<Pool>, Buf, AnswerKind), Fault> {
    let format = match lambda.format() {
        PayloadFormat::V1 => Format::V1,
        PayloadFormat::V2 => Format::V2,
    };
    let trace_id = trace_id(core, seen.head, seen.time_ms);
    let event = event(core, seen, format, &trace_id)?;
    let aws = &core.settings.aws;
    let endpoint = aws.endpoint(Service::Lambda, "", lambda.region());
    let (account, source) = source(seen);
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
        trace_id: Some(&trace_id),
        body: event.filled(),
    };
    call.write_head(aws, &endpoint, now_ms() / 1000, out)?;
    Ok((core.pools.of(&endpoint.origin), event, AnswerKind::Function(format)))
}

/// On whose behalf the function is called: the account, and the ARN of the route, which the
/// function's resource policy may name ("Control access to a function", API Gateway guide). AWS
/// looks at it on its own side; a host of functions here has it from these fields.
fn source<'s>(seen: &Seen<'s>) -> (&'s str, String) {
    let scope = seen.located.api.scope();
    let api = ApiArn {
        partition: "aws",
        region: &scope.region,
        account: &scope.account,
        api_id: seen.located.api.api_id(),
    };
    let (stage, mut arn) = (seen.located.stage.name(), String::new());
    match seen.route.key().split_once(' ') {
        Some((_, path)) => api.write_method(stage, seen.head.method, path, &mut arn),
        None => api.write_route(stage, seen.route.key(), &mut arn),
    }
    (&scope.account, arn)
}

/// The event, with room in front of it for the call's head.
fn event(core: &Core, seen: &Seen<'_>, format: Format, trace_id: &str) -> Result<Buf, Fault> {
    let Seen { head, content, located, route, captures, peer, exchange, time_ms } = *seen;
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
    let own_path = own_path.and_then(|path| std::str::from_utf8(path).ok());
    let own_query = edits.as_ref().and_then(|edits| edits.query.as_deref());
    let (domain_name, port) = split_host(head.host.unwrap_or_default(), peer.scheme);
    let request = Request {
        method: head.method,
        path: own_path.unwrap_or(path),
        query: own_query.or(head.target.query).unwrap_or_default(),
        fields: &fields,
        body: content,
        protocol: if peer.http2 { "HTTP/2.0" } else { "HTTP/1.1" },
        source_ip: peer.ip,
        port,
        is_tls: peer.scheme == "https",
    };
    let names = route.param_names().enumerate();
    let path_parameters: Vec<_> =
        names.filter_map(|(at, name)| Some((name, captures.get(at, path)?))).collect();
    let stage_variables: Vec<_> = located.stage.variables().collect();
    let time = LogTime(Timestamp(time_ms / 1000)).to_string();
    let context = Context {
        account_id: &located.api.scope().account,
        api_id: located.api.api_id(),
        domain_name,
        stage: located.stage.name(),
        mapping_key: located.mapping_key(),
        route_key: route.key(),
        path_parameters: &path_parameters,
        stage_variables: &stage_variables,
        request_id: std::str::from_utf8(&exchange.request_id).unwrap_or_default(),
        trace_id: Some(trace_id),
        time: &time,
        time_ms,
        ..Context::default()
    };
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
