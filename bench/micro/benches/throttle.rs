//! A request's tokens: from one bucket, from a route's, a stage's and an account's, and none.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_bench_micro::{ThreadTime, criterion};
use ringgate_traffic::throttle::{Bucket, Limit, take};

/// From one request to the next: 1,000 per second, so that the rates below pass or refuse them.
const STEP_NS: u64 = 1_000_000;

fn throttle(criterion: &mut Criterion<ThreadTime>) {
    let (Ok(loose), Ok(tight)) = (Limit::new(10_000.0, 5_000), Limit::new(1e-6, 1)) else { return };
    let mut group = criterion.benchmark_group("throttle");
    for (name, limits) in [
        ("passed/one", [loose].as_slice()),
        ("passed/three", &[loose; 3]),
        ("refused/third-of-three", &[loose, loose, tight]),
    ] {
        let buckets: Vec<_> = limits.iter().map(|&limit| Bucket::new(limit, 0)).collect();
        let (mut now_ns, expected) = (0, !limits.contains(&tight));
        let _ = take(&buckets, now_ns);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now_ns += STEP_NS;
                take(black_box(&buckets), now_ns).is_ok()
            });
        });
        assert_eq!(take(&buckets, now_ns).is_ok(), expected, "the bench measures what it says");
    }
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = throttle }
criterion_main!(benches);
