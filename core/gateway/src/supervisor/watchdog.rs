use std::sync::Arc;
use std::time::{Duration, Instant};

use ringgate_ipc::notify::{self, News, notify};
use ringgate_observe::Counters;

use crate::limits::PULSE_MS_MAX;

/// Tells the process manager that asked for it (systemd's `WatchdogSec=`) that every worker lives.
/// Once it is no longer told, it ends this process and starts another.
pub(super) struct Watchdog {
    every: Duration,
    seen: Vec<Seen>,
}

struct Seen {
    worker: Arc<Counters>,
    pulse: u64,
    at: Instant,
}

impl Watchdog {
    /// `None` where nobody asked for it.
    pub(super) fn new(workers: Vec<Arc<Counters>>) -> Option<Self> {
        let now = Instant::now();
        let every = notify::watchdog()? / 2;
        let seen = workers.into_iter().map(|worker| Seen { worker, pulse: 0, at: now }).collect();
        Some(Self { every, seen })
    }

    /// How long until the next [`Watchdog::tell`].
    pub(super) fn every(&self) -> Duration {
        self.every
    }

    /// Tells it, unless one of the running workers has not moved for too long.
    pub(super) fn tell(&mut self, now: Instant, running: impl Fn(usize) -> bool) {
        match self.stuck(now, running) {
            Some((index, ms)) => say!("worker {index} has not moved for {ms} ms"),
            // Nobody is the worse for not hearing it, but us.
            None => drop(notify(&[News::Watchdog])),
        }
    }

    /// The running worker that has not moved for longest, if that is too long.
    fn stuck(&mut self, now: Instant, running: impl Fn(usize) -> bool) -> Option<(usize, u128)> {
        for (index, seen) in self.seen.iter_mut().enumerate() {
            let pulse = seen.worker.pulse.get();
            if pulse != seen.pulse || !running(index) {
                (seen.pulse, seen.at) = (pulse, now);
            }
        }
        let patience = self.every.max(Duration::from_millis(PULSE_MS_MAX));
        let rests = self.seen.iter().map(|seen| now.saturating_duration_since(seen.at));
        let (index, longest) = rests.enumerate().max_by_key(|(_, rest)| *rest)?;
        (longest > patience).then_some((index, longest.as_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_does_not_move_is_seen() {
        let workers = [Arc::<Counters>::default(), Arc::default()];
        let start = Instant::now();
        let seen = workers.iter().map(|w| Seen { worker: w.clone(), pulse: 0, at: start });
        let every = Duration::from_millis(100);
        let mut watchdog = Watchdog { every, seen: seen.collect() };
        let later = |ms: u64| start + Duration::from_millis(ms);
        for second in 1..10 {
            workers[0].pulse.add(1);
            let stuck = watchdog.stuck(later(second * 1_000), |_| true);
            assert_eq!(stuck, (second > 3).then_some((1, u128::from(second) * 1_000)));
        }
        // One that does not run is started again by somebody else.
        assert_eq!(watchdog.stuck(later(10_000), |index| index == 0), None);
    }
}
