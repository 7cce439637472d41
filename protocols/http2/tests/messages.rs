//! From HTTP/1.1 to HTTP/2 and back: responses for clients, requests for origins.
#![allow(clippy::unwrap_used, clippy::panic)]

use http::{HeaderMap, Response};
use ringgate_http2::limits::RESPONSE_FIELDS_MAX;
use ringgate_http2::{
    Refused, Unsendable, client_request, connect_request, connect_response_head, response,
    response_head, trailer_lines, trailers, tunnel_response,
};

type Fields<'f> = &'f [(&'f str, &'f str)];

fn fields<'f>(fields: Fields<'f>) -> impl Iterator<Item = (&'f str, &'f [u8])> + Clone {
    fields.iter().map(|(name, value)| (*name, value.as_bytes()))
}

/// `name: value` of each.
fn lines(map: &HeaderMap) -> Vec<String> {
    map.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
}

fn sent(of: Fields<'_>) -> Vec<String> {
    lines(response(200, fields(of)).unwrap().headers())
}

#[test]
fn names_are_in_lower_case() {
    let of = [("Content-Type", "a/b"), ("X-Odd_Name!", " x\ty "), ("Set-Cookie", "a"), ("Via", "")];
    let of = [&of[..], &[("set-cookie", "b")]].concat();
    let expected = ["content-type: a/b", "x-odd_name!:  x\ty ", "set-cookie: a", "set-cookie: b"];
    assert_eq!(sent(&of)[..4], expected);
}

#[test]
fn connection_specific_fields_stay() {
    let of = [
        ("Connection", "close, X-Hop ,,keep-alive"),
        ("x-hop", "1"),
        ("X-End", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AA"),
        ("connection", "x-later"),
        ("X-Later", "1"),
        ("TE", "gzip"),
        ("Content-Length", "5"),
    ];
    assert_eq!(sent(&of), ["x-end: 1", "content-length: 5"]);
}

#[test]
fn what_cannot_be_sent() {
    let refused = |status, of| response(status, fields(of)).map(|_| ()).unwrap_err();
    for status in [0, 99, 101, 600, 999] {
        assert_eq!(refused(status, &[]), Unsendable::Status);
    }
    assert_eq!(refused(200, &[("a b", "")]), Unsendable::FieldName);
    assert_eq!(refused(200, &[("", "")]), Unsendable::FieldName);
    assert_eq!(refused(200, &[(":status", "201")]), Unsendable::FieldName);
    assert_eq!(refused(200, &[("a", "b\r\nc: d")]), Unsendable::FieldValue);
    let many = vec![("a", "b"); RESPONSE_FIELDS_MAX + 1];
    assert_eq!(refused(200, &many), Unsendable::TooManyFields);
    assert_eq!(refused(200, &[("a", "\0")]).to_string(), "illegal byte in a field value");
    for status in [100, 103, 200, 204, 304, 599] {
        assert_eq!(response(status, fields(&[])).unwrap().status(), status);
    }
}

#[test]
fn a_tunnel_is_accepted() {
    let of = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Sec-WebSocket-Protocol", "chat"),
    ];
    let accepted = tunnel_response(fields(&of)).unwrap();
    assert_eq!(accepted.status(), 200);
    assert_eq!(lines(accepted.headers()), ["sec-websocket-protocol: chat"]);
}

#[test]
fn requests_for_origins() {
    let of = [("Host", "front"), ("TE", "gzip, Trailers"), ("Connection", "te, x"), ("X", "1")];
    let request = client_request("PATCH", "https", "origin:8443", "/a?b", fields(&of)).unwrap();
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("PATCH", "https://origin:8443/a?b")
    );
    assert_eq!(lines(request.headers()), ["te: trailers"]);
    let asterisk = client_request("OPTIONS", "http", "o", "*", fields(&[])).unwrap();
    assert_eq!(asterisk.uri().path(), "*");

    let refused = |method, scheme, authority, target| {
        client_request(method, scheme, authority, target, fields(&[])).unwrap_err()
    };
    assert_eq!(refused("G T", "http", "o", "/"), Unsendable::Method);
    assert_eq!(refused("CONNECT", "http", "o", "/"), Unsendable::Method);
    for (scheme, authority, target) in
        [("h p", "o", "/"), ("http", "", "/"), ("http", "o/", "/"), ("http", "o", "a")]
    {
        assert_eq!(refused("GET", scheme, authority, target), Unsendable::Target);
    }
    for target in ["", "/a b", "/a#b", "#"] {
        assert_eq!(refused("GET", "http", "o", target), Unsendable::Target);
    }
}

