//! Step 10 where a function or another AWS service is called: the route once more, now that the
//! content is there, and the call.

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_http1::{Parsed, RequestHead, RequestSlots, parse_request};
use ringgate_lambda::{Format, Limits};
use ringgate_mapping::Body;
use ringgate_runtime::Buf;
use ringgate_table::{Captures, Integration, Located, RouteRef};

use super::map::{self, Mapped};
use super::route::{self, Routed};
use super::{event, service};
use crate::connection::{Exchange, Peer};
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::worker::{Core, Generation};

/// A request on its way to a function or a service: all that is kept of it while its content comes.
pub(crate) struct Invoke {
    /// The table that decided.
    pub generation: Rc<Generation>,
    /// How long the answer may take.
    pub timeout_ms: u64,
    /// When the request came, in milliseconds since the epoch.
    pub time_ms: u64,
}

impl Invoke {
    pub(crate) fn new(generation: &Rc<Generation>, timeout_ms: u32) -> Box<Self> {
        let timeout_ms = timeout_ms.into();
        Box::new(Self { generation: generation.clone(), timeout_ms, time_ms: now_ms() })
    }
}

/// The call, ready to be sent.
pub(crate) struct Invocation {
    /// The connections to the service.
    pub pool: Rc<Pool>,
    /// Its content; there may be room in front of it for the head.
    pub content: Buf,
    /// What the answer is.
    pub answer: AnswerKind,
    /// What a parameter mapping does to it.
    pub mapped: Option<Box<Mapped>>,
}

/// Whose answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnswerKind {
    /// A function's, of this payload format.
    Function(Format),
    /// A service's, for the client as it is.
    Service,
}

/// What is known of a request whose content is there.
pub(super) struct Seen<'s> {
    pub(super) head: &'s RequestHead<'s, 's>,
    pub(super) content: &'s [u8],
    pub(super) located: &'s Located<'s>,
    pub(super) route: &'s RouteRef<'s>,
    pub(super) captures: &'s Captures,
    pub(super) peer: &'s Peer,
    pub(super) exchange: &'s Exchange,
    pub(super) time_ms: u64,
    /// Mutual TLS has let the client in.
    pub(super) admitted: bool,
}

impl<'s> Seen<'s> {
    /// The path within the stage.
    pub(super) fn path(&self) -> &'s str {
        self.head.target.path.get(self.located.path_start..).unwrap_or_default()
    }

    /// What expressions take their values from.
    pub(super) fn sources(&self) -> map::Request<'_, 's, 's> {
        map::Request {
            head: self.head,
            located: Some(self.located),
            route: self.route,
            matched: (self.path(), self.captures),
            record: self.exchange.record.record(),
            body: Some(Body::new(self.content)),
        }
    }
}

/// Makes the call of a request whose `head` and content are whole; `out` gets the call's head.
///
/// # Errors
/// 413 for content that makes too long an event, [`Kind::Invocation`] for what is no value of a
/// service's parameter, [`Kind::Misconfigured`] where the call cannot be signed.
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
    let Ok(Parsed::Complete(head)) = parse_request(head, head.len(), &mut slots) else {
        return Err(again());
    };
    let found = route::route(&invoke.generation.table, &head, &mut captures, (peer, &core.tls));
    let (located, route) = match (&found.located, &found.routed) {
        (Some(located), Routed::Route(route)) => (located, route),
        // But for a client that is no longer let in.
        (_, Routed::Nowhere(fault)) => return Err(fault.clone()),
        _ => return Err(again()),
    };
    let (head, captures, time_ms) = (&head, &captures, invoke.time_ms);
    let admitted = found.admitted;
    let seen = Seen { head, content, located, route, captures, peer, exchange, time_ms, admitted };
    let table = &invoke.generation.table;
    let (pool, content, answer) = match route.integration() {
        Integration::Lambda { function, .. } => event::call(core, table, &seen, &function, out)?,
        Integration::Service(action) => service::call(core, table, &seen, &action, out)?,
        _ => return Err(again()),
    };
    let mapped =
        route.mapping().and_then(|mapping| Mapped::new(mapping, located.api, &invoke.generation));
    Ok(Invocation { pool, content, answer, mapped })
}

/// What a function's event and its answer may be.
pub(crate) fn payload_limits(core: &Core) -> Limits {
    let bytes_max = core.settings.limits.lambda_payload_bytes;
    Limits { event_bytes_max: bytes_max, answer_bytes_max: bytes_max, ..Limits::default() }
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
