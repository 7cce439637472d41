use std::task::{Context, Waker};

/// What both halves of a pipe see.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) inbound: Queue,
    pub(super) inbound_closed: bool,
    pub(super) outbound: Vec<u8>,
    /// `h2` has shut down its writing, or was dropped.
    pub(super) outbound_closed: bool,
    pub(super) pump_gone: bool,
    /// `h2`, waiting for input.
    pub(super) reader: Option<Waker>,
    /// `h2`, waiting until output was taken.
    pub(super) writer: Option<Waker>,
    /// The pump, waiting until input was read.
    pub(super) room: Option<Waker>,
    /// The pump, waiting for output.
    pub(super) output: Option<Waker>,
}

/// Bytes read from the front and added at the end. Holds no memory while it is empty.
#[derive(Debug, Default)]
pub(super) struct Queue {
    bytes: Vec<u8>,
    read: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.read)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn front(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.read = self.read.saturating_add(count);
        if self.read >= self.bytes.len() {
            *self = Self::default();
        }
    }
}

/// Remembers whom to wake.
pub(super) fn park(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) if waker.will_wake(cx.waker()) => {}
        _ => *slot = Some(cx.waker().clone()),
    }
}

/// Wakes whoever waited. Called with the pipe not borrowed: a waker may run anything.
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
