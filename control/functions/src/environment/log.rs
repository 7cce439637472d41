use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::net::unix::pipe;

use super::Spec;
use crate::limits::{LOG_DRAINED_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_READ_BYTES, LOG_TAIL_BYTES};
use crate::logs::Logs;

/// What a function writes to standard output and error, which are one pipe so that the order is
/// kept, with the lines that the host adds.
pub(super) struct Log {
    pipe: pipe::Receiver,
    open: bool,
    /// A line that is not whole yet.
    partial: BytesMut,
    tail: Vec<u8>,
    file: Arc<std::path::PathBuf>,
    logs: Logs,
}

impl Log {
    /// Gives the end that the function writes to.
    pub(super) fn new(spec: &Spec, logs: &Logs) -> std::io::Result<(Self, OwnedFd)> {
        let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let log = Self {
            pipe: pipe::Receiver::from_owned_fd(reader)?,
            open: true,
            partial: BytesMut::new(),
            tail: Vec::new(),
            file: Arc::clone(&spec.log_file),
            logs: logs.clone(),
        };
        Ok((log, writer))
    }

    /// Reads while `work` goes on, so that the function never waits for its log.
    pub(super) async fn attend<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = self.pipe.readable(), if self.open => self.read(LOG_READ_BYTES),
            }
        }
    }

    /// Reads what is there: all that was written before an answer came.
    pub(super) fn drain(&mut self) {
        self.read(LOG_DRAINED_BYTES_MAX);
    }

    /// Adds a line of the host's own, where the log is.
    pub(super) fn say(&mut self, line: &str) {
        self.flush();
        self.add(line.as_bytes());
        self.add(b"\n");
    }

    /// The tail starts here.
    pub(super) fn begin(&mut self) {
        self.tail.clear();
    }

    /// The last 4 KB since it began.
    pub(super) fn tail(&self) -> Bytes {
        let from = self.tail.len().saturating_sub(LOG_TAIL_BYTES);
        Bytes::copy_from_slice(self.tail.get(from..).unwrap_or_default())
    }

    fn read(&mut self, mut left: usize) {
        let mut buffer = [0; LOG_READ_BYTES];
        while left > 0 {
            match self.pipe.try_read(&mut buffer) {
                Ok(0) => {
                    self.open = false;
                    return;
                }
                Ok(count) => {
                    self.add(buffer.get(..count).unwrap_or_default());
                    left = left.saturating_sub(count);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.open = false;
                    return;
                }
            }
        }
    }

    /// Whole lines go to the file, so that those of two environments do not mix.
    fn add(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        if self.tail.len() > 4 * LOG_TAIL_BYTES {
            self.tail.drain(..self.tail.len() - LOG_TAIL_BYTES);
        }
        self.partial.extend_from_slice(bytes);
        if let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') {
            let lines = self.partial.split_to(end + 1).freeze();
            self.logs.write(&self.file, lines);
        }
        if self.partial.len() > LOG_LINE_BYTES_MAX {
            self.flush();
        }
    }

    /// Ends a line that the function left open.
    fn flush(&mut self) {
        if !self.partial.is_empty() {
            self.tail.push(b'\n');
            self.partial.extend_from_slice(b"\n");
            let lines = self.partial.split().freeze();
            self.logs.write(&self.file, lines);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.drain();
        self.flush();
    }
}
