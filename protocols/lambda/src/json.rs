//! Writes JSON (RFC 8259) behind what a buffer holds, up to a bound.

/// Commas are put where they belong: in front of a key or a value that follows another one.
pub(crate) struct Json<'o> {
    out: &'o mut Vec<u8>,
    /// No byte goes behind this place.
    end: usize,
    wants_comma: bool,
    is_full: bool,
}

impl<'o> Json<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, bytes_max: usize) -> Self {
        let end = out.len().saturating_add(bytes_max);
        Self { out, end, wants_comma: false, is_full: false }
    }

    /// Was there more to write than the bound allows? Then what was written is no JSON.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Opens an object or an array.
    pub(crate) fn open(&mut self, bracket: u8) {
        self.comma();
        self.raw(&[bracket]);
        self.wants_comma = false;
    }

    /// Closes it.
    pub(crate) fn close(&mut self, bracket: u8) {
        self.raw(&[bracket]);
        self.wants_comma = true;
    }

    /// A key of the format, with nothing to escape; its value has to follow.
    pub(crate) fn key(&mut self, name: &'static str) {
        self.open_string();
        self.raw(name.as_bytes());
        self.raw(b"\":");
        self.wants_comma = false;
    }

    /// A key that somebody else chose; its value has to follow.
    pub(crate) fn any_key(&mut self, name: &[u8]) {
        self.string(name);
        self.raw(b":");
        self.wants_comma = false;
    }

    /// A whole string.
    pub(crate) fn string(&mut self, bytes: &[u8]) {
        self.open_string();
        self.text(bytes);
        self.close_string();
    }

    /// Begins a string that comes in pieces of [`Self::text`].
    pub(crate) fn open_string(&mut self) {
        self.comma();
        self.raw(b"\"");
    }

    /// Ends it.
    pub(crate) fn close_string(&mut self) {
        self.raw(b"\"");
        self.wants_comma = true;
    }

    /// A piece of a string; what is not UTF-8 in it becomes U+FFFD (see `choices.rs`).
    pub(crate) fn text(&mut self, bytes: &[u8]) {
        if std::str::from_utf8(bytes).is_ok() {
            return self.escaped(bytes);
        }
        for chunk in bytes.utf8_chunks() {
            self.escaped(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                self.raw("\u{fffd}".as_bytes());
            }
        }
    }

    /// A value that is JSON already: a number, `null`, a serialized one.
    pub(crate) fn value(&mut self, json: &[u8]) {
        self.comma();
        self.raw(json);
        self.wants_comma = true;
    }

    /// A member that is a string.
    pub(crate) fn member(&mut self, name: &'static str, value: &str) {
        self.key(name);
        self.string(value.as_bytes());
    }

    /// A member that is JSON already.
    pub(crate) fn member_value(&mut self, name: &'static str, json: &[u8]) {
        self.key(name);
        self.value(json);
    }

    /// Characters of a string that stand for themselves: digits, an alphabet's letters.
    pub(crate) fn plain(&mut self, bytes: &[u8]) {
        self.raw(bytes);
    }

    fn escaped(&mut self, mut bytes: &[u8]) {
        while let Some(at) = bytes.iter().position(|byte| must_be_escaped(*byte)) {
            let (plain, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            let Some((escaped, rest)) = rest.split_first() else { return };
            self.raw(plain);
            self.escape(*escaped);
            bytes = rest;
        }
        self.raw(bytes);
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            b'"' => self.raw(b"\\\""),
            b'\\' => self.raw(b"\\\\"),
            b'\n' => self.raw(b"\\n"),
            b'\r' => self.raw(b"\\r"),
            b'\t' => self.raw(b"\\t"),
            _ => {
                let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
                self.raw(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }

    fn comma(&mut self) {
        if self.wants_comma {
            self.raw(b",");
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.is_full |= bytes.len() > self.end.saturating_sub(self.out.len());
        if !self.is_full {
            self.out.extend_from_slice(bytes);
        }
    }
}

fn must_be_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
