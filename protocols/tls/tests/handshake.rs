//! What two sides agree on, and how it goes when they do not.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use ringgate_tls::{Alpn, SecurityPolicy, Session, TlsFaultKind};
use rustls::{CipherSuite, NamedGroup};
use support::{Foreign, H2, HOST, HTTP11, Pair, Site, fatal_alert};

#[test]
fn ours_agree_on_the_newest() {
    let site = Site::with_tickets();
    let mut pair = site.pair(&site.client()).established();
    for session in [&pair.inbound, &pair.outbound] {
        assert_eq!(session.version(), Some("TLSv1.3"));
        assert_eq!(session.cipher_suite(), Some("TLS_AES_128_GCM_SHA256"));
        assert_eq!(session.group(), Some("X25519MLKEM768"));
        assert_eq!(session.alpn(), HTTP11);
        assert!(!session.is_resumed());
    }
    assert_eq!(pair.inbound.server_name(), Some(HOST));
    assert_eq!(pair.outbound.server_name(), None);

    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    pair.outbound.send(b"there", &mut wire).unwrap();
    assert_eq!(pair.inbound.receive(&wire, &mut plain).unwrap().plain_bytes, 5);
    wire.clear();
    pair.inbound.send(b" and back", &mut wire).unwrap();
    assert_eq!(pair.outbound.receive(&wire, &mut plain).unwrap().plain_bytes, 9);
    assert_eq!(plain, b"there and back");
}

