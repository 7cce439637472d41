use std::io;
use std::rc::Rc;

use ringgate_http1::chunked::{self, ChunkFault};
use ringgate_http1::{Body, Framing};
use ringgate_runtime::{Buf, Guard, Watch};

use crate::limits::{BULK_FROM_BYTES, HEADROOM_BYTES, PROGRESS_BYTES};
use crate::link::Link;
use crate::phases::respond::Coding;
use crate::worker::Core;

/// Why a body did not get through.
#[derive(Debug)]
pub(super) enum Stop {
    /// The sender ended too early.
    Read,
    /// The receiver takes no more.
    Write(io::Error),
    /// The sender breaks the chunked coding.
    Broken(ChunkFault),
}

/// Carries one body from one socket to another, one buffer at a time: nothing more is read before
/// what was read is written, which is all the back-pressure there is.
pub(super) struct Pump {
    body: Body,
    coding: Coding,
    /// What was read and not sent; after the end, what follows the body.
    pub buf: Buf,
    /// Content bytes that went through.
    pub content_bytes: u64,
    large: bool,
    /// What is read may have to wait in its buffer, as one of many: no large one.
    pub waits: bool,
    /// The receiver's stream ends with the body.
    pub last: bool,
    /// A chunk of ours is out whose end is not: it goes before the next one's size.
    open_chunk: bool,
}

/// Who is waited for while a body moves, and that it does move.
pub(super) struct Lane {
    watch: Rc<Watch>,
    reading: Guard,
    writing: Guard,
    body_ms: u64,
    moved: u64,
}

impl Lane {
    /// Client to upstream.
    pub(super) fn up(core: &Core, watch: &Rc<Watch>) -> Self {
        Self::new(core, watch, Guard::Client, Guard::Upstream)
    }

    /// Upstream to client. A client that does not read must be cut off for writing too.
    pub(super) fn down(core: &Core, watch: &Rc<Watch>) -> Self {
        Self::new(core, watch, Guard::Upstream, Guard::Both)
    }

    fn new(core: &Core, watch: &Rc<Watch>, reading: Guard, writing: Guard) -> Self {
        watch.arm(&reading, core.waits.body_ms);
        Self { watch: watch.clone(), reading, writing, body_ms: core.waits.body_ms, moved: 0 }
    }

    /// From now on the receiver is waited for, as long as a body may rest.
    pub(super) fn begin_writing(&self) {
        self.watch.arm(&self.writing, self.body_ms);
    }

    /// Bytes moved: enough of them put the deadline off.
    pub(super) fn moved(&mut self, bytes: usize, guard: &Guard) {
        self.moved = self.moved.saturating_add(bytes as u64);
        if self.moved >= PROGRESS_BYTES {
            self.moved = 0;
            self.watch.arm(guard, self.body_ms);
        }
    }

    /// Writes `end` bytes of `buf`; every part of them that goes is progress.
    pub(super) async fn write(&mut self, to: &Link, buf: &mut Buf, end: usize) -> Result<(), Stop> {
        let mut left = end.min(buf.len());
        while left > 0 {
            let (result, back) = to.write_some(std::mem::take(buf), left).await;
            *buf = back;
            let written = result.map_err(Stop::Write)?;
            left = left.saturating_sub(written);
            let writing = self.writing.clone();
            self.moved(written, &writing);
        }
        Ok(())
    }
}

impl Pump {
    /// For a body of which `buf` holds the beginning (and perhaps more than all of it).
    pub(super) fn new(framing: Framing, coding: Coding, buf: Buf) -> Self {
        let large = matches!(framing, Framing::Length(bytes) if bytes > BULK_FROM_BYTES);
        Self {
            body: Body::new(framing),
            coding,
            buf,
            content_bytes: 0,
            large,
            waits: false,
            last: false,
            open_chunk: false,
        }
    }

    /// True once the whole body has been read and sent.
    pub(super) fn is_done(&self) -> bool {
        self.body.is_done()
    }

