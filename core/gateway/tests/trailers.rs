//! What must not be a trailer is the same in both versions of HTTP: a field that passes over one
//! and not over the other would be lost on its way, or smuggled.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use http::{HeaderMap, HeaderName, HeaderValue};
use ringgate_http1::chunked::{ChunkFault, Decoder, REFUSED_TRAILERS};

/// Over HTTP/1.1: a chunked body with this trailer.
fn http1_refuses(name: &str) -> bool {
    let mut body = format!("0\r\n{name}: x\r\n\r\n").into_bytes();
    let relayed = Decoder::new().relay(&mut body);
    assert!(matches!(relayed, Ok(_) | Err(ChunkFault::TrailerField)), "{name}: {relayed:?}");
    relayed.is_err()
}

/// Over HTTP/2: as a request's trailer, and as a response's, which is left out.
fn http2_refuses(name: &str) -> bool {
    let field: HeaderName = name.parse().unwrap();
    let trailers = HeaderMap::from_iter([(field, HeaderValue::from_static("x"))]);
    let request = ringgate_http2::trailer_lines(&trailers, &mut Vec::new()).is_err();
    let response = ringgate_http2::trailers([(name, &b"x"[..])].into_iter()).unwrap().is_empty();
    assert_eq!(request, response, "{name}");
    request
}

#[test]
fn both_versions_refuse_the_same_trailers() {
    assert_eq!(REFUSED_TRAILERS, ringgate_http2::REFUSED_TRAILERS);
    let more = ["x-forwarded", "x-forwarded-for", "x_forwarded-proto", "X-Forwarded-Host"];
    for name in REFUSED_TRAILERS.into_iter().chain(more) {
        for spelled in [name.to_owned(), name.replace('-', "_"), name.to_uppercase()] {
            assert!(http1_refuses(&spelled) && http2_refuses(&spelled), "{spelled}");
        }
    }
    for name in ["x-sum", "etag", "grpc-status", "x-forward", "hosts", "content", "expires"] {
        assert!(!http1_refuses(name) && !http2_refuses(name), "{name}");
    }
}
