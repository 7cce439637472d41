use std::fmt;

use monoio::io::{CancelHandle, Canceller};

/// What makes the operations of one task revocable, one at a time; kept with it, so that an
/// operation costs no allocation.
#[derive(Default)]
pub struct Revoke {
    canceller: Canceller,
}

impl fmt::Debug for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoke")
    }
}

impl Revoke {
    /// For the next operation.
    pub(crate) fn handle(&self) -> CancelHandle {
        self.canceller.handle()
    }

    /// Asks the kernel to end the operation; what it decided is then to be awaited.
    pub(crate) fn revoke(&mut self) {
        self.canceller = std::mem::take(&mut self.canceller).cancel();
    }
}
