use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::{Deadline, End, Manifest, Step, ToPredecessor, ToSuccessor, UpgradeError};
use crate::{Channel, RecvError, memfd};

/// The old process's end.
#[derive(Debug)]
pub struct Predecessor {
    end: End,
    loading: Deadline,
}

impl Predecessor {
    /// Offers what the manifest lists: `sockets` in its order, and `secrets` in a sealed memory
    /// file, so that they are on no disk.
    ///
    /// # Errors
    /// [`UpgradeError`]: the new one has ended or does not read, or the manifest lists another
    /// number of sockets.
    pub fn offer(
        channel: Channel,
        manifest: &Manifest,
        secrets: &[u8],
        sockets: &[BorrowedFd<'_>],
    ) -> Result<Self, UpgradeError> {
        let (listed, given) = (manifest.sockets.len(), sockets.len());
        if listed != given {
            let reason = format!("the manifest lists {listed} sockets, there are {given}");
            return Err(UpgradeError::Mismatch(reason));
        }
        let wait = Duration::from_millis(u64::from(manifest.wait_ms));
        channel.set_timeout(Some(wait)).map_err(RecvError::Io)?;
        let end = End::new(channel);
        let file = memfd::sealed("ringgate-secrets", secrets).map_err(RecvError::Io)?;
        let this = Self { end, loading: Deadline::after(wait) };
        let first = this.end.send(&ToSuccessor::Offer(manifest.clone()), Some(file.as_fd()));
        let sent = first.and_then(|()| {
            sockets.iter().try_for_each(|fd| this.end.send(&ToSuccessor::Socket, Some(*fd)))
        });
        match sent {
            Ok(()) => Ok(this),
            Err(UpgradeError::Closed { .. }) => Err(this.last_words()),
            Err(error) => Err(error),
        }
    }

    /// Why the new one closed its end, which it may have said before.
    fn last_words(&self) -> UpgradeError {
        match self.end.recv(Some(self.loading)) {
            Ok((message, _)) => self.not_due(message),
            Err(error) => error,
        }
    }

    /// Waits until the new one could serve; the generation of its table.
    ///
    /// # Errors
    /// [`UpgradeError`]: it is to be ended.
    pub fn loaded(&mut self) -> Result<u64, UpgradeError> {
        match self.end.recv(Some(self.loading))? {
            (ToPredecessor::Loaded { generation }, _) => {
                self.end.step(Step::Loaded)?;
                Ok(generation)
            }
            (other, _) => Err(self.not_due(other)),
        }
    }

    /// Has the new one accept, and waits until it does: from then on this process may stop.
    ///
    /// # Errors
    /// [`UpgradeError`]: it is to be ended.
    pub fn go(&mut self, wait: Duration) -> Result<(), UpgradeError> {
        self.end.send(&ToSuccessor::Go, None)?;
        self.end.step(Step::Go)?;
        match self.end.recv(Some(Deadline::after(wait)))? {
            (ToPredecessor::Accepting, _) => self.end.step(Step::Accepting),
            (other, _) => Err(self.not_due(other)),
        }
    }

    fn not_due(&self, message: ToPredecessor) -> UpgradeError {
        match message {
            ToPredecessor::Refused { reason } => UpgradeError::Refused(reason),
            other => self.end.unexpected(&other),
        }
    }
}
