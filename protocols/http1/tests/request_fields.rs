//! Field lines of a request: their syntax, Host, Connection, Expect, Upgrade.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_http1::limits::{CONNECTION_OPTIONS_MAX, REQUEST_FIELDS_MAX};
use ringgate_http1::{Framing, Refusal, elements, field, fields_named};
use support::{REQUEST_HEAD_BYTES_MAX, fields, request, whole, with_fields};

const START: &str = "POST / HTTP/1.1\r\nHost: a";

// RFC 9112 section 2.2: a line ends in CRLF; LF alone is tolerated by some, so it smuggles
#[test]
fn bare_lf_refused() {
    for head in [
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n",
        "GET / HTTP/1.1\n\n",
    ] {
        assert_eq!(whole(head.as_bytes()), Some(Refusal::BareLf), "{}", head.escape_debug());
    }
}

// RFC 9112 section 2.2: a bare CR is invalid
#[test]
fn bare_cr_refused() {
    for head in [
        "GET / HTTP/1.1\rHost: a\r\n\r\n",
        "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX\r: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n",
    ] {
        assert!(whole(head.as_bytes()).is_some(), "{}", head.escape_debug());
    }
}

// RFC 9112 section 5.2: obs-fold is not sent, and refused by a server
#[test]
fn obs_fold_refused() {
    assert_eq!(fields(&["X: a", " b"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["X: a", "\tb"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["X: a", " "]), Some(Refusal::FieldName));
    assert_eq!(fields(&["Transfer-Encoding:", " chunked"]), Some(Refusal::FieldName));
}

// RFC 9112 section 2.2: white space between the start line and the first field
#[test]
fn white_space_before_the_first_field_refused() {
    assert_eq!(whole(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Some(Refusal::FieldName));
    assert_eq!(whole(b"GET / HTTP/1.1\r\n\tX: b\r\nHost: a\r\n\r\n"), Some(Refusal::FieldName));
}

// RFC 9112 section 5.1: no white space between field name and colon
#[test]
fn white_space_before_the_colon_refused() {
    assert_eq!(fields(&["X : a"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["X\t: a"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["Content-Length : 1"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["Transfer-Encoding : chunked"]), Some(Refusal::FieldName));
}

// RFC 9112 section 5: field-line = field-name ":" ...
#[test]
fn empty_name_and_missing_colon_refused() {
    assert_eq!(fields(&[": a"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["X"]), Some(Refusal::FieldName));
    assert_eq!(fields(&["X a"]), Some(Refusal::FieldName));
}

// RFC 9110 section 5.1: field-name = token
#[test]
fn field_name_is_a_token() {
    for byte in 0..=255_u8 {
        let head = [START.as_bytes(), b"\r\nX", &[byte], b"Y: b\r\n\r\n"].concat();
        let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        // A colon there ends the name: legal too.
        assert_eq!(whole(&head).is_none(), token || byte == b':', "{byte:#x}");
    }
}

// RFC 9110 section 5.5: field values hold HTAB, SP, VCHAR and obs-text; no NUL, no controls
#[test]
fn field_value_bytes() {
    for byte in 0..=255_u8 {
        let head = [START.as_bytes(), b"\r\nX: a", &[byte], b"b\r\n\r\n"].concat();
        let legal = matches!(byte, b'\t' | b' '..=b'~' | 0x80..=0xff);
        assert_eq!(whole(&head).is_none(), legal, "{byte:#x}");
    }
}

// RFC 9110 section 5.5: the same in a value long enough for vector code
#[test]
fn field_value_bytes_at_every_offset() {
    for at in 0..70 {
        for byte in [0, 0x1f, 0x7f, b'\r', b'\n', 0x0b, 0x0c] {
            let mut value = vec![b'v'; 70];
            value[at] = byte;
            let head = [START.as_bytes(), b"\r\nX: ", &value, b"\r\n\r\n"].concat();
            assert!(whole(&head).is_some(), "{byte:#x} at {at}");
        }
    }
}

// RFC 9112 section 5.1: optional white space around a value is no part of it
#[test]
fn white_space_around_values_is_not_part_of_them() {
    let lines = ["A: \t b c\t ", "B:", "C: \t", "D:d", "E: \u{e9}"];
    let values = request(with_fields(START, &lines), |head| {
        head.fields.iter().skip(1).map(|field| field.value.to_vec()).collect::<Vec<_>>()
    });
    let want: [&[u8]; 5] = [b"b c", b"", b"", b"d", b"\xc3\xa9"];
    assert_eq!(values, Ok(Some(want.map(<[u8]>::to_vec).to_vec())));
}

// RFC 6585 section 5: 431 for too many fields and for too large a head
#[test]
fn limits_of_the_head_are_exact() {
    let many = |count: usize| vec!["X: y"; count - 1];
    assert_eq!(fields(&many(REQUEST_FIELDS_MAX)), None);
    assert_eq!(fields(&many(REQUEST_FIELDS_MAX + 1)), Some(Refusal::TooManyFields));

    let frame = with_fields(START, &["X: "]).len();
    let large = |bytes: usize| with_fields(START, &[&format!("X: {}", "v".repeat(bytes - frame))]);
    assert_eq!(whole(large(REQUEST_HEAD_BYTES_MAX).as_bytes()), None);
    let over = large(REQUEST_HEAD_BYTES_MAX + 1);
    assert_eq!(whole(over.as_bytes()), Some(Refusal::HeadTooLarge));
    assert_eq!(request(&over[..REQUEST_HEAD_BYTES_MAX - 1], |_| ()), Ok(None));
    assert_eq!(Refusal::HeadTooLarge.status(), 431);
    assert_eq!(Refusal::TooManyFields.status(), 431);
}

// RFC 9112 section 3.2: HTTP/1.1 needs Host; 1.0 does not
#[test]
fn missing_host_refused_on_1_1_only() {
    assert_eq!(whole(b"GET / HTTP/1.1\r\n\r\n"), Some(Refusal::HostMissing));
    assert_eq!(request("GET / HTTP/1.0\r\n\r\n", |h| h.host.is_none()), Ok(Some(true)));
}

// RFC 9112 section 3.2: more than one Host is refused, whatever the version
#[test]
fn repeated_host_refused() {
    assert_eq!(fields(&["Host: a"]), Some(Refusal::HostRepeated));
    assert_eq!(fields(&["hOST: b"]), Some(Refusal::HostRepeated));
    let old = b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n";
    assert_eq!(whole(old), Some(Refusal::HostRepeated));
}

// RFC 9110 section 7.2: Host = uri-host [ ":" port ]; an empty one when there is no authority
#[test]
fn legal_hosts_accepted() {
    for host in [
        "a",
        "A.example",
        "a:80",
        "a:",
        "a:0",
        "a:65535",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:443",
        "[2001:db8::192.0.2.1]",
        "[v1.a:b]",
        "a_b.c-d~e",
        "a%20b",
        "a,b",
        "x!$&'()*+;=y",
        "xn--bcher-kva.example",
        "a.",
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost:\t {host} \r\n\r\n");
        let seen = request(head, |h| h.host.map(str::to_owned));
        assert_eq!(seen, Ok(Some(Some(host.to_owned()))), "{host}");
    }
    let empty = request("GET / HTTP/1.1\r\nHost:\r\n\r\n", |h| h.host.is_none());
    assert_eq!(empty, Ok(Some(true)));
}

// RFC 9112 section 3.2: an invalid Host is refused
#[test]
fn illegal_hosts_refused() {
    for host in [
        "a b",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "u@a",
        "u:p@a",
        "a:b",
        "a:-1",
        "a:+1",
        "a:65536",
        "a:8 0",
        "a:80:80",
        "a:99999999999999999999",
        "::1",
        "[::1",
        "::1]",
        "[::1]a",
        "[::1]80",
        "[]",
        "[a]",
        "[::1%25eth0]",
        "[v.a]",
        "[v1.]",
        "[vg.a]",
        "a%",
        "a%4",
        "a%zz",
        "é",
        "a\"b",
        "<a>",
        "a|b",
        "a^b",
        "{a}",
        ":80",
        ":",
        "a\tb",
        "http://a",
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(whole(head.as_bytes()), Some(Refusal::HostInvalid), "{host}");
    }
}

// RFC 9112 section 9.3: 1.1 persists unless closed, 1.0 closes unless kept alive
#[test]
fn persistence() {
    let keeps = |version: &str, lines: &[&str]| {
        request(with_fields(&format!("GET / {version}\r\nHost: a"), lines), |h| h.keep_alive)
    };
    assert_eq!(keeps("HTTP/1.1", &[]), Ok(Some(true)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: close"]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: X-Foo , CLOSE"]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: a", "Connection: close"]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: closed"]), Ok(Some(true)));
    assert_eq!(keeps("HTTP/1.1", &["Connection: keep-alive, close"]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.0", &[]), Ok(Some(false)));
    assert_eq!(keeps("HTTP/1.0", &["Connection: Keep-Alive"]), Ok(Some(true)));
    assert_eq!(keeps("HTTP/1.0", &["Connection: keep-alive, close"]), Ok(Some(false)));
}

// RFC 9110 section 7.6.1: Connection = #connection-option, each a token
#[test]
fn connection_options_are_tokens() {
    assert_eq!(fields(&["Connection:"]), None);
    assert_eq!(fields(&["Connection: , close,, \tX ,"]), None);
    assert_eq!(fields(&["Connection: a b"]), Some(Refusal::ConnectionOption));
    assert_eq!(fields(&["Connection: close;q=1"]), Some(Refusal::ConnectionOption));
    assert_eq!(fields(&["Connection: \"close\""]), Some(Refusal::ConnectionOption));
}

// Our limit: nominated fields are looked up by a search
#[test]
fn too_many_connection_options_refused() {
    let options = |count| format!("Connection: {}", vec!["x"; count].join(","));
    assert_eq!(fields(&[&options(CONNECTION_OPTIONS_MAX)]), None);
    let over = options(CONNECTION_OPTIONS_MAX + 1);
    assert_eq!(fields(&[&over]), Some(Refusal::ConnectionOption));
}

// RFC 9110 section 7.6.1: hop-by-hop fields, and those that Connection nominates, stop here
#[test]
fn end_to_end_leaves_out_what_is_for_this_hop() {
    let lines = [
        "Accept: */*",
        "Connection: close, X-Foo",
        "X-Foo: 1",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "TE: trailers",
        "Trailer: X-Sum",
        "Transfer-Encoding: chunked",
        "Upgrade: h2c",
        "connection: x-BAR",
        "X-Bar: 2",
        "x-foo: 3",
        "Cookie: a=b",
        "Expect: 100-continue",
        "Proxy-Authorization: Basic x",
    ];
    let names = request(with_fields(START, &lines), |head| {
        head.end_to_end().map(|field| field.name.to_owned()).collect::<Vec<_>>()
    });
    let want = ["Accept", "Trailer", "Cookie", "Proxy-Authorization"];
    assert_eq!(names, Ok(Some(want.map(str::to_owned).to_vec())));
}

// RFC 9110 section 7.6.1: also in the last slot of a full head
#[test]
fn end_to_end_reaches_the_last_field() {
    let mut lines = vec!["X: y"; REQUEST_FIELDS_MAX - 3];
    lines.extend(["Z: z", "Connection: z"]);
    let count = request(with_fields(START, &lines), |head| head.end_to_end().count());
    assert_eq!(count, Ok(Some(REQUEST_FIELDS_MAX - 3)));
}

// RFC 9110 section 7.8: Upgrade counts only with Connection: upgrade, and not on 1.0
#[test]
fn upgrade_needs_both_fields_and_1_1() {
    let asks = |version: &str, lines: &[&str]| {
        request(with_fields(&format!("GET / {version}\r\nHost: a"), lines), |h| h.upgrade)
    };
    let both = ["Connection: keep-alive, Upgrade", "Upgrade: websocket"];
    assert_eq!(asks("HTTP/1.1", &both), Ok(Some(true)));
    assert_eq!(asks("HTTP/1.0", &both), Ok(Some(false)));
    assert_eq!(asks("HTTP/1.1", &both[..1]), Ok(Some(false)));
    assert_eq!(asks("HTTP/1.1", &both[1..]), Ok(Some(false)));
}

// RFC 9110 section 10.1.1: 100-continue, any case; ignored on 1.0; pointless without content
#[test]
fn expect_continue() {
    let expects = |version: &str, lines: &[&str]| {
        let start = format!("POST / {version}\r\nHost: a");
        request(with_fields(&start, lines), |h| (h.expect_continue, h.body))
    };
    let seen = expects("HTTP/1.1", &["Expect: 100-Continue", "Content-Length: 3"]);
    assert_eq!(seen, Ok(Some((true, Framing::Length(3)))));
    let seen = expects("HTTP/1.1", &["Expect: 100-continue", "Transfer-Encoding: chunked"]);
    assert_eq!(seen, Ok(Some((true, Framing::Chunked))));
    let seen = expects("HTTP/1.0", &["Expect: 100-continue", "Content-Length: 3"]);
    assert_eq!(seen, Ok(Some((false, Framing::Length(3)))));
    let seen = expects("HTTP/1.1", &["Expect: 100-continue"]);
    assert_eq!(seen, Ok(Some((false, Framing::None))));
}

// RFC 9110 section 10.1.1: any other expectation is answered with 417
#[test]
fn unknown_expectation_is_417() {
    assert_eq!(fields(&["Expect: 200-ok"]), Some(Refusal::Expectation));
    assert_eq!(fields(&["Expect: 100-continue, x"]), Some(Refusal::Expectation));
    assert_eq!(fields(&["Expect: 100-continue", "Expect: x"]), Some(Refusal::Expectation));
    assert_eq!(Refusal::Expectation.status(), 417);
    assert_eq!(whole(b"GET / HTTP/1.0\r\nExpect: x\r\n\r\n"), None);
}

#[test]
fn lookup_by_name_takes_any_case_and_the_first() {
    let lines = ["x-A: 1", "X-a: 2, ,3"];
    let seen = request(with_fields(START, &lines), |head| {
        let all: Vec<_> = fields_named(head.fields, "X-A").flat_map(elements).collect();
        let first = field(head.fields, "X-A");
        (first == Some(b"1"), all == [b"1", b"2", b"3"], field(head.fields, "x").is_none())
    });
    assert_eq!(seen, Ok(Some((true, true, true))));
}
