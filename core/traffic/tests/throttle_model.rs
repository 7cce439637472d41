//! One bucket against a slow literal one, and what AWS promises of any rate.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use proptest::prelude::*;
use ringgate_traffic::throttle::{Bucket, Buckets, Key, Limit, take};

const NS_PER_S: u128 = 1_000_000_000;

/// A rate whose parts of a nanosecond come out even: so many 256ths of a token in 2^32 ns.
#[derive(Clone, Copy, Debug)]
struct Rate(u32);

impl Rate {
    fn per_s(self) -> f64 {
        f64::from(self.0) * 1e9 / f64::from(1u32 << 20).powi(2)
    }

    /// What has come after so long, in 256ths of a token.
    fn come(self, elapsed_ns: u64) -> u128 {
        (u128::from(self.0) * u128::from(elapsed_ns)) >> 32
    }
}

/// A bucket into which 256ths of tokens fall as the rate says, as long as there is room.
#[derive(Debug)]
struct Model {
    rate: Rate,
    room: u128,
    held: u128,
    since_ns: u64,
    looked_ns: u64,
}

impl Model {
    fn new(rate: Rate, burst: u32, now_ns: u64) -> Self {
        let room = Self::room(rate, burst);
        Self { rate, room, held: room, since_ns: now_ns, looked_ns: now_ns }
    }

    fn room(rate: Rate, burst: u32) -> u128 {
        if rate.0 == 0 { 0 } else { u128::from(burst) * 256 }
    }

    fn fill(&mut self, now_ns: u64) {
        let before = self.rate.come(self.looked_ns - self.since_ns);
        let come = self.rate.come(now_ns - self.since_ns) - before;
        self.held = (self.held + come).min(self.room);
        self.looked_ns = now_ns;
    }

    fn take(&mut self, now_ns: u64) -> bool {
        self.fill(now_ns);
        let taken = self.held >= 256;
        self.held -= if taken { 256 } else { 0 };
        taken
    }

    fn change(&mut self, rate: Rate, burst: u32, now_ns: u64) {
        self.fill(now_ns);
        (self.rate, self.room) = (rate, Self::room(rate, burst));
        self.held = self.held.min(self.room);
        self.since_ns = now_ns;
    }
}

#[derive(Clone, Debug)]
enum Op {
    Take(u8),
    Wait(u64),
    Limit(Rate, u32),
}

fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![Just(Rate(0)), (0..22u32, 1..8u32).prop_map(|(bits, n)| Rate(n << bits))]
}

fn burst() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0..12u32, 2 => 12..300u32, 1 => any::<u32>()]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1..40u8).prop_map(Op::Take),
        6 => (0..40u32, any::<u64>()).prop_map(|(bits, ns)| Op::Wait(ns & ((1 << bits) - 1))),
        2 => (rate(), burst()).prop_map(|(rate, burst)| Op::Limit(rate, burst)),
    ]
}

fn limit(rate: Rate, burst: u32) -> Limit {
    Limit::new(rate.per_s(), burst).unwrap()
}

fn route() -> Key {
    Key::Route { api_id: "a".into(), stage: "s".into(), route_id: "r".into() }
}

proptest! {
    #[test]
    fn a_bucket_does_what_a_literal_one_does(
        first in (rate(), burst()),
        ops in prop::collection::vec(op(), 1..60),
        mut now_ns in 0..1u64 << 60,
    ) {
        let buckets = Buckets::default();
        let mut generation = 1;
        let mut bucket = buckets.get(route(), generation, limit(first.0, first.1), now_ns);
        let mut model = Model::new(first.0, first.1, now_ns);
        for op in ops {
            match op {
                Op::Wait(ns) => now_ns += ns,
                Op::Limit(rate, burst) => {
                    generation += 1;
                    bucket = buckets.get(route(), generation, limit(rate, burst), now_ns);
                    model.change(rate, burst, now_ns);
                }
                Op::Take(times) => for _ in 0..times {
                    let has_token = bucket.has_token(now_ns);
                    prop_assert_eq!(has_token, model.take(now_ns));
                    prop_assert_eq!(bucket.take(now_ns).is_some(), has_token);
                },
            }
        }
    }

    #[test]
    fn a_request_takes_from_all_buckets_or_from_none(
        limits in prop::collection::vec((rate(), burst()), 1..5),
        waits in prop::collection::vec(0..1u64 << 33, 1..80),
    ) {
        let mut now_ns = 0;
        let buckets: Vec<_> =
            limits.iter().map(|&(rate, burst)| Bucket::new(limit(rate, burst), 0)).collect();
        let mut models: Vec<_> =
            limits.iter().map(|&(rate, burst)| Model::new(rate, burst, 0)).collect();
        for wait in waits {
            now_ns += wait;
            models.iter_mut().for_each(|model| model.fill(now_ns));
            let empty = models.iter().position(|model| model.held < 256);
            if empty.is_none() {
                prop_assert!(models.iter_mut().all(|model| model.take(now_ns)));
            }
            prop_assert_eq!(take(&buckets, now_ns).err(), empty);
        }
    }

    /// In any window no more than the burst and what came in it; and one that always asks gets it.
    #[test]
    fn any_rate_is_kept_in_every_window(
        rate in prop_oneof![0.01..10.0f64, 10.0..20_000.0f64, 1e4..1e7f64],
        burst in 1..50u32,
        steps in prop::collection::vec(0.0..3.0f64, 1..300),
    ) {
        let bucket = Bucket::new(Limit::new(rate, burst).unwrap(), 0);
        let mut now_ns = 0u64;
        let mut passed = Vec::new();
        for step in steps {
            now_ns += (step * 1e9 / rate) as u64;
            if bucket.take(now_ns).is_some() {
                passed.push(now_ns);
            }
        }
        for (first, &from) in passed.iter().enumerate() {
            for (last, &to) in passed.iter().enumerate().skip(first) {
                let most = f64::from(burst) + (to - from) as f64 * rate / 1e9 + 1.0 / 256.0;
                prop_assert!((last - first + 1) as f64 <= most + 1e-6);
            }
        }
    }

    #[test]
    fn one_who_always_asks_gets_the_burst_and_the_rate(
        rate in prop_oneof![0.5..10.0f64, 10.0..1_000.0f64],
        burst in 1..50u32,
    ) {
        let bucket = Bucket::new(Limit::new(rate, burst).unwrap(), 0);
        let passed = (0..20_000u64)
            .map(|at| (at as f64 * 1e9 / rate / 50.0) as u64)
            .map(|now_ns| (0..burst).take_while(|_| bucket.take(now_ns).is_some()).count())
            .sum::<usize>();
        let due = f64::from(burst) + 19_999.0 / 50.0;
        prop_assert!((passed as f64) <= due && passed as f64 > due - 1.03, "{passed} of {due}");
    }
}

#[test]
fn a_hundred_per_second_are_a_hundred_for_a_month() {
    let bucket = Bucket::new(Limit::new(100.0, 10).unwrap(), 0);
    let month_s = 30 * 24 * 3600;
    // Asked in the last second of it only; then for 60 s at 1,000 per second.
    let start = month_s * u64::try_from(NS_PER_S).unwrap();
    let passed = (0..60_000).filter(|ms| bucket.take(start + ms * 1_000_000).is_some()).count();
    assert!((6_008..=6_010).contains(&passed), "{passed}");
}
