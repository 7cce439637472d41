use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use monoio::buf::{IoBuf, IoBufMut};

/// A byte buffer that can be lent to the kernel: bytes wait between `start` and the end of `bytes`.
///
/// Reads append; [`Buf::consume`] takes from the front; [`Buf::prepend`] writes a head right before
/// the waiting bytes, so that a rewritten head and its body leave in one write without moving the
/// body.
#[derive(Default)]
pub struct Buf {
    bytes: Vec<u8>,
    start: usize,
}

impl fmt::Debug for Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buf")
            .field("waiting", &self.len())
            .field("capacity", &self.bytes.capacity())
            .finish()
    }
}

impl From<Vec<u8>> for Buf {
    /// All of these bytes wait.
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, start: 0 }
    }
}

impl Buf {
    /// A buffer of this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), start: 0 }
    }

    /// The bytes that wait.
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The bytes that wait, to be changed in place.
    pub fn filled_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..).unwrap_or_default()
    }

    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// True when none wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Room for more bytes behind those that wait.
    pub fn spare(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    /// How many bytes the buffer can hold in all.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Takes `n` bytes from the front (all of them when fewer wait).
    pub fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.bytes.len());
        if self.start == self.bytes.len() {
            self.clear();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// Forgets everything and leaves room in front for a later [`Buf::prepend`] of `headroom`
    /// bytes.
    pub fn clear_with_headroom(&mut self, headroom: usize) {
        self.bytes.clear();
        self.bytes.resize(headroom.min(self.bytes.capacity()), 0);
        self.start = self.bytes.len();
    }

    /// Moves the waiting bytes to the front so that all spare room is behind them.
    pub fn compact(&mut self) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Makes room behind the waiting bytes: by moving them to the front, else by growing.
    pub fn make_room(&mut self) {
        self.compact();
        if self.spare() == 0 {
            self.bytes.reserve(self.bytes.capacity().max(1024));
        }
    }

    /// Appends bytes, growing if it must.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The buffer as the vector behind it, for writers that append to a `Vec<u8>`.
    ///
    /// What stands in it before the waiting bytes must stay there.
    pub fn as_vec(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Writes `head` right before the waiting bytes; false, and nothing changed, when the room in
    /// front is too small.
    pub fn prepend(&mut self, head: &[u8]) -> bool {
        let Some(from) = self.start.checked_sub(head.len()) else { return false };
        let Some(room) = self.bytes.get_mut(from..self.start) else { return false };
        room.copy_from_slice(head);
        self.start = from;
        true
    }
}

/// A buffer lent to a read: the kernel appends to it.
pub(crate) struct ReadInto(pub(crate) Buf);

// SAFETY: the pointer is the start of the vector's spare room, which the allocation owns and which
// does not move while `self` is alive and unchanged; `bytes_total` is exactly that room.
unsafe impl IoBufMut for ReadInto {
    fn write_ptr(&mut self) -> *mut u8 {
        self.0.bytes.spare_capacity_mut().as_mut_ptr().cast()
    }

    fn bytes_total(&mut self) -> usize {
        self.0.spare()
    }

    unsafe fn set_init(&mut self, n: usize) {
        let len = self.0.bytes.len() + n;
        debug_assert!(len <= self.0.bytes.capacity());
        // SAFETY: the kernel wrote `n <= bytes_total()` bytes right behind the old length.
        unsafe { self.0.bytes.set_len(len) };
    }
}

/// A buffer lent to a write: the kernel takes its waiting bytes up to `end`.
pub(crate) struct WriteFrom {
    pub(crate) buf: Buf,
    pub(crate) end: usize,
}

// SAFETY: pointer and length name initialised bytes of the vector (`start <= start + end <= len`),
// which does not move or change while `self` is alive.
unsafe impl IoBuf for WriteFrom {
    fn read_ptr(&self) -> *const u8 {
        self.buf.filled().as_ptr()
    }

    fn bytes_init(&self) -> usize {
        self.end.min(self.buf.len())
    }
}

/// A worker's spare buffers of one size. Handed out and taken back; bounded.
#[derive(Debug)]
pub struct BufPool {
    buffer_bytes: usize,
    spare_max: usize,
    spare: RefCell<Vec<Buf>>,
    /// The fewest that were spare since the last [`BufPool::shrink`]: so many nobody needed.
    unneeded: Cell<usize>,
    freed_bytes: Cell<usize>,
}

impl BufPool {
    /// A pool of buffers of `buffer_bytes`, keeping at most `spare_max` unused ones.
    pub fn new(buffer_bytes: usize, spare_max: usize) -> Rc<Self> {
        Rc::new(Self {
            buffer_bytes,
            spare_max,
            spare: RefCell::default(),
            unneeded: Cell::new(0),
            freed_bytes: Cell::new(0),
        })
    }

    /// Bytes that each of its buffers holds.
    pub fn buffer_bytes(&self) -> usize {
        self.buffer_bytes
    }

    /// An empty buffer.
    pub fn take(&self) -> Buf {
        let mut spare = self.spare.borrow_mut();
        let taken = spare.pop();
        self.unneeded.set(self.unneeded.get().min(spare.len()));
        taken.unwrap_or_else(|| Buf::with_capacity(self.buffer_bytes))
    }

    /// Takes a buffer back; one that grew or comes too many is freed.
    pub fn give(&self, mut buf: Buf) {
        let mut spare = self.spare.borrow_mut();
        if buf.capacity() == self.buffer_bytes && spare.len() < self.spare_max {
            buf.clear();
            spare.push(buf);
        } else {
            self.freed_bytes.set(self.freed_bytes.get() + buf.capacity());
        }
    }

    /// Frees what nobody has needed since the last time: called now and then, it gives memory back
    /// after a peak. One buffer left behind would hold a whole page of the allocator.
    pub fn shrink(&self) {
        let mut spare = self.spare.borrow_mut();
        let keep = spare.len().saturating_sub(self.unneeded.get());
        let freed = (spare.len() - keep) * self.buffer_bytes;
        self.freed_bytes.set(self.freed_bytes.get() + freed);
        spare.truncate(keep);
        self.unneeded.set(keep);
    }

    /// Bytes of the buffers freed since this was last asked.
    pub fn take_freed_bytes(&self) -> usize {
        self.freed_bytes.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_goes_right_before_its_body() {
        let mut buf = Buf::with_capacity(64);
        buf.clear_with_headroom(8);
        buf.extend(b"GET / body");
        buf.consume(6);
        assert_eq!(buf.filled(), b"body");
        assert!(buf.prepend(b"NEW HEAD! "));
        assert_eq!(buf.filled(), b"NEW HEAD! body");
        assert!(!buf.prepend(b"12345"), "only four bytes of room are left");
        assert_eq!(buf.filled(), b"NEW HEAD! body");
    }

    #[test]
    fn consuming_everything_gives_all_room_back() {
        let mut buf = Buf::with_capacity(16);
        buf.extend(b"0123456789");
        buf.consume(3);
        buf.compact();
        assert_eq!((buf.filled(), buf.spare()), (&b"3456789"[..], 9));
        buf.consume(100);
        assert_eq!((buf.len(), buf.spare()), (0, 16));
    }

    #[test]
    fn a_pool_is_bounded() {
        let pool = BufPool::new(32, 1);
        let (a, b) = (pool.take(), pool.take());
        pool.give(a);
        pool.give(b);
        assert_eq!(pool.spare.borrow().len(), 1);
        pool.give(Buf::with_capacity(1000));
        assert_eq!(pool.take_freed_bytes(), 32 + 1000);
    }

    #[test]
    fn a_pool_keeps_what_was_needed_since_the_last_time() {
        let pool = BufPool::new(32, 8);
        let taken: Vec<Buf> = (0..3).map(|_| pool.take()).collect();
        taken.into_iter().for_each(|buf| pool.give(buf));
        pool.shrink();
        assert_eq!(pool.spare.borrow().len(), 3, "all three were needed");
        let one = pool.take();
        pool.give(one);
        pool.shrink();
        assert_eq!(pool.spare.borrow().len(), 1, "two were not");
        pool.shrink();
        assert_eq!(pool.spare.borrow().len(), 0);
    }
}
