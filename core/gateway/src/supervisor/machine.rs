//! What this machine gives: a driver, descriptors, cores.

use ringgate_runtime::{Driver, Probe, probe};
use ringgate_settings::Driver as Wanted;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::{
    NAMES_DESCRIPTOR_SHARE, NAMES_UNDER_WAY, RESERVED_DESCRIPTORS, SOCKETS_PER_NAME,
};

/// How workers wait for the kernel.
///
/// # Errors
/// A sentence: io_uring was asked for and cannot be had.
pub(super) fn choose_driver(wanted: Wanted) -> Result<Probe, String> {
    let probed = probe();
    match wanted {
        Wanted::Auto => Ok(probed),
        Wanted::Epoll => {
            Ok(Probe { driver: Driver::Epoll, reason: "asked for by --driver".to_owned() })
        }
        Wanted::IoUring if probed.driver == Driver::IoUring => {
            Ok(Probe { reason: "asked for by --driver".to_owned(), ..probed })
        }
        Wanted::IoUring => Err(format!("--driver io_uring: {}", probed.reason)),
    }
}

/// The descriptors that this process may have.
pub(super) fn descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    current.unwrap_or(u64::MAX)
}

/// Names that may be looked up at the same time.
pub(super) fn names_max(descriptors: u64) -> usize {
    let share = descriptors / NAMES_DESCRIPTOR_SHARE / SOCKETS_PER_NAME;
    usize::try_from(share.clamp(NAMES_UNDER_WAY.0, NAMES_UNDER_WAY.1)).unwrap_or(usize::MAX)
}

/// Each worker's share of the descriptors, of which every client connection may need two.
pub(super) fn connections_max(descriptors: u64, workers: u16) -> usize {
    let names = (names_max(descriptors) as u64).saturating_mul(SOCKETS_PER_NAME);
    let left = descriptors.saturating_sub(RESERVED_DESCRIPTORS).saturating_sub(names);
    usize::try_from(left / u64::from(workers.max(1))).unwrap_or(usize::MAX).max(1)
}

/// The cores this process may run on.
pub(super) fn cores() -> Vec<usize> {
    match rustix::thread::sched_getaffinity(None) {
        Ok(set) => (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect(),
        Err(_) => Vec::new(),
    }
}
