//! Step 10 for a Lambda function: the request as an event, and the call that carries it
//! ("Invoke", Lambda API reference).

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_http1::{Parsed, RequestHead, RequestSlots, field, parse_request};
use ringgate_lambda::{Context, Format, Limits, Request, write_event};
use ringgate_mapping::Body;
use ringgate_model::{LogTime, Timestamp};
use ringgate_runtime::Buf;
use ringgate_table::{
    Captures, Generation, Integration, LambdaIntegration, Located, PayloadFormat, RouteRef,
};

use super::map::{self, Mapped, RequestEdits};
use super::record;
use super::route::{self, Routed};
use crate::aws::{Call, Service};
use crate::connection::{Exchange, Peer};
use crate::limits::{EVENT_EXTRA_BYTES, INVOKE_HEADROOM_BYTES};
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::worker::Core;

/// A request on its way to a function: all that is kept of it while its content comes.
pub(crate) struct Invoke {
    /// The table that decided.
    pub generation: Rc<Generation>,
    /// How long the function may take to answer.
    pub timeout_ms: u64,
    /// When the request came, in milliseconds since the epoch.
    pub time_ms: u64,
}

impl Invoke {
    pub(crate) fn new(generation: Rc<Generation>, lambda: &LambdaIntegration<'_>) -> Self {
        Self { generation, timeout_ms: lambda.timeout_ms().into(), time_ms: now_ms() }
    }
}

/// The call, ready to be sent.
pub(crate) struct Invocation {
    /// The connections to Lambda.
    pub pool: Rc<Pool>,
    /// The event; there may be room in front of it for the head.
    pub event: Buf,
    /// What the answer has to be.
    pub format: Format,
    /// What a parameter mapping does to it.
    pub mapped: Option<Box<Mapped>>,
}

/// Makes the call of a request whose `head` and content are whole; `out` gets the call's head.
///
/// # Errors
/// 413 for content that makes too long an event, [`Kind::Misconfigured`] where the call cannot be
/// signed.
pub(crate) fn invocation(
    core: &Core,
    peer: &Peer,
    exchange: &Exchange,
    invoke: &Invoke,
    (head, content): (&[u8], &[u8]),
    out: &mut Vec<u8>,
) -> Result<Invocation, Fault> {
    let mut slots = RequestSlots::new();
    let mut captures = Captures::new();
    // The same bytes and the same table as before: the same route.
    let again = || Fault::new(Kind::Misconfigured, "the route is not found again");
    let Ok(Parsed::Complete(head)) = parse_request(head, &mut slots) else { return Err(again()) };
    let found = route::route(&invoke.generation.table, &head, &mut captures);
    let (Some(located), Routed::Route(route)) = (&found.located, &found.routed) else {
        return Err(again());
    };
    let Integration::Lambda(lambda) = route.integration() else { return Err(again()) };
    let format = match lambda.format() {
        PayloadFormat::V1 => Format::V1,
        PayloadFormat::V2 => Format::V2,
    };
    let trace_id = trace_id(core, &head, invoke.time_ms);
    let seen = Seen { head: &head, located, route, captures: &captures, trace_id: &trace_id };
    let event = seen.event(format, peer, exchange, invoke, content)?;
    let pool = write_call(core, &lambda, &event, &trace_id, out)?;
    let mapped =
        route.mapping().and_then(|mapping| Mapped::new(mapping, located.api, &invoke.generation));
    Ok(Invocation { pool, event, format, mapped })
}

/// What routing has found out, once more.
struct Seen<'s> {
    head: &'s RequestHead<'s, 's>,
    located: &'s Located<'s>,
    route: &'s RouteRef<'s>,
    captures: &'s Captures,
    trace_id: &'s str,
}

impl Seen<'_> {
    /// What a parameter mapping changes in the request.
    fn edits(
        &self,
        path: &str,
        exchange: &Exchange,
        content: &[u8],
    ) -> Result<Option<RequestEdits<'_>>, Fault> {
        let Some(mapping) = self.route.mapping() else { return Ok(None) };
        let request = map::Request {
            head: self.head,
            api: Some(self.located.api),
            route: self.route,
            matched: (path, self.captures),
            record: exchange.record.as_ref().map(record::Open::record),
            body: Some(Body::new(content)),
        };
        RequestEdits::new(mapping, &request).map(Some)
    }

    fn event(
        &self,
        format: Format,
        peer: &Peer,
        exchange: &Exchange,
        invoke: &Invoke,
        content: &[u8],
    ) -> Result<Buf, Fault> {
        let Self { head, located, route, captures, trace_id } = self;
        let path = head.target.path.get(located.path_start..).unwrap_or_default();
        let edits = self.edits(path, exchange, content)?;
        let mut fields: Vec<_> =
            head.fields.iter().map(|field| (field.name, field.value)).collect();
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
        let time = LogTime(Timestamp(invoke.time_ms / 1000)).to_string();
        let context = Context {
            account_id: &located.api.scope().account,
            api_id: located.api.api_id(),
            domain_name,
            stage: located.stage.name(),
            route_key: route.key(),
            path_parameters: &path_parameters,
            stage_variables: &stage_variables,
            request_id: std::str::from_utf8(&exchange.request_id).unwrap_or_default(),
            trace_id: Some(trace_id),
            time: &time,
            time_ms: invoke.time_ms,
            ..Context::default()
        };
        // As base64 and with what is told of the request; text with many escapes makes it grow.
        let bytes = content.len().saturating_mul(4) / 3 + EVENT_EXTRA_BYTES;
        let mut event = Buf::with_capacity(INVOKE_HEADROOM_BYTES + bytes);
        event.clear_with_headroom(INVOKE_HEADROOM_BYTES);
        write_event(format, &request, &context, &Limits::default(), event.as_vec())
            .map_err(|fault| Fault::new(Kind::Refused(413), fault.to_string()))?;
        Ok(event)
    }
}

/// Writes the head of the call, and says over which connections it goes.
fn write_call(
    core: &Core,
    lambda: &LambdaIntegration<'_>,
    event: &Buf,
    trace_id: &str,
    out: &mut Vec<u8>,
) -> Result<Rc<Pool>, Fault> {
    let aws = &core.settings.aws;
    let endpoint = aws.endpoint(Service::Lambda, lambda.region());
    let call = Call {
        service: Service::Lambda,
        region: lambda.region(),
        path: &format!("/2015-03-31/functions/{}/invocations", encoded(lambda.arn())),
        fields: &[
            ("Content-Type", b"application/json"),
            ("X-Amz-Invocation-Type", b"RequestResponse"),
        ],
        trace_id,
        body: event.filled(),
    };
    call.write_head(aws, &endpoint, now_ms() / 1000, out)?;
    Ok(core.pools.of(&endpoint.origin))
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
fn split_host<'h>(host: &'h str, scheme: &str) -> (&'h str, u16) {
    let default = if scheme == "https" { 443 } else { 80 };
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(default)),
        _ => (host, default),
    }
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
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
