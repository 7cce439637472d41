//! Where a request's content ends: the rules that keep two parsers from disagreeing.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_http1::limits::SIZE_BYTES_MAX;
use ringgate_http1::{Framing, Refusal};
use support::{fields, request, whole, with_fields};

fn framing(lines: &[&str]) -> Result<Option<Framing>, Refusal> {
    request(with_fields("POST / HTTP/1.1\r\nHost: a", lines), |head| head.body)
}

// RFC 9112 section 6.3, item 7: a request that says nothing has no content
#[test]
fn no_field_means_no_content() {
    assert_eq!(framing(&[]), Ok(Some(Framing::None)));
}

// RFC 9110 section 8.6: Content-Length = 1*DIGIT
#[test]
fn content_length_is_digits() {
    assert_eq!(framing(&["Content-Length: 0"]), Ok(Some(Framing::Length(0))));
    assert_eq!(framing(&["content-LENGTH:5"]), Ok(Some(Framing::Length(5))));
    assert_eq!(framing(&["Content-Length: 0005"]), Ok(Some(Framing::Length(5))));
    for odd in [
        "", "+5", "-5", "5,", "5, 5", "5,6", "0x5", "5a", "a", "5 5", "5.0", "1e3", "\"5\"", "5;",
        "٥", "5\u{a0}", "1_000",
    ] {
        let refusal = fields(&[&format!("Content-Length: {odd}")]);
        assert_eq!(refusal, Some(Refusal::LengthInvalid), "{odd}");
    }
}

// RFC 9112 section 5.1: tabs and spaces around a value are legal, around this one too
#[test]
fn tabs_around_content_length_accepted() {
    assert_eq!(framing(&["Content-Length:\t 5 \t"]), Ok(Some(Framing::Length(5))));
}

// RFC 9110 section 8.6: large numbers must not overflow
#[test]
fn content_length_overflow_refused() {
    let max = framing(&[&format!("Content-Length: {SIZE_BYTES_MAX}")]);
    assert_eq!(max, Ok(Some(Framing::Length(SIZE_BYTES_MAX))));
    let padded = framing(&[&format!("Content-Length: {}{SIZE_BYTES_MAX}", "0".repeat(50))]);
    assert_eq!(padded, Ok(Some(Framing::Length(SIZE_BYTES_MAX))));
    for over in
        ["9223372036854775808", "18446744073709551615", "18446744073709551621", &"9".repeat(100)]
    {
        let refusal = fields(&[&format!("Content-Length: {over}")]);
        assert_eq!(refusal, Some(Refusal::LengthTooLarge), "{over}");
    }
    assert_eq!(Refusal::LengthTooLarge.status(), 400);
}

// RFC 9112 section 6.3, item 5: differing lengths are an error; we refuse equal ones as well
#[test]
fn repeated_content_length_refused() {
    let refusal = Some(Refusal::LengthRepeated);
    assert_eq!(fields(&["Content-Length: 5", "Content-Length: 5"]), refusal);
    assert_eq!(fields(&["Content-Length: 5", "Content-Length: 6"]), refusal);
    assert_eq!(fields(&["Content-Length: 5", "X: y", "content-length:"]), refusal);
}

// RFC 9112 section 6.1: both fields are a smuggling attempt, in either order
#[test]
fn content_length_with_transfer_encoding_refused() {
    let refusal = Some(Refusal::LengthWithCoding);
    assert_eq!(fields(&["Content-Length: 5", "Transfer-Encoding: chunked"]), refusal);
    assert_eq!(fields(&["Transfer-Encoding: chunked", "Content-Length: 5"]), refusal);
    assert_eq!(fields(&["Transfer-Encoding: gzip", "Content-Length: 0"]), refusal);
    assert_eq!(fields(&["Transfer-Encoding:", "Content-Length: 0"]), refusal);
}

// RFC 9112 section 7: coding names are case-insensitive; white space around them is legal
#[test]
fn chunked_in_any_case_with_tabs() {
    for value in ["chunked", "CHUNKED", "Chunked", "\t chunked \t"] {
        let framing = framing(&[&format!("Transfer-Encoding:{value}")]);
        assert_eq!(framing, Ok(Some(Framing::Chunked)), "{value}");
    }
}

