use clap::Parser as _;

use super::{Args, Expected, ResponseReader, Verdict};

fn expected(line: &str) -> Expected {
    let line = format!("x --url http://127.0.0.1:1/ {line}");
    Expected::new(&Args::parse_from(line.split_whitespace()))
}

fn read(text: &str, expected: &Expected, step: usize) -> Result<(Verdict, bool), &'static str> {
    let mut reader = ResponseReader::default();
    for piece in text.as_bytes().chunks(step) {
        if reader.feed(piece, expected)? < piece.len() {
            return Err("unasked bytes");
        }
    }
    if !reader.is_done() && !reader.end() {
        return Err("cut");
    }
    Ok((reader.verdict(expected), reader.keeps_alive()))
}

#[test]
fn right_answers_in_every_split() {
    let five = expected("--expect-text hello");
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    ] {
        for step in 1..=text.len() {
            assert_eq!(read(text, &five, step), Ok((Verdict::Right, true)), "{text} by {step}");
        }
    }
    let closing = "HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\nhello";
    assert_eq!(read(closing, &five, 7), Ok((Verdict::Right, false)));
    let zero = expected("--expect-status 204");
    assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n", &zero, 9), Ok((Verdict::Right, true)));
}

#[test]
fn wrong_answers_are_told_apart() {
    let five = expected("--expect-text hello");
    let other = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo";
    assert_eq!(read(other, &five, 50), Ok((Verdict::Body, true)));
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell";
    assert_eq!(read(short, &five, 50), Ok((Verdict::Body, true)));
    let lost = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(read(lost, &five, 50), Ok((Verdict::Status(502), true)));
    let pattern = expected("--expect-bytes 20 --check pattern");
    let right = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n000000000000000\n0000";
    assert_eq!(read(right, &pattern, 3), Ok((Verdict::Right, true)));
    let moved = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0000000000000000\n000";
    assert_eq!(read(moved, &pattern, 3), Ok((Verdict::Body, true)));
}

#[test]
fn loose_framing_is_a_fault() {
    let any = expected("");
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!",
        "ICY 200 OK\r\n\r\n",
    ] {
        assert!(read(text, &any, 1000).is_err(), "{text}");
    }
}
