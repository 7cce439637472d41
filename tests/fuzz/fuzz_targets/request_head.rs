//! Any bytes as a request head: what is taken must be legal by a second, slower look at it, and
//! what a gateway would write from it must mean the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_http1::limits::LEADING_CRLF_MAX;
use ringgate_http1::{
    Framing, Parsed, Refusal, RequestHead, RequestSlots, TargetForm, Version, parse_request, write,
};

/// Longest request head.
const REQUEST_HEAD_BYTES_MAX: usize = 10_240;

fuzz_target!(|bytes: &[u8]| {
    let mut slots = RequestSlots::new();
    match parse_request(bytes, REQUEST_HEAD_BYTES_MAX, &mut slots) {
        Err(refusal) => assert!((400..=505).contains(&refusal.status())),
        Ok(Parsed::Partial) => {
            assert!(bytes.len() < REQUEST_HEAD_BYTES_MAX + 2 * LEADING_CRLF_MAX + 2);
        }
        Ok(Parsed::Complete(head)) => {
            check_bytes(&bytes[..head.len]);
            check_ends_there(bytes, &head);
            check_target(&head);
            check_framing(&head);
            check_rewritten(&head);
        }
    }
});

/// RFC 9112 section 2.2: every LF after a CR, every CR before an LF; no NUL anywhere.
fn check_bytes(head: &[u8]) {
    assert!(head.ends_with(b"\r\n\r\n"));
    for (at, byte) in head.iter().enumerate() {
        match byte {
            b'\n' => assert_eq!(head[at - 1], b'\r'),
            b'\r' => assert_eq!(head[at + 1], b'\n'),
            _ => assert!(matches!(byte, b'\t' | b' '..=b'~' | 0x80..)),
        }
    }
}

/// One byte less is not whole; what follows changes nothing.
fn check_ends_there(bytes: &[u8], head: &RequestHead<'_, '_>) {
    let mut slots = RequestSlots::new();
    let short = parse_request(&bytes[..head.len - 1], REQUEST_HEAD_BYTES_MAX, &mut slots);
    assert!(matches!(short, Ok(Parsed::Partial)), "{short:?}");
    let mut slots = RequestSlots::new();
    let exact = parse_request(&bytes[..head.len], REQUEST_HEAD_BYTES_MAX, &mut slots);
    let Ok(Parsed::Complete(exact)) = exact else { panic!("{exact:?}") };
    assert_eq!((exact.len, exact.body, exact.fields), (head.len, head.body, head.fields));
}

fn check_target(head: &RequestHead<'_, '_>) {
    let (path, query) = (head.target.path, head.target.query.unwrap_or_default());
    assert!(path.starts_with('/') || (path == "*" && head.method == "OPTIONS"));
    assert!(!path.contains('?'));
    let odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'\\' | b'#' | b'<' | b'"');
    assert!(!path.bytes().any(odd) && !query.bytes().any(odd));
    assert!(!head.host.unwrap_or("a").contains(['@', '/', '\\', ' ', '#', '?']));
    assert!(head.host.is_some_and(|host| !host.is_empty()) || head.target.authority.is_none());
    assert_ne!(head.method, "CONNECT");
}

/// Content-Length and Transfer-Encoding counted once more, by name only.
fn check_framing(head: &RequestHead<'_, '_>) {
    let values = |name: &str| -> Vec<&[u8]> {
        let named = |field: &&ringgate_http1::Header<'_>| {
            field.name.replace('_', "-").eq_ignore_ascii_case(name)
        };
        head.fields.iter().filter(named).map(|field| field.value).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    match head.body {
        Framing::None => assert!(lengths.is_empty() && codings.is_empty()),
        Framing::Length(bytes) => {
            assert!(lengths.len() == 1 && codings.is_empty());
            let digits = std::str::from_utf8(lengths[0]).unwrap();
            assert_eq!(digits.parse::<u64>(), Ok(bytes));
            assert!(!digits.starts_with('+'));
        }
        Framing::Chunked => {
            assert!(lengths.is_empty() && codings.len() == 1);
            assert!(codings[0].eq_ignore_ascii_case(b"chunked"));
            assert_eq!(head.version, Version::Http11);
        }
        Framing::UntilClose => panic!("a request until close"),
    }
    assert!(values("host").len() <= 1);
}

/// Written as a gateway writes it, the head parses to the same method, target, fields and framing.
fn check_rewritten(head: &RequestHead<'_, '_>) {
    let mut out = Vec::new();
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.target.path.as_bytes());
    if let Some(query) = head.target.query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    write::request_line_end(&mut out);
    write::field(&mut out, "host", b"origin");
    for field in head.end_to_end() {
        write::field(&mut out, field.name, field.value);
    }
    write::framing(&mut out, head.body);
    write::end(&mut out);

    let mut slots = RequestSlots::new();
    let again = match parse_request(&out, REQUEST_HEAD_BYTES_MAX, &mut slots) {
        Ok(Parsed::Complete(again)) => again,
        Err(Refusal::HeadTooLarge | Refusal::TooManyFields | Refusal::TargetTooLong) => return,
        other => panic!("{other:?}"),
    };
    assert_eq!((again.method, again.body), (head.method, head.body));
    assert_eq!((again.len, again.host, again.upgrade), (out.len(), Some("origin"), false));
    assert_eq!((again.target.path, again.target.query), (head.target.path, head.target.query));
    assert!(head.target.form == TargetForm::Absolute || again.target.form == head.target.form);
    assert!(again.end_to_end().eq(head.end_to_end()));
}
