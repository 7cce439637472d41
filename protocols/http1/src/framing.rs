use httparse::Header;

use crate::fields::fields_named;
use crate::limits::SIZE_BYTES_MAX;
use crate::syntax::{is_token, trim_ows};

/// Where a message's content ends (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no content, and no field says so.
    None,
    /// Content-Length says so; zero too.
    Length(u64),
    /// The chunked coding says so.
    Chunked,
    /// The end of the connection says so. Responses only.
    UntilClose,
}

/// Why a Content-Length is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LengthError {
    /// Not `1*DIGIT`.
    Malformed,
    /// Over [`SIZE_BYTES_MAX`].
    TooLarge,
}

/// `Content-Length = 1*DIGIT` (RFC 9110 section 8.6): no sign, no list, no white space inside.
pub(crate) fn content_length(value: &[u8]) -> Result<u64, LengthError> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(LengthError::Malformed);
    }
    let mut length: u64 = 0;
    for digit in value {
        length = length
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(digit - b'0')))
            .filter(|length| *length <= SIZE_BYTES_MAX)
            .ok_or(LengthError::TooLarge)?;
    }
    Ok(length)
}

/// What all Transfer-Encoding fields of a head say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codings {
    /// Exactly one `chunked`.
    Chunked,
    /// A coding that is not `chunked`.
    Unknown,
    /// Not a list of codings, an empty list, `chunked` twice or with parameters.
    Malformed,
}

/// Reads every Transfer-Encoding field of `fields` (RFC 9112 section 6.1). Called only when there
/// is more than one simple `chunked`.
#[cold]
pub(crate) fn codings(fields: &[Header<'_>]) -> Codings {
    let mut chunked = 0_usize;
    let mut unknown = false;
    for element in
        fields_named(fields, "transfer-encoding").flat_map(|value| value.split(|b| *b == b','))
    {
        let mut parts = element.splitn(2, |byte| *byte == b';');
        let name = trim_ows(parts.next().unwrap_or_default());
        let is_chunked = name.eq_ignore_ascii_case(b"chunked");
        let has_parameters = parts.next().is_some();
        if !is_token(name) || (is_chunked && has_parameters) {
            return Codings::Malformed;
        }
        chunked += usize::from(is_chunked);
        unknown |= !is_chunked;
    }
    match chunked {
        _ if unknown => Codings::Unknown,
        1 => Codings::Chunked,
        _ => Codings::Malformed,
    }
}
