//! What the test files share.
#![allow(dead_code)]

use ringgate_http1::{
    Parsed, Refusal, RequestHead, RequestSlots, ResponseFault, ResponseHead, ResponseSlots,
    parse_request, parse_response,
};

/// Longest request head here.
pub(crate) const REQUEST_HEAD_BYTES_MAX: usize = 10_240;

/// Parses a request and hands its head to `look`; `Ok(None)` when it is not whole.
pub(crate) fn request<R>(
    bytes: impl AsRef<[u8]>,
    look: impl FnOnce(&RequestHead<'_, '_>) -> R,
) -> Result<Option<R>, Refusal> {
    let mut slots = RequestSlots::new();
    Ok(match parse_request(bytes.as_ref(), REQUEST_HEAD_BYTES_MAX, &mut slots)? {
        Parsed::Complete(head) => Some(look(&head)),
        Parsed::Partial => None,
    })
}

/// The refusal of a request line with a Host field, or `None` when it is accepted.
pub(crate) fn line(line: impl AsRef<[u8]>) -> Option<Refusal> {
    whole(&[line.as_ref(), b"\r\nHost: a\r\n\r\n"].concat())
}

/// The refusal of a POST with `Host: a` and these field lines, each without its CRLF.
pub(crate) fn fields(lines: &[&str]) -> Option<Refusal> {
    whole(with_fields("POST / HTTP/1.1\r\nHost: a", lines).as_bytes())
}

/// The refusal of a whole request; `None` when it is accepted. One that stays partial is neither.
pub(crate) fn whole(bytes: &[u8]) -> Option<Refusal> {
    match request(bytes, |head| assert_eq!(head.len, bytes.len())) {
        Ok(Some(())) => None,
        Ok(None) => panic!("partial: {}", bytes.escape_ascii()),
        Err(refusal) => Some(refusal),
    }
}

/// A head of this start and these field lines.
pub(crate) fn with_fields(start: &str, lines: &[&str]) -> String {
    let mut head = format!("{start}\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head
}

/// Parses the response to a `method` request and hands its head to `look`.
pub(crate) fn response_to<R>(
    method: &str,
    bytes: impl AsRef<[u8]>,
    look: impl FnOnce(&ResponseHead<'_, '_>) -> R,
) -> Result<Option<R>, ResponseFault> {
    let mut slots = ResponseSlots::new();
    Ok(match parse_response(bytes.as_ref(), &mut slots, method)? {
        Parsed::Complete(head) => Some(look(&head)),
        Parsed::Partial => None,
    })
}

/// The same for GET.
pub(crate) fn response<R>(
    bytes: impl AsRef<[u8]>,
    look: impl FnOnce(&ResponseHead<'_, '_>) -> R,
) -> Result<Option<R>, ResponseFault> {
    response_to("GET", bytes, look)
}

/// The fault of a `200` with these field lines, each without its CRLF.
pub(crate) fn response_fields(lines: &[&str]) -> Option<ResponseFault> {
    response(with_fields("HTTP/1.1 200 OK", lines), |_| ()).err()
}
