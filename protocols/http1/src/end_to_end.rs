use std::iter::Enumerate;
use std::slice;

use httparse::Header;

/// Which fields of a head go no further than this hop. Holds the request's and the response's
/// most fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped([u64; 4]);

impl Dropped {
    #[inline]
    pub(crate) fn set(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    #[inline]
    fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}

/// The fields of a head that are meant for whoever comes next, in order (RFC 9110 section 7.6.1).
///
/// Left out: Connection and every field it nominates, Keep-Alive, Proxy-Connection, TE,
/// Transfer-Encoding, Upgrade, and what the forwarding writer sets anew: Content-Length, Host and
/// Expect.
/// Which ones was settled when the head was parsed; iterating tests one bit a field.
#[derive(Clone, Debug)]
pub struct EndToEnd<'h, 'b> {
    fields: Enumerate<slice::Iter<'h, Header<'b>>>,
    dropped: Dropped,
}

impl<'h, 'b> EndToEnd<'h, 'b> {
    pub(crate) fn new(fields: &'h [Header<'b>], dropped: Dropped) -> Self {
        Self { fields: fields.iter().enumerate(), dropped }
    }
}

impl<'h, 'b> Iterator for EndToEnd<'h, 'b> {
    type Item = &'h Header<'b>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (index, field) = self.fields.next()?;
            if !self.dropped.has(index) {
                return Some(field);
            }
        }
    }
}
