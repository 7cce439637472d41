//! The chunked coding, read strictly (RFC 9112 section 7.1): CRLF only, plain hexadecimal sizes.

/// Hexadecimal digits of a chunk size: 16 would already pass 64 bits' worth of any body.
const SIZE_DIGITS_MAX: u8 = 15;
/// Bytes of one chunk extension or trailer line.
const LINE_BYTES_MAX: u32 = 8192;

/// Where a chunked body stands.
#[derive(Clone, Debug)]
pub struct Chunked {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size { value: u64, digits: u8 },
    Extension { value: u64, bytes: u32 },
    SizeEnd { value: u64 },
    Data { left: u64 },
    DataReturn,
    DataEnd,
    LineStart,
    Trailer { bytes: u32 },
    TrailerEnd,
    LastEnd,
    Done,
}

/// The body broke the coding's grammar; the text says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkFault(pub &'static str);

impl Default for Chunked {
    fn default() -> Self {
        Self { state: State::Size { value: 0, digits: 0 } }
    }
}

impl Chunked {
    /// The last chunk and its trailers have been read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Reads on through `bytes`, handing decoded data to `data`; gives how many bytes were used,
    /// fewer than all only when the body has ended.
    ///
    /// # Errors
    /// [`ChunkFault`] at the first byte that the grammar does not allow.
    pub fn feed(&mut self, bytes: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, ChunkFault> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            match self.state {
                State::Done => break,
                State::Data { left } => {
                    let have = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let (part, behind) = rest.split_at(have);
                    data(part);
                    rest = behind;
                    let left = left - have as u64;
                    self.state = if left == 0 { State::DataReturn } else { State::Data { left } };
                }
                state => {
                    self.state = step(state, byte)?;
                    rest = after;
                }
            }
        }
        Ok(bytes.len() - rest.len())
    }
}

fn step(state: State, byte: u8) -> Result<State, ChunkFault> {
    Ok(match (state, byte) {
        (State::Size { value, digits }, byte) if byte.is_ascii_hexdigit() => {
            if digits == SIZE_DIGITS_MAX {
                return Err(ChunkFault("chunk size too long"));
            }
            let digit = char::from(byte).to_digit(16).unwrap_or(0);
            State::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
        }
        (State::Size { digits: 0, .. }, _) => return Err(ChunkFault("no chunk size")),
        (State::Size { value, .. } | State::Extension { value, .. }, b'\r') => {
            State::SizeEnd { value }
        }
        (State::Size { value, .. }, b';') => State::Extension { value, bytes: 0 },
        (State::Extension { value, bytes }, byte) if text(byte) && bytes < LINE_BYTES_MAX => {
            State::Extension { value, bytes: bytes + 1 }
        }
        (State::SizeEnd { value: 0 }, b'\n') => State::LineStart,
        (State::SizeEnd { value }, b'\n') => State::Data { left: value },
        (State::DataReturn, b'\r') => State::DataEnd,
        (State::DataEnd | State::TrailerEnd, b'\n') => {
            if state == State::DataEnd {
                State::Size { value: 0, digits: 0 }
            } else {
                State::LineStart
            }
        }
        (State::LineStart, b'\r') => State::LastEnd,
        (State::LineStart, byte) if text(byte) => State::Trailer { bytes: 1 },
        (State::Trailer { .. }, b'\r') => State::TrailerEnd,
        (State::Trailer { bytes }, byte) if text(byte) && bytes < LINE_BYTES_MAX => {
            State::Trailer { bytes: bytes + 1 }
        }
        (State::LastEnd, b'\n') => State::Done,
        _ => return Err(ChunkFault("byte out of place in a chunked body")),
    })
}

/// Bytes allowed in extensions and trailer lines.
fn text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::{ChunkFault, Chunked};

    fn decode(input: &[u8], step: usize) -> Result<(Vec<u8>, usize, bool), ChunkFault> {
        let mut chunked = Chunked::default();
        let (mut out, mut used) = (Vec::new(), 0);
        for piece in input.chunks(step) {
            used += chunked.feed(piece, |data| out.extend_from_slice(data))?;
        }
        Ok((out, used, chunked.is_done()))
    }

    #[test]
    fn every_split_gives_the_same() {
        let input = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nx-sum: 1\r\n\r\n";
        for step in 1..=input.len() {
            let (out, used, done) = decode(input, step).unwrap();
            assert_eq!((out.as_slice(), used, done), (&b"hello world"[..], input.len(), true));
        }
        let (_, used, done) = decode(b"0\r\n\r\nHTTP/1.1", 64).unwrap();
        assert_eq!((used, done), (5, true));
    }

    #[test]
    fn bad_framing_is_refused() {
        for bad in [
            &b"\r\n"[..],
            b"5\nhello",
            b"5\r\nhello!\r\n",
            b"0x5\r\n",
            b" 5\r\n",
            b"5 \r\n",
            b"-1\r\n",
            b"ffffffffffffffff\r\n",
            b"0\r\n\n",
        ] {
            assert!(decode(bad, 64).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
    }
}
