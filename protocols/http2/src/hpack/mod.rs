//! Follows a peer's header blocks (RFC 7541) without decoding them: `h2` does that. What is read
//! here is what `h2` does not tell: whether a trailer section holds a pseudo-header field, and
//! which fault of a block is the compression's.
//!
//! A field's name may stand in the dynamic table, so the table is followed too: of each entry, its
//! size, whether its name begins with a colon, and whether it is a `:path` with a fragment.

mod huffman;
mod table;

use crate::guard::Fault;
use huffman::Huffman;
use table::{Entry, Table};

/// Reads header blocks in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct BlockReader {
    table: Table,
    state: State,
    field: Field,
    huffman: Huffman,
    /// Fields of this block that were read to their end.
    fields: u32,
    /// A name that begins with a colon has been read in this block.
    pseudo: bool,
    /// A `:path` with a fragment has been read in this block.
    fragment: bool,
}

/// The length of `:path`; no other pseudo-header field is as short.
const PATH_BYTES: u32 = 5;

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Between representations.
    #[default]
    Start,
    /// In the bytes after a full prefix.
    Integer { of: Integer, value: u32, shift: u32 },
    /// Before the length of a string.
    Length(Part),
    /// In a string.
    String { part: Part, huffman: bool, left: u32, length: u32 },
}

/// What an integer says.
#[derive(Clone, Copy, Debug)]
enum Integer {
    Index,
    /// 0 when the name follows as a string.
    NameIndex,
    TableSize,
    Length {
        part: Part,
        huffman: bool,
    },
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Name,
    Value,
}

/// The literal field that is being read.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    /// It goes into the dynamic table.
    indexed: bool,
    pseudo: bool,
    name_length: u32,
    fragment: bool,
}

impl Field {
    fn is_path(self) -> bool {
        self.pseudo && self.name_length == PATH_BYTES
    }
}

impl BlockReader {
    pub(crate) fn begin(&mut self) {
        self.fields = 0;
        self.pseudo = false;
        self.fragment = false;
    }

