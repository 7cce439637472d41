use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use ringgate_http1::{Framing, Parsed, Refusal, RequestHead, RequestSlots, Version, parse_request};
use ringgate_observe::Record;
use ringgate_table::{Captures, Integration};
use ringgate_websocket::Asked;

use super::Peer;
use crate::held::Held;
use crate::phases::call::Invoke;
use crate::phases::map::{self, Mapped, Taking};
use crate::phases::shape::Extras;
use crate::phases::{record, respond, route, shape, throttle, upgrade};
use crate::random::REQUEST_ID_CHARS;
use crate::rescue::{Fault, Kind};
use crate::stages::Stage;
use crate::upstream::Pool;
use crate::worker::{Core, Generation};

/// What the steps up to `shape` decided about one request: all that is needed once its head is
/// gone.
pub(crate) struct Exchange {
    /// Bytes of the request's head.
    pub head_len: usize,
    /// The client speaks HTTP/1.0.
    pub http10: bool,
    /// It asked with HEAD.
    pub is_head: bool,
    /// The upstream is asked with HEAD: an integration may have a method of its own.
    pub asks_head: bool,
    /// The connection may go on after the answer.
    pub keep_alive: bool,
    /// How the request's body ends.
    pub body: Framing,
    /// The client waits for a 100 before it sends the body.
    pub expects_continue: bool,
    /// A WebSocket is asked for.
    pub upgrade: Option<Box<Asked>>,
    /// It is asked for by CONNECT, to which every 2xx says that it stands (RFC 8441 section 5).
    pub connects: bool,
    /// Sending it twice does no harm (RFC 9110 section 9.2.2), and it has no body.
    pub repeatable: bool,
    /// It is sent a second time.
    pub second: bool,
    /// A copy of the request, body and all, and of what came behind it, where it may have to be
    /// sent again.
    pub copy: Option<Vec<u8>>,
    /// The room that its gathered body takes.
    pub held: Option<Held>,
    /// The `apigw-requestid` of the answer.
    pub request_id: [u8; REQUEST_ID_CHARS],
    /// The CORS fields of the answer, ready to be written; `None`: the integration's own pass.
    pub cors: Option<Vec<u8>>,
    /// What a parameter mapping does to the answer.
    pub mapped: Option<Box<Mapped>>,
    /// What the client is told of how the answer came about, where it is.
    pub explanation: Option<Box<[u8]>>,
    /// What happens.
    pub action: Action,
    /// What of the request has left the input buffer.
    pub taken: Cell<Taken>,
    /// Content bytes of the request that were passed on.
    pub request_bytes: Cell<u64>,
    /// Content bytes of the answer.
    pub response_bytes: u64,
    /// What is measured, and what an access log will say.
    pub record: record::Open,
}

/// How much of a request has been taken out of the connection's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nothing: it may be sent again.
    Nothing,
    /// Some of its body is still to come; what follows on the connection is not a request.
    Part,
    /// All of it.
    Whole,
}

/// What becomes of a request.
pub(crate) enum Action {
    /// It goes upstream.
    Forward(Forward),
    /// More of its body has to come first: a parameter mapping looks into it.
    Gather,
    /// A function or another AWS service is called.
    Invoke(Box<Invoke>),
    /// A CORS preflight: 204.
    Preflight,
    /// What an authority asks for, to prove a name: 200.
    Challenge(Box<str>),
    /// A health check: 200.
    HealthCheck,
    /// It is refused.
    Refuse(Fault),
}

/// Where a request goes.
pub(crate) struct Forward {
    /// The connections to its origin.
    pub pool: Rc<Pool>,
    /// It is asked with HEAD.
    pub asks_head: bool,
    /// It is asked for a WebSocket.
    pub upgrade: Option<Box<Asked>>,
    /// What a parameter mapping does to the answer.
    pub mapped: Option<Box<Mapped>>,
    /// The method that is sent may be sent twice, and so may the client's; no body.
    pub repeatable: bool,
    /// How long the integration may take to answer.
    pub timeout_ms: u64,
    /// Held so that the table this was decided by stays whole until the answer is out.
    pub _generation: Rc<Generation>,
}

