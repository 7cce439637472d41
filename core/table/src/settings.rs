//! What a stage's settings ask for beside its routes: limits, meters, a log of accesses.

use ringgate_model::limits::{ACCOUNT_BURST_LIMIT, ACCOUNT_RATE_LIMIT};
use ringgate_model::{Route, RouteSettings, Stage};
use serde::{Deserialize, Serialize};

use crate::arena::ArenaFull;
use crate::trie::NO_INDEX;

/// How many requests pass: AWS's `throttlingRateLimit` and `throttlingBurstLimit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThrottleImage {
    /// The route that it is for alone; none: all routes of the stage that have none of their own.
    pub route_id: Option<Box<str>>,
    /// Requests per second; a number that is 0 or more.
    pub rate: f64,
    /// Requests at once after a quiet time.
    pub burst: u32,
}

/// A log of accesses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLogImage {
    /// The ARN of a log group, or of a delivery stream.
    pub destination_arn: Box<str>,
    /// Text with `$context` variables.
    pub format: Box<str>,
}

impl AccessLogImage {
    /// The log that the stage asks for, if any.
    pub(crate) fn of(stage: &Stage) -> Option<Self> {
        let log = stage.access_log_settings.as_ref()?;
        Some(Self {
            destination_arn: log.destination_arn.as_deref()?.into(),
            format: log.format.as_deref()?.into(),
        })
    }

    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.destination_arn.len() + self.format.len()
    }
}

/// The settings of a stage while its routes are compiled.
pub(crate) struct Settings<'a> {
    stage: &'a Stage,
    pub(crate) throttles: Vec<ThrottleImage>,
    pub(crate) metered: Vec<Box<str>>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        let limits = limits(&stage.default_route_settings, None);
        let throttles = limits.map(|(rate, burst)| ThrottleImage { route_id: None, rate, burst });
        Self { stage, throttles: throttles.into_iter().collect(), metered: Vec::new() }
    }

    /// The index of the bucket that the route's requests take from.
    ///
    /// Settings of its own override the stage's (AWS: "Throttle requests to your HTTP APIs"): such
    /// a route has a bucket to itself. All others share the stage's.
    pub(crate) fn throttle(&mut self, route: &Route) -> Result<u16, ArenaFull> {
        let defaults = &self.stage.default_route_settings;
        let own = self.stage.route_settings.get(&route.route_key);
        let Some((rate, burst)) = own.and_then(|own| limits(own, Some(defaults))) else {
            let is_stages = |throttle: &ThrottleImage| throttle.route_id.is_none();
            return Ok(if self.throttles.first().is_some_and(is_stages) { 0 } else { NO_INDEX });
        };
        let route_id = Some(route.route_id.as_str().into());
        self.throttles.push(ThrottleImage { route_id, rate, burst });
        last_index(self.throttles.len())
    }

    /// The index of the route's own meter, where detailed metrics are asked for.
    pub(crate) fn meter(&mut self, route: &Route) -> Result<u16, ArenaFull> {
        let own = self.stage.route_settings.get(&route.route_key);
        let settings = own.unwrap_or(&self.stage.default_route_settings);
        if !settings.detailed_metrics_enabled {
            return Ok(NO_INDEX);
        }
        self.metered.push(route.route_key.as_str().into());
        last_index(self.metered.len())
    }
}

/// The limits that `settings` ask for. Of a pair with one number alone the other is that of
/// `defaults`, or of the account (AWS's defaults for one).
fn limits(settings: &RouteSettings, defaults: Option<&RouteSettings>) -> Option<(f64, u32)> {
    let (rate, burst) = (settings.throttling_rate_limit, settings.throttling_burst_limit);
    if rate.is_none() && burst.is_none() {
        return None;
    }
    let rate = rate.or(defaults.and_then(|defaults| defaults.throttling_rate_limit));
    let burst = burst.or(defaults.and_then(|defaults| defaults.throttling_burst_limit));
    Some((rate.unwrap_or(ACCOUNT_RATE_LIMIT), burst.unwrap_or(ACCOUNT_BURST_LIMIT)))
}

fn last_index(len: usize) -> Result<u16, ArenaFull> {
    let last = len.checked_sub(1).and_then(|last| u16::try_from(last).ok());
    last.filter(|last| *last != NO_INDEX).ok_or(ArenaFull)
}
