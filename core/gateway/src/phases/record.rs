//! Step 13: the counters, the meters, and one access-log record where a log is kept.

use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ringgate_http1::{RequestHead, ResponseHead, Version, field};
use ringgate_observe::{Record, Sample};

use super::event::split_host;
use super::route::{Route, Routed};
use crate::connection::{Exchange, Peer};
use crate::principal::Principal;
use crate::rescue::Fault;
use crate::stages::Stage;
use crate::worker::Core;

/// A request under way.
#[derive(Debug)]
pub(crate) struct Open {
    started: Instant,
    sent: Option<Instant>,
    integration_latency_us: Option<u64>,
    stage: Option<Rc<Stage>>,
    /// The place of its route's own meter.
    meter: Option<usize>,
    /// What a log will say, where one is kept.
    record: Option<Box<Record>>,
}

impl Open {
    /// Begins with a request that was routed to `stage`, if there is one.
    pub(crate) fn new(
        core: &Core,
        peer: &Peer,
        head: &RequestHead<'_, '_>,
        route: &Route<'_>,
        (request_id, stage): (&[u8], Option<Rc<Stage>>),
        started: Instant,
    ) -> Self {
        let is_wanted = core.common_log.is_some()
            || stage.as_ref().is_some_and(|stage| stage.is_logged())
            || route.needs_context();
        let meter = match &route.routed {
            Routed::Route(found) => found.meter(),
            _ => None,
        };
        let record = is_wanted.then(|| Box::new(record(peer, head, route, request_id)));
        Self { started, sent: None, integration_latency_us: None, stage, meter, record }
    }

    /// When the request came.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Milliseconds since it went to its integration.
    pub(crate) fn sent_ms_ago(&self) -> Option<u64> {
        self.sent.map(|sent| us_since(sent) / 1000)
    }

    /// What is known so far, where it is wanted.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }

    /// Notes who the request comes from.
    pub(crate) fn authorized(&mut self, principal: &Principal) {
        if let Some(record) = &mut self.record {
            record.caller = Some(Rc::new(principal.clone()));
        }
    }

    /// Begins with a request whose head was refused: nothing in it can be trusted.
    pub(crate) fn refused(core: &Core, peer: &Peer) -> Self {
        Self {
            started: Instant::now(),
            sent: None,
            integration_latency_us: None,
            stage: None,
            meter: None,
            record: core.common_log.is_some().then(|| Box::new(unread(peer))),
        }
    }
}

fn record(peer: &Peer, head: &RequestHead<'_, '_>, route: &Route<'_>, request_id: &[u8]) -> Record {
    let mut record = unread(peer);
    record.request_id = String::from_utf8_lossy(request_id).into_owned();
    head.method.clone_into(&mut record.http_method);
    head.target.path.clone_into(&mut record.path);
    record.protocol = match head.version {
        _ if peer.http2 => "HTTP/2.0",
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    };
    let user_agent = field(head.fields, "user-agent");
    record.user_agent = user_agent.map(|agent| String::from_utf8_lossy(agent).into_owned());
    record.domain_name = head.host.map(|host| split_host(host, peer.scheme).0.to_owned());
    if let Some(located) = &route.located {
        record.base_path_matched = located.base_path.map(str::to_owned);
        record.account_id = Some(located.api.scope().account.clone());
        record.api_id = Some(located.api.api_id().to_owned());
        record.stage = Some(located.stage.name().to_owned());
    }
    if let Routed::Route(found) = &route.routed {
        record.route_key = Some(found.key().to_owned());
    }
    record
}

fn unread(peer: &Peer) -> Record {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Record {
        request_time_epoch_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        ip: peer.ip.to_string(),
        http_method: "-".to_owned(),
        path: "-".to_owned(),
        protocol: "-",
        ..Record::default()
    }
}

/// Notes that the request goes to its integration now.
pub(crate) fn sent(exchange: &mut Exchange) {
    exchange.record.sent = Some(Instant::now());
}

/// Notes that the integration's response head is there, with this status.
pub(crate) fn answered(exchange: &mut Exchange, status: u16) {
    let open = &mut exchange.record;
    open.integration_latency_us = open.sent.map(us_since);
    if let Some(record) = &mut open.record {
        record.integration_status = Some(status);
    }
}

/// Notes the same of Lambda or another service, and the ids that it gave the call (AWS: "Customize
/// HTTP API access logs").
pub(crate) fn called(exchange: &mut Exchange, head: &ResponseHead<'_, '_>) {
    answered(exchange, head.status);
    if let Some(record) = &mut exchange.record.record {
        let text =
            |name| field(head.fields, name).map(|id| String::from_utf8_lossy(id).into_owned());
        record.integration_request_id =
            text("x-amzn-requestid").or_else(|| text("x-amz-request-id"));
        record.integration_request_id_2 = text("x-amz-id-2");
    }
}

/// Notes the status that a function gave in its answer; a service's is its own.
pub(crate) fn function_answered(exchange: &mut Exchange, status: u16) {
    if let Some(record) = &mut exchange.record.record {
        record.function_status = Some(status);
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
    let open = &mut exchange.record;
    let sample = Sample {
        status,
        latency_us: us_since(open.started),
        integration_latency_us: open.integration_latency_us,
        data_processed_bytes: exchange.request_bytes.get().saturating_add(exchange.response_bytes),
    };
    if let Some(stage) = &open.stage {
        stage.measure(open.meter, &sample);
    }
    let Some(mut record) = open.record.take() else { return };
    if record.request_id.is_empty() {
        record.request_id = String::from_utf8_lossy(&exchange.request_id).into_owned();
    }
    record.status = status;
    record.response_length = exchange.response_bytes;
    record.response_latency_us = sample.latency_us;
    record.integration_latency_us = sample.integration_latency_us;
    record.data_processed = sample.data_processed_bytes;
    if let Some(fault) = fault {
        record.reason = Some(fault.reason.clone().into_owned());
        record.error_message = fault.answer().map(|(_, message)| message.to_owned());
        record.error_type = fault.response_type();
        record.authorizer_error = fault.authorizer_error().map(str::to_owned);
        record.integration_failed = fault.is_of_integration();
    }
    if let Some(lines) = &core.common_log {
        core.log.record(lines, |out| record.write_json(out));
    }
    if let Some(stage) = &open.stage {
        stage.log(core, &record);
    }
}

fn us_since(then: Instant) -> u64 {
    u64::try_from(then.elapsed().as_micros()).unwrap_or(u64::MAX)
}
