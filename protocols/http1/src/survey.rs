use httparse::Header;

use crate::end_to_end::Dropped;
use crate::fields::{Known, elements, fields_named, known};
use crate::framing::{Codings, codings};
use crate::limits::CONNECTION_OPTIONS_MAX;
use crate::syntax::is_token;

/// What one pass over the fields of a head found.
#[derive(Debug, Default)]
pub(crate) struct Survey<'b> {
    pub(crate) host: Option<&'b [u8]>,
    pub(crate) host_repeated: bool,
    pub(crate) length: Option<&'b [u8]>,
    pub(crate) length_repeated: bool,
    /// The first Transfer-Encoding.
    pub(crate) coding: Option<&'b [u8]>,
    pub(crate) coding_repeated: bool,
    pub(crate) underscored_framing: bool,
    pub(crate) expect: bool,
    pub(crate) upgrade: bool,
    /// TE lists `trailers`.
    pub(crate) te_trailers: bool,
    pub(crate) options: Options,
    pub(crate) dropped: Dropped,
}

impl Survey<'_> {
    /// What all Transfer-Encoding fields say, of which there is one at least.
    #[inline]
    pub(crate) fn codings(&self, fields: &[Header<'_>]) -> Codings {
        match self.coding {
            Some(value) if !self.coding_repeated && value.eq_ignore_ascii_case(b"chunked") => {
                Codings::Chunked
            }
            _ => codings(fields),
        }
    }
}

/// What all Connection fields say together (RFC 9110 section 7.6.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
    /// An option that may name a field.
    nominates: bool,
    /// An option that is no token.
    pub(crate) malformed: bool,
    count: usize,
}

impl Options {
    fn read(&mut self, value: &[u8]) {
        for option in elements(value) {
            self.count += 1;
            if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.upgrade = true;
            } else {
                self.nominates = true;
                self.malformed |= !is_token(option);
            }
        }
    }

    pub(crate) fn too_many(&self) -> bool {
        self.count > CONNECTION_OPTIONS_MAX
    }
}

/// Looks at every field once, and once more only when Connection nominates some.
#[inline]
pub(crate) fn survey<'b>(fields: &[Header<'b>]) -> Survey<'b> {
    let mut found = Survey::default();
    for (index, field) in fields.iter().enumerate() {
        let Some(known) = known(field.name) else { continue };
        match known {
            Known::Connection => found.options.read(field.value),
            Known::ContentLength => {
                found.length_repeated |= found.length.replace(field.value).is_some();
            }
            Known::Expect => found.expect = true,
            Known::Host => found.host_repeated |= found.host.replace(field.value).is_some(),
            Known::HopByHop => {}
            Known::Te => found.te_trailers |= lists_trailers(field.value),
            Known::TransferEncoding => {
                found.coding_repeated |= found.coding.replace(field.value).is_some();
            }
            Known::UnderscoredFraming => found.underscored_framing = true,
            Known::Upgrade => found.upgrade = true,
        }
        found.dropped.set(index);
    }
    if found.options.nominates && !found.options.too_many() {
        drop_nominated(fields, &mut found.dropped);
    }
    found
}

/// Whether a TE field says that trailers are understood (RFC 9110 section 10.1.4).
fn lists_trailers(value: &[u8]) -> bool {
    elements(value).any(|element| element.eq_ignore_ascii_case(b"trailers"))
}

#[cold]
fn drop_nominated(fields: &[Header<'_>], dropped: &mut Dropped) {
    for option in fields_named(fields, "connection").flat_map(elements) {
        for (index, field) in fields.iter().enumerate() {
            if field.name.as_bytes().eq_ignore_ascii_case(option) {
                dropped.set(index);
            }
        }
    }
}
