use super::{ChunkFault, size_line, trailer};
use crate::limits::{CHUNK_EXTENSIONS_BYTES_MAX, TRAILER_BYTES_MAX};

/// Follows one chunked body through any slicing of its bytes, in place.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// Extension bytes cut out so far.
    extension_bytes: usize,
    /// Trailer bytes seen so far.
    trailer_bytes: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Before a chunk-size line.
    #[default]
    Size,
    /// In a chunk's data, this many bytes before its end.
    Data(u64),
    /// Before the CRLF after a chunk's data.
    DataEnd,
    /// Before a trailer line or the last empty line.
    Trailer,
    /// Past the end.
    Done,
}

/// What one call did to its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// Input bytes used up, from the front. What follows is the next message when `done`, else the
    /// beginning of a line that is not whole: keep it and add to it.
    pub consumed: usize,
    /// `buf[..len]` is to be sent on.
    pub len: usize,
    /// How many of the input bytes were content, not framing.
    pub data: usize,
    /// The body has ended.
    pub done: bool,
}

impl Decoder {
    /// At the start of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the body has ended.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Checks the coding and leaves in `buf[..len]` the bytes to send on, still coded: extensions
    /// and leading zeros of sizes cut out, trailers kept.
    ///
    /// At most one unfinished line stays unconsumed, so a buffer of
    /// [`TRAILER_BYTES_MAX`] bytes always gets on.
    pub fn relay(&mut self, buf: &mut [u8]) -> Result<Relayed, ChunkFault> {
        self.run(buf, true)
    }

    /// The same, but `buf[..len]` becomes the content alone: no sizes, no trailers.
    pub fn decode(&mut self, buf: &mut [u8]) -> Result<Relayed, ChunkFault> {
        self.run(buf, false)
    }

    fn run(&mut self, buf: &mut [u8], keep_coding: bool) -> Result<Relayed, ChunkFault> {
        let mut pass = Pass { buf, keep_coding, consumed: 0, len: 0, data: 0 };
        while self.step(&mut pass)? {}
        let Pass { consumed, len, data, .. } = pass;
        Ok(Relayed { consumed, len, data, done: self.is_done() })
    }

    /// One line or one run of data; false when more bytes are needed or the body is over.
    fn step(&mut self, pass: &mut Pass<'_>) -> Result<bool, ChunkFault> {
        match self.state {
            State::Size => self.size(pass),
            State::Data(left) => {
                let available = pass.rest().len();
                let taken = usize::try_from(left).map_or(available, |left| left.min(available));
                pass.keep(taken);
                pass.data += taken;
                let left = left.saturating_sub(taken as u64);
                self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                Ok(left == 0)
            }
            State::DataEnd => match pass.rest() {
                [] | [b'\r'] => Ok(false),
                [b'\r', b'\n', ..] => {
                    pass.coding(2);
                    self.state = State::Size;
                    Ok(true)
                }
                _ => Err(ChunkFault::DataEnd),
            },
            State::Trailer => self.trailer(pass),
            State::Done => Ok(false),
        }
    }

    fn size(&mut self, pass: &mut Pass<'_>) -> Result<bool, ChunkFault> {
        let Some(line) = size_line::parse(pass.rest())? else { return Ok(false) };
        let extension = line.len.saturating_sub(2).saturating_sub(line.digits_end);
        self.extension_bytes = self.extension_bytes.saturating_add(extension);
        if self.extension_bytes > CHUNK_EXTENSIONS_BYTES_MAX {
            return Err(ChunkFault::LineTooLong);
        }
        pass.cut(line.digits_start);
        pass.coding(line.digits_end.saturating_sub(line.digits_start));
        pass.cut(extension);
        pass.coding(2);
        self.state = if line.size == 0 { State::Trailer } else { State::Data(line.size) };
        Ok(true)
    }

    fn trailer(&mut self, pass: &mut Pass<'_>) -> Result<bool, ChunkFault> {
        let rest = pass.rest();
        let room = TRAILER_BYTES_MAX.saturating_sub(self.trailer_bytes);
        let window = rest.get(..room).unwrap_or(rest);
        let Some(lf) = memchr::memchr(b'\n', window) else {
            return if rest.len() >= room { Err(ChunkFault::TrailerTooLarge) } else { Ok(false) };
        };
        let line = window.get(..lf).and_then(|line| line.strip_suffix(b"\r"));
        let line = line.ok_or(ChunkFault::Trailer)?;
        if line.is_empty() {
            self.state = State::Done;
        } else {
            trailer::check(line)?;
        }
        self.trailer_bytes += lf + 1;
        pass.coding(lf + 1);
        Ok(!self.is_done())
    }
}

/// One walk over a buffer: what is kept moves down over what was cut out, each byte once at most.
struct Pass<'a> {
    buf: &'a mut [u8],
    keep_coding: bool,
    consumed: usize,
    len: usize,
    data: usize,
}

impl Pass<'_> {
    fn rest(&self) -> &[u8] {
        self.buf.get(self.consumed..).unwrap_or_default()
    }

    /// The next `bytes` of the input, which are there, go on.
    fn keep(&mut self, bytes: usize) {
        let end = self.consumed + bytes;
        if self.len != self.consumed && end <= self.buf.len() {
            self.buf.copy_within(self.consumed..end, self.len);
        }
        self.len += bytes;
        self.consumed = end;
    }

    fn cut(&mut self, bytes: usize) {
        self.consumed += bytes;
    }

    /// Part of the coding: goes on only where the coding does.
    fn coding(&mut self, bytes: usize) {
        if self.keep_coding { self.keep(bytes) } else { self.cut(bytes) }
    }
}