    /// Sends `head`, if there is one, and what is at hand of the body: in one write, where the head
    /// fits in front of it.
    pub(super) async fn flush(
        &mut self,
        head: Option<&mut Buf>,
        to: &Link,
        lane: &mut Lane,
    ) -> Result<(), Stop> {
        let piece = match self.coding {
            Coding::Plain => self.body.decode(self.buf.filled_mut()),
            Coding::AsIs | Coding::Chunked => self.body.relay(self.buf.filled_mut()),
        }
        .map_err(Stop::Broken)?;
        self.content_bytes += piece.data as u64;
        if self.last && self.is_done() {
            to.cork();
        }
        let mut end = piece.len;
        if self.coding == Coding::Chunked && end > 0 {
            end = self.begin_chunk(end);
        }
        if let Some(head) = head {
            if end > 0 && self.buf.prepend(head.filled()) {
                end += head.len();
            } else {
                lane.write(to, head, usize::MAX).await?;
            }
        }
        if end > 0 {
            lane.write(to, &mut self.buf, end).await?;
        }
        self.buf.consume(piece.consumed.saturating_sub(piece.len));
        Ok(())
    }

    /// Carries the rest of the body.
    pub(super) async fn run(
        &mut self,
        core: &Core,
        from: &Link,
        to: &Link,
        lane: &mut Lane,
    ) -> Result<(), Stop> {
        let mut turns = 0;
        while !self.is_done() {
            core.breathe(&mut turns).await;
            self.make_room(core);
            lane.watch.point(&lane.reading);
            let (result, buf) = from.read(std::mem::take(&mut self.buf)).await;
            self.buf = buf;
            match result {
                Ok(bytes @ 1..) => lane.moved(bytes, &Guard::clone(&lane.reading)),
                Ok(_) => return self.end_of_input(lane, to).await,
                // A reset is no end of a body, even of one that only the end of the stream tells.
                Err(_) => return Err(Stop::Read),
            }
            lane.watch.point(&lane.writing);
            self.flush(None, to, lane).await?;
            self.large |= self.content_bytes > BULK_FROM_BYTES;
        }
        Ok(())
    }

    async fn end_of_input(&mut self, lane: &mut Lane, to: &Link) -> Result<(), Stop> {
        // A connection that we shut down ourselves is no end of a body.
        if lane.watch.expired() || self.body.end_of_input().is_err() {
            return Err(Stop::Read);
        }
        if self.coding == Coding::Chunked {
            if self.last {
                to.cork();
            }
            if self.open_chunk {
                self.buf.extend(b"\r\n");
            }
            self.buf.extend(chunked::LAST);
            lane.write(to, &mut self.buf, usize::MAX).await?;
        }
        Ok(())
    }

    /// Puts a size line before the `len` bytes at hand, and before that the end of the last chunk:
    /// nothing is added behind the data, where a full buffer would have to grow for it.
    fn begin_chunk(&mut self, len: usize) -> usize {
        let mut size = Vec::with_capacity(24);
        if std::mem::replace(&mut self.open_chunk, true) {
            size.extend_from_slice(b"\r\n");
        }
        chunked::write_size(&mut size, len);
        if !self.buf.prepend(&size) {
            self.buf.as_vec().splice(..0, size.iter().copied());
        }
        size.len() + len
    }

    /// Makes sure that a read has room, more of it for what is large.
    fn make_room(&mut self, core: &Core) {
        if self.buf.is_empty() {
            let pool = match (self.waits, self.large) {
                (true, _) => &core.small,
                (false, true) => &core.bulk,
                (false, false) => &core.buffers,
            };
            if self.buf.capacity() < pool.buffer_bytes() {
                give(core, std::mem::replace(&mut self.buf, pool.take()));
            }
            self.buf.clear_with_headroom(HEADROOM_BYTES);
        } else {
            // The beginning of a line that is not whole; it is short.
            self.buf.compact();
        }
    }
}

/// Puts a buffer back where it came from.
pub(super) fn give(core: &Core, buf: Buf) {
    let pool = match buf.capacity() {
        bytes if bytes >= core.bulk.buffer_bytes() => &core.bulk,
        bytes if bytes <= core.small.buffer_bytes() => &core.small,
        _ => &core.buffers,
    };
    pool.give(buf);
}
