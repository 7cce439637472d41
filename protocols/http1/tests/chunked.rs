//! The chunked coding, rule by rule (RFC 9112 section 7.1), and the writer's half of it.
#![allow(clippy::panic, clippy::unwrap_used)]

use ringgate_http1::chunked::{ChunkFault, Decoder, LAST, Relayed, write_size};
use ringgate_http1::limits::{
    CHUNK_EXTENSIONS_BYTES_MAX, CHUNK_LINE_BYTES_MAX, SIZE_BYTES_MAX, TRAILER_BYTES_MAX,
};
use ringgate_http1::{Body, Framing, Truncated};

/// Relays it all at once: what goes out, and what was told.
fn relay(input: impl AsRef<[u8]>) -> Result<(String, Relayed), ChunkFault> {
    let mut buf = input.as_ref().to_vec();
    let relayed = Decoder::new().relay(&mut buf)?;
    Ok((String::from_utf8_lossy(&buf[..relayed.len]).into_owned(), relayed))
}

fn fault(input: impl AsRef<[u8]>) -> Option<ChunkFault> {
    relay(input).err()
}

/// Where the whole body is taken, what goes out.
fn out(input: &str) -> String {
    match relay(input) {
        Ok((out, relayed)) if relayed.done && relayed.consumed == input.len() => out,
        other => panic!("{}: {other:?}", input.escape_debug()),
    }
}

// RFC 9112 section 7.1: the plain case goes through byte for byte
#[test]
fn plain_body_goes_through_unchanged() {
    let body = "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n";
    let next = format!("{body}GET /next");
    let (out, relayed) = relay(&next).unwrap();
    assert_eq!(out, body);
    assert_eq!(relayed, Relayed { consumed: body.len(), len: body.len(), data: 15, done: true });
    assert_eq!(self::out("0\r\n\r\n"), "0\r\n\r\n");
}

// RFC 9112 section 7.1: decoding leaves the content alone
#[test]
fn decode_leaves_the_content() {
    let mut buf = b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\nrest".to_vec();
    let decoded = Decoder::new().decode(&mut buf).unwrap();
    assert_eq!(&buf[..decoded.len], b"hello!");
    assert_eq!(decoded, Relayed { consumed: 31, len: 6, data: 6, done: true });
}

// RFC 9112 section 7.1: chunk-size = 1*HEXDIG
#[test]
fn chunk_size_is_hexadecimal() {
    for odd in [
        "\r\n",
        " 5\r\n",
        "\t5\r\n",
        "+5\r\n",
        "-5\r\n",
        "0x5\r\n",
        "5h\r\n",
        "g\r\n",
        "5_0\r\n",
        "5,5\r\n",
        "5.\r\n",
        "\n",
        "5\n",
        "5\r5",
        "5\0\r\n",
        "\u{661}\r\n",
    ] {
        assert_eq!(fault(odd), Some(ChunkFault::Size), "{}", odd.escape_debug());
    }
    assert_eq!(out("a\r\n0123456789\r\n0\r\n\r\n"), "a\r\n0123456789\r\n0\r\n\r\n");
}

// RFC 9112 section 7.1: white space is allowed only before an extension's `;`
#[test]
fn white_space_after_a_chunk_size_refused() {
    for odd in ["5 \r\n", "5\t\r\n", "5  \r\nhello"] {
        assert_eq!(fault(odd), Some(ChunkFault::Extension), "{}", odd.escape_debug());
    }
}

// RFC 9112 section 7.1: recipients anticipate large sizes and prevent overflow
#[test]
fn chunk_size_overflow_refused() {
    let largest = format!("{SIZE_BYTES_MAX:x}\r\nab");
    assert_eq!(relay(&largest).map(|(out, _)| out), Ok(largest.clone()));
    for over in ["8000000000000000", "FFFFFFFFFFFFFFFF", "10000000000000000", &"f".repeat(40)] {
        assert_eq!(fault(format!("{over}\r\n")), Some(ChunkFault::SizeTooLarge), "{over}");
    }
}

