//! The field block of a request, which is the same each time but for how it is coded.

use crate::client::request::RequestSource;

/// Entries of the static table (RFC 7541, appendix A).
const METHOD_GET: u8 = 2;
const SCHEME_HTTP: u8 = 6;
const SCHEME_HTTPS: u8 = 7;
const AUTHORITY: u8 = 1;
const PATH: u8 = 4;
const USER_AGENT: u8 = 58;
const ACCEPT: u8 = 19;
/// The first entry of the dynamic table.
const DYNAMIC: u8 = 62;
/// Bytes of the table unless the peer says otherwise; an entry's without its value.
const TABLE_BYTES: usize = 4096;
const ENTRY_BYTES: usize = 32 + ":authority".len();

/// A request's fields, coded with and without the dynamic table, as the peer allows.
#[derive(Debug)]
pub(super) struct Block {
    /// Puts the fields into the table.
    first: Vec<u8>,
    /// Takes them from there.
    again: Vec<u8>,
    /// Leaves the table alone.
    plain: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Again,
    /// The peer has a smaller table; it has to hear that it was noticed.
    Shrink(usize),
    Plain,
}

impl Block {
    pub(super) fn new(source: &RequestSource) -> Self {
        let (path, authority) = source.target();
        let scheme = if source.tls.is_some() { SCHEME_HTTPS } else { SCHEME_HTTP };
        let fields =
            [(AUTHORITY, authority), (PATH, path), (USER_AGENT, "ringgate-load"), (ACCEPT, "*/*")];
        let fixed = [0x80 | METHOD_GET, 0x80 | scheme];
        let table_bytes: usize = fields.iter().map(|(_, value)| value.len() + ENTRY_BYTES).sum();
        let mut block = Self {
            first: fixed.to_vec(),
            again: fixed.to_vec(),
            plain: fixed.to_vec(),
            state: if table_bytes > TABLE_BYTES { State::Plain } else { State::First },
        };
        for (place, (name, value)) in (1..).zip(fields) {
            integer(&mut block.first, 0x40, 6, name.into());
            string(&mut block.first, value);
            // The oldest entry has the highest index.
            block.again.push(0x80 | (DYNAMIC + fields.len() as u8 - place));
            integer(&mut block.plain, 0, 4, name.into());
            string(&mut block.plain, value);
        }
        block
    }

    /// The peer says how large its table may be (SETTINGS_HEADER_TABLE_SIZE).
    pub(super) fn limit(&mut self, bytes: usize) {
        if bytes < TABLE_BYTES {
            self.state = State::Shrink(bytes);
        }
    }

    /// Puts the next request's block into `out`.
    pub(super) fn put(&mut self, out: &mut Vec<u8>) {
        if let State::Shrink(bytes) = self.state {
            // RFC 7541, section 6.3.
            integer(out, 0x20, 5, bytes);
            self.state = State::Plain;
        }
        out.extend_from_slice(match self.state {
            State::First => &self.first,
            State::Again => &self.again,
            State::Shrink(_) | State::Plain => &self.plain,
        });
        if self.state == State::First {
            self.state = State::Again;
        }
    }
}

/// RFC 7541, section 5.1.
fn integer(out: &mut Vec<u8>, start: u8, bits: u32, value: usize) {
    let mask = (1 << bits) - 1;
    if value < mask {
        out.push(start | value as u8);
        return;
    }
    out.push(start | mask as u8);
    let mut rest = value - mask;
    while rest >= 0x80 {
        out.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn string(out: &mut Vec<u8>, text: &str) {
    integer(out, 0, 7, text.len());
    out.extend_from_slice(text.as_bytes());
}
