use std::fmt;

use crate::worker::RING_ENTRIES;

/// How a worker waits for the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Completions from an io_uring.
    IoUring,
    /// Readiness from epoll: where io_uring is refused (many containers) or not wanted.
    Epoll,
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IoUring => "io_uring",
            Self::Epoll => "epoll",
        })
    }
}

/// Which driver is used, and why.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The driver.
    pub driver: Driver,
    /// The reason, for `ringgate status`.
    pub reason: String,
}

/// Tries the kernel: io_uring if a ring of a worker's size with our flags can be made and knows our
/// operations. (Rings count against RLIMIT_MEMLOCK.)
pub fn probe() -> Probe {
    if let Err(error) = ring_builder().build(RING_ENTRIES) {
        return Probe {
            driver: Driver::Epoll,
            reason: format!("the kernel refuses io_uring: {error}"),
        };
    }
    if !monoio::utils::detect_uring() {
        return Probe {
            driver: Driver::Epoll,
            reason: "the kernel's io_uring lacks operations that are needed".to_owned(),
        };
    }
    Probe { driver: Driver::IoUring, reason: "the kernel offers what is needed".to_owned() }
}

/// COOP_TASKRUN and SINGLE_ISSUER: measured cheaper than neither, and no worse than with
/// DEFER_TASKRUN (peers-performance: 10.5 against 12.8 and 10.5 to 11.1 us a request).
pub(crate) fn ring_builder() -> io_uring::Builder {
    let mut builder = io_uring::IoUring::builder();
    builder.setup_coop_taskrun().setup_single_issuer();
    builder
}
