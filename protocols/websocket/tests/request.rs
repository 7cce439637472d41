//! A client's opening handshake, rule by rule (RFC 6455 section 4.2.1, RFC 8441 section 5).
#![allow(clippy::panic, clippy::unwrap_used)]

use ringgate_websocket::limits::{EXTENSIONS_MAX, PROTOCOLS_MAX};
use ringgate_websocket::{Asked, HandshakeFault, is_websocket, upgrade_protocols};

/// The key of RFC 6455 section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

type Field<'f> = (&'f str, &'f str);

const GOOD: [Field<'static>; 6] = [
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Origin", "http://example.com"),
    ("Sec-WebSocket-Version", "13"),
];

fn bytes<'f>(fields: &[Field<'f>]) -> Vec<(&'f str, &'f [u8])> {
    fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
}

fn asked(fields: &[Field<'_>]) -> Result<Asked, HandshakeFault> {
    Asked::from_request("GET", true, bytes(fields))
}

/// The good request with fields of this name replaced by these values.
fn with<'f>(name: &'f str, values: &[&'f str]) -> Result<Asked, HandshakeFault> {
    let mut fields: Vec<Field<'f>> =
        GOOD.into_iter().filter(|field| !field.0.eq_ignore_ascii_case(name)).collect();
    fields.extend(values.iter().map(|value| (name, *value)));
    asked(&fields)
}

fn fault<'f>(name: &'f str, values: &[&'f str]) -> Option<HandshakeFault> {
    with(name, values).err()
}

// RFC 6455 section 1.3
#[test]
fn the_example_of_the_rfc() {
    let asked = asked(&GOOD).unwrap();
    assert_eq!(asked.key(), KEY.as_bytes());
    assert_eq!(&asked.accept(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!((asked.protocols().count(), asked.extensions().count()), (0, 0));
}

// Item 1: a GET of HTTP/1.1 or higher
#[test]
fn get_of_http_1_1() {
    for method in ["POST", "get", "HEAD", "CONNECT", ""] {
        let refused = Asked::from_request(method, true, bytes(&GOOD));
        assert_eq!(refused, Err(HandshakeFault::Method), "{method}");
    }
    let old = Asked::from_request("GET", false, bytes(&GOOD));
    assert_eq!(old, Err(HandshakeFault::HttpVersion));
}

// Item 3: Upgrade holds "websocket" in any case, beside others if need be
#[test]
fn upgrade_lists_websocket() {
    for value in
        ["websocket", "WebSocket", "h2c, websocket", "websocket , HTTP/2.0", "\twebsocket "]
    {
        assert_eq!(fault("upgrade", &[value]), None, "{value}");
    }
    assert_eq!(fault("Upgrade", &["h2c", "websocket"]), None);
    for odd in [&[][..], &[""], &["websockets"], &["websocket/13"], &["h2c"], &["web socket"]] {
        assert_eq!(fault("Upgrade", odd), Some(HandshakeFault::NotWebSocket), "{odd:?}");
    }
    assert_eq!(HandshakeFault::NotWebSocket.status(), 501);
}

// Item 4: Upgrade without the connection option is no upgrade (RFC 9110 section 7.8)
#[test]
fn connection_lists_upgrade() {
    assert_eq!(fault("connection", &["keep-alive, UPGRADE"]), None);
    assert_eq!(fault("Connection", &["keep-alive", "upgrade"]), None);
    for odd in [&[][..], &["keep-alive"], &["upgraded"], &["close"], &[""]] {
        assert_eq!(fault("Connection", odd), Some(HandshakeFault::Connection), "{odd:?}");
    }
}

// Item 5: exactly one key, which makes 16 bytes
#[test]
fn key_is_sixteen_bytes_once() {
    let name = "Sec-WebSocket-Key";
    for good in
        [KEY, "AAAAAAAAAAAAAAAAAAAAAA==", "++//++//++//++//++//+w==", " AQIDBAUGBwgJCgsMDQ4PEC=="]
    {
        assert_eq!(fault(name, &[good]), None, "{good}");
    }
    for odd in [
        "",
        "SGVsbG8sIHdvcmxkIQ==",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZTE=",
        "dGhlIHNhbXBsZSBub25jZTEy",
        "dGhlIHNhbXBsZSBub25jZQ==,",
        "dGhl-HNhbXBsZSBub25j_Q==",
        "dGhlIHNhbXBsZ=Bub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
    ] {
        assert_eq!(fault(name, &[odd]), Some(HandshakeFault::Key), "{odd}");
    }
    assert_eq!(fault(name, &[]), Some(HandshakeFault::Key));
    assert_eq!(fault(name, &[KEY, KEY]), Some(HandshakeFault::Key));
}

// Item 6 and section 4.4: version 13, else a 426 that says so
#[test]
fn version_is_13() {
    let name = "Sec-WebSocket-Version";
    for odd in [&[][..], &["8"], &["7, 13"], &["13, 13"], &["013"], &["13", "13"], &["14"], &[""]] {
        assert_eq!(fault(name, odd), Some(HandshakeFault::Version), "{odd:?}");
    }
    let fault = HandshakeFault::Version;
    assert_eq!(fault.status(), 426);
    assert!(fault.fields().contains(&("sec-websocket-version", "13")));
    // RFC 9110 section 15.5.22: a 426 names the protocol in Upgrade, and so in Connection.
    assert!(fault.fields().contains(&("upgrade", "websocket")));
    assert!(fault.fields().contains(&("connection", "upgrade")));
    assert!(HandshakeFault::Key.fields().is_empty());
}

// A handshake has no content: the bytes after its head are frames
#[test]
fn no_content() {
    assert_eq!(fault("Content-Length", &["0"]), None);
    for (name, value) in
        [("Content-Length", "1"), ("content-length", "x"), ("Transfer-Encoding", "chunked")]
    {
        assert_eq!(fault(name, &[value]), Some(HandshakeFault::Content), "{name}");
    }
}

// Section 4.1, item 10: the protocols are tokens and differ; they may stand in several fields
#[test]
fn protocols_are_different_tokens() {
    let name = "Sec-WebSocket-Protocol";
    let protocols = |values: &[&str]| -> Vec<String> {
        let asked = with(name, values).unwrap();
        asked.protocols().map(str::to_owned).collect()
    };
    assert_eq!(protocols(&["chat, superchat"]), ["chat", "superchat"]);
    assert_eq!(protocols(&["mqtt", "v1.json,, Chat,chat"]), ["mqtt", "v1.json", "Chat", "chat"]);
    for odd in ["", ",", "a b", "a;b", "a/b", "\"a\"", "a, (b)", "é"] {
        assert_eq!(fault(name, &[odd]), Some(HandshakeFault::ProtocolList), "{odd}");
    }
    let repeated = Some(HandshakeFault::ProtocolRepeated);
    assert_eq!(fault(name, &["chat, chat"]), repeated);
    assert_eq!(fault(name, &["chat", "a", "chat"]), repeated);
    let many: Vec<String> = (0..=PROTOCOLS_MAX).map(|at| format!("p{at}")).collect();
    assert_eq!(fault(name, &[&many[..PROTOCOLS_MAX].join(",")]), None);
    assert_eq!(fault(name, &[&many.join(",")]), Some(HandshakeFault::TooManyProtocols));
}

// Section 9.1: extensions are offered by name, perhaps with several sets of parameters
#[test]
fn extensions_are_remembered_by_name() {
    let name = "Sec-WebSocket-Extensions";
    let extensions = |values: &[&str]| -> Vec<String> {
        let asked = with(name, values).unwrap();
        asked.extensions().map(str::to_owned).collect()
    };
    let deflate = "permessage-deflate; client_max_window_bits";
    assert_eq!(extensions(&[deflate]), ["permessage-deflate"]);
    let twice = "permessage-deflate;server_max_window_bits=\"10\", permessage-deflate, x-other";
    assert_eq!(extensions(&[twice, "x-third"]), ["permessage-deflate", "x-other", "x-third"]);
    for odd in ["", ",", "a b", "a;", "a; b=\"c d\"", "a=b"] {
        assert_eq!(fault(name, &[odd]), Some(HandshakeFault::ExtensionList), "{odd}");
    }
    let many = vec!["a"; EXTENSIONS_MAX];
    assert_eq!(fault(name, &[&many.join(",")]), None);
    assert_eq!(fault(name, &[&many.join(","), "a"]), Some(HandshakeFault::TooManyExtensions));
}

// RFC 8441 section 5: no key, no Upgrade; version, protocols and extensions as ever
#[test]
fn extended_connect() {
    let h2 = [
        ("sec-websocket-protocol", "chat, superchat"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("sec-websocket-version", "13"),
        ("origin", "http://www.example.com"),
    ];
    let asked = Asked::from_connect("websocket", *b"the sample nonce", bytes(&h2)).unwrap();
    assert_eq!(asked.key(), KEY.as_bytes());
    assert_eq!(asked.protocols().collect::<Vec<_>>(), ["chat", "superchat"]);
    assert_eq!(asked.extensions().collect::<Vec<_>>(), ["permessage-deflate"]);

    let key = [("sec-websocket-key", "x"), ("sec-websocket-version", "13")];
    let asked = Asked::from_connect("websocket", [0; 16], bytes(&key)).unwrap();
    assert_eq!(asked.key(), b"AAAAAAAAAAAAAAAAAAAAAA==");

    let refused = |protocol, fields| Asked::from_connect(protocol, [0; 16], bytes(fields)).err();
    assert_eq!(refused("connect-udp", &h2), Some(HandshakeFault::NotWebSocket));
    assert_eq!(refused("websocket", &h2[..2]), Some(HandshakeFault::Version));
}

// RFC 9110 section 7.8: what else can be asked for
#[test]
fn upgrade_protocols_are_listed() {
    let fields =
        [("upgrade", "h2c, TLS/1.0"), ("connection", "upgrade"), ("Upgrade", " ,WebSocket")];
    let listed: Vec<&[u8]> = upgrade_protocols(bytes(&fields)).collect();
    assert_eq!(listed, [&b"h2c"[..], b"TLS/1.0", b"WebSocket"]);
    assert_eq!(listed.iter().filter(|name| is_websocket(name)).count(), 1);
    assert_eq!(upgrade_protocols(bytes(&fields[1..2])).count(), 0);
}

#[test]
fn other_faults_are_400() {
    for fault in [
        HandshakeFault::Method,
        HandshakeFault::HttpVersion,
        HandshakeFault::Connection,
        HandshakeFault::Key,
        HandshakeFault::Content,
        HandshakeFault::ProtocolList,
        HandshakeFault::ProtocolRepeated,
        HandshakeFault::TooManyProtocols,
        HandshakeFault::ExtensionList,
        HandshakeFault::TooManyExtensions,
    ] {
        assert_eq!(fault.status(), 400, "{fault}");
    }
}
