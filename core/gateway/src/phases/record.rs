//! Step 13: the counters, and one access-log record where a log is kept.

use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_http1::{RequestHead, Version};
use ringgate_observe::Record;

use super::route::{Route, Routed};
use crate::connection::{Exchange, Peer};
use crate::rescue::Fault;
use crate::worker::Core;

/// A record whose request is under way.
#[derive(Debug)]
pub(crate) struct Open {
    record: Box<Record>,
    started_us: u64,
    sent_us: Option<u64>,
}

impl Open {
    /// Begins the record of a routed request.
    pub(crate) fn new(
        core: &Core,
        peer: &Peer,
        head: &RequestHead<'_, '_>,
        route: &Route<'_>,
        request_id: &[u8],
    ) -> Self {
        let mut open = Self::refused(core, peer);
        let record = &mut *open.record;
        record.request_id = String::from_utf8_lossy(request_id).into_owned();
        record.http_method = head.method.to_owned();
        record.path = head.target.path.to_owned();
        record.protocol = match head.version {
            _ if peer.http2 => "HTTP/2.0",
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        };
        record.domain_name = head.host.map(str::to_owned);
        if let Some(located) = &route.located {
            record.api_id = Some(located.api.api_id().to_owned());
            record.stage = Some(located.stage.name().to_owned());
        }
        if let Routed::Route(found) = &route.routed {
            record.route_key = Some(found.key().to_owned());
        }
        open
    }

    /// What is known so far.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Begins the record of a request whose head was refused: nothing in it can be trusted.
    pub(crate) fn refused(core: &Core, peer: &Peer) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            record: Box::new(Record {
                request_time_epoch_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
                ip: peer.ip.to_string(),
                http_method: "-".to_owned(),
                path: "-".to_owned(),
                protocol: "-",
                ..Record::default()
            }),
            started_us: core.worker.clock.precise_us(),
            sent_us: None,
        }
    }
}

/// Notes that the request goes to its integration now.
pub(crate) fn sent(core: &Core, exchange: &mut Exchange) {
    if let Some(open) = &mut exchange.record {
        open.sent_us = Some(core.worker.clock.precise_us());
    }
}

/// Notes that the integration's response head is there.
pub(crate) fn answered(core: &Core, exchange: &mut Exchange) {
    if let Some(open) = &mut exchange.record
        && let Some(sent_us) = open.sent_us
    {
        let latency_us = core.worker.clock.precise_us().saturating_sub(sent_us);
        open.record.integration_latency_us = Some(latency_us);
    }
}

/// Counts a request and writes its record. A `status` of 0: the client was gone before any answer.
pub(crate) fn done(core: &Core, exchange: &mut Exchange, status: u16, fault: Option<&Fault>) {
    core.counters.requests_total.add(1);
    match status {
        400..=499 => core.counters.responses_4xx_total.add(1),
        500.. => core.counters.responses_5xx_total.add(1),
        _ => {}
    }
    let (Some(mut open), Some(log)) = (exchange.record.take(), &core.log) else { return };
    let record = &mut *open.record;
    record.request_id = String::from_utf8_lossy(&exchange.request_id).into_owned();
    record.status = status;
    record.response_length = exchange.response_bytes;
    record.response_latency_us = core.worker.clock.precise_us().saturating_sub(open.started_us);
    record.error_message = fault.map(|fault| fault.reason.clone().into_owned());
    log.record(record);
}
