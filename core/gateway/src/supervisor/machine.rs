//! What this machine gives: a driver, descriptors, cores.

use ringgate_runtime::{Driver, Probe, probe};
use ringgate_settings::Driver as Wanted;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::RESERVED_DESCRIPTORS;

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

/// Each worker's share of the descriptors, of which every client connection may need two.
pub(super) fn connections_max(workers: u16) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let descriptors = current.unwrap_or(u64::MAX).saturating_sub(RESERVED_DESCRIPTORS);
    usize::try_from(descriptors / u64::from(workers.max(1))).unwrap_or(usize::MAX).max(1)
}

/// The cores this process may run on.
pub(super) fn cores() -> Vec<usize> {
    match rustix::thread::sched_getaffinity(None) {
        Ok(set) => (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect(),
        Err(_) => Vec::new(),
    }
}
