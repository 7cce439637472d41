//! What ends a session, and how both sides learn of it.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use ringgate_tls::{Session, TlsFaultKind};
use support::{Foreign, HOST, Pair, Site, fatal_alert};

fn versions() -> [Foreign; 2] {
    [Foreign::tls12(), Foreign::tls13()]
}

/// Ciphertext of `plain`.
fn sent(session: &mut Session, plain: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    session.send(plain, &mut wire).unwrap();
    wire
}

fn output(session: &mut Session) -> Vec<u8> {
    let mut wire = Vec::new();
    session.take_output(&mut wire);
    wire
}

#[test]
fn what_is_no_tls_is_refused_with_an_alert() {
    let site = Site::new();
    for (bytes, kind, alert) in [
        (&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], TlsFaultKind::Malformed, 50),
        (&[0x80, 0x2e, 1, 0, 2, 0, 0x15][..], TlsFaultKind::Malformed, 50),
        (&[22, 3, 1, 0, 0][..], TlsFaultKind::Malformed, 50),
        (&[22, 3, 1, 0xff, 0xff][..], TlsFaultKind::Oversized, 50),
        (&[23, 3, 3, 0, 4, 1, 2, 3, 4][..], TlsFaultKind::Misbehaved, 10),
        (&[22, 3, 1, 0, 4, 1, 0, 0, 0][..], TlsFaultKind::Malformed, 50),
    ] {
        let mut session = Session::inbound(site.server()).unwrap();
        let mut plain = Vec::new();
        let fault = session.receive(bytes, &mut plain).unwrap_err();
        let start = &bytes[..bytes.len().min(8)];
        assert_eq!(fault.kind(), kind, "{start:?}: {fault}");
        assert_eq!(fatal_alert(&output(&mut session)), alert, "{start:?}: {fault}");
        // It stays over.
        let again = session.receive(bytes, &mut plain).unwrap_err();
        assert_eq!(again.kind(), kind);
        assert!(!session.has_output() && plain.is_empty());
        assert_eq!(session.send(b"x", &mut Vec::new()).unwrap_err().kind(), kind);
        let mut last = Vec::new();
        session.close(&mut last);
        assert_eq!(last, b"", "the alert was the last word");
    }
}

#[test]
fn a_hello_too_long_is_refused_without_a_word() {
    let site = Site::new();
    let mut session = Session::inbound(site.server()).unwrap();
    let hello = [&[22, 3, 1, 0x40, 0, 1, 1, 0, 0][..], &[0; 0x3ffc]].concat();
    let fault = session.receive(&hello, &mut Vec::new()).unwrap_err();
    assert_eq!(fault.kind(), TlsFaultKind::Malformed, "{fault}");
    assert!(!session.has_output(), "rustls has no alert for this one");
}

#[test]
fn a_hello_cut_short_waits() {
    let site = Site::new();
    let mut pair = site.pair(&site.client());
    let hello = output(&mut pair.outbound);
    let mut plain = Vec::new();
    let half = hello.len() / 2;
    let received = pair.inbound.receive(&hello[..half], &mut plain).unwrap();
    assert_eq!((received.established, received.ended), (false, false));
    assert!(!pair.inbound.has_output());
    assert_eq!(pair.inbound.end_of_input().unwrap_err().kind(), TlsFaultKind::Truncated);
    pair.inbound.receive(&hello[half..], &mut plain).unwrap();
    assert!(pair.inbound.has_output());
}

/// What an attacker makes of two records.
type Breaking = fn(&[u8], &[u8]) -> Vec<u8>;

#[test]
fn changed_repeated_and_swapped_records_are_noticed() {
    let site = Site::with_tickets();
    for client in versions() {
        let client = site.foreign(client);
        let mut plain = Vec::new();
        let broken: [Breaking; 5] = [
            |first, _| [&first[..first.len() - 1], &[first[first.len() - 1] ^ 1]].concat(),
            |first, _| [&first[..6], &[first[6] ^ 0x80], &first[7..]].concat(),
            |first, _| [first, first].concat(),
            |first, second| [second, first].concat(),
            |first, _| [&[23, 3, 3, 0, 17], &first[5..22]].concat(),
        ];
        for (at, breaking) in broken.into_iter().enumerate() {
            let mut pair = Pair::new(&site.server(), &client, HOST).established();
            let first = sent(&mut pair.outbound, b"first of all");
            let second = sent(&mut pair.outbound, b"second");
            plain.clear();
            let broken = breaking(&first, &second);
            let fault = pair.inbound.receive(&broken, &mut plain).unwrap_err();
            assert_eq!(fault.kind(), TlsFaultKind::Protection, "{at}: {fault}");
            // Repeated: the first time it was right, and is given.
            assert_eq!(plain, if at == 2 { &b"first of all"[..] } else { b"" });
            let heard = pair.outbound.receive(&output(&mut pair.inbound), &mut plain);
            let heard = heard.unwrap_err();
            assert_eq!(heard.kind(), TlsFaultKind::PeerAlert);
            assert!(heard.to_string().contains("BadRecordMac"), "{heard}");
        }
    }
}

