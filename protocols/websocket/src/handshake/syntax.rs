//! The pieces of RFC 9110 section 5.6 that the handshake is written in.

/// `bytes` as text, if they are a `token`.
pub(super) fn token(bytes: &[u8]) -> Option<&str> {
    let legal = !bytes.is_empty() && bytes.iter().copied().all(is_token_byte);
    std::str::from_utf8(bytes).ok().filter(|_| legal)
}

/// `tchar`.
pub(super) fn is_token_byte(byte: u8) -> bool {
    let mark = matches!(
        byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_'
    );
    byte.is_ascii_alphanumeric() || mark || matches!(byte, b'`' | b'|' | b'~')
}

/// `bytes` without optional white space on both ends.
pub(super) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The elements of a list of tokens, empty ones left out (section 5.6.1.2).
pub(super) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim_ows).filter(|element| !element.is_empty())
}