// RFC 9112 section 7.1: leading zeros are legal; they go no further
#[test]
fn leading_zeros_accepted_and_cut() {
    let zeros = "0".repeat(100);
    assert_eq!(out(&format!("{zeros}3\r\nabc\r\n{zeros}\r\n\r\n")), "3\r\nabc\r\n0\r\n\r\n");
}

// RFC 9112 section 7.1.1: a recipient ignores unknown extensions; we cut them out
#[test]
fn legal_extensions_cut() {
    for extension in [
        ";a",
        ";a=b",
        ";a=\"b c\"",
        ";a=\"\\\"\\\\\"",
        " ; a = b ;\tc",
        ";a;b;c=d",
        ";a=\"\"",
        ";a=\"\u{e9}\t;\"",
    ] {
        let body = format!("3{extension}\r\nabc\r\n0{extension}\r\nX: y\r\n\r\n");
        assert_eq!(out(&body), "3\r\nabc\r\n0\r\nX: y\r\n\r\n", "{extension}");
    }
}

// RFC 9112 section 7.1.1: chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] )
#[test]
fn malformed_extensions_refused() {
    for extension in [
        ";",
        ";;a",
        ";=b",
        ";a=",
        ";a=b c",
        ";a b",
        ";a ",
        ";a=b ",
        ";a=\"b",
        ";a=\"b\"c",
        ";a\0",
        ";a=\"\0\"",
        ";a=\"\n\"",
        ";a\nb",
        ";a=\"\\\u{1}\"",
        ";\u{e9}",
        ";a==b",
        ";a,b",
    ] {
        let refused = fault(format!("3{extension}\r\nabc\r\n0\r\n\r\n"));
        assert_eq!(refused, Some(ChunkFault::Extension), "{}", extension.escape_debug());
    }
    assert_eq!(fault("3;a\rb"), Some(ChunkFault::Size));
}

// RFC 9112 section 7.1.1: a server limits the length of extensions
#[test]
fn long_extensions_refused() {
    let line = |bytes: usize| format!("0;{}\r\n\r\n", "a".repeat(bytes - 4));
    assert_eq!(out(&line(CHUNK_LINE_BYTES_MAX)), "0\r\n\r\n");
    assert_eq!(fault(line(CHUNK_LINE_BYTES_MAX + 1)), Some(ChunkFault::LineTooLong));
    let unfinished = format!("0;{}", "a".repeat(CHUNK_LINE_BYTES_MAX));
    assert_eq!(fault(unfinished), Some(ChunkFault::LineTooLong));

    let chunk = format!("1;{}\r\nx\r\n", "a".repeat(127));
    let many = chunk.repeat(CHUNK_EXTENSIONS_BYTES_MAX / 128);
    assert!(relay(&many).is_ok());
    assert_eq!(fault(many + &chunk), Some(ChunkFault::LineTooLong));
}

// RFC 9112 section 7.1: chunk-data is followed by CRLF; else the size lied
#[test]
fn data_longer_or_shorter_than_its_size_refused() {
    for odd in ["3\r\nabcd\r\n", "3\r\nab\r\n0\r\n\r\n", "3\r\nabc\n", "3\r\nabc\rx", "3\r\nabc0"] {
        assert_eq!(fault(odd), Some(ChunkFault::DataEnd), "{}", odd.escape_debug());
    }
}

// RFC 9112 section 7.1.2: trailers go through in a legal form
#[test]
fn legal_trailers_go_through() {
    let body = "0\r\nX-Sum: 1\r\nEmpty:\r\ngrpc-status:\t0 \r\n\r\n";
    assert_eq!(out(body), body);
}

// RFC 9112 sections 5 and 7.1.2: a trailer line is a field line
#[test]
fn malformed_trailers_refused() {
    for odd in
        ["X : y", "X", ": y", " X: y", "X: y\0", "X: \u{1}", "X: a\r b", "X y: z", "X\u{e9}: y"]
    {
        let refused = fault(format!("0\r\n{odd}\r\n\r\n"));
        assert_eq!(refused, Some(ChunkFault::Trailer), "{}", odd.escape_debug());
    }
    for odd in ["0\r\nX: y\n\r\n", "0\r\n\n", "0\r\nX: y\r\n\n", "0\r\nX: y\r\n z\r\n\r\n"] {
        assert_eq!(fault(odd), Some(ChunkFault::Trailer), "{}", odd.escape_debug());
    }
}

