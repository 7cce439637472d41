use httparse::Header;

use crate::syntax::trim_ows;

/// The value of the first field called `name` (any case), as it came, without surrounding white
/// space.
pub fn field<'b>(fields: &[Header<'b>], name: &str) -> Option<&'b [u8]> {
    fields_named(fields, name).next()
}

/// The values of all fields called `name` (any case), in order.
pub fn fields_named<'h, 'b>(
    fields: &'h [Header<'b>],
    name: &'h str,
) -> impl Iterator<Item = &'b [u8]> + 'h {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|f| f.value)
}

/// The elements of a comma-separated list value, without white space; empty ones are left out
/// (RFC 9110 section 5.6.1.2). For lists of tokens: a quoted comma is not understood.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim_ows).filter(|element| !element.is_empty())
}

/// The fields that a gateway reads or removes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Connection,
    ContentLength,
    Expect,
    Host,
    /// Keep-Alive, Proxy-Connection: go no further, and say nothing to us.
    HopByHop,
    Te,
    TransferEncoding,
    /// Content_Length, Transfer_Encoding
    UnderscoredFraming,
    Upgrade,
}

/// Which of the known fields `name` is. By length and first letter first: most names end here.
#[inline]
pub(crate) fn known(name: &str) -> Option<Known> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let first = name.as_bytes().first()?.to_ascii_lowercase();
    match (name.len(), first) {
        (2, b't') if is("te") => Some(Known::Te),
        (4, b'h') if is("host") => Some(Known::Host),
        (6, b'e') if is("expect") => Some(Known::Expect),
        (7, b'u') if is("upgrade") => Some(Known::Upgrade),
        (10, b'c') if is("connection") => Some(Known::Connection),
        (10, b'k') if is("keep-alive") => Some(Known::HopByHop),
        (14, b'c') if is("content-length") => Some(Known::ContentLength),
        (14, b'c') if is("content_length") => Some(Known::UnderscoredFraming),
        (16, b'p') if is("proxy-connection") => Some(Known::HopByHop),
        (17, b't') if is("transfer-encoding") => Some(Known::TransferEncoding),
        (17, b't') if is("transfer_encoding") => Some(Known::UnderscoredFraming),
        _ => None,
    }
}
