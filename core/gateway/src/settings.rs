//! What the flags say, as the workers use it.

use std::sync::Arc;

use ringgate_auth::jwt::{Algorithm, Algorithms};
use ringgate_model::Limits;
use ringgate_model::limits::{ACCOUNT_BURST_LIMIT, ACCOUNT_RATE_LIMIT};
use ringgate_observe::{Destination, Destinations};
use ringgate_settings::{Balance, Common, DataPlaneArgs};
use ringgate_traffic::balance::Policy;
use ringgate_traffic::throttle::Limit;

use crate::addresses::Addresses;
use crate::aws::Aws;
use crate::worker::Waits;

/// Settings that every worker shares.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Plain listeners take HTTP/2 from clients that know beforehand.
    pub http2_cleartext: bool,
    /// Silence after which a WebSocket client is sent a ping.
    pub ping_interval_ms: Option<u64>,
    /// How long a WebSocket may pass no message.
    pub websocket_idle_ms: Option<u64>,
    /// How long a WebSocket may live.
    pub websocket_lifetime_ms: Option<u64>,
    /// How many connections each client address has, where that is limited.
    pub addresses: Option<Arc<Addresses>>,
    /// Connections that a worker may have open to one target, where that is limited.
    pub per_target_max: Option<usize>,
    /// How one of several targets is chosen.
    pub balance: Policy,
    /// AWS services.
    pub aws: Aws,
    /// Calls with a role are signed with a session of it.
    pub assumes_roles: bool,
    /// What tokens may be signed by.
    pub jwt_algorithms: Algorithms,
    /// What is allowed of what.
    pub limits: Limits,
    /// The limits of AWS apply that are off by default.
    pub aws_limits: bool,
    /// Clients are told which phase answered, and why.
    pub explain: bool,
    /// Where a record of each request goes, if anywhere.
    pub access_log: Option<Arc<Destination>>,
    /// Where stages' access logs go.
    pub log_destinations: Arc<Destinations>,
}

impl Settings {
    /// What the flags say.
    pub(crate) fn new(common: &Common, args: &DataPlaneArgs) -> Self {
        let unless_0 = |ms: u32| (ms > 0).then_some(u64::from(ms));
        let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let per_address = count(args.connections_per_address);
        let per_target = count(args.upstream_connections_per_target);
        Self {
            http2_cleartext: args.http2_cleartext.is_on(),
            ping_interval_ms: unless_0(args.ping_interval_ms),
            websocket_idle_ms: unless_0(args.websocket_idle_timeout_ms),
            websocket_lifetime_ms: unless_0(args.websocket_lifetime_ms),
            addresses: (per_address > 0).then(|| Addresses::new(per_address)),
            per_target_max: (per_target > 0).then_some(per_target),
            balance: match args.balance {
                Balance::LeastRequest => Policy::LeastRequest,
                Balance::RoundRobin => Policy::RoundRobin,
            },
            aws: Aws::new(&common.endpoints),
            assumes_roles: common.assume_roles.is_on(),
            jwt_algorithms: jwt_algorithms(args),
            limits: common.limits.limits,
            aws_limits: args.aws_limits.is_on(),
            explain: args.explain.is_on(),
            access_log: access_log(args).map(Arc::new),
            log_destinations: Arc::new(log_destinations(common, args)),
        }
    }
}

fn jwt_algorithms(args: &DataPlaneArgs) -> Algorithms {
    // The flag takes no other names.
    let named = args.jwt_algorithms.iter().filter_map(|name| Algorithm::of(name));
    Algorithms::set(&named.collect::<Vec<_>>())
}

/// Where a record of each request goes, if anywhere.
pub(crate) fn access_log(args: &DataPlaneArgs) -> Option<Destination> {
    args.access_log.as_deref().map(|name| Destination::named(name, "access-log"))
}

/// Where stages' access logs go.
pub(crate) fn log_destinations(common: &Common, args: &DataPlaneArgs) -> Destinations {
    let folder = args.access_log_dir.clone().unwrap_or_else(|| common.data_dir.join("logs"));
    // Told to others, it must not hang on where this process runs.
    Destinations::new(&std::path::absolute(&folder).unwrap_or(folder), &args.access_log_group)
}

/// The limit of each account in a region, where there is one: a number that is not given is AWS's.
pub(crate) fn account_limit(args: &DataPlaneArgs) -> Option<Limit> {
    let (rate, burst) = (args.account_rate_limit, args.account_burst_limit);
    if rate.is_none() && burst.is_none() && !args.aws_limits.is_on() {
        return None;
    }
    let rate = rate.unwrap_or(ACCOUNT_RATE_LIMIT);
    // The flag takes no rate that is none.
    Limit::new(rate, burst.unwrap_or(ACCOUNT_BURST_LIMIT)).ok()
}

/// How long each wait may last.
pub(crate) fn waits(args: &DataPlaneArgs) -> Waits {
    Waits {
        head_ms: args.head_timeout_ms.into(),
        idle_ms: args.idle_timeout_ms.into(),
        body_ms: args.body_timeout_ms.into(),
        connect_ms: args.connect_timeout_ms.into(),
        response_head_ms: args.response_head_timeout_ms.into(),
        upstream_idle_ms: args.upstream_idle_timeout_ms.into(),
    }
}
