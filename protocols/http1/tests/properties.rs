//! What holds for all inputs: slicing changes nothing, nothing panics, and a slow literal decoder
//! reads from what is relayed the content that went in.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use ringgate_http1::chunked::{ChunkFault, Decoder, write_size};
use ringgate_http1::{Framing, Parsed, ResponseSlots, Version, parse_response};
use support::{request, response_to};

/// What a request head said, owned.
#[derive(Debug, PartialEq)]
struct Seen {
    method: String,
    path: String,
    query: Option<String>,
    version: Version,
    fields: Vec<(String, Vec<u8>)>,
    end_to_end: Vec<String>,
    body: Framing,
    len: usize,
}

fn seen(bytes: &[u8]) -> Option<Seen> {
    let look = |head: &ringgate_http1::RequestHead<'_, '_>| Seen {
        method: head.method.to_owned(),
        path: head.target.path.to_owned(),
        query: head.target.query.map(str::to_owned),
        version: head.version,
        fields: head.fields.iter().map(|f| (f.name.to_owned(), f.value.to_vec())).collect(),
        end_to_end: head.end_to_end().map(|f| f.name.to_owned()).collect(),
        body: head.body,
        len: head.len,
    };
    request(bytes, look).unwrap_or_else(|refusal| panic!("{refusal}: {}", bytes.escape_ascii()))
}

fn legal_field() -> impl Strategy<Value = String> {
    let name = "[A-Za-z0-9!#$%&'*+.^`|~-]{1,12}";
    let value = "([!-~\u{a1}-\u{ff}]([ -~\t]{0,30}[!-~])?)?";
    let ows = "[ \t]{0,3}";
    (name, ows, value, ows)
        .prop_map(|(name, before, value, after)| format!("x{name}:{before}{value}{after}\r\n"))
}

fn legal_request() -> impl Strategy<Value = String> {
    let method = prop_oneof!["GET", "POST", "[A-Z]{1,10}x"];
    let target = prop_oneof![
        "(/[a-z0-9._~:@-]{0,8}){1,4}(\\?[a-z0-9=&%/?-]{0,20})?",
        "http://[a-z]{1,8}(:80)?(/[a-z]{0,4}){1,2}"
    ];
    let framing = prop_oneof![
        Just(""),
        Just("Content-Length: 12\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("Connection: close, x-a\r\nx-a: 1\r\n")
    ];
    ("(\r\n){0,2}", method, target, "1\\.[1-9]", vec(legal_field(), 0..8), framing).prop_map(
        |(leading, method, target, version, fields, framing)| {
            let fields = fields.concat();
            format!("{leading}{method} {target} HTTP/{version}\r\n{fields}Host: a\r\n{framing}\r\n")
        },
    )
}

/// The coding as RFC 9112 section 7.1.3 spells it, one byte at a time, of well-formed input.
fn decode_literally(mut coded: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut content = Vec::new();
    loop {
        let end = coded.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, rest) = (&coded[..end], &coded[end + 2..]);
        if line.starts_with(b"0") && line.len() > 1 {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(line).ok()?, 16).ok()?;
        if size == 0 {
            return Some((content, rest.to_vec()));
        }
        content.extend_from_slice(rest.get(..size)?);
        if rest.get(size..size + 2)? != b"\r\n" {
            return None;
        }
        coded = &rest[size + 2..];
    }
}

/// Feeds `input` in pieces of the given sizes, as a gateway does with one buffer.
fn feed(input: &[u8], sizes: &[usize], relay: bool) -> Result<(Vec<u8>, usize, bool), ChunkFault> {
    let mut decoder = Decoder::new();
    let (mut out, mut buf, mut taken, mut data) = (Vec::new(), Vec::new(), 0, 0);
    let mut sizes = sizes.iter().copied().cycle();
    while taken < input.len() && !decoder.is_done() {
        let piece = sizes.next().unwrap_or(1).min(input.len() - taken);
        buf.extend_from_slice(&input[taken..taken + piece]);
        taken += piece;
        let step = if relay { decoder.relay(&mut buf)? } else { decoder.decode(&mut buf)? };
        out.extend_from_slice(&buf[..step.len]);
        buf.drain(..step.consumed);
        data += step.data;
    }
    Ok((out, data, decoder.is_done()))
}