fn head(status: u16, of: Fields<'_>, ended: bool, to_head: bool) -> Result<String, Refused> {
    let mut builder = Response::builder().status(status);
    for (name, value) in of {
        builder = builder.header(*name, *value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let mut out = Vec::new();
    response_head(&parts, ended, to_head, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn responses_of_origins() {
    let ends = |head: Result<String, Refused>, end: &str| {
        let head = head.unwrap();
        assert!(head.ends_with(&format!("{end}\r\n")), "{head}");
    };
    let whole = head(200, &[("a", "b"), ("content-length", "3")], false, false).unwrap();
    assert_eq!(whole, "HTTP/1.1 200 \r\na: b\r\ncontent-length: 3\r\n\r\n");
    ends(head(200, &[], false, false), "transfer-encoding: chunked\r\n");
    ends(head(200, &[], true, false), "content-length: 0\r\n");
    for (status, to_head) in [(200, true), (204, false), (304, false), (103, false)] {
        assert_eq!(head(status, &[], true, to_head), Ok(format!("HTTP/1.1 {status} \r\n\r\n")));
    }
    for of in [
        [("a", " b"), ("c", "d")],
        [("content-length", "3"), ("content-length", "3")],
        [("content-length", "x"), ("c", "d")],
        [("transfer-encoding", "chunked"), ("c", "d")],
        [("transfer_encoding", "chunked"), ("c", "d")],
    ] {
        assert!(matches!(head(200, &of, false, false), Err(Refused::Malformed(_))), "{of:?}");
    }
    for status in [101, 600] {
        assert!(matches!(head(status, &[], true, false), Err(Refused::Malformed(_))));
    }
}

#[test]
fn trailers_both_ways() {
    let of =
        [("Grpc-Status", "0"), ("Content-Length", "5"), ("X_Forwarded_For", "a"), ("Host", "")];
    let map = trailers(fields(&of)).unwrap();
    assert_eq!(lines(&map), ["grpc-status: 0"]);
    assert_eq!(trailers(fields(&[("a b", "")])), Err(Unsendable::FieldName));
    let mut out = b"0\r\n".to_vec();
    trailer_lines(&map, &mut out).unwrap();
    assert_eq!(out, b"0\r\ngrpc-status: 0\r\n");
    for (name, value) in [("transfer-encoding", "x"), ("content_length", "x"), ("a", "b\t")] {
        let mut map = map.clone();
        map.append(name, value.parse().unwrap());
        assert!(trailer_lines(&map, &mut out).is_err(), "{name}");
    }
    assert_eq!(out, b"0\r\ngrpc-status: 0\r\n");
}

/// RFC 8441 section 5.
#[test]
fn a_websocket_by_connect() {
    let of = [
        ("Host", "h"),
        ("Connection", "Upgrade, X-Hop"),
        ("Upgrade", "websocket"),
        ("X-Hop", "1"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
        ("Content-Length", "0"),
    ];
    let request = connect_request("https", "o:1", "/a?b", fields(&of)).unwrap();
    assert_eq!(request.method(), "CONNECT");
    assert_eq!(request.uri(), "https://o:1/a?b");
    assert_eq!(request.extensions().get(), Some(&h2::ext::Protocol::from_static("websocket")));
    assert_eq!(lines(request.headers()), ["sec-websocket-version: 13"]);
    assert!(connect_request("https", "o", "/a#b", fields(&[])).is_err());

    let head = |of: Fields<'_>| {
        let mut response = Response::new(());
        for (name, value) in of {
            response.headers_mut().append(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        let mut out = Vec::new();
        connect_response_head(&response.into_parts().0, b"accept", &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    };
    let of =
        [("sec-websocket-accept", "no"), ("content-length", "x"), ("sec-websocket-protocol", "p")];
    assert_eq!(
        head(&of).unwrap(),
        "HTTP/1.1 101 \r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: accept\r\nsec-websocket-protocol: p\r\n\r\n"
    );
    for of in [[("a", " b")], [("upgrade", "websocket")], [("transfer_encoding", "chunked")]] {
        assert!(matches!(head(&of), Err(Refused::Malformed(_))), "{of:?}");
    }
    assert!(head(&[("a", "b"); RESPONSE_FIELDS_MAX + 1]).is_err());
}
