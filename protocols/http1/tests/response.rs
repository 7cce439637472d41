//! Response heads, rule by rule.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_http1::limits::{RESPONSE_FIELDS_MAX, RESPONSE_HEAD_BYTES_MAX};
use ringgate_http1::{Framing, ResponseFault, Version};
use support::{response, response_fields, response_to, with_fields};

fn status_line(line: &str) -> Option<ResponseFault> {
    response(format!("{line}\r\n\r\n"), |_| ()).err()
}

// RFC 9112 section 4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
#[test]
fn status_line_read() {
    let seen = |line: &str| {
        response(format!("{line}\r\n\r\n"), |h| (h.version, h.status, h.reason.to_owned()))
    };
    let want = |version, status, reason: &str| Ok(Some((version, status, reason.to_owned())));
    assert_eq!(seen("HTTP/1.1 200 OK"), want(Version::Http11, 200, "OK"));
    assert_eq!(seen("HTTP/1.0 404 Not Found"), want(Version::Http10, 404, "Not Found"));
    assert_eq!(seen("HTTP/1.1 200 "), want(Version::Http11, 200, ""));
    // Without the space: many servers, and nothing that could be read in two ways.
    assert_eq!(seen("HTTP/1.1 200"), want(Version::Http11, 200, ""));
    assert_eq!(seen("HTTP/1.1 200 \u{e9}"), want(Version::Http11, 200, ""));
}

// RFC 9112 section 4: garbage instead of a status line
#[test]
fn malformed_status_line_is_a_fault() {
    for odd in [
        "HTTP/2 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/1.2 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 abc OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 200 O\u{1}K",
        "HTTP/1.1 200 O\0K",
        "ICY 200 OK",
        "SSH-2.0-x",
        "<html>",
        " HTTP/1.1 200 OK",
        "",
    ] {
        assert_eq!(status_line(odd), Some(ResponseFault::StatusLine), "{odd}");
    }
    assert_eq!(response("\r\nHTTP/1.1 200 OK\r\n\r\n", |_| ()), Err(ResponseFault::StatusLine));
    assert_eq!(response("SSH", |_| ()), Err(ResponseFault::StatusLine));
    assert_eq!(response("HTTP/1", |_| ()), Ok(None));
}

// RFC 9110 section 15: values outside 100 to 599 are invalid
#[test]
fn status_outside_100_to_599_is_a_fault() {
    for odd in ["000", "099", "600", "999"] {
        assert_eq!(status_line(&format!("HTTP/1.1 {odd} X")), Some(ResponseFault::Status));
    }
    assert_eq!(status_line("HTTP/1.1 599 X"), None);
    assert_eq!(status_line("HTTP/1.1 299 X"), None);
}

// RFC 9112 section 2.2
#[test]
fn bare_lf_and_bare_cr_are_faults() {
    for head in [
        "HTTP/1.1 200 OK\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\n",
    ] {
        assert_eq!(response(head, |_| ()), Err(ResponseFault::BareLf));
    }
    for head in ["HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"] {
        assert!(response(head, |_| ()).is_err());
    }
}

// RFC 9112 sections 5.1 and 5.2
#[test]
fn malformed_fields_are_faults() {
    let name = Some(ResponseFault::FieldName);
    assert_eq!(response_fields(&["A : b"]), name);
    assert_eq!(response_fields(&["A: b", " c"]), name);
    assert_eq!(response_fields(&[" A: b"]), name);
    assert_eq!(response_fields(&["A"]), name);
    assert_eq!(response_fields(&[": b"]), name);
    assert_eq!(response_fields(&["A: b\0"]), Some(ResponseFault::FieldValue));
    assert_eq!(response_fields(&["A:", "B: \u{e9}\t\u{ff}"]), None);
}

// Our limits: an origin's head of 1 MB or 20,000 fields
#[test]
fn limits_of_the_head_are_exact() {
    assert_eq!(response_fields(&vec!["A: b"; RESPONSE_FIELDS_MAX]), None);
    let over = vec!["A: b"; RESPONSE_FIELDS_MAX + 1];
    assert_eq!(response_fields(&over), Some(ResponseFault::TooManyFields));
    let start = "HTTP/1.1 200 OK";
    let frame = with_fields(start, &["A: "]).len();
    let large = |bytes: usize| with_fields(start, &[&format!("A: {}", "v".repeat(bytes - frame))]);
    assert_eq!(response(large(RESPONSE_HEAD_BYTES_MAX), |_| ()), Ok(Some(())));
    let over = large(RESPONSE_HEAD_BYTES_MAX + 1);
    assert_eq!(response(over, |_| ()), Err(ResponseFault::HeadTooLarge));
}

// RFC 9112 section 6.3
#[test]
fn framing_of_the_content() {
    let framing = |lines: &[&str]| {
        response(with_fields("HTTP/1.1 200 OK", lines), |h| (h.body, h.keep_alive))
    };
    assert_eq!(framing(&["Content-Length: 5"]), Ok(Some((Framing::Length(5), true))));
    assert_eq!(framing(&["Content-Length: 0"]), Ok(Some((Framing::Length(0), true))));
    assert_eq!(framing(&["Transfer-Encoding: Chunked"]), Ok(Some((Framing::Chunked, true))));
    assert_eq!(framing(&[]), Ok(Some((Framing::UntilClose, false))));
}

