//! What a worker keeps for each stage of its table, beside the images that all workers share.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringgate_auth::jwt::limits::LEEWAY_S_DEFAULT;
use ringgate_auth::jwt::{Issuer, IssuerKeys, Keys, Rules, Verifier};
use ringgate_observe::{LogFormat, Meter, Metered, Record, Sample};
use ringgate_table::{AccessLogImage, Located, StageImage, Table, ThrottleImage};
use ringgate_traffic::throttle::{Bucket, Buckets, Key, Limit};

use crate::journal::Lines;
use crate::worker::Core;

/// The stages of one table that had a request, by where their images lie: the table holds these for
/// as long as it has this.
#[derive(Debug, Default)]
pub(crate) struct Stages(RefCell<HashMap<usize, Rc<Stage>, FixedState>>);

/// One stage.
#[derive(Debug)]
pub(crate) struct Stage {
    account: Option<Arc<Bucket>>,
    /// As [`StageImage::throttles`].
    throttles: Box<[Arc<Bucket>]>,
    /// None: there are too many already.
    meter: Option<Rc<RefCell<Meter>>>,
    /// As [`StageImage::metered`].
    route_meters: Box<[Option<Rc<RefCell<Meter>>>]>,
    log: Option<StageLog>,
    /// Of its JWT authorizers, each at the authorizer's place.
    verifiers: Box<[Option<Verifier>]>,
}

/// The access log of a stage.
#[derive(Debug)]
struct StageLog {
    format: LogFormat,
    lines: Rc<Lines>,
}

/// The limits of this node, and what has passed: shared by all workers.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// The limit of each account in a region.
    pub account: Option<Limit>,
    buckets: Buckets,
    epoch: Instant,
}

impl Throttle {
    /// Nothing has passed yet.
    pub(crate) fn new(account: Option<Limit>) -> Self {
        Self { account, buckets: Buckets::default(), epoch: Instant::now() }
    }

    /// `now` as buckets count time.
    pub(crate) fn ns(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.epoch);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Frees what nobody would miss.
    pub(crate) fn free_unused(&self) {
        self.buckets.free_unused(self.ns(Instant::now()));
    }
}

impl Stages {
    /// What is kept for the stage of `located`, which the table holds.
    pub(crate) fn of(
        &self,
        core: &Core,
        table: &Table,
        located: &Located<'_>,
        now: Instant,
    ) -> Rc<Stage> {
        let place = std::ptr::from_ref::<StageImage>(located.stage).addr();
        if let Some(stage) = self.0.borrow().get(&place) {
            return stage.clone();
        }
        let stage = Rc::new(Stage::new(core, table, located, now));
        self.0.borrow_mut().insert(place, stage.clone());
        stage
    }
}

impl Stage {
    fn new(core: &Core, table: &Table, located: &Located<'_>, now: Instant) -> Self {
        let generation = table.generation();
        let throttle = &*core.throttle;
        let now_ns = throttle.ns(now);
        let bucket = |key, limit| throttle.buckets.get(key, generation, limit, now_ns);
        let scope = located.api.scope();
        let account = throttle.account.map(|limit| {
            let (account_id, region) =
                (scope.account.as_str().into(), scope.region.as_str().into());
            bucket(Key::Account { account_id, region }, limit)
        });
        let of_image = |image: &ThrottleImage| {
            let (api_id, stage) = (located.api.api_id().into(), located.stage.name().into());
            let key = match &image.route_id {
                None => Key::Stage { api_id, stage },
                Some(route_id) => Key::Route { api_id, stage, route_id: route_id.clone() },
            };
            // A rate that is none is refused where tables are read.
            Limit::new(image.rate, image.burst).ok().map(|limit| bucket(key, limit))
        };
        let throttles = located.stage.throttles().iter().filter_map(of_image).collect();
        let meter = |route_key: Option<&str>| {
            core.meters.of(Metered {
                api_id: located.api.api_id().into(),
                stage: located.stage.name().into(),
                route_key: route_key.map(Into::into),
            })
        };
        Self {
            account,
            throttles,
            meter: meter(None),
            route_meters: located.stage.metered().iter().map(|key| meter(Some(key))).collect(),
            log: located.stage.access_log().and_then(|image| StageLog::new(core, image)),
            verifiers: located.stage.jwt_issuers().map(|it| verifier(core, table, it?)).collect(),
        }
    }

    /// True where each request's record is wanted.
    pub(crate) fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    /// Counts a request of the stage, and of the route whose own meter is at `meter`.
    pub(crate) fn measure(&self, meter: Option<usize>, sample: &Sample) {
        let own = meter.and_then(|at| self.route_meters.get(at)).and_then(Option::as_ref);
        for meter in self.meter.iter().chain(own) {
            meter.borrow_mut().record(sample);
        }
    }

    /// Writes a record to the stage's log, if it has one.
    pub(crate) fn log(&self, core: &Core, record: &Record) {
        if let Some(log) = &self.log {
            core.log.record(&log.lines, |out| log.format.write(record, out));
        }
    }

    /// What the tokens of the JWT authorizer at this place are verified with.
    pub(crate) fn verifier(&self, at: usize) -> Option<&Verifier> {
        self.verifiers.get(at)?.as_ref()
    }

    /// The buckets that a request takes from: its account's, and the one at `throttle`.
    pub(crate) fn buckets(&self, throttle: Option<usize>) -> impl Iterator<Item = &Bucket> {
        let own = throttle.and_then(|at| self.throttles.get(at));
        self.account.iter().chain(own).map(|bucket| &**bucket)
    }
}

/// An issuer's keys are shared by all workers and tables; this only brings the rules to them. One
/// that control has not asked yet has none.
fn verifier(core: &Core, table: &Table, issuer: &Issuer) -> Option<Verifier> {
    let (issuers, algorithms) = (vec![issuer.clone()], core.settings.jwt_algorithms);
    let rules = Rules { issuers, algorithms, leeway_s: LEEWAY_S_DEFAULT };
    let keys = table.issuer(&issuer.issuer).map(|image| image.prepared().clone());
    let keys = keys.unwrap_or_else(|| Arc::new(Keys::prepare(&IssuerKeys::DiscoveryFailed)));
    Some(Verifier::new(rules, |_| keys.clone()))
}

impl StageLog {
    fn new(core: &Core, image: &AccessLogImage) -> Option<Self> {
        // One that is none is refused where it is set.
        let format = LogFormat::parse(&image.format).ok()?;
        let to = Arc::new(core.settings.log_destinations.of(&image.destination_arn));
        Some(Self { format, lines: core.log.lines(to) })
    }
}
