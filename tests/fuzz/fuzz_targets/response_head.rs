//! Any bytes as a response head, after one byte that chooses the request's method.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_http1::limits::RESPONSE_HEAD_BYTES_MAX;
use ringgate_http1::{
    Framing, Parsed, ResponseFault, ResponseHead, ResponseSlots, Version, parse_response, write,
};

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let method = if choice % 4 == 0 { "HEAD" } else { "GET" };
    let mut slots = ResponseSlots::new();
    match parse_response(bytes, &mut slots, method) {
        Err(fault) => assert!(!fault.reason().is_empty()),
        Ok(Parsed::Partial) => assert!(bytes.len() < RESPONSE_HEAD_BYTES_MAX),
        Ok(Parsed::Complete(head)) => {
            check_bytes(&bytes[..head.len]);
            check_framing(&head, method);
            check_rewritten(&head, method);
            let mut slots = ResponseSlots::new();
            let short = parse_response(&bytes[..head.len - 1], &mut slots, method);
            assert!(matches!(short, Ok(Parsed::Partial)), "{short:?}");
        }
    }
});

fn check_bytes(head: &[u8]) {
    assert!(head.starts_with(b"HTTP/1.") && head.ends_with(b"\r\n\r\n"));
    for (at, byte) in head.iter().enumerate() {
        match byte {
            b'\n' => assert_eq!(head[at - 1], b'\r'),
            b'\r' => assert_eq!(head[at + 1], b'\n'),
            _ => assert!(matches!(byte, b'\t' | b' '..=b'~' | 0x80..)),
        }
    }
}

fn check_framing(head: &ResponseHead<'_, '_>, method: &str) {
    let count = |name: &str| {
        head.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count()
    };
    let (lengths, codings) = (count("content-length"), count("transfer-encoding"));
    assert!(lengths + codings <= 1);
    let contentless = head.status < 200 || head.status == 204;
    assert_eq!(head.content_length.is_some(), lengths == 1 && !contentless);
    assert!((100..=599).contains(&head.status));
    let bare = method == "HEAD" || head.status < 200 || matches!(head.status, 204 | 304);
    match head.body {
        Framing::None => assert!(bare),
        Framing::Length(bytes) => assert!(!bare && head.content_length == Some(bytes)),
        Framing::Chunked => assert!(!bare && codings == 1 && head.version == Version::Http11),
        Framing::UntilClose => assert!(!bare && lengths + codings == 0 && !head.keep_alive),
    }
}

/// Written as a gateway writes it, the head parses to the same status, fields and framing.
fn check_rewritten(head: &ResponseHead<'_, '_>, method: &str) {
    let mut out = Vec::new();
    write::status_line(&mut out, head.status);
    for field in head.end_to_end() {
        write::field(&mut out, field.name, field.value);
    }
    write::framing(&mut out, head.body);
    write::end(&mut out);
    let mut slots = ResponseSlots::new();
    let again = match parse_response(&out, &mut slots, method) {
        Ok(Parsed::Complete(again)) => again,
        Err(ResponseFault::HeadTooLarge | ResponseFault::TooManyFields) => return,
        other => panic!("{other:?}"),
    };
    assert_eq!((again.status, again.body, again.len), (head.status, head.body, out.len()));
    assert!(again.end_to_end().eq(head.end_to_end()));
}