// RFC 9112 section 6.3, items 1 and 2: no content, whatever the fields say
#[test]
fn head_304_and_interim_have_no_content() {
    let seen = |method: &str, line: &str, fields: &[&str]| {
        response_to(method, with_fields(line, fields), |h| (h.body, h.content_length, h.keep_alive))
    };
    let length = ["Content-Length: 5"];
    let declared = Ok(Some((Framing::None, Some(5), true)));
    assert_eq!(seen("HEAD", "HTTP/1.1 200 OK", &length), declared);
    assert_eq!(seen("GET", "HTTP/1.1 304 Not Modified", &length), declared);
    let nothing = Ok(Some((Framing::None, None, true)));
    assert_eq!(seen("HEAD", "HTTP/1.1 200 OK", &["Transfer-Encoding: chunked"]), nothing);
    assert_eq!(seen("HEAD", "HTTP/1.1 200 OK", &[]), nothing);
    assert_eq!(seen("GET", "HTTP/1.1 204 No Content", &[]), nothing);
    assert_eq!(seen("GET", "HTTP/1.1 100 Continue", &[]), nothing);
    assert_eq!(seen("GET", "HTTP/1.1 103 Early Hints", &["Link: </a>"]), nothing);
    assert_eq!(seen("GET", "HTTP/1.1 101 Switching Protocols", &["Upgrade: x"]), nothing);
    // Case matters in methods: this one is not HEAD.
    let until_close = Ok(Some((Framing::UntilClose, None, false)));
    assert_eq!(seen("head", "HTTP/1.1 200 OK", &[]), until_close);
}

// RFC 9110 section 15.2: 1xx are interim; 101 hands the connection over
#[test]
fn interim_and_switching_told_apart() {
    let kind = |status: u16| {
        response(format!("HTTP/1.1 {status} X\r\n\r\n"), |h| {
            (h.is_interim(), h.switches_protocols())
        })
    };
    assert_eq!(kind(100), Ok(Some((true, false))));
    assert_eq!(kind(101), Ok(Some((false, true))));
    assert_eq!(kind(103), Ok(Some((true, false))));
    assert_eq!(kind(200), Ok(Some((false, false))));
}

// RFC 9110 section 8.6, RFC 9112 section 6.1: no content may follow an interim response
#[test]
fn interim_with_content_is_a_fault() {
    let fault = Err(ResponseFault::InterimContent);
    for field in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        assert_eq!(response(with_fields("HTTP/1.1 100 Continue", &[field]), |_| ()), fault);
        assert_eq!(response(with_fields("HTTP/1.1 101 X", &[field]), |_| ()), fault);
    }
}

// RFC 9110 section 15.3.5: a 204 that announces content may send it; nobody reads that as the next
#[test]
fn lying_204_is_not_reused() {
    let seen = |field: &str| {
        let head = with_fields("HTTP/1.1 204 No Content", &[field]);
        response(head, |h| (h.body, h.content_length, h.keep_alive))
    };
    assert_eq!(seen("Content-Length: 5"), Ok(Some((Framing::None, None, false))));
    assert_eq!(seen("Transfer-Encoding: chunked"), Ok(Some((Framing::None, None, false))));
    assert_eq!(seen("Content-Length: 0"), Ok(Some((Framing::None, None, true))));
}

// RFC 9112 section 6.3, items 3 to 5: framing that two readers could take differently
#[test]
fn ambiguous_framing_is_a_fault() {
    let both = ["Content-Length: 5", "Transfer-Encoding: chunked"];
    assert_eq!(response_fields(&both), Some(ResponseFault::LengthWithCoding));
    let twice = ["Content-Length: 5", "Content-Length: 5"];
    assert_eq!(response_fields(&twice), Some(ResponseFault::LengthRepeated));
    for odd in ["", "5, 5", "+5", "-1", "0x5", "5 5", "9223372036854775808"] {
        let fault = response_fields(&[&format!("Content-Length: {odd}")]);
        assert_eq!(fault, Some(ResponseFault::LengthInvalid), "{odd}");
    }
    for odd in ["", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity"] {
        let fault = response_fields(&[&format!("Transfer-Encoding: {odd}")]);
        assert_eq!(fault, Some(ResponseFault::Coding), "{odd}");
    }
    let old = with_fields("HTTP/1.0 200 OK", &["Transfer-Encoding: chunked"]);
    assert_eq!(response(old, |_| ()), Err(ResponseFault::CodingOnHttp10));
    let head = with_fields("HTTP/1.1 200 OK", &both);
    assert_eq!(response_to("HEAD", head, |_| ()), Err(ResponseFault::LengthWithCoding));
}

// RFC 9112 section 9.3
#[test]
fn persistence() {
    let keeps = |version: &str, lines: &[&str]| {
        let lines = [&["Content-Length: 0"], lines].concat();
        response(with_fields(&format!("{version} 200 OK"), &lines), |h| h.keep_alive)
    };
    assert_eq!(keeps("HTTP/1.1", &[]), Ok(Some(true)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: X-Foo, Close"]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.0", &[]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.0", &["Connection: keep-alive"]), Ok(Some(true)));
}

// RFC 9110 section 7.6.1
#[test]
fn end_to_end_leaves_out_what_is_for_this_hop() {
    let lines = [
        "Server: x",
        "Connection: close, X-Foo, a b",
        "X-Foo: 1",
        "Keep-Alive: timeout=5",
        "Content-Length: 0",
        "Set-Cookie: a",
        "Set-Cookie: b",
        "Upgrade: h2c",
    ];
    let names = response(with_fields("HTTP/1.1 200 OK", &lines), |head| {
        head.end_to_end().map(|field| field.name.to_owned()).collect::<Vec<_>>()
    });
    let want = ["Server", "Set-Cookie", "Set-Cookie"];
    assert_eq!(names, Ok(Some(want.map(str::to_owned).to_vec())));
}