/// Runs the steps from `head` to `shape`: no wait, no allocation in the common case.
///
/// `out` gets the upstream request's head. `None`: the head is not whole yet. `since`: when the
/// request was planned before, if it was; it takes no second token of a limit then.
pub(super) fn plan(
    core: &Core,
    peer: &Peer,
    input: &[u8],
    since: Option<Instant>,
    out: &mut Vec<u8>,
) -> Option<Exchange> {
    let mut slots = RequestSlots::new();
    let head = match parse_request(input, &mut slots) {
        Ok(Parsed::Complete(head)) => head,
        Ok(Parsed::Partial) => return None,
        Err(refusal) => return Some(Exchange::refused(core, peer, input.len(), &refusal)),
    };
    let generation = core.generation();
    let mut captures = Captures::new();
    let route = route::route(&generation.table, &head, &mut captures, (peer, &core.tls));
    let now = Instant::now();
    let stage = route.located.as_ref().map(|located| {
        let number = generation.table.generation();
        generation.state.of(core, number, located, now)
    });
    let has_cors = route.located.as_ref().is_some_and(|located| located.stage.cors().is_some());
    let cors = has_cors.then(|| respond::cors_lines(route::cors_fields(&route, &head)));
    let request_id = core.random.request_id();
    let started = since.unwrap_or(now);
    let record =
        record::Open::new(core, peer, &head, &route, (&request_id, stage.clone()), started);
    let routed = Routed { core, peer, input, head: &head, generation: &generation, route: &route };
    let limits = stage.as_deref().filter(|_| since.is_none()).map(|stage| (stage, now));
    let mut action = routed.action(limits, &captures, record.record(), out);
    let (upgrade, mapped) = match &mut action {
        Action::Forward(forward) => (forward.upgrade.take(), forward.mapped.take()),
        _ => (None, None),
    };
    Some(Exchange {
        head_len: head.len,
        http10: head.version == Version::Http10,
        is_head: head.method == "HEAD",
        asks_head: matches!(&action, Action::Forward(forward) if forward.asks_head),
        keep_alive: head.keep_alive,
        body: head.body,
        expects_continue: head.expect_continue,
        connects: upgrade.is_some() && peer.http2,
        upgrade,
        repeatable: matches!(&action, Action::Forward(forward) if forward.repeatable),
        second: false,
        copy: None,
        held: None,
        request_id,
        cors,
        mapped,
        explanation: explanation(core, &route),
        action,
        taken: Cell::new(Taken::Nothing),
        request_bytes: Cell::new(0),
        response_bytes: 0,
        record,
    })
}

/// A request that has been routed.
struct Routed<'r, 'h> {
    core: &'r Core,
    peer: &'r Peer,
    input: &'r [u8],
    head: &'r RequestHead<'h, 'h>,
    generation: &'r Rc<Generation>,
    route: &'r route::Route<'h>,
}

impl Routed<'_, '_> {
    /// What becomes of it, once it has taken its tokens of `limits` at that time.
    fn action(
        &self,
        limits: Option<(&Stage, Instant)>,
        captures: &Captures,
        record: Option<&Record>,
        out: &mut Vec<u8>,
    ) -> Action {
        let found = match &self.route.routed {
            _ if self.core.sheds() => {
                return Action::Refuse(Fault::new(Kind::Overloaded, "memory is short"));
            }
            route::Routed::Preflight => return Action::Preflight,
            route::Routed::Challenge(answer) => {
                return self.no_false_tunnel(Action::Challenge((*answer).into()));
            }
            route::Routed::HealthCheck => return self.no_false_tunnel(Action::HealthCheck),
            route::Routed::Nowhere(fault) => return Action::Refuse(fault.clone()),
            route::Routed::Route(found) => found,
        };
        if let Some((stage, now)) = limits
            && let Err(fault) = throttle::take(stage, found, &self.core.throttle, now)
        {
            return Action::Refuse(fault);
        }
        let located = self.route.located.as_ref();
        let path_start = located.map_or(0, |located| located.path_start);
        let request = map::Request {
            head: self.head,
            api: located.map(|located| located.api),
            route: found,
            matched: (self.head.target.path.get(path_start..).unwrap_or_default(), captures),
            record,
            body: None,
        };
        let (core, generation) = (self.core, self.generation);
        let action = integration(core, generation, request, (self.peer, self.input), out);
        action.map_or_else(Action::Refuse, |action| self.no_false_tunnel(action))
    }

    /// A WebSocket over HTTP/2 asks by CONNECT, to which every 2xx says that it stands (RFC 8441
    /// section 5): where none is asked for, the answer must be none of those.
    fn no_false_tunnel(&self, action: Action) -> Action {
        let connects = self.peer.http2 && self.head.upgrade;
        match &action {
            Action::Challenge(_) | Action::HealthCheck | Action::Invoke(_) if connects => {}
            Action::Forward(Forward { upgrade: None, .. }) if connects => {}
            _ => return action,
        }
        let reason = "only HTTP integrations are asked for a WebSocket";
        Action::Refuse(Fault::new(Kind::Handshake(501), reason))
    }
}

