use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use ringgate_ipc::{Channel, RecvError, ToControl, ToData};
use tokio::io::unix::AsyncFd;

/// A message, and its memory file if it has one.
pub(super) type Packet = (ToControl, Option<OwnedFd>);

/// A [`Channel`] to one data plane, for use in a task.
#[derive(Debug)]
pub(super) struct AsyncChannel {
    channel: AsyncFd<Channel>,
    buffer: Vec<u8>,
}

impl AsyncChannel {
    pub(super) fn new(channel: Channel) -> io::Result<Self> {
        channel.set_nonblocking(true)?;
        Ok(Self { channel: registered(channel)?, buffer: Vec::new() })
    }

    /// The next packet; `None` when the peer has closed. Nothing is lost when the future is
    /// dropped: a message is either still in the socket or given.
    pub(super) async fn recv(&mut self) -> Result<Option<Packet>, RecvError> {
        loop {
            let mut ready = self.channel.readable().await?;
            match self.channel.get_ref().recv(&mut self.buffer) {
                Err(RecvError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready.clear_ready();
                }
                received => return received,
            }
        }
    }

    /// Sends a message, with a memory file beside it.
    pub(super) async fn send(&self, message: &ToData, file: Option<&OwnedFd>) -> io::Result<()> {
        loop {
            let mut ready = self.channel.writable().await?;
            match self.channel.get_ref().send(message, file.map(AsFd::as_fd)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                sent => return sent,
            }
        }
    }
}

/// Puts a socket into the runtime's poll set.
///
/// What tokio would rather have is an unsafe function whose caller vouches that the object keeps
/// one descriptor open for life. A [`Channel`] and a listener own theirs, so the safe one it
/// deprecates asks nothing of us that does not hold, and this crate stays free of unsafe code.
#[allow(deprecated)]
pub(super) fn registered<T: AsRawFd + AsFd>(socket: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::new(socket)
}
