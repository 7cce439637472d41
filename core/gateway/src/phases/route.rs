//! Step 4: table → host → API and stage → method.

use std::cell::RefCell;

use ringgate_http1::{RequestHead, field, fields_named};
use ringgate_table::cors::{self, CorsFields};
use ringgate_table::{Captures, DomainImage, Located, Miss, RouteRef, Table};

use crate::connection::Peer;
use crate::rescue::{Fault, Kind};
use crate::tls::{self, Tls};

/// Where a request goes.
pub(crate) enum Routed<'t> {
    /// To the integration of a route.
    Route(RouteRef<'t>),
    /// Nowhere: it is a CORS preflight, which the gateway answers.
    Preflight,
    /// Nowhere: an authority asks for what proves a name, and this is it.
    Challenge(&'t str),
    /// Nowhere: it asks how the gateway is.
    HealthCheck,
    /// Nowhere.
    Nowhere(Fault),
}

/// What routing found out.
pub(crate) struct Route<'t> {
    /// The API and stage, where there are such.
    pub located: Option<Located<'t>>,
    /// The decision.
    pub routed: Routed<'t>,
    /// It is to a custom domain name with mutual TLS, and its client was let in.
    pub admitted: bool,
}

impl Route<'_> {
    /// Whether what the route calls asks for what is known of the request.
    pub(crate) fn needs_context(&self) -> bool {
        match &self.routed {
            Routed::Route(route) => route.needs_context(),
            _ => false,
        }
    }
}

/// Finds the route of a request; `captures` gets its path variables. `peer` and `tls` say whether
/// the client may ask a custom domain name with mutual TLS.
pub(crate) fn route<'t>(
    table: &'t Table,
    head: &RequestHead<'_, '_>,
    captures: &mut Captures,
    (peer, tls): (&Peer, &Tls),
) -> Route<'t> {
    if table.generation() == 0 {
        let fault = Fault::new(Kind::NoTable, "no table has come from control yet");
        return nowhere(Routed::Nowhere(fault));
    }
    let path = head.target.path;
    if let Some(answer) = table.root().challenge(path) {
        let routed = Routed::Challenge(answer);
        return Route { located: None, routed, admitted: false };
    }
    let has_field =
        |name: &str, passes: &dyn Fn(&[u8]) -> bool| fields_named(head.fields, name).any(passes);
    // None: nobody was to be let in.
    let let_in = RefCell::new(None);
    let admits = |domain: &DomainImage| {
        let verdict = tls::admit(peer.client.as_deref(), peer.scheme == "https", tls, domain);
        let admitted = verdict.is_ok();
        let_in.replace(Some(verdict));
        admitted
    };
    let located = match table.locate_by(head.host, path, &has_field, &admits) {
        Ok(located) => located,
        Err(Miss::MutualTls) => {
            let closed = || Fault::new(Kind::Distrusted, "the host asks for a client certificate");
            let fault = let_in.take().and_then(Result::err).unwrap_or_else(closed);
            return nowhere(Routed::Nowhere(fault));
        }
        Err(miss) => return nowhere(missed(miss)),
    };
    let admitted = let_in.take().is_some();
    let stage = located.stage;
    if stage.cors().is_some() && is_preflight(head) {
        return Route { located: Some(located), routed: Routed::Preflight, admitted };
    }
    let below_stage = path.get(located.path_start..).unwrap_or_default();
    let routed = match stage.find(head.method, below_stage, captures) {
        Some(route) => Routed::Route(route),
        None => Routed::Nowhere(Fault::new(Kind::NotFound, "no route takes this method and path")),
    };
    Route { located: Some(located), routed, admitted }
}

/// The CORS fields that the answer to this request gets (spec section 2.15): errors of our own get
/// them too, and what the integration says about CORS is replaced.
pub(crate) fn cors_fields<'t>(
    route: &Route<'t>,
    head: &RequestHead<'_, 't>,
) -> Option<CorsFields<'t>> {
    let cors = route.located.as_ref()?.stage.cors()?;
    let origin = std::str::from_utf8(field(head.fields, "origin")?).ok()?;
    match route.routed {
        Routed::Preflight => cors::preflight(cors, origin),
        _ => cors::decorate(cors, origin),
    }
}

fn is_preflight(head: &RequestHead<'_, '_>) -> bool {
    head.method == "OPTIONS"
        && field(head.fields, "origin").is_some()
        && field(head.fields, "access-control-request-method").is_some()
}

fn nowhere(routed: Routed<'static>) -> Route<'static> {
    Route { located: None, routed, admitted: false }
}

fn missed(miss: Miss) -> Routed<'static> {
    Routed::Nowhere(match miss {
        Miss::HealthCheck => return Routed::HealthCheck,
        Miss::Forbidden | Miss::MutualTls => {
            Fault::new(Kind::Forbidden, "the host names no API, or none for this path")
        }
        Miss::NotFound => Fault::new(Kind::NotFound, "no such stage, or nothing is deployed to it"),
    })
}
