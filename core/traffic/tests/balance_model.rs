//! Health and counts against a slow literal model.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use ringgate_traffic::balance::{Balance, Failure, Policy, TargetId};
use ringgate_traffic::limits::{
    CONNECT_FAILURE_POINTS, EJECTION_MS_MAX, EJECTION_MS_MIN, EXCHANGE_FAILURE_POINTS,
    FAILURE_POINTS_MAX, SLOW_START_MS,
};
use support::random;

#[derive(Clone, Debug)]
enum Op {
    Pick(u64),
    End(usize),
    Fail(usize, bool),
    Succeed(usize),
    Wait(u64),
    Names(Vec<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any::<u64>().prop_map(Op::Pick),
        3 => any::<usize>().prop_map(Op::End),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(at, connect)| Op::Fail(at, connect)),
        2 => any::<usize>().prop_map(Op::Succeed),
        2 => (0..15_000u64).prop_map(Op::Wait),
        1 => prop::collection::vec(0..8u8, 0..7).prop_map(Op::Names),
    ]
}

/// What happened to a target, in order; everything is worked out from it anew each time.
#[derive(Clone, Debug, Default)]
struct History(Vec<(u64, Event)>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Points(u32),
    Success,
    Ejected,
}

impl History {
    fn ejections(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut length_ms = EJECTION_MS_MIN;
        let mut full_ms = 0;
        self.0.iter().filter_map(move |&(at, event)| match event {
            Event::Ejected => {
                let out = (at, at + length_ms);
                full_ms = out.1 + SLOW_START_MS;
                length_ms = (length_ms * 2).min(EJECTION_MS_MAX);
                Some(out)
            }
            Event::Success if at >= full_ms => {
                length_ms = EJECTION_MS_MIN;
                None
            }
            _ => None,
        })
    }

    fn is_out(&self, now_ms: u64) -> bool {
        self.ejections().any(|(from, until)| (from..until).contains(&now_ms))
    }

    fn is_bad(&self, now_ms: u64) -> bool {
        self.is_out(now_ms) || self.points() >= FAILURE_POINTS_MAX
    }

    /// Points in a row, one too few of them after an ejection.
    fn points(&self) -> u32 {
        let mut points = 0;
        for &(_, event) in self.0.iter().rev() {
            match event {
                Event::Points(more) => points += more,
                Event::Success => return points,
                Event::Ejected => return points + FAILURE_POINTS_MAX - 1,
            }
        }
        points
    }
}

/// The balance, and beside it what is known of each target.
struct World {
    balance: Balance<u8, ()>,
    model: BTreeMap<u8, Known>,
    under_way: Vec<TargetId>,
    now_ms: u64,
}

struct Known {
    id: TargetId,
    history: History,
    in_flight: u32,
}

impl World {
    fn new(policy: Policy) -> Self {
        Self {
            balance: Balance::new(policy),
            model: BTreeMap::new(),
            under_way: Vec::new(),
            now_ms: 0,
        }
    }

    fn run(&mut self, op: Op) {
        let len = self.model.len().max(1);
        match op {
            Op::Wait(ms) => self.now_ms += ms,
            Op::Names(names) => self.names(&names),
            Op::Pick(seed) => self.pick(seed),
            Op::End(at) => self.end(at),
            Op::Succeed(at) => {
                if let Some(known) = self.model.values_mut().nth(at % len) {
                    self.balance.succeeded(known.id, self.now_ms);
                    known.history.0.push((self.now_ms, Event::Success));
                }
            }
            Op::Fail(at, connect) => {
                let key = self.model.keys().nth(at % len).copied();
                key.into_iter().for_each(|key| self.fail(key, connect));
            }
        }
        self.agree();
    }

    fn names(&mut self, names: &[u8]) {
        self.balance.update(names.iter().map(|name| (*name, 1)), self.now_ms, |_| ());
        self.model.retain(|key, _| names.contains(key));
        for target in self.balance.targets() {
            let new = || Known { id: target.id(), history: History::default(), in_flight: 0 };
            self.model.entry(*target.key()).or_insert_with(new);
        }
    }

    fn pick(&mut self, seed: u64) {
        let now_ms = self.now_ms;
        let picked = self.balance.pick(now_ms, random(seed), |_| true);
        assert_eq!(picked.is_some(), !self.model.is_empty());
        let Some(id) = picked else { return };
        let all_bad = self.model.values().all(|known| known.history.is_bad(now_ms));
        let known = self.model.values_mut().find(|known| known.id == id).unwrap();
        assert!(all_bad || !known.history.is_out(now_ms), "an ejected one was picked");
        known.in_flight += 1;
        self.balance.begin(id);
        self.under_way.push(id);
    }

    fn end(&mut self, at: usize) {
        if self.under_way.is_empty() {
            return;
        }
        let id = self.under_way.swap_remove(at % self.under_way.len());
        self.balance.end(id);
        if let Some(known) = self.model.values_mut().find(|known| known.id == id) {
            known.in_flight -= 1;
        }
    }

    fn fail(&mut self, key: u8, connect: bool) {
        let now_ms = self.now_ms;
        let out = self.model.values().filter(|known| known.history.is_out(now_ms)).count();
        let room = (out + 1) * 2 <= self.model.len();
        let known = self.model.get_mut(&key).unwrap();
        let (failure, points) = if connect {
            (Failure::Connect, CONNECT_FAILURE_POINTS)
        } else {
            (Failure::Exchange, EXCHANGE_FAILURE_POINTS)
        };
        let was_out = known.history.is_out(now_ms);
        let ejected = self.balance.failed(known.id, failure, now_ms);
        if was_out {
            assert!(!ejected, "it is out already");
            return;
        }
        known.history.0.push((now_ms, Event::Points(points)));
        assert_eq!(ejected, room && known.history.points() >= FAILURE_POINTS_MAX);
        if ejected {
            known.history.0.push((now_ms, Event::Ejected));
        }
    }

    fn agree(&self) {
        assert_eq!(self.balance.targets().len(), self.model.len());
        for target in self.balance.targets() {
            let known = &self.model[target.key()];
            assert_eq!(known.id, target.id());
            assert_eq!(known.in_flight, target.in_flight());
            assert_eq!(known.history.is_out(self.now_ms), target.is_out(self.now_ms));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_does_what_the_literal_model_does(
        ops in prop::collection::vec(op(), 1..120), robin: bool,
    ) {
        let policy = if robin { Policy::RoundRobin } else { Policy::LeastRequest };
        let mut world = World::new(policy);
        for op in ops {
            world.run(op);
        }
    }
}