#[test]
fn tls12_with_every_suite_of_ours_and_no_other() {
    let site = Site::new();
    for (suite, name) in [
        (
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
    ] {
        let client = Foreign { suites: vec![suite], ..Foreign::tls12() };
        let pair = site.pair(&site.foreign(client)).established();
        assert_eq!(pair.inbound.version(), Some("TLSv1.2"));
        assert_eq!(pair.inbound.cipher_suite(), Some(name));
        assert_eq!(pair.inbound.group(), Some("x25519"));
    }
    let chacha = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let client = Foreign { suites: vec![chacha], ..Foreign::tls12() };
    let fault = site.pair(&site.foreign(client)).settle().unwrap_err().server();
    assert_eq!(fault.kind(), TlsFaultKind::Incompatible);
}

#[test]
fn the_clients_order_of_suites_and_groups_decides() {
    let site = Site::new();
    // rustls's own defaults begin with AES-256.
    let pair = site.pair(&site.foreign(Foreign::tls13())).established();
    assert_eq!(pair.inbound.cipher_suite(), Some("TLS_AES_256_GCM_SHA384"));
    let chacha = vec![CipherSuite::TLS13_CHACHA20_POLY1305_SHA256];
    let pair = site.pair(&site.foreign(Foreign { suites: chacha, ..Foreign::tls13() }));
    let pair = pair.established();
    assert_eq!(pair.inbound.cipher_suite(), Some("TLS_CHACHA20_POLY1305_SHA256"));
    for (group, name) in [
        (NamedGroup::X25519MLKEM768, "X25519MLKEM768"),
        (NamedGroup::X25519, "x25519"),
        (NamedGroup::secp256r1, "secp256r1"),
        (NamedGroup::secp384r1, "secp384r1"),
    ] {
        let client = Foreign { groups: vec![group], ..Foreign::default() };
        let pair = site.pair(&site.foreign(client)).established();
        assert_eq!(pair.inbound.group(), Some(name));
    }
}

#[test]
fn established_is_said_once_by_each_side() {
    let site = Site::with_tickets();
    for client in [Foreign::tls12(), Foreign::tls13()] {
        let mut pair = site.pair(&site.foreign(client));
        let (mut wire, mut plain, mut said) = (Vec::new(), Vec::new(), [0, 0]);
        while pair.inbound.has_output() || pair.outbound.has_output() {
            pair.outbound.take_output(&mut wire);
            let received = pair.inbound.receive(&wire, &mut plain).unwrap();
            said[0] += usize::from(received.established);
            wire.clear();
            pair.inbound.take_output(&mut wire);
            let received = pair.outbound.receive(&wire, &mut plain).unwrap();
            said[1] += usize::from(received.established);
            wire.clear();
        }
        assert_eq!(said, [1, 1]);
    }
}

#[test]
fn handshakes_in_single_bytes() {
    let site = Site::with_tickets();
    for client in [Foreign::tls12(), Foreign::tls13(), Foreign::default()] {
        let mut pair = site.pair(&site.foreign(client));
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        while pair.inbound.has_output() || pair.outbound.has_output() {
            pair.outbound.take_output(&mut wire);
            for byte in wire.drain(..) {
                pair.inbound.receive(&[byte], &mut plain).unwrap();
            }
            pair.inbound.take_output(&mut wire);
            for byte in wire.drain(..) {
                pair.outbound.receive(&[byte], &mut plain).unwrap();
            }
        }
        assert!(!pair.inbound.is_handshaking() && !pair.outbound.is_handshaking());
    }
}

#[test]
fn nothing_goes_before_the_handshake_is_over() {
    let site = Site::new();
    let mut pair = site.pair(&site.client());
    let mut wire = Vec::new();
    for session in [&mut pair.inbound, &mut pair.outbound] {
        let fault = session.send(b"early", &mut wire).unwrap_err();
        assert_eq!(fault.kind(), TlsFaultKind::NotEstablished);
        assert_eq!(wire, b"");
    }
    pair.established();
}

#[test]
fn a_policy_of_tls13_refuses_tls12() {
    let mut site = Site::new();
    site.settings.policy = SecurityPolicy::from_name("SecurityPolicy_TLS13_1_3_2025_09").unwrap();
    let mut pair = site.pair(&site.foreign(Foreign::tls12()));
    let fault = pair.settle().unwrap_err().server();
    assert_eq!(fault.kind(), TlsFaultKind::Incompatible);
    let mut wire = Vec::new();
    pair.inbound.take_output(&mut wire);
    assert_eq!(fatal_alert(&wire), 70, "protocol_version");
    site.pair(&site.foreign(Foreign::tls13())).established();
}

#[test]
fn policies_by_name() {
    let kept = [
        "TLS_1_2",
        "SecurityPolicy_TLS13_1_2_2021_06",
        "SecurityPolicy_TLS13_1_2_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_3_2025_09",
        "SecurityPolicy_TLS13_2025_EDGE",
        "SecurityPolicy_TLS12_PFS_2025_EDGE",
        "SecurityPolicy_TLS12_2018_EDGE",
    ];
    for name in kept {
        assert_eq!(SecurityPolicy::from_name(name).unwrap().name(), name);
    }
    let said = |name| SecurityPolicy::from_name(name).unwrap_err().to_string();
    assert_eq!(said("TLS_1_0"), "TLS 1.0 and 1.1 are not spoken here; use TLS_1_2");
    for name in [
        "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
        "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    ] {
        assert!(said(name).starts_with("FIPS policies need a validated build"), "{name}");
    }
    let unknown = said("TLS_1_3");
    assert!(unknown.starts_with("unknown security policy; expected one of TLS_1_2 Security"));
    assert!(kept.iter().all(|name| unknown.contains(name)) && !unknown.contains("FIPS"));
}

fn alpn_of(ours: &[Alpn], theirs: &[&'static str]) -> Option<Alpn> {
    let mut site = Site::new();
    site.settings.alpn = ours.to_vec();
    let client = Foreign { alpn: theirs.to_vec(), ..Foreign::default() };
    let pair = site.pair(&site.foreign(client)).established();
    assert_eq!(pair.inbound.alpn(), pair.outbound.alpn());
    pair.inbound.alpn()
}

#[test]
fn the_listeners_order_of_protocols_decides() {
    let both = [Alpn::H2, Alpn::Http11];
    assert_eq!(alpn_of(&both, &["http/1.1", "h2"]), H2);
    assert_eq!(alpn_of(&both, &["http/1.1"]), HTTP11);
    assert_eq!(alpn_of(&both, &["h3", "http/1.1"]), HTTP11);
    assert_eq!(alpn_of(&[Alpn::Http11], &["h2", "http/1.1"]), HTTP11);
    assert_eq!(alpn_of(&both, &[]), None);
    assert_eq!(alpn_of(&[], &["h2"]), None);
}

#[test]
fn protocols_without_overlap_end_in_the_alert_for_it() {
    let site = Site::new();
    // In TLS 1.3 the alert is encrypted already.
    for (client, client_is_old) in [(Foreign::tls12(), true), (Foreign::tls13(), false)] {
        let client = site.foreign(Foreign { alpn: vec!["h3", "ftp"], ..client });
        let mut pair = Pair::new(&site.server(), &client, HOST);
        let fault = pair.settle().unwrap_err().server();
        assert_eq!(fault.kind(), TlsFaultKind::NoCommonProtocol);
        let mut wire = Vec::new();
        pair.inbound.take_output(&mut wire);
        if client_is_old {
            assert_eq!(fatal_alert(&wire), 120, "no_application_protocol");
        }
        let heard = pair.outbound.receive(&wire, &mut Vec::new()).unwrap_err();
        assert_eq!(heard.kind(), TlsFaultKind::PeerAlert);
        assert!(heard.to_string().contains("NoApplicationProtocol"), "{heard}");
    }
}

#[test]
fn sessions_say_little_of_themselves() {
    let site = Site::new();
    let session = Session::inbound(site.server()).unwrap();
    let said = format!("{session:?}");
    assert!(said.starts_with("Session { handshaking: true, version: None"), "{said}");
}
