//! The character classes of RFC 9110 section 5.6 and RFC 3986, one table look-up each.

/// `tchar` (RFC 9110 section 5.6.2).
const TOKEN: u8 = 1;
/// What may stand in the path of a request target.
const PATH: u8 = 2;
/// What may stand in its query.
const QUERY: u8 = 4;
/// What may stand in a `reg-name`, `%` included (RFC 3986 section 3.2.2).
const REG_NAME: u8 = 8;
/// What may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5).
const VALUE: u8 = 16;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
}

const fn class(byte: u8) -> u8 {
    let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let sub_delim =
        matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
    let pchar = unreserved || sub_delim || matches!(byte, b':' | b'@' | b'%');
    let token = byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_'
        )
        || matches!(byte, b'`' | b'|' | b'~');
    // Browsers send these raw: the WHATWG URL standard's path and query percent-encode sets leave
    // them out, although RFC 3986 does not know them. They mean nothing to any HTTP parser.
    let browser_path = matches!(byte, b'[' | b']' | b'|' | b'^');
    let browser_query = browser_path || matches!(byte, b'{' | b'}' | b'`');
    let value = matches!(byte, b'\t' | b' '..=b'~' | 0x80..=0xff);

    let mut classes = 0;
    if token {
        classes |= TOKEN;
    }
    if pchar || byte == b'/' || browser_path {
        classes |= PATH;
    }
    if pchar || matches!(byte, b'/' | b'?') || browser_query {
        classes |= QUERY;
    }
    if unreserved || sub_delim || byte == b'%' {
        classes |= REG_NAME;
    }
    if value {
        classes |= VALUE;
    }
    classes
}

#[inline]
const fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

#[inline]
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    is(byte, TOKEN)
}

#[inline]
pub(crate) const fn is_path_byte(byte: u8) -> bool {
    is(byte, PATH)
}

#[inline]
pub(crate) const fn is_query_byte(byte: u8) -> bool {
    is(byte, QUERY)
}

#[inline]
pub(crate) const fn is_reg_name_byte(byte: u8) -> bool {
    is(byte, REG_NAME)
}

#[inline]
pub(crate) const fn is_value_byte(byte: u8) -> bool {
    is(byte, VALUE)
}

/// `token`: one `tchar` at least.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// Optional white space of the grammar: SP and HTAB, nothing else (no CR, FF or VT).
pub(crate) const fn is_ows(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `bytes` without optional white space on both ends.
pub(crate) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_ows(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_ows(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Whether every `%` of `bytes` begins a legal `%XX` (RFC 3986 section 2.1).
pub(crate) fn percents_are_whole(mut bytes: &[u8]) -> bool {
    while let Some(at) = memchr::memchr(b'%', bytes) {
        match bytes.get(at + 1..) {
            Some([high, low, rest @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes = rest;
            }
            _ => return false,
        }
    }
    true
}
