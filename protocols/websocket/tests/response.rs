//! An origin's answer to the opening handshake, rule by rule (RFC 6455 section 4.1).
#![allow(clippy::panic, clippy::unwrap_used)]

use ringgate_websocket::{Agreed, Asked, Extensions, HandshakeFault};

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

type Field<'f> = (&'f str, &'f str);

const GOOD: [Field<'static>; 3] =
    [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", ACCEPT)];

fn bytes<'f>(fields: &[Field<'f>]) -> Vec<(&'f str, &'f [u8])> {
    fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
}

fn asked() -> Asked {
    let request = [
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "chat, superchat"),
        ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits, x-other"),
    ];
    Asked::from_request("GET", true, bytes(&request)).unwrap()
}

/// What the good response comes to, with fields of this name replaced by these values.
fn with<'f>(name: &'f str, values: &[&'f str]) -> Result<Agreed, HandshakeFault> {
    let mut fields: Vec<Field<'f>> =
        GOOD.into_iter().filter(|field| !field.0.eq_ignore_ascii_case(name)).collect();
    fields.extend(values.iter().map(|value| (name, *value)));
    asked().check_response(101, bytes(&fields))
}

#[test]
fn the_least_answer() {
    let agreed = asked().check_response(101, bytes(&GOOD)).unwrap();
    assert_eq!(agreed, Agreed { protocol: None, extensions: Extensions::default() });
}

// Item 1: other statuses are no answer to the handshake
#[test]
fn status_is_101() {
    for status in [100, 102, 200, 301, 401, 426, 500] {
        let checked = asked().check_response(status, bytes(&GOOD));
        assert_eq!(checked, Err(HandshakeFault::ResponseStatus), "{status}");
    }
}

// Item 2: a 101 to another protocol than was asked for must not switch
#[test]
fn upgrade_is_websocket_alone() {
    assert!(with("upgrade", &["WEBSOCKET"]).is_ok());
    for odd in [&[][..], &[""], &["h2c"], &["websocket, h2c"], &["websocket/13"], &["websocket"; 2]]
    {
        assert_eq!(with("upgrade", odd), Err(HandshakeFault::ResponseUpgrade), "{odd:?}");
    }
}

// Item 3
#[test]
fn connection_lists_upgrade() {
    assert!(with("connection", &["keep-alive, upgrade"]).is_ok());
    for odd in [&[][..], &["keep-alive"], &["close"]] {
        assert_eq!(with("connection", odd), Err(HandshakeFault::ResponseConnection), "{odd:?}");
    }
}

// Item 4: leading and trailing white space aside, the one right value
#[test]
fn accept_answers_the_key() {
    let name = "sec-websocket-accept";
    assert!(with(name, &[" s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\t"]).is_ok());
    for odd in [
        &[][..],
        &[""],
        &["s3pPLMBiTxaQ9kYGzzhZRbK+xOo"],
        &["S3PPLMBITXAQ9KYGZZHZRBK+XOO="],
        &["dGhlIHNhbXBsZSBub25jZQ=="],
        &[ACCEPT, ACCEPT],
    ] {
        assert_eq!(with(name, odd), Err(HandshakeFault::Accept), "{odd:?}");
    }
}

// Item 6: one of those offered, or none
#[test]
fn protocol_was_offered() {
    let name = "sec-websocket-protocol";
    for protocol in ["chat", "superchat"] {
        let agreed = with(name, &[protocol]).unwrap();
        assert_eq!(agreed.protocol.as_deref(), Some(protocol));
    }
    for odd in
        [&[""][..], &["Chat"], &["cha"], &["mqtt"], &["chat, superchat"], &["chat"; 2], &["chat,"]]
    {
        assert_eq!(with(name, odd), Err(HandshakeFault::ResponseProtocol), "{odd:?}");
    }
}

// Item 5 and section 11.3.2: of those offered, each one once, in one field
#[test]
fn extensions_were_offered() {
    let name = "sec-websocket-extensions";
    let agreed = |value: &str| with(name, &[value]).map(|agreed| agreed.extensions);
    let deflate = Ok(Extensions { permessage_deflate: true });
    assert_eq!(agreed("permessage-deflate"), deflate);
    assert_eq!(agreed("x-other, permessage-deflate; server_no_context_takeover"), deflate);
    assert_eq!(agreed("x-other; a=b"), Ok(Extensions { permessage_deflate: false }));
    for odd in [
        "permessage-bzip2",
        "permessage-deflate, permessage-deflate",
        "x-other, x-other",
        "permessage-deflate, mux",
        "Permessage-Deflate",
    ] {
        assert_eq!(agreed(odd), Err(HandshakeFault::ResponseExtension), "{odd}");
    }
    for odd in ["", "permessage-deflate;", "x-other y"] {
        assert_eq!(agreed(odd), Err(HandshakeFault::ResponseExtensionList), "{odd}");
    }
    let two = with(name, &["permessage-deflate", "x-other"]);
    assert_eq!(two, Err(HandshakeFault::ResponseExtensionList));
}

// An origin that was offered nothing may choose nothing
#[test]
fn nothing_offered_nothing_chosen() {
    let version = [("sec-websocket-version", "13")];
    let asked = Asked::from_connect("websocket", *b"the sample nonce", bytes(&version)).unwrap();
    assert!(asked.check_response(101, bytes(&GOOD)).is_ok());
    for (extra, fault) in [
        (("sec-websocket-protocol", "chat"), HandshakeFault::ResponseProtocol),
        (("sec-websocket-extensions", "permessage-deflate"), HandshakeFault::ResponseExtension),
    ] {
        let fields = [&GOOD[..], &[extra]].concat();
        assert_eq!(asked.check_response(101, bytes(&fields)), Err(fault));
    }
}

#[test]
fn the_origins_faults_are_502() {
    for fault in [
        HandshakeFault::ResponseStatus,
        HandshakeFault::ResponseUpgrade,
        HandshakeFault::ResponseConnection,
        HandshakeFault::Accept,
        HandshakeFault::ResponseProtocol,
        HandshakeFault::ResponseExtensionList,
        HandshakeFault::ResponseExtension,
    ] {
        assert_eq!((fault.status(), fault.fields().len()), (502, 0), "{fault}");
    }
}
