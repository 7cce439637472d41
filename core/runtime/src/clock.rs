use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

/// A worker's time in milliseconds since it started, moved on by the sweep of its watches.
///
/// As coarse as [`crate::Watches::TICK_MS`]; reading it is one load. Where a latency is measured,
/// [`Clock::precise_us`] asks the kernel's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    now_ms: Rc<Cell<u64>>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), now_ms: Rc::default() }
    }

    /// Milliseconds since the worker started, as of the last tick.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Microseconds since the worker started, exactly.
    pub fn precise_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn tick(&self) {
        self.now_ms.set(self.precise_us() / 1000);
    }
}