// RFC 9112 section 6.1: a coding that is not understood is answered with 501
#[test]
fn other_codings_are_501() {
    for value in [
        "gzip",
        "identity",
        "xchunked",
        "chunkedx",
        "gzip, chunked",
        "identity,chunked",
        "chunked, gzip",
        "gzip;q=1, chunked",
    ] {
        let refusal = fields(&[&format!("Transfer-Encoding: {value}")]);
        assert_eq!(refusal, Some(Refusal::CodingUnknown), "{value}");
    }
    let two = fields(&["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"]);
    assert_eq!(two, Some(Refusal::CodingUnknown));
    let two = fields(&["Transfer-Encoding: chunked", "Transfer-Encoding: identity"]);
    assert_eq!(two, Some(Refusal::CodingUnknown));
    assert_eq!(Refusal::CodingUnknown.status(), 501);
}

// RFC 9112 section 6.1: chunked is applied once, has no parameters, and codings are tokens
#[test]
fn malformed_transfer_encoding_refused() {
    for odd in [
        "",
        ",",
        ",chunked",
        "chunked,",
        "chunked, chunked",
        "chunked,,chunked",
        "chunked;a=b",
        "chunked ;",
        "\"chunked\"",
        "chun ked",
        "chunked chunked",
        "chunked\u{a0}",
        "[chunked]",
        "chunked:",
        "=chunked",
    ] {
        let refusal = fields(&[&format!("Transfer-Encoding: {odd}")]);
        assert_eq!(refusal, Some(Refusal::CodingMalformed), "{odd}");
    }
    let twice = fields(&["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]);
    assert_eq!(twice, Some(Refusal::CodingMalformed));
    let empty = fields(&["Transfer-Encoding: chunked", "Transfer-Encoding:"]);
    assert_eq!(empty, Some(Refusal::CodingMalformed));
}

// RFC 9110 section 5.5: a control byte beside chunked makes it another value to some, not to us
#[test]
fn control_bytes_beside_chunked_refused() {
    for odd in ["\u{b}chunked", "chunked\u{c}", "chunked\0", "\u{1}chunked", "\rchunked"] {
        assert_eq!(fields(&[&format!("Transfer-Encoding: {odd}")]), Some(Refusal::FieldValue));
    }
}

// RFC 9112 section 6.1: Transfer-Encoding in HTTP/1.0 is a faulty message
#[test]
fn transfer_encoding_on_1_0_refused() {
    let head = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(whole(head), Some(Refusal::CodingOnHttp10));
}

// Origins that map `-` to `_` (CGI, WSGI) cannot tell these from the real ones
#[test]
fn underscored_framing_names_refused() {
    for line in [
        "Transfer_Encoding: chunked",
        "transfer_encoding: x",
        "Content_Length: 5",
        "CONTENT_LENGTH: 0",
    ] {
        assert_eq!(fields(&[line]), Some(Refusal::UnderscoredFraming), "{line}");
    }
    assert_eq!(fields(&["Content_Type: a", "X_Y: b"]), None);
}

// RFC 9110 section 9.3.8: a client must not send content in TRACE
#[test]
fn trace_with_content_refused() {
    let trace = |lines| whole(with_fields("TRACE / HTTP/1.1\r\nHost: a", lines).as_bytes());
    assert_eq!(trace(&[]), None);
    assert_eq!(trace(&["Content-Length: 5"]), Some(Refusal::TraceContent));
    assert_eq!(trace(&["Transfer-Encoding: chunked"]), Some(Refusal::TraceContent));
}

// RFC 9110 section 9.3.1: content in GET has no meaning, but is framed like any other
#[test]
fn content_in_get_and_head_is_framed() {
    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        let start = format!("{method} / HTTP/1.1\r\nHost: a");
        let body = request(with_fields(&start, &["Content-Length: 5"]), |head| head.body);
        assert_eq!(body, Ok(Some(Framing::Length(5))), "{method}");
    }
}
