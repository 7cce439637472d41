//! Sessions taken up again: by whom, with which keys, and when not.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::sync::Arc;

use ringgate_tls::limits::TICKET_LIFETIME_S;
use ringgate_tls::{ClientConfig, ServerConfig, TicketKey, Tickets};
use rustls::version::{TLS12, TLS13};
use support::{Foreign, HOST, Pair, Site, certificate, made};

fn remembering(version: &'static rustls::SupportedProtocolVersion) -> Foreign {
    Foreign { versions: vec![version], remembers: true, ..Foreign::default() }
}

fn resumed(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> bool {
    let pair = Pair::new(server, client, HOST).established();
    assert_eq!(pair.inbound.is_resumed(), pair.outbound.is_resumed());
    pair.inbound.is_resumed()
}

#[test]
fn tickets_are_taken_up_in_both_versions() {
    let site = Site::with_tickets();
    for version in [&TLS12, &TLS13] {
        let (server, client) = (site.server(), site.foreign(remembering(version)));
        assert!(!resumed(&server, &client), "the first is full");
        assert!(resumed(&server, &client));
        assert!(resumed(&server, &client), "and again");
    }
    let (server, ours) = (site.server(), site.client());
    assert!(!resumed(&server, &ours));
    assert!(resumed(&server, &ours));
}

#[test]
fn nothing_is_remembered_without_tickets() {
    let site = Site::new();
    for version in [&TLS12, &TLS13] {
        let (server, client) = (site.server(), site.foreign(remembering(version)));
        assert!(!resumed(&server, &client));
        assert!(!resumed(&server, &client));
    }
}

#[test]
fn as_many_tickets_as_were_asked_for() {
    let mut site = Site::with_tickets();
    for asked in [1, 2, 4] {
        site.settings.tickets_per_handshake = asked;
        let (server, client) = (site.server(), site.foreign(remembering(&TLS13)));
        Pair::new(&server, &client, HOST).established();
        // Without tickets of its own to give, every handshake takes one of those.
        let mut silent = site.settings.clone();
        silent.tickets_per_handshake = 0;
        let silent = silent.config(site.certificates.clone()).unwrap();
        for left in (0..asked).rev() {
            assert!(resumed(&silent, &client), "{left} left of {asked}");
        }
        assert!(!resumed(&silent, &client));
    }
}

#[test]
fn any_configuration_with_the_same_tickets_opens_them() {
    let mut site = Site::with_tickets();
    for version in [&TLS12, &TLS13] {
        let client = site.foreign(remembering(version));
        assert!(!resumed(&site.server(), &client));
        // A new configuration, with another certificate: sessions outlive both.
        let other = made(&["*.execute-api.localhost"]);
        let mut certificates = ringgate_tls::Certificates::new();
        certificates.add_default(&certificate(&other));
        let changed = site.settings.config(Arc::new(certificates)).unwrap();
        assert!(resumed(&changed, &client));
    }

    // Another process, which was given the keys.
    for version in [&TLS12, &TLS13] {
        let client = site.foreign(remembering(version));
        let before = site.settings.tickets.clone().unwrap();
        before.rotate(TicketKey::new([version.version.to_array()[1]; TicketKey::BYTES]));
        assert!(!resumed(&site.server(), &client));
        let keys = before.keys();
        let keys = keys.iter().map(|key| TicketKey::new(*key.bytes()));
        site.settings.tickets = Some(Arc::new(Tickets::new(keys)));
        assert!(resumed(&site.server(), &client));
        site.settings.tickets = Some(support::tickets());
    }
}

#[test]
fn rotation_forgets_the_oldest() {
    for version in [&TLS12, &TLS13] {
        let site = Site::with_tickets();
        let (server, client) = (site.server(), site.foreign(remembering(version)));
        let tickets = site.settings.tickets.as_ref().unwrap();
        assert!(!resumed(&server, &client));
        tickets.rotate(TicketKey::new([1; TicketKey::BYTES]));
        tickets.rotate(TicketKey::new([2; TicketKey::BYTES]));
        assert!(resumed(&server, &client), "the first key still opens");
        for key in 3..6 {
            tickets.rotate(TicketKey::new([key; TicketKey::BYTES]));
        }
        assert!(!resumed(&server, &client), "its key is gone: a full handshake, no failure");
    }
}

#[test]
fn another_name_is_another_session() {
    let site = Site::with_tickets();
    let (server, client) = (site.server(), site.foreign(remembering(&TLS13)));
    assert!(!resumed(&server, &client));
    let other = "other.execute-api.localhost";
    let pair = Pair::new(&server, &client, other).established();
    assert!(!pair.inbound.is_resumed());
}

#[test]
fn clients_forget_the_oldest_origin_and_may_remember_none() {
    let site = Site::with_tickets();
    let mut settings = ringgate_tls::ClientSettings::new(site.trust(), support::clock());
    settings.remembered_origins = 0;
    let forgetful = settings.config().unwrap();
    assert!(!resumed(&site.server(), &forgetful));
    assert!(!resumed(&site.server(), &forgetful));

    settings.remembered_origins = 4;
    let client = settings.config().unwrap();
    let host = |at: usize| format!("api{at}.execute-api.localhost");
    for at in 0..40 {
        Pair::new(&site.server(), &client, &host(at)).established();
    }
    let again = |at| Pair::new(&site.server(), &client, &host(at)).established();
    assert!(again(39).inbound.is_resumed());
    assert!(!again(0).inbound.is_resumed());
}

#[test]
fn clients_keep_tickets_as_long_as_they_are_told() {
    let site = Site::with_tickets();
    let clock = support::clock();
    let settings = ringgate_tls::ClientSettings::new(site.trust(), clock.clone());
    let client = settings.config().unwrap();
    assert!(!resumed(&site.server(), &client));
    clock.advance(u64::from(TICKET_LIFETIME_S) - 1);
    assert!(resumed(&site.server(), &client));
    clock.advance(2 * u64::from(TICKET_LIFETIME_S));
    assert!(!resumed(&site.server(), &client));
}