/// A body: its content, its coding with extensions and zeros, and its trailer section.
fn coded_body() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, String)> {
    let extension = prop_oneof![
        3 => Just(String::new()),
        1 => "( ?;\t?[a-z]{1,5}(=([a-z]{1,5}|\"[a-z ;]{0,5}\"))?){1,2}"
    ];
    let chunk = (vec(any::<u8>(), 1..40), "0{0,3}", extension.clone());
    let trailers = "(x[a-z]{1,5}: ?[a-z]{0,5}\r\n){0,3}\r\n";
    (vec(chunk, 0..12), extension, trailers).prop_map(|(chunks, last, trailers)| {
        let (mut content, mut coded) = (Vec::new(), Vec::new());
        for (data, zeros, extension) in chunks {
            let line = format!("{zeros}{:X}{extension}\r\n", data.len());
            coded.extend_from_slice(line.as_bytes());
            coded.extend_from_slice(&data);
            coded.extend_from_slice(b"\r\n");
            content.extend_from_slice(&data);
        }
        coded.extend_from_slice(format!("00{last}\r\n{trailers}").as_bytes());
        (content, coded, trailers)
    })
}

proptest! {
    #[test]
    fn every_prefix_of_a_legal_request_is_partial(head in legal_request(), tail in "[a-z]{0,20}") {
        let bytes = head.as_bytes();
        for end in 0..bytes.len() {
            prop_assert_eq!(seen(&bytes[..end]), None, "at {}", end);
        }
        let whole = seen(bytes);
        prop_assert_eq!(whole.as_ref().map(|seen| seen.len), Some(bytes.len()));
        prop_assert_eq!(whole, seen(format!("{head}{tail}").as_bytes()));
    }

    #[test]
    fn every_prefix_of_a_legal_response_is_partial(
        status in 200_u16..600,
        fields in vec(legal_field(), 0..8),
    ) {
        let head = format!("HTTP/1.1 {status} Some Reason\r\n{}\r\n", fields.concat());
        for end in 0..head.len() {
            prop_assert_eq!(response_to("GET", &head.as_bytes()[..end], |_| ()), Ok(None));
        }
        let len = response_to("GET", format!("{head}tail"), |h| h.len);
        prop_assert_eq!(len, Ok(Some(head.len())));
    }

    #[test]
    fn relayed_chunks_hold_the_same_content(
        (content, coded, trailers) in coded_body(),
        sizes in vec(1_usize..50, 1..10),
    ) {
        let mut input = coded.clone();
        input.extend_from_slice(b"GET /next");
        let (out, data, done) = feed(&input, &sizes, true).unwrap();
        prop_assert!(done);
        prop_assert_eq!(data, content.len());
        let literally = decode_literally(&out);
        prop_assert_eq!(literally, Some((content.clone(), trailers.into_bytes())));
        let (plain, data, done) = feed(&input, &sizes, false).unwrap();
        prop_assert_eq!((plain, data, done), (content.clone(), content.len(), true));
    }

    #[test]
    fn slicing_decides_nothing(
        (_, mut coded, _) in coded_body(),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        sizes in vec(1_usize..50, 1..10),
    ) {
        for (at, byte) in flips {
            let at = at.index(coded.len());
            coded[at] = byte;
        }
        let whole = feed(&coded, &[coded.len()], true);
        let sliced = feed(&coded, &sizes, true);
        match (whole, sliced) {
            (Ok(whole), Ok(sliced)) => prop_assert_eq!(whole, sliced),
            (Err(whole), Err(sliced)) => prop_assert_eq!(whole, sliced),
            (whole, sliced) => prop_assert!(false, "{:?} but {:?}", whole, sliced),
        }
    }

    #[test]
    fn written_chunks_are_read_back(pieces in vec(vec(any::<u8>(), 1..300), 0..6)) {
        let mut coded = Vec::new();
        for piece in &pieces {
            write_size(&mut coded, piece.len());
            coded.extend_from_slice(piece);
            coded.extend_from_slice(b"\r\n");
        }
        coded.extend_from_slice(ringgate_http1::chunked::LAST);
        let relayed = Decoder::new().relay(&mut coded.clone()).unwrap();
        prop_assert_eq!((relayed.len, relayed.done), (coded.len(), true));
        let decoded = Decoder::new().decode(&mut coded).unwrap();
        prop_assert_eq!(&coded[..decoded.len], pieces.concat());
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        let _ = request(&bytes, |head| head.end_to_end().count());
        let _ = response_to("GET", &bytes, |head| head.end_to_end().count());
        let _ = Decoder::new().relay(&mut bytes.clone());
    }

    #[test]
    fn nothing_panics_on_a_damaged_head(
        head in legal_request(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = head.into_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = request(&bytes, |head| head.end_to_end().count());
        bytes.splice(.., [b"HTTP/1.1 200 OK\r\n", &bytes[..]].concat());
        let mut slots = ResponseSlots::new();
        let parsed = parse_response(&bytes, &mut slots, "GET");
        if let Ok(Parsed::Complete(head)) = parsed {
            prop_assert!(head.len <= bytes.len());
        }
    }
}
