//! Heads out.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_http1::{Framing, write};

#[test]
fn a_response_head() {
    let mut out = Vec::new();
    write::status_line(&mut out, 404);
    write::field(&mut out, "content-type", b"application/json");
    write::framing(&mut out, Framing::Length(23));
    write::close(&mut out);
    write::end(&mut out);
    let want = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n\
                content-length: 23\r\nconnection: close\r\n\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), want);
}

#[test]
fn what_is_written_parses() {
    for status in 100..=599 {
        let mut out = Vec::new();
        write::status_line(&mut out, status);
        write::end(&mut out);
        let seen = support::response(&out, |h| (h.status, h.reason.to_owned(), h.len));
        assert_eq!(seen, Ok(Some((status, write::reason(status).to_owned(), out.len()))));
    }
}

#[test]
fn framing_fields() {
    let written = |framing| {
        let mut out = Vec::new();
        write::framing(&mut out, framing);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(written(Framing::None), "");
    assert_eq!(written(Framing::UntilClose), "");
    assert_eq!(written(Framing::Length(0)), "content-length: 0\r\n");
    assert_eq!(written(Framing::Chunked), "transfer-encoding: chunked\r\n");
}

#[test]
fn decimals() {
    for number in [0, 1, 9, 10, 99, 100, 10_240, u64::from(u32::MAX), u64::MAX] {
        let mut out = Vec::new();
        write::decimal(&mut out, number);
        assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
    }
}
