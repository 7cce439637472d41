use std::collections::VecDeque;

use crate::guard::Fault;
use crate::limits::HEADER_TABLE_BYTES_MAX;

/// What an entry costs besides its name and value (RFC 7541 section 4.1).
const ENTRY_OVERHEAD_BYTES: u32 = 32;

/// The static table's names, from index 1 on (RFC 7541 appendix A).
const STATIC_NAMES: [&str; 61] = [
    ":authority",
    ":method",
    ":method",
    ":path",
    ":path",
    ":scheme",
    ":scheme",
    ":status",
    ":status",
    ":status",
    ":status",
    ":status",
    ":status",
    ":status",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
];

/// A table entry, as far as it matters here, in 32 bits: size, name length, and in the highest
/// two whether the name begins with a colon and whether it is a `:path` with a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(u32);

impl Entry {
    const PSEUDO: u32 = 1 << 31;
    const FRAGMENT: u32 = 1 << 30;

    fn new(name_length: u32, size: u32, pseudo: bool, fragment: bool) -> Self {
        let pseudo = if pseudo { Self::PSEUDO } else { 0 };
        let fragment = if fragment { Self::FRAGMENT } else { 0 };
        Self(pseudo | fragment | (size & 0x3fff) << 16 | (name_length & 0xffff))
    }

    pub(super) fn fragment(self) -> bool {
        self.0 & Self::FRAGMENT != 0
    }

    pub(super) fn pseudo(self) -> bool {
        self.0 & Self::PSEUDO != 0
    }

    pub(super) fn name_length(self) -> u32 {
        self.0 & 0xffff
    }

    fn size(self) -> u32 {
        self.0 >> 16 & 0x3fff
    }
}

/// The dynamic table (RFC 7541 section 4), newest entry first.
#[derive(Debug)]
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: u32,
    size_max: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self { entries: VecDeque::new(), size: 0, size_max: HEADER_TABLE_BYTES_MAX }
    }
}

impl Table {
    /// The entry at an index of both tables together, from 1 on.
    pub(super) fn get(&self, index: u32) -> Option<Entry> {
        let at = index.checked_sub(1)? as usize;
        match STATIC_NAMES.get(at) {
            Some(name) => {
                let length = u32::try_from(name.len()).ok()?;
                Some(Entry::new(length, 0, name.starts_with(':'), false))
            }
            None => self.entries.get(at.checked_sub(STATIC_NAMES.len())?).copied(),
        }
    }

    /// Adds an entry; one that is larger than the whole table only empties it.
    pub(super) fn insert(
        &mut self,
        name_length: u32,
        value_length: u32,
        pseudo: bool,
        fragment: bool,
    ) {
        let size = name_length.saturating_add(value_length).saturating_add(ENTRY_OVERHEAD_BYTES);
        self.evict(self.size_max.saturating_sub(size));
        if size <= self.size_max {
            self.entries.push_front(Entry::new(name_length, size, pseudo, fragment));
            self.size = self.size.saturating_add(size);
        }
    }

    /// A table size update of the encoder (RFC 7541 section 6.3).
    pub(super) fn resize(&mut self, size_max: u32) -> Result<(), Fault> {
        if size_max > HEADER_TABLE_BYTES_MAX {
            return Err(Fault::compression("a header table larger than allowed"));
        }
        self.size_max = size_max;
        self.evict(size_max);
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
        Ok(())
    }

    /// Drops the oldest entries until no more than `size` is left.
    fn evict(&mut self, size: u32) {
        while self.size > size
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size = self.size.saturating_sub(oldest.size());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(table: &Table) -> Vec<(u32, bool)> {
        let dynamic = (62..).map_while(|index| table.get(index));
        dynamic.map(|entry| (entry.name_length(), entry.pseudo())).collect()
    }

    #[test]
    fn the_static_table() {
        let table = Table::default();
        assert!(table.get(0).is_none() && table.get(62).is_none());
        assert!((1..=61).all(|index| table.get(index).is_some_and(|e| e.pseudo() == (index < 15))));
        assert_eq!(table.get(61).map(Entry::name_length), Some(16));
    }

    #[test]
    fn entries_come_and_go() {
        let mut table = Table::default();
        table.insert(5, 10, true, false);
        table.insert(7, 4000, false, false); // 47 and 4,039 of 4,096 bytes
        assert_eq!(names(&table), [(7, false), (5, true)]);
        table.insert(1, 1, false, false);
        assert_eq!(names(&table), [(1, false), (7, false)]);
        table.insert(10, 5000, false, false);
        assert_eq!(names(&table), []);
        table.insert(4064, 0, true, false);
        assert_eq!(names(&table), [(4064, true)]);
        assert!(table.resize(4097).is_err());
        assert!(table.resize(4095).is_ok());
        assert_eq!(names(&table), []);
        assert!(table.resize(0).is_ok());
        table.insert(0, 0, false, false);
        assert_eq!(names(&table), []);
    }
}