#[test]
fn records_too_long_are_refused() {
    let site = Site::new();
    for client in versions() {
        let mut pair = site.pair(&site.foreign(client)).established();
        let record = [&[23, 3, 3, 0x50, 0][..], &[0; 0x5000]].concat();
        let fault = pair.inbound.receive(&record, &mut Vec::new()).unwrap_err();
        assert_eq!(fault.kind(), TlsFaultKind::Oversized, "{fault}");
        let heard = pair.outbound.receive(&output(&mut pair.inbound), &mut Vec::new());
        assert_eq!(heard.unwrap_err().kind(), TlsFaultKind::PeerAlert);
    }
}

#[test]
fn a_clean_end_is_told_from_a_cut() {
    let site = Site::with_tickets();
    for client in versions() {
        let mut pair = site.pair(&site.foreign(client)).established();
        let mut wire = sent(&mut pair.outbound, b"last words");
        pair.outbound.close(&mut wire);
        let whole = wire.clone();

        let mut plain = Vec::new();
        // Cut anywhere before the end of close_notify.
        let received = pair.inbound.receive(&wire[..wire.len() - 1], &mut plain).unwrap();
        assert_eq!((received.plain_bytes, received.ended), (10, false));
        assert_eq!(pair.inbound.end_of_input().unwrap_err().kind(), TlsFaultKind::Truncated);
        let rest = wire.split_off(wire.len() - 1);
        let received = pair.inbound.receive(&rest, &mut plain).unwrap();
        assert_eq!((received.plain_bytes, received.ended), (0, true));
        assert!(pair.inbound.end_of_input().is_ok());
        assert_eq!(plain, b"last words");

        // Whatever follows is thrown away, and said to be after the end.
        let received = pair.inbound.receive(&whole, &mut plain).unwrap();
        assert_eq!((received.plain_bytes, received.ended), (0, true));

        // Its end is not ours: we may still answer (RFC 8446 section 6.1).
        let mut wire = sent(&mut pair.inbound, b"goodbye");
        pair.inbound.close(&mut wire);
        assert_eq!(pair.inbound.send(b"x", &mut wire).unwrap_err().kind(), TlsFaultKind::Closed);
    }
}

#[test]
fn after_our_end_nothing_is_heard() {
    let site = Site::with_tickets();
    for client in versions() {
        let mut pair = site.pair(&site.foreign(client)).established();
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        pair.inbound.close(&mut wire);
        assert!(pair.outbound.receive(&wire, &mut plain).unwrap().ended);
        wire.clear();
        pair.inbound.close(&mut wire);
        assert_eq!(wire, b"", "said once");
        let late = sent(&mut pair.outbound, b"late");
        for bytes in [&late[..], b"garbage that would be a fault"] {
            let received = pair.inbound.receive(bytes, &mut plain).unwrap();
            assert_eq!((received.plain_bytes, received.ended), (0, false));
        }
        assert_eq!(plain, b"");
        assert!(pair.inbound.end_of_input().is_ok(), "nothing was missed");
    }
}

#[test]
fn closing_amid_a_handshake_tells_the_peer() {
    let site = Site::new();
    let mut pair = site.pair(&site.client());
    let mut wire = Vec::new();
    pair.inbound.close(&mut wire);
    assert_eq!(wire, [21, 3, 3, 0, 2, 1, 0]);
    let fault = pair.outbound.receive(&wire, &mut Vec::new());
    // Not protected, so that it ends nothing: the cut that follows does.
    assert!(fault.is_ok() && !fault.unwrap().ended);
    assert_eq!(pair.outbound.end_of_input().unwrap_err().kind(), TlsFaultKind::Truncated);
}

#[test]
fn many_records_in_one_read_and_empty_reads() {
    let site = Site::new();
    for client in versions() {
        let mut pair = site.pair(&site.foreign(client)).established();
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        for byte in 0..=255u8 {
            for _ in 0..20 {
                pair.outbound.send(&[byte], &mut wire).unwrap();
            }
        }
        let received = pair.inbound.receive(&wire, &mut plain).unwrap();
        assert_eq!(received.plain_bytes, 256 * 20);
        assert!(plain.chunks(20).zip(0..=255).all(|(same, byte)| same == [byte; 20]));
        let received = pair.inbound.receive(b"", &mut plain).unwrap();
        assert_eq!(received, ringgate_tls::Received::default());
        assert_eq!(sent(&mut pair.inbound, b""), b"", "nothing to say is no record");
    }
}
