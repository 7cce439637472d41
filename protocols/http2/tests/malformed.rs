//! RFC 9113 section 8: requests that are no requests, and what the others become in HTTP/1.1.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use ringgate_http2::{Framing, Refused, RequestHead};
use support::app::{App, Seen};
use support::frames::*;
use support::rule::*;
use support::server::{Outcome, Server};

/// `GET` with these pseudo-header fields more, and fields.
fn with(fields: &[(&str, &str)]) -> Vec<Vec<u8>> {
    vec![headers(1, END, &[&[0x82][..], &block(fields)].concat())]
}

/// The whole of a usual `GET` with these fields.
fn usual(fields: &[(&str, &str)]) -> Vec<Vec<u8>> {
    vec![headers(1, END, &get(fields))]
}

/// What came through, if anything did.
fn seen(frames: &[Vec<u8>]) -> Option<std::rc::Rc<Seen>> {
    let mut server = Server::greeted(App::Answer(0));
    server.send(&frames.concat());
    server.seen().first().cloned()
}

/// The head that was written, or the refusal.
fn head(frames: &[Vec<u8>]) -> Result<String, Refused> {
    let seen = seen(frames).unwrap();
    seen.written.unwrap().map(|_| seen.head.clone())
}

/// Answered by us with this status.
fn status(frames: &[Vec<u8>]) -> Option<u16> {
    seen(frames).map(|seen| seen.status.get())
}

/// The same error code, but `h2` ends the whole connection, as section 5.4 allows.
fn fatal(frames: &[Vec<u8>]) {
    rule(frames, PROTOCOL_ERROR);
}

fn malformed(frames: &[Vec<u8>]) {
    rule(frames, MALFORMED);
}

#[test]
fn field_names_and_values() {
    rule(&usual(&[("a-b_c!", "x\t y\u{e9}"), ("empty", "")]), ANSWERED);
    for name in ["Abc", "a b", "a:b", "", "a\0", "\u{e9}"] {
        fatal(&usual(&[(name, "x")]));
    }
    for value in ["x\0", "x\r\nb: c", "x\ny", "\x7f"] {
        fatal(&usual(&[("a", value)]));
    }
    for value in [" x", "x ", "\tx", "x\t", " "] {
        malformed(&usual(&[("a", value)]));
    }
}

#[test]
fn connection_specific_fields() {
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        malformed(&usual(&[(name, "x")]));
    }
    malformed(&usual(&[("http2-settings", "AAMAAABk")]));
    malformed(&usual(&[("te", "gzip")]));
    malformed(&usual(&[("te", "trailers, gzip")]));
    malformed(&usual(&[("te", "")]));
    rule(&usual(&[("te", "trailers")]), ANSWERED);
    for name in ["content_length", "transfer_encoding"] {
        assert_eq!(status(&usual(&[(name, "0")])), Some(400), "{name}");
    }
}

#[test]
fn pseudo_header_fields() {
    fatal(&usual(&[(":other", "x")]));
    malformed(&usual(&[(":status", "200")]));
    malformed(&with(&[(":scheme", "https"), ("a", "b"), (":path", "/"), (":authority", "a")]));
    let all = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a")];
    for (at, twice) in all.iter().enumerate() {
        let mut fields = all.to_vec();
        fields.insert(at, *twice);
        malformed(&[headers(1, END, &block(&fields))]);
    }
    for missing in 0..3 {
        let mut fields = all.to_vec();
        fields.remove(missing);
        malformed(&[headers(1, END, &block(&fields))]);
        fields[2] = ("host", "a");
        malformed(&[headers(1, END, &block(&fields))]);
    }
    rule(&[headers(1, END, &block(&all))], ANSWERED);
}

#[test]
fn methods_schemes_and_paths() {
    let request = |method: &str, scheme: &str, path: &str| {
        let fields =
            [(":method", method), (":scheme", scheme), (":path", path), (":authority", "a")];
        vec![headers(1, END, &block(&fields))]
    };
    for method in ["", "GET /", "G\0T", "GET\r\n"] {
        fatal(&request(method, "https", "/"));
    }
    for path in ["", "a", "?a", "*", "http://b/", "/a b", "/\r\n", "/\0", "#a"] {
        malformed(&request("GET", "https", path));
    }
    malformed(&request("OPTIONS", "https", "**"));
    for scheme in ["", "ht tp", "https://", "1"] {
        let frames = request("GET", scheme, "/");
        let outcome = seen(&frames).map(|seen| seen.status.get());
        assert!(matches!(outcome, None | Some(400)), "{scheme}: {outcome:?}");
    }
    assert_eq!(status(&request("GET", "ftp", "/")), Some(400));
    assert_eq!(status(&request("GET", "http", "/")), Some(200));
    assert!(head(&request("OPTIONS", "https", "*")).unwrap().starts_with("OPTIONS * HTTP/1.1\r\n"));
    assert!(head(&request("get", "https", "/%2f?")).unwrap().starts_with("get /%2f? HTTP/1.1"));
}

