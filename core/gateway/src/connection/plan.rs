use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use ringgate_http1::{Framing, Parsed, Refusal, RequestHead, RequestSlots, Version, parse_request};
use ringgate_table::{Captures, Integration, RouteRef};
use ringgate_websocket::Asked;

use super::Peer;
use crate::held::Held;
use crate::phases::authorize::{Admitted, Arrival, Ask};
use crate::phases::call::Invoke;
use crate::phases::map::{self, Mapped, Taking, Wanted};
use crate::phases::shape::Extras;
use crate::phases::{authorize, record, respond, route, shape, throttle, upgrade};
use crate::principal::Principal;
use crate::random::REQUEST_ID_CHARS;
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::verdict::Verdict;
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
    /// Who it comes from, where the route asks for that.
    pub principal: Option<Principal>,
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
    /// An authorizer has to be asked first.
    Ask(Box<Ask>),
    /// More of its body has to come first: a parameter mapping looks into it, or it is signed.
    Gather {
        wanted: Wanted,
        /// It has been let in, and has taken its tokens.
        admitted: bool,
    },
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
/// `out` gets the upstream request's head. `None`: the head is not whole yet. `before`: what
/// happened when it was planned before.
pub(super) fn plan(
    core: &Core,
    peer: &Peer,
    input: &[u8],
    before: &Before,
    out: &mut Vec<u8>,
) -> Option<Exchange> {
    let mut slots = RequestSlots::new();
    let head = match parse_request(input, core.settings.limits.request_head_bytes, &mut slots) {
        Ok(Parsed::Complete(head)) => head,
        Ok(Parsed::Partial) => return None,
        Err(refusal) => return Some(Exchange::refused(core, peer, input.len(), &refusal)),
    };
    let generation = core.generation();
    let mut captures = Captures::new();
    let route = route::route(&generation.table, &head, &mut captures, (peer, &core.tls));
    let now = Instant::now();
    let stage = route
        .located
        .as_ref()
        .map(|located| generation.state.of(core, &generation.table, located, now));
    let has_cors = route.located.as_ref().is_some_and(|located| located.stage.cors().is_some());
    let cors = has_cors.then(|| respond::cors_lines(route::cors_fields(&route, &head)));
    let request_id = before.request_id.unwrap_or_else(|| core.random.request_id());
    let started = before.started.unwrap_or(now);
    let mut record =
        record::Open::new(core, peer, &head, &route, (&request_id, stage.clone()), started);
    let routed = Routed { core, peer, input, head: &head, generation: &generation, route: &route };
    let arrival = stage.as_deref().map(|stage| Arrival {
        core,
        stage,
        peer,
        request_id: &request_id,
        admitted: route.admitted,
        table: &generation.table,
        input,
    });
    let decided = routed.decide(arrival.as_ref(), (before, now), &captures, &mut record, out);
    let Decided { mut action, principal } = decided;
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
        principal,
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

/// What happened to a request when it was planned before.
#[derive(Default)]
pub(super) struct Before {
    /// When it was, for the first time.
    pub(super) started: Option<Instant>,
    /// The id that it got then.
    pub(super) request_id: Option<[u8; REQUEST_ID_CHARS]>,
    /// It has taken its tokens of the limits: it takes no second ones.
    pub(super) throttled: bool,
    /// What its authorizer said.
    pub(super) told: Option<Arc<Verdict>>,
}

/// What becomes of a request, and who it comes from.
struct Decided {
    action: Action,
    principal: Option<Principal>,
}

impl From<Action> for Decided {
    fn from(action: Action) -> Self {
        Self { action, principal: None }
    }
}

impl From<Fault> for Decided {
    fn from(fault: Fault) -> Self {
        Action::Refuse(fault).into()
    }
}

impl Routed<'_, '_> {
    /// Steps 6 to 10: what becomes of it.
    fn decide(
        &self,
        arrival: Option<&Arrival<'_>>,
        before: (&Before, Instant),
        captures: &Captures,
        record: &mut record::Open,
        out: &mut Vec<u8>,
    ) -> Decided {
        let found = match &self.route.routed {
            _ if self.core.sheds() => {
                return Fault::new(Kind::Overloaded, "memory is short").into();
            }
            route::Routed::Preflight => return Action::Preflight.into(),
            route::Routed::Challenge(answer) => {
                return self.no_false_tunnel(Action::Challenge((*answer).into())).into();
            }
            route::Routed::HealthCheck => {
                return self.no_false_tunnel(Action::HealthCheck).into();
            }
            route::Routed::Nowhere(fault) => return fault.clone().into(),
            route::Routed::Route(found) => found,
        };
        // What is not built is not asked for a proof of anything first.
        if let Integration::NotYet { reason } = found.integration() {
            return Fault::new(Kind::NotYet, reason.to_owned()).into();
        }
        let request = self.request(found, captures, record);
        let principal = match self.admit(arrival, before, request, out) {
            Ok(Admitted::Yes(principal)) => principal,
            Ok(Admitted::Ask(ask)) => return Action::Ask(ask).into(),
            Ok(Admitted::Later(wanted)) => {
                return Action::Gather { wanted, admitted: false }.into();
            }
            Err(fault) => return fault.into(),
        };
        if let Some(principal) = &principal {
            record.authorized(principal);
        }
        let (core, generation) = (self.core, self.generation);
        let request = self.request(found, captures, record);
        // Content that is signed has come already: nobody is told to send it.
        let signed =
            matches!(principal, Some(Principal::Iam(_))) && self.head.body != Framing::None;
        let came = (self.peer, self.input, signed);
        let action = integration(core, generation, request, came, out);
        let action = action.map_or_else(Action::Refuse, |action| self.no_false_tunnel(action));
        Decided { action, principal }
    }

    /// Steps 6 and 7: who it comes from, and whether that, and as much at once, gets through.
    fn admit(
        &self,
        arrival: Option<&Arrival<'_>>,
        (before, now): (&Before, Instant),
        request: map::Request<'_, '_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<Admitted, Fault> {
        let Some(arrival) = arrival else { return Ok(Admitted::Yes(None)) };
        let admitted = authorize::authorize(arrival, &request, before.told.as_ref(), out)?;
        if matches!(admitted, Admitted::Yes(_)) && !before.throttled {
            throttle::take(arrival.stage, request.route, &self.core.throttle, now)?;
        }
        Ok(admitted)
    }

    fn request<'r>(
        &'r self,
        found: &'r RouteRef<'r>,
        captures: &'r Captures,
        record: &'r record::Open,
    ) -> map::Request<'r, 'r, 'r> {
        let located = self.route.located.as_ref();
        let path_start = located.map_or(0, |located| located.path_start);
        map::Request {
            head: self.head,
            located,
            route: found,
            matched: (self.head.target.path.get(path_start..).unwrap_or_default(), captures),
            record: record.record(),
            body: None,
        }
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
    (peer, input, signed): (&Peer, &[u8], bool),
    out: &mut Vec<u8>,
) -> Result<Action, Fault> {
    let map::Request { head, route, .. } = request;
    match route.integration() {
        Integration::Http(http) => {
            let method = http.method().unwrap_or(head.method);
            let upgrade = upgrade::asked(&core.settings, head, method)?;
            let extras = match http.origin().scheme.is_http2() && upgrade.is_none() {
                true => Extras::for_http2(head, peer.http2),
                false => Extras::new(&core.settings, head, upgrade.is_some()),
            };
            let mapping = route.mapping();
            let taken = mapping.map(|mapping| request.taking(mapping, input)).transpose()?;
            let (edits, gathered) = match taken {
                None => (None, false),
                Some(Taking::More) => {
                    return Ok(Action::Gather { wanted: Wanted::MAPPED, admitted: true });
                }
                Some(Taking::Edits { edits, gathered }) => (Some(edits), gathered),
            };
            let extras = if gathered || signed { extras.gathered() } else { extras };
            shape::upstream_head(out, &request, &http, peer, extras, edits.as_ref())?;
            Ok(Action::Forward(Forward {
                pool: core.pools.of(http.origin()),
                asks_head: method == "HEAD",
                upgrade: upgrade.map(Box::new),
                mapped: mapping
                    .and_then(|mapping| Mapped::new(mapping, request.located?.api, generation)),
                repeatable: head.body == Framing::None
                    && is_repeatable(method)
                    && is_repeatable(head.method),
                timeout_ms: u64::from(http.timeout_ms()),
                _generation: generation.clone(),
            }))
        }
        Integration::Lambda { timeout_ms, .. } => {
            Ok(Action::Invoke(Invoke::new(generation, timeout_ms)))
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
            principal: None,
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