// RFC 9110 section 6.5.1: no framing, routing, authentication or content format in trailers
#[test]
fn forbidden_trailer_fields_refused() {
    for name in [
        "Content-Length",
        "TRANSFER-ENCODING",
        "content_length",
        "Host",
        "Connection",
        "Authorization",
        "Cookie",
        "Content-Type",
        "X-Forwarded-For",
        "x_forwarded_host",
        "Trailer",
        "TE",
    ] {
        let refused = fault(format!("0\r\n{name}: 1\r\n\r\n"));
        assert_eq!(refused, Some(ChunkFault::TrailerField), "{name}");
    }
}

// RFC 9112 section 7.1.2: bounded like every other thing
#[test]
fn large_trailers_refused() {
    let frame = "X: \r\n\r\n".len();
    let body = |bytes: usize| format!("0\r\nX: {}\r\n\r\n", "v".repeat(bytes - frame));
    assert_eq!(out(&body(TRAILER_BYTES_MAX)), body(TRAILER_BYTES_MAX));
    assert_eq!(fault(body(TRAILER_BYTES_MAX + 1)), Some(ChunkFault::TrailerTooLarge));
    let unfinished = format!("0\r\nX: {}", "v".repeat(TRAILER_BYTES_MAX));
    assert_eq!(fault(unfinished), Some(ChunkFault::TrailerTooLarge));
}

// What is not a whole line stays with the caller
#[test]
fn unfinished_lines_stay_unconsumed() {
    for (input, consumed) in [
        ("5", 0),
        ("5\r", 0),
        ("5;a=\"", 0),
        ("5\r\nhel", 6),
        ("5\r\nhello", 8),
        ("5\r\nhello\r", 8),
        ("5\r\nhello\r\n", 10),
        ("0\r\n", 3),
        ("0\r\n\r", 3),
        ("0\r\nX: ", 3),
    ] {
        let (_, relayed) = relay(input).unwrap();
        assert_eq!((relayed.consumed, relayed.done), (consumed, false), "{input}");
    }
}

#[test]
fn nothing_is_consumed_after_the_end() {
    let mut decoder = Decoder::new();
    assert!(decoder.relay(&mut LAST.to_vec()).unwrap().done);
    let after = decoder.relay(&mut b"5\r\nhello\r\n".to_vec());
    assert_eq!(after, Ok(Relayed { consumed: 0, len: 0, data: 0, done: true }));
}

#[test]
fn sizes_are_written_in_lower_case_hexadecimal() {
    for size in [0, 1, 9, 10, 15, 16, 255, 256, 65_536, usize::MAX] {
        let mut out = Vec::new();
        write_size(&mut out, size);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{size:x}\r\n"));
    }
}

// RFC 9112 section 6.3 and 8: a body knows its end, and when it was cut short
#[test]
fn body_by_length() {
    let mut body = Body::new(Framing::Length(5));
    let mut buf = *b"hel";
    let first = body.relay(&mut buf);
    assert_eq!(first, Ok(Relayed { consumed: 3, len: 3, data: 3, done: false }));
    assert_eq!(body.end_of_input(), Err(Truncated));
    let mut buf = *b"loGET";
    let last = body.relay(&mut buf);
    assert_eq!(last, Ok(Relayed { consumed: 2, len: 2, data: 2, done: true }));
    assert_eq!((body.is_done(), body.end_of_input()), (true, Ok(())));
}

#[test]
fn body_without_content_and_until_close() {
    let none = Body::new(Framing::None);
    assert_eq!((none.is_done(), none.end_of_input()), (true, Ok(())));
    let mut open = Body::new(Framing::UntilClose);
    let relayed = open.relay(&mut [0; 7]);
    assert_eq!(relayed, Ok(Relayed { consumed: 7, len: 7, data: 7, done: false }));
    assert_eq!((open.is_done(), open.end_of_input()), (false, Ok(())));
    let chunked = Body::new(Framing::Chunked);
    assert_eq!((chunked.is_done(), chunked.end_of_input()), (false, Err(Truncated)));
}
