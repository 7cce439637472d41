use super::ChunkFault;
use crate::limits::{CHUNK_LINE_BYTES_MAX, SIZE_BYTES_MAX};
use crate::syntax::{is_ows, is_token_byte, is_value_byte};

/// `chunk-size [ chunk-ext ] CRLF`, measured from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SizeLine {
    pub(super) size: u64,
    /// Where the digits that matter begin (leading zeros do not).
    pub(super) digits_start: usize,
    /// Where the digits end and extensions, if any, begin.
    pub(super) digits_end: usize,
    /// The whole line, CRLF included.
    pub(super) len: usize,
}

/// Reads a size line at the start of `bytes`; `None` when its end is not there yet.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<SizeLine>, ChunkFault> {
    let window = bytes.get(..CHUNK_LINE_BYTES_MAX).unwrap_or(bytes);
    let line = read(&mut Reader { bytes: window, at: 0 })?;
    match line {
        None if bytes.len() >= CHUNK_LINE_BYTES_MAX => Err(ChunkFault::LineTooLong),
        line => Ok(line),
    }
}

fn read(reader: &mut Reader<'_>) -> Result<Option<SizeLine>, ChunkFault> {
    let mut size: u64 = 0;
    let mut digits_start = 0;
    while let Some(digit) = reader.peek().and_then(|byte| (byte as char).to_digit(16)) {
        if size == 0 {
            digits_start = reader.at;
        }
        size = size
            .checked_mul(16)
            .and_then(|high| high.checked_add(u64::from(digit)))
            .filter(|size| *size <= SIZE_BYTES_MAX)
            .ok_or(ChunkFault::SizeTooLarge)?;
        reader.at += 1;
    }
    let digits_end = reader.at;
    match reader.peek() {
        None => return Ok(None),
        Some(_) if digits_end == 0 => return Err(ChunkFault::Size),
        Some(b'\r') => {}
        Some(b';' | b' ' | b'\t') => {
            if reader.extensions()?.is_none() {
                return Ok(None);
            }
        }
        Some(_) => return Err(ChunkFault::Size),
    }
    reader.at += 1;
    match reader.peek() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(SizeLine { size, digits_start, digits_end, len: reader.at + 1 })),
        Some(_) => Err(ChunkFault::Size),
    }
}

/// A place in the bytes. `None` everywhere means: the bytes end here.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, class: impl Fn(u8) -> bool) -> Option<usize> {
        let start = self.at;
        while class(self.peek()?) {
            self.at += 1;
        }
        Some(self.at - start)
    }

    /// `1*( BWS ";" BWS name [ BWS "=" BWS value ] )` up to CR, which is left. White space that no
    /// `;` or `=` follows is refused.
    fn extensions(&mut self) -> Result<Option<()>, ChunkFault> {
        let Some(mut blanks) = self.skip(is_ows) else { return Ok(None) };
        loop {
            match self.peek() {
                Some(b';') => self.at += 1,
                Some(b'\r') if blanks == 0 => return Ok(Some(())),
                Some(_) => return Err(ChunkFault::Extension),
                None => return Ok(None),
            }
            blanks = match self.extension()? {
                Some(blanks) => blanks,
                None => return Ok(None),
            };
        }
    }

    /// One extension after its `;`; tells how much white space follows it.
    fn extension(&mut self) -> Result<Option<usize>, ChunkFault> {
        let Some(_) = self.skip(is_ows) else { return Ok(None) };
        match self.skip(is_token_byte) {
            None => return Ok(None),
            Some(0) => return Err(ChunkFault::Extension),
            Some(_) => {}
        }
        let Some(blanks) = self.skip(is_ows) else { return Ok(None) };
        if self.peek() != Some(b'=') {
            return Ok(Some(blanks));
        }
        self.at += 1;
        let Some(_) = self.skip(is_ows) else { return Ok(None) };
        if self.peek() == Some(b'"') {
            if self.quoted_string()?.is_none() {
                return Ok(None);
            }
        } else {
            match self.skip(is_token_byte) {
                None => return Ok(None),
                Some(0) => return Err(ChunkFault::Extension),
                Some(_) => {}
            }
        }
        Ok(self.skip(is_ows))
    }

    /// From one `"` to past the other (RFC 9110 section 5.6.4).
    fn quoted_string(&mut self) -> Result<Option<()>, ChunkFault> {
        let mut escaped = true;
        loop {
            let Some(byte) = self.peek() else { return Ok(None) };
            if !is_value_byte(byte) {
                return Err(ChunkFault::Extension);
            }
            self.at += 1;
            match byte {
                b'"' if !escaped => return Ok(Some(())),
                b'\\' if !escaped => escaped = true,
                _ => escaped = false,
            }
        }
    }
}