/// RFC 9113 section 8.3.1: `:path` is path and query. `h2` gives the rest away unseen.
#[test]
fn a_path_has_no_fragment() {
    let fragment = |frames: &[Vec<u8>]| missed_by_h2(frames, MALFORMED, ANSWERED);
    let get = |path: &[u8]| [&[0x82, 0x87][..], &block(&[(":authority", "a")]), path].concat();
    for path in ["/#", "/x#y", "/x?y#", "/x?y#z?#"] {
        fragment(&[headers(1, END, &get(&literal(b":path", path.as_bytes())))]);
        fragment(&[headers(1, END, &get(&indexed(b":path", path.as_bytes())))]);
    }
    // Its name by index, its value Huffman-coded: /x#y.
    fragment(&[headers(1, END, &get(&[0x04, 0x80 | 4, 0x63, 0xcf, 0xfd, 0x7a]))]);
    // In pieces, of a byte each.
    let whole = get(&literal(b":path", b"/x#y"));
    let mut pieces = vec![headers(1, END_STREAM, &whole[..whole.len() - 3])];
    pieces.push(frame(CONTINUATION, 0, 1, &whole[whole.len() - 3..whole.len() - 1]));
    pieces.push(frame(CONTINUATION, END_HEADERS, 1, &whole[whole.len() - 1..]));
    fragment(&pieces);
    // From the table, and the connection serves on.
    let mut server = Server::greeted(App::Answer(0));
    server.send(&headers(1, END, &get(&indexed(b":path", b"/x#y"))));
    server.send(&headers(3, END, &get(&[0x80 | 62])));
    server.send(&headers(5, END, &get(&[0x84])));
    let frames = server.frames();
    let reset: Vec<u32> =
        frames.iter().filter(|frame| frame.kind == RST_STREAM).map(|frame| frame.stream).collect();
    assert_eq!(reset, [1, 3]);
    assert!(frames.iter().any(|frame| frame.kind == HEADERS && frame.stream == 5));
    // Elsewhere a hash is a character like others.
    rule(&usual(&[("a", "x#y"), ("#a", "#")]), ANSWERED);
}

#[test]
fn authorities_and_hosts() {
    let request = |authority: &str, hosts: &[&str]| {
        let mut fields = vec![(":scheme", "https"), (":path", "/"), (":authority", authority)];
        fields.extend(hosts.iter().map(|host| ("host", *host)));
        with(&fields)
    };
    for authority in ["", "u@a", "u:p@a", "a/b", "a b", "a:1:2", "@"] {
        malformed(&request(authority, &[]));
    }
    for hosts in [&["b"][..], &["a", "a"], &["a", "b"], &["a:80"], &[""], &["a, a"]] {
        malformed(&request("a", hosts));
    }
    for (authority, host) in [("A.b", "a.B"), ("a", "a:443"), ("a:443", "a"), ("[::1]", "[::1]")] {
        let written = head(&request(authority, &[host])).unwrap();
        assert_eq!(written, format!("GET / HTTP/1.1\r\nhost: {authority}\r\n\r\n"));
    }
    let hosts = |hosts: &[(&str, &str)]| {
        with(&[&[(":scheme", "https"), (":path", "/")][..], hosts].concat())
    };
    assert_eq!(head(&hosts(&[("host", "c")])).unwrap(), "GET / HTTP/1.1\r\nhost: c\r\n\r\n");
    malformed(&hosts(&[]));
    malformed(&hosts(&[("host", "")]));
    malformed(&hosts(&[("host", "a"), ("host", "a")]));
}

#[test]
fn content_length_is_what_comes() {
    let post = |lengths: &[&str], frames: &[Vec<u8>]| {
        let fields: Vec<_> = lengths.iter().map(|length| ("content-length", *length)).collect();
        [&[headers(1, END_HEADERS, &post(&fields))], frames].concat()
    };
    let three = [data(1, 0, b"x"), data(1, END_STREAM, b"yz")];
    rule(&post(&["3"], &three), ANSWERED);
    for length in ["2", "4", "x", "+3", "-3", "3.0", "0x3", "3,3", "99999999999999999999"] {
        malformed(&post(&[length], &three));
    }
    malformed(&post(&[""], &[data(1, END_STREAM, b"")]));
    malformed(&post(&["9223372036854775808"], &three));
    malformed(&post(&["3", "3"], &three));
    malformed(&post(&["3", "4"], &three));
    malformed(&post(&["3"], &[headers(1, END, &block(&[("a", "b")]))]));
    malformed(&[headers(1, END, &get(&[("content-length", "1")]))]);
    let framing = |frames: &[Vec<u8>]| seen(frames).unwrap().written.unwrap().unwrap();
    let end = data(1, END_STREAM, b"");
    assert_eq!(framing(&post(&["3"], &three)), RequestHead::Request(Framing::Length(3)));
    assert_eq!(
        framing(&post(&["0"], std::slice::from_ref(&end))),
        RequestHead::Request(Framing::Length(0))
    );
    assert_eq!(framing(&post(&[], &[end])), RequestHead::Request(Framing::Chunked));
    assert_eq!(framing(&usual(&[])), RequestHead::Request(Framing::None));
}

