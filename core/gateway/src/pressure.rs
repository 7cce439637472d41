//! How much memory this process holds, and what is shed when that is too much.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::limits::PRESSURE_EVERY_MS;

/// What is refused, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing.
    Calm,
    /// From the limit on: new requests, with 503.
    Shed,
    /// From a tenth above it on: connections too, which wait in the kernel's queue.
    Full,
}

/// The level, read by every worker, written by one thread.
#[derive(Debug, Default)]
pub(crate) struct Pressure(AtomicU8);

impl Pressure {
    /// One load.
    pub(crate) fn level(&self) -> Level {
        match self.0.load(Ordering::Relaxed) {
            0 => Level::Calm,
            1 => Level::Shed,
            _ => Level::Full,
        }
    }

    /// Looks every [`PRESSURE_EVERY_MS`] how things are; without a limit they are calm for ever.
    ///
    /// # Errors
    /// There can be no thread.
    pub(crate) fn watch(limit_bytes: Option<u64>) -> io::Result<Arc<Self>> {
        let pressure = Arc::<Self>::default();
        let Some(limit) = limit_bytes else { return Ok(pressure) };
        let weak = Arc::downgrade(&pressure);
        std::thread::Builder::new().name("pressure".to_owned()).spawn(move || {
            while let Some(pressure) = weak.upgrade() {
                pressure.look(resident_bytes(), limit);
                drop(pressure);
                std::thread::sleep(Duration::from_millis(PRESSURE_EVERY_MS));
            }
        })?;
        Ok(pressure)
    }

    fn look(&self, resident: u64, limit: u64) {
        let before = self.level();
        let now = level(before, resident, limit);
        if now == before {
            return;
        }
        self.0.store(now as u8, Ordering::Relaxed);
        let mib = resident / (1024 * 1024);
        match now {
            Level::Calm => say!("resident memory is down to {mib} MiB: everything is served again"),
            Level::Shed => say!("resident memory is at {mib} MiB: new requests are answered 503"),
            Level::Full => say!("resident memory is at {mib} MiB: nothing is accepted"),
        }
    }
}

/// A level is entered at its mark and left a twentieth of the limit below it, so that it does not
/// flutter.
fn level(before: Level, resident: u64, limit: u64) -> Level {
    let slack = limit / 20;
    let over = |level: Level, mark: u64| {
        let mark = if before >= level { mark.saturating_sub(slack) } else { mark };
        resident >= mark
    };
    if over(Level::Full, limit.saturating_add(limit / 10)) {
        Level::Full
    } else if over(Level::Shed, limit) {
        Level::Shed
    } else {
        Level::Calm
    }
}

/// Resident memory of this process (proc(5), statm: the second number, in pages).
pub(crate) fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_entered_and_left_with_some_slack() {
        let mut now = Level::Calm;
        for (resident, wanted) in [
            (0, Level::Calm),
            (999, Level::Calm),
            (1_000, Level::Shed),
            (960, Level::Shed),
            (1_099, Level::Shed),
            (1_100, Level::Full),
            (1_050, Level::Full),
            (1_049, Level::Shed),
            (950, Level::Shed),
            (949, Level::Calm),
            (5_000, Level::Full),
            (0, Level::Calm),
        ] {
            now = level(now, resident, 1_000);
            assert_eq!(now, wanted, "at {resident}");
        }
    }

    #[test]
    fn memory_is_measured() {
        assert!(resident_bytes() > 100_000);
        let none = Pressure::watch(None).unwrap();
        assert_eq!(none.level(), Level::Calm);
        let one = Pressure::watch(Some(1)).unwrap();
        let start = std::time::Instant::now();
        while one.level() != Level::Full {
            assert!(start.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
