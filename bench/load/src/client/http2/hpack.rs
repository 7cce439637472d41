//! Field blocks (RFC 7541), decoded far enough to judge an answer.

use std::collections::VecDeque;
use std::sync::LazyLock;

use super::huffman::Huffman;

/// Bytes of the dynamic table: the protocol's default, which this end does not change.
const TABLE_BYTES_MAX: usize = 4096;
/// What an entry counts beyond its name and value (RFC 7541, section 4.1).
const ENTRY_BYTES: usize = 32;
/// Bytes of a decoded name or value.
const STRING_BYTES_MAX: usize = 64 * 1024;

static HUFFMAN: LazyLock<Huffman> = LazyLock::new(Huffman::new);

/// The static table (RFC 7541, appendix A).
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// A field, name and value.
pub(super) type Field = (Vec<u8>, Vec<u8>);

/// The receiving end of a connection's field blocks.
#[derive(Debug)]
pub(super) struct Decoder {
    /// The newest entry first.
    entries: VecDeque<Field>,
    bytes: usize,
    bytes_max: usize,
    /// The last block and its status, when it left the table as it was: answers are often alike.
    last: (Vec<u8>, Option<u16>),
}

impl Default for Decoder {
    fn default() -> Self {
        let (entries, last) = (VecDeque::new(), (Vec::new(), None));
        Self { entries, bytes: 0, bytes_max: TABLE_BYTES_MAX, last }
    }
}

impl Decoder {
    /// The `:status` of a whole block; None if it has none, as trailers do.
    ///
    /// # Errors
    /// What is wrong with the block.
    pub(super) fn status(&mut self, block: &[u8]) -> Result<Option<u16>, &'static str> {
        if !block.is_empty() && self.last.0 == block {
            return Ok(self.last.1);
        }
        self.last.0.clear();
        let mut changes_table = false;
        let fields = self.decode(block, &mut changes_table)?;
        let mut status = None;
        for (name, value) in &fields {
            if name.is_empty() || name.iter().any(u8::is_ascii_uppercase) {
                return Err("a field name that is empty or has capitals");
            }
            if name == b":status" {
                let text = std::str::from_utf8(value).ok().filter(|text| text.len() == 3);
                let number = text.and_then(|text| text.parse().ok());
                status = Some(number.ok_or("a malformed :status")?);
            } else if name.starts_with(b":") {
                return Err("a pseudo-field that is no response's");
            }
        }
        if !changes_table {
            self.last.0.extend_from_slice(block);
        }
        self.last.1 = status;
        Ok(status)
    }

    fn decode(
        &mut self,
        block: &[u8],
        changes_table: &mut bool,
    ) -> Result<Vec<Field>, &'static str> {
        let mut reader = Reader { rest: block };
        let mut fields = Vec::new();
        while let Some(&first) = reader.rest.first() {
            if first & 0x80 != 0 {
                fields.push(self.entry(reader.integer(7)?)?);
            } else if first & 0xe0 == 0x20 {
                *changes_table = true;
                self.resize(reader.integer(5)?)?;
            } else {
                let indexed = first & 0x40 != 0;
                let index = reader.integer(if indexed { 6 } else { 4 })?;
                let name = if index == 0 { reader.string()? } else { self.entry(index)?.0 };
                let field = (name, reader.string()?);
                if indexed {
                    *changes_table = true;
                    self.insert(field.clone());
                }
                fields.push(field);
            }
        }
        Ok(fields)
    }

    fn entry(&self, index: usize) -> Result<Field, &'static str> {
        let index = index.checked_sub(1).ok_or("index 0")?;
        if let Some((name, value)) = STATIC.get(index) {
            return Ok((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        }
        self.entries.get(index - STATIC.len()).cloned().ok_or("an index beyond the table")
    }

    fn insert(&mut self, field: Field) {
        self.bytes += size(&field);
        self.entries.push_front(field);
        self.evict();
    }

    fn resize(&mut self, bytes_max: usize) -> Result<(), &'static str> {
        if bytes_max > TABLE_BYTES_MAX {
            return Err("a table larger than was allowed");
        }
        self.bytes_max = bytes_max;
        self.evict();
        Ok(())
    }

    fn evict(&mut self) {
        while self.bytes > self.bytes_max {
            let Some(field) = self.entries.pop_back() else { return };
            self.bytes -= size(&field);
        }
    }
}

fn size((name, value): &Field) -> usize {
    name.len() + value.len() + ENTRY_BYTES
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// An integer with a prefix of `bits` (RFC 7541, section 5.1).
    fn integer(&mut self, bits: u32) -> Result<usize, &'static str> {
        let mask = (1_usize << bits) - 1;
        let mut value = usize::from(self.byte()?) & mask;
        if value < mask {
            return Ok(value);
        }
        for shift in [0, 7, 14, 21] {
            let byte = usize::from(self.byte()?);
            value += (byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("an integer too large")
    }

    /// A string (RFC 7541, section 5.2).
    fn string(&mut self) -> Result<Vec<u8>, &'static str> {
        let is_huffman = self.rest.first().is_some_and(|byte| byte & 0x80 != 0);
        let len = self.integer(7)?;
        let (text, rest) = self.rest.split_at_checked(len).ok_or("a string cut short")?;
        self.rest = rest;
        if len > STRING_BYTES_MAX {
            return Err("a string too long");
        }
        if is_huffman { HUFFMAN.decode(text).ok_or("no Huffman code") } else { Ok(text.to_vec()) }
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        let (&first, rest) = self.rest.split_first().ok_or("a block cut short")?;
        self.rest = rest;
        Ok(first)
    }
}

#[cfg(test)]
#[path = "hpack_tests.rs"]
mod tests;
