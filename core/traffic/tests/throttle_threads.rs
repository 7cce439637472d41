//! Many threads on the same buckets: together they get what one would.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ringgate_traffic::throttle::{Bucket, Buckets, Key, Limit, take};

const THREADS: usize = 8;

/// Runs the work on all threads at once, and adds up what each says.
fn together(work: impl Fn() -> usize + Sync) -> usize {
    let barrier = Barrier::new(THREADS);
    let work = || {
        barrier.wait();
        work()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn limit(rate: f64, burst: u32) -> Limit {
    Limit::new(rate, burst).unwrap()
}

fn drain(bucket: &Bucket, now_ns: u64) -> usize {
    (0..).take_while(|_| bucket.take(now_ns).is_some()).count()
}

#[test]
fn a_burst_is_exactly_its_size() {
    for burst in [1, 7, 1_000, 200_000] {
        let bucket = Bucket::new(limit(100.0, burst), 0);
        assert_eq!(together(|| drain(&bucket, 0)), burst as usize);
    }
}

#[test]
fn a_rate_is_exactly_the_rate() {
    // Time goes on by ten microseconds whenever a thread asks, for ten seconds in all.
    const END_NS: u64 = 10_000_000_000;
    const STEP_NS: u64 = 10_000;
    for (rate, burst) in [(100.0, 100), (3_333.0, 500), (12_345.6, 2_000)] {
        let bucket = Bucket::new(limit(rate, burst), 0);
        let clock = AtomicU64::new(0);
        let ask = || {
            let mut passed = 0;
            loop {
                let now_ns = clock.fetch_add(STEP_NS, Ordering::Relaxed);
                if now_ns > END_NS {
                    return passed;
                }
                passed += usize::from(bucket.take(now_ns).is_some());
            }
        };
        let passed = together(ask) + drain(&bucket, END_NS);
        let due = f64::from(burst) + rate * 10.0;
        assert!((passed as f64 - due).abs() <= 1.0, "{passed} of {due}");
    }
}

#[test]
fn what_the_account_refuses_costs_the_route_nothing() {
    // The moments when two threads want the last token come with every round.
    for _ in 0..300 {
        let route = Bucket::new(limit(1.0, 1_000), 0);
        let stage = Bucket::new(limit(1.0, 500), 0);
        let account = Bucket::new(limit(1.0, 100), 0);
        let buckets = [&route, &stage, &account];
        let passed = together(|| (0..40).filter(|_| take(&buckets, 0).is_ok()).count());
        assert_eq!(passed, 100);
        assert_eq!([&route, &stage, &account].map(|b| drain(b, 0)), [900, 400, 0]);
    }
}

#[test]
fn limits_that_change_give_no_fresh_burst() {
    let key = || Key::Account { account_id: "000000000000".into(), region: "us-east-1".into() };
    let buckets = Buckets::default();
    let generation = AtomicU64::new(0);
    let ask = || {
        let mut passed = 0;
        for _ in 0..2_000 {
            // A table in two changes the limit; the time stands still.
            let new = generation.fetch_add(1, Ordering::Relaxed);
            let rate = if new.is_multiple_of(2) { 10.0 } else { 1e6 };
            let bucket = buckets.get(key(), new, limit(rate, 5_000), 0);
            passed += usize::from(bucket.take(0).is_some());
        }
        passed
    };
    assert_eq!(together(ask), 5_000);
}