#[test]
fn trailers() {
    let after = |fields: &[(&str, &str)], flags| {
        let begin = [headers(1, END_HEADERS, &post(&[])), data(1, 0, b"x")].concat();
        vec![begin, headers(1, flags, &block(fields))]
    };
    rule(&after(&[("grpc-status", "0"), ("a", "b")], END), ANSWERED);
    let lines = seen(&after(&[("grpc-status", "0"), ("a", "b")], END)).unwrap();
    assert_eq!(*lines.trailers.borrow(), "grpc-status: 0\r\na: b\r\n");
    malformed(&after(&[("a", "b")], END_HEADERS));
    malformed(&after(&[("connection", "close")], END));
    for (name, value) in
        [("content-length", "1"), ("host", "b"), ("a", " b"), ("x-forwarded-for", "c")]
    {
        malformed(&after(&[(name, value)], END));
    }
    fatal(&after(&[("A", "b")], END));
    missed_by_h2(&after(&[(":path", "/b")], END), PROTOCOL_ERROR, ANSWERED);
    missed_by_h2(&after(&[("a", "b"), (":status", "200")], END), PROTOCOL_ERROR, MALFORMED);
    let large = "x".repeat(14_000);
    missed_by_h2(&after(&[("a", "b"), ("c", &large), ("d", "e")], END), MALFORMED, ANSWERED);
    // In every way to write a name.
    let begin = headers(1, END_HEADERS, &post(&[]));
    for block in [&[0x84][..], &[0x04, 1, b'/'], &[0x44, 1, b'/'], &[0x14, 1, b'/']] {
        missed_by_h2(&[begin.clone(), headers(1, END, block)], PROTOCOL_ERROR, ANSWERED);
    }
    // ":path" in Huffman's code.
    let huffman = [0x00, 0x84, 0xb9, 0x58, 0xd3, 0x3f, 1, b'/'];
    missed_by_h2(&[begin, headers(1, END, &huffman)], PROTOCOL_ERROR, ANSWERED);
    // And in the dynamic table.
    let filled = [&post(&[])[..3], &indexed(b":authority", b"a")].concat();
    let begin = headers(1, END_HEADERS, &filled);
    missed_by_h2(&[begin, headers(1, END, &[0x80 | 62])], PROTOCOL_ERROR, ANSWERED);
}

#[test]
fn connect() {
    let tunnel = |fields: &[(&str, &str)]| {
        vec![headers(1, END_HEADERS, &block(&[&[(":method", "CONNECT")][..], fields].concat()))]
    };
    assert_eq!(status(&tunnel(&[(":authority", "a:1")])), Some(501));
    malformed(&tunnel(&[(":authority", "a:1"), (":path", "/")]));
    let websocket = |more: &[(&str, &str)]| {
        let fields = [(":scheme", "https"), (":path", "/chat"), (":authority", "a")];
        tunnel(&[&[(":protocol", "websocket")][..], &fields, more].concat())
    };
    let version = ("sec-websocket-version", "13");
    let seen = seen(&websocket(&[version, ("sec-websocket-key", "k"), ("cookie", "a")])).unwrap();
    assert_eq!(seen.written, Some(Ok(RequestHead::Connect)));
    let lines = "GET /chat HTTP/1.1\r\nhost: a\r\nsec-websocket-version: 13\r\ncookie: a\r\n\
        connection: Upgrade\r\nupgrade: websocket\r\n";
    assert_eq!(seen.head, lines);
    malformed(&websocket(&[("content-length", "0")]));
    malformed(&tunnel(&[(":protocol", "websocket"), (":scheme", "https"), (":authority", "a")]));
    let other = [(":protocol", "connect-udp"), (":scheme", "https"), (":path", "/")];
    assert_eq!(status(&tunnel(&[&other[..], &[(":authority", "a")]].concat())), Some(501));
    let protocol = block(&[(":protocol", "websocket")]);
    malformed(&[headers(1, END, &[&get(&[])[..], &protocol].concat())]);
}

#[test]
fn cookies_are_put_together() {
    let frames = usual(&[("cookie", "a=1"), ("x", "1"), ("cookie", "b=2"), ("x", "2")]);
    let lines = "GET / HTTP/1.1\r\nhost: a\r\ncookie: a=1; b=2\r\nx: 1\r\nx: 2\r\n\r\n";
    assert_eq!(head(&frames).unwrap(), lines);
}

/// A malformed request ends its stream alone.
#[test]
fn other_streams_go_on() {
    let mut server = Server::greeted(App::Answer(0));
    server.send(&usual(&[("a", " b")]).concat());
    server.send(&headers(3, END, &get(&[])));
    assert_eq!(server.outcome(), MALFORMED);
    assert!(server.frames().iter().any(|frame| frame.kind == HEADERS && frame.stream == 3));
    assert_ne!(server.outcome(), Outcome::Silence);
}
