//! Any lines as the fields of a WebSocket handshake: the first byte of a line chooses the field,
//! the rest is its value, an empty line ends the request and begins the response. What is taken
//! must be legal by a second look at it, and every honest answer to it must be taken too.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use ringgate_websocket::{Agreed, Asked, HandshakeFault};

const NAMES: [&str; 8] = [
    "Upgrade",
    "connection",
    "Sec-WebSocket-Key",
    "sec-websocket-version",
    "Sec-WebSocket-Protocol",
    "sec-websocket-extensions",
    "content-length",
    "sec-websocket-accept",
];

type Field<'f> = (&'f str, &'f [u8]);

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let request: Vec<Field<'_>> = lines.by_ref().map_while(field).collect();
    let response: Vec<Field<'_>> = lines.map_while(field).collect();
    let asked = Asked::from_request("GET", true, request.iter().copied());
    let asked = match asked {
        Err(fault) => return assert!([400, 426, 501].contains(&fault.status())),
        Ok(asked) => asked,
    };
    check_request(&asked, &request);
    check_honest_answers(&asked);

    let accept = asked.accept();
    let filled = response.iter().map(|(name, value)| match *value {
        b"" if *name == NAMES[7] => (*name, &accept[..]),
        value => (*name, value),
    });
    match asked.check_response(101, filled) {
        Err(fault) => assert_eq!(fault.status(), 502),
        Ok(agreed) => check_response(&asked, &agreed, &response),
    }
});

fn field(line: &[u8]) -> Option<Field<'_>> {
    let (first, value) = line.split_first()?;
    Some((NAMES[usize::from(*first) % NAMES.len()], value))
}

fn values<'f>(fields: &[Field<'f>], name: &str) -> Vec<&'f [u8]> {
    fields.iter().filter(|field| field.0 == name).map(|field| field.1).collect()
}

fn check_request(asked: &Asked, fields: &[Field<'_>]) {
    let joined = |name| values(fields, name).join(&b',').to_ascii_lowercase();
    let holds = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|part| part == word);
    assert!(holds(&joined(NAMES[0]), b"websocket"));
    assert!(holds(&joined(NAMES[1]), b"upgrade"));
    assert_eq!(values(fields, NAMES[3]).len(), 1);
    assert!(values(fields, NAMES[6]).iter().all(|length| length.trim_ascii() == b"0"));

    let keys = values(fields, NAMES[2]);
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].trim_ascii(), asked.key());
    assert!(asked.key().ends_with(b"==") && asked.key()[..22].iter().all(is_base64));

    let offered: Vec<&str> = asked.protocols().collect();
    assert_eq!(offered.iter().collect::<BTreeSet<_>>().len(), offered.len());
    let listed: Vec<u8> = values(fields, NAMES[4]).join(&b',');
    let listed = listed.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let listed: Vec<&[u8]> = listed.filter(|name| !name.is_empty()).collect();
    assert_eq!(offered.iter().map(|name| name.as_bytes()).collect::<Vec<_>>(), listed);

    let extensions = values(fields, NAMES[5]).join(&b',');
    for name in asked.extensions() {
        assert!(holds(&extensions, name.as_bytes()));
        assert!(!name.contains([',', ';', '=', '"', ' ', '\t']));
    }
}

fn is_base64(digit: &u8) -> bool {
    digit.is_ascii_alphanumeric() || matches!(digit, b'+' | b'/')
}

/// Each protocol, and all extensions at once.
fn check_honest_answers(asked: &Asked) {
    let accept = asked.accept();
    let least: [Field<'_>; 3] =
        [(NAMES[0], b"websocket"), (NAMES[1], b"Upgrade"), (NAMES[7], &accept)];
    assert!(asked.check_response(101, least).is_ok());
    let with = |name, value: &str| {
        asked.check_response(101, least.into_iter().chain([(name, value.as_bytes())]))
    };
    for protocol in asked.protocols() {
        let agreed = with(NAMES[4], protocol).unwrap();
        assert_eq!(agreed.protocol.as_deref(), Some(protocol));
    }
    let extensions: Vec<&str> = asked.extensions().collect();
    if !extensions.is_empty() {
        let agreed = with(NAMES[5], &extensions.join("; a=\"b\" , ")).unwrap();
        let deflate = extensions.contains(&"permessage-deflate");
        assert_eq!(agreed.extensions.permessage_deflate, deflate);
    }
    let foreign = format!("x{}", asked.protocols().collect::<String>());
    assert_eq!(with(NAMES[4], &foreign), Err(HandshakeFault::ResponseProtocol));
}

fn check_response(asked: &Asked, agreed: &Agreed, fields: &[Field<'_>]) {
    let chosen = agreed.protocol.as_deref();
    assert!(chosen.is_none_or(|chosen| asked.protocols().any(|offered| offered == chosen)));
    assert_eq!(values(fields, NAMES[4]).len(), usize::from(chosen.is_some()));
    let extensions = values(fields, NAMES[5]);
    assert!(extensions.len() <= 1);
    if agreed.extensions.permessage_deflate {
        assert!(asked.extensions().any(|name| name == "permessage-deflate"));
        let name = b"permessage-deflate";
        assert!(extensions[0].windows(name.len()).any(|part| part == name));
    }
    let upgrade = values(fields, NAMES[0]);
    assert!(upgrade.len() == 1 && upgrade[0].trim_ascii().eq_ignore_ascii_case(b"websocket"));
}
