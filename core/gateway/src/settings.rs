//! What the flags say, as the workers use it.

use std::sync::Arc;

use ringgate_settings::DataPlaneArgs;

use crate::addresses::Addresses;
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
    /// The limits of AWS apply that are off by default.
    pub aws_limits: bool,
}

impl Settings {
    /// What the flags say.
    pub(crate) fn new(args: &DataPlaneArgs) -> Self {
        let unless_0 = |ms: u32| (ms > 0).then_some(u64::from(ms));
        let per_address = usize::try_from(args.connections_per_address).unwrap_or(usize::MAX);
        Self {
            http2_cleartext: args.http2_cleartext.is_on(),
            ping_interval_ms: unless_0(args.ping_interval_ms),
            websocket_idle_ms: unless_0(args.websocket_idle_timeout_ms),
            websocket_lifetime_ms: unless_0(args.websocket_lifetime_ms),
            addresses: (per_address > 0).then(|| Addresses::new(per_address)),
            aws_limits: args.aws_limits.is_on(),
        }
    }
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