fn integration(
    core: &Core,
    generation: &Rc<Generation>,
    request: map::Request<'_, '_, '_>,
    (peer, input): (&Peer, &[u8]),
    out: &mut Vec<u8>,
) -> Result<Action, Fault> {
    let map::Request { head, route, .. } = request;
    match route.integration() {
        Integration::Http(http) => {
            let method = http.method().unwrap_or(head.method);
            let upgrade = upgrade::asked(&core.settings, head, method)?;
            if upgrade.is_some() && http.origin().scheme.is_http2() {
                let reason = "WebSocket to an origin of HTTP/2 is not supported";
                return Err(Fault::new(Kind::Handshake(501), reason));
            }
            let extras = match http.origin().scheme.is_http2() {
                true => Extras::for_http2(head, peer.http2),
                false => Extras::new(&core.settings, head, upgrade.is_some()),
            };
            let mapping = route.mapping();
            let taken = mapping.map(|mapping| request.taking(mapping, input)).transpose()?;
            let (edits, gathered) = match taken {
                None => (None, false),
                Some(Taking::More) => return Ok(Action::Gather),
                Some(Taking::Edits { edits, gathered }) => (Some(edits), gathered),
            };
            let extras = if gathered { extras.gathered() } else { extras };
            shape::upstream_head(out, &request, &http, peer, extras, edits.as_ref())?;
            Ok(Action::Forward(Forward {
                pool: core.pools.of(http.origin()),
                asks_head: method == "HEAD",
                upgrade: upgrade.map(Box::new),
                mapped: mapping.and_then(|mapping| Mapped::new(mapping, request.api?, generation)),
                repeatable: head.body == Framing::None
                    && is_repeatable(method)
                    && is_repeatable(head.method),
                timeout_ms: u64::from(http.timeout_ms()),
                _generation: generation.clone(),
            }))
        }
        Integration::Lambda(lambda) => {
            Ok(Action::Invoke(Invoke::new(generation, lambda.timeout_ms())))
        }
        Integration::Service(service) => {
            Ok(Action::Invoke(Invoke::new(generation, service.timeout_ms())))
        }
        Integration::Broken { reason } => Err(Fault::new(Kind::Misconfigured, reason.to_owned())),
        Integration::NotYet { reason } => Err(Fault::new(Kind::NotYet, reason.to_owned())),
        Integration::None => Err(Fault::new(Kind::Misconfigured, "the route has no integration")),
    }
}

/// Where `--explain` is on: what led to the integration. A refusal gets its own words.
fn explanation(core: &Core, route: &route::Route<'_>) -> Option<Box<[u8]>> {
    if !core.settings.explain {
        return None;
    }
    Some(match &route.routed {
        route::Routed::Route(found) => respond::explanation("integrate", found.key()),
        route::Routed::Preflight => respond::explanation("route", "a CORS preflight"),
        route::Routed::Challenge(_) => respond::explanation("route", "a challenge of ACME"),
        route::Routed::HealthCheck => respond::explanation("route", "a health check"),
        route::Routed::Nowhere(_) => return None,
    })
}

/// Methods that are idempotent by definition.
fn is_repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

impl Exchange {
    /// For a head that breaks a rule: nothing of it is trusted, and the connection ends.
    fn refused(core: &Core, peer: &Peer, input_len: usize, refusal: &Refusal) -> Self {
        core.counters.refused_total.add(1);
        Self::hopeless(core, peer, input_len, Fault::refused(refusal))
    }

    /// For a request that is answered with `fault` and ends its connection.
    pub(super) fn hopeless(core: &Core, peer: &Peer, input_len: usize, fault: Fault) -> Self {
        Self {
            head_len: input_len,
            http10: false,
            is_head: false,
            asks_head: false,
            keep_alive: false,
            body: Framing::None,
            expects_continue: false,
            upgrade: None,
            connects: false,
            repeatable: false,
            second: false,
            copy: None,
            held: None,
            request_id: core.random.request_id(),
            cors: None,
            mapped: None,
            explanation: None,
            action: Action::Refuse(fault),
            taken: Cell::new(Taken::Nothing),
            request_bytes: Cell::new(0),
            response_bytes: 0,
            record: record::Open::refused(core, peer),
        }
    }

    /// Whether the connection ends with this answer: the client wants it, the worker drains, or
    /// what comes next on it would be the rest of a body.
    pub(crate) fn closes(&self, core: &Core) -> bool {
        !self.keep_alive || core.worker.drain.begun() || self.taken.get() == Taken::Part
    }
}