    /// Reads the next piece of the block.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.state {
                State::Start => self.representation(byte)?,
                State::Integer { of, value, shift } => self.integer(of, value, shift, byte)?,
                State::Length(part) => {
                    let huffman = byte & 0x80 != 0;
                    self.prefix(Integer::Length { part, huffman }, byte, 0x7f)?;
                }
                State::String { part, huffman, left, length } => {
                    let (piece, rest) =
                        bytes.split_at_checked(left as usize).unwrap_or((bytes, &[]));
                    self.string(part, huffman, left, length, piece)?;
                    bytes = rest;
                    continue;
                }
            }
            bytes = rest;
        }
        Ok(())
    }

    /// Whether what was fed ends within a field.
    pub(crate) fn within_field(&self) -> bool {
        !matches!(self.state, State::Start)
    }

    /// The fields of the block so far.
    pub(crate) fn fields(&self) -> u32 {
        self.fields
    }

    /// Whether the block holds a pseudo-header field so far.
    pub(crate) fn pseudo(&self) -> bool {
        self.pseudo
    }

    /// Whether the block holds a `:path` with a `#` so far, which RFC 9113 section 8.3.1 does not
    /// allow.
    pub(crate) fn fragment(&self) -> bool {
        self.fragment
    }

    /// The first byte of a representation (RFC 7541 section 6).
    #[inline]
    fn representation(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            0x80.. => self.prefix(Integer::Index, byte, 0x7f),
            0x40.. => {
                self.field = Field { indexed: true, ..Field::default() };
                self.prefix(Integer::NameIndex, byte, 0x3f)
            }
            0x20.. => self.prefix(Integer::TableSize, byte, 0x1f),
            _ => {
                self.field = Field::default();
                self.prefix(Integer::NameIndex, byte, 0x0f)
            }
        }
    }

    /// An integer's first byte (RFC 7541 section 5.1).
    #[inline]
    fn prefix(&mut self, of: Integer, byte: u8, mask: u8) -> Result<(), Fault> {
        let value = byte & mask;
        if value < mask {
            return self.value(of, u32::from(value));
        }
        self.state = State::Integer { of, value: u32::from(value), shift: 0 };
        Ok(())
    }

    /// An integer's next byte. Five bytes are the most that `h2` takes.
    #[inline]
    fn integer(&mut self, of: Integer, value: u32, shift: u32, byte: u8) -> Result<(), Fault> {
        let value = value.saturating_add(u32::from(byte & 0x7f) << shift);
        if byte & 0x80 == 0 {
            return self.value(of, value);
        }
        if shift >= 21 {
            return Err(Fault::compression("an integer of more than five bytes"));
        }
        self.state = State::Integer { of, value, shift: shift + 7 };
        Ok(())
    }

    #[inline]
    fn value(&mut self, of: Integer, value: u32) -> Result<(), Fault> {
        self.state = match of {
            Integer::Index => {
                let entry = self.entry(value)?;
                self.field_end(entry.pseudo(), entry.fragment());
                State::Start
            }
            Integer::NameIndex if value == 0 => State::Length(Part::Name),
            Integer::NameIndex => {
                let entry = self.entry(value)?;
                self.field.pseudo = entry.pseudo();
                self.field.name_length = entry.name_length();
                State::Length(Part::Value)
            }
            Integer::TableSize => {
                if self.fields > 0 {
                    return Err(Fault::compression("a table size update after a field"));
                }
                self.table.resize(value)?;
                State::Start
            }
            Integer::Length { part, .. } if value == 0 => return self.string_end(part, 0),
            Integer::Length { part, huffman } => {
                State::String { part, huffman, left: value, length: value }
            }
        };
        Ok(())
    }

    #[inline]
    fn entry(&self, index: u32) -> Result<Entry, Fault> {
        self.table.get(index).ok_or(Fault::compression("an index of no table entry"))
    }

    /// The next bytes of a string of `length` bytes, of which `left` were missing.
    #[inline]
    fn string(
        &mut self,
        part: Part,
        huffman: bool,
        left: u32,
        length: u32,
        piece: &[u8],
    ) -> Result<(), Fault> {
        if matches!(part, Part::Name) && left == length {
            let first = piece.first().copied().unwrap_or_default();
            self.field.pseudo =
                if huffman { huffman::begins_with_colon(first) } else { first == b':' };
        }
        if huffman {
            self.huffman.feed(piece)?;
        } else if matches!(part, Part::Value) && self.field.is_path() {
            self.field.fragment |= piece.contains(&b'#');
        }
        let left = left.saturating_sub(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        if left > 0 {
            self.state = State::String { part, huffman, left, length };
            return Ok(());
        }
        if !huffman {
            return self.string_end(part, length);
        }
        let decoded = self.huffman.end()?;
        self.field.fragment = decoded.hash && matches!(part, Part::Value) && self.field.is_path();
        self.string_end(part, decoded.length)
    }

    #[inline]
    fn string_end(&mut self, part: Part, length: u32) -> Result<(), Fault> {
        match part {
            // `h2` takes it for a field that is not whole yet.
            Part::Name if length == 0 => return Err(Fault::protocol("an empty field name")),
            Part::Name => {
                self.field.name_length = length;
                self.state = State::Length(Part::Value);
            }
            Part::Value => {
                let Field { indexed, pseudo, name_length, fragment } = self.field;
                if indexed {
                    self.table.insert(name_length, length, pseudo, fragment);
                }
                self.field_end(pseudo, fragment);
                self.state = State::Start;
            }
        }
        Ok(())
    }

    #[inline]
    fn field_end(&mut self, pseudo: bool, fragment: bool) {
        self.pseudo |= pseudo;
        self.fragment |= fragment;
        self.fields = self.fields.saturating_add(1);
    }
}
