//! Any bytes as a name server's answers, raw or as edits of real ones, and as the texts of
//! resolv.conf and hosts. Every look-up ends, and what it finds is within bounds.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use ringgate_dns::limits::{ADDRESSES_MAX, NEGATIVE_MS_MAX, TTL_MS_MAX, TTL_MS_MIN};
use ringgate_dns::{Hosts, Lookup, Outcome, ResolvConf, Step};

/// Answers, authorities: an alias by a pointer, an address by another, a zone's SOA.
const RECORDS: &[u8] = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01b\xc0\x0e\
    \xc0\x21\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x07\
    \xc0\x21\0\x1c\0\x01\0\0\0\x3c\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\
    \xc0\x0e\0\x06\0\x01\0\0\0\x3c\0\x16\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05";

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let conf = ResolvConf::parse(&text);
    assert!(!conf.servers.is_empty());
    for name in text.split_whitespace().chain(["localhost"]) {
        if let Some(Outcome::Found { addresses, .. }) = Hosts::parse(&text).find(name) {
            assert!(!addresses.is_empty());
        }
        break;
    }
    let conf = if choice & 1 == 0 { ResolvConf::default() } else { conf };
    let mut lookup = Lookup::new("a.x", Arc::new(conf), 0);
    let (mut now_ms, mut sent_count) = (0, 0);
    loop {
        match lookup.step(now_ms, || 7) {
            Step::Wait(until_ms) => {
                assert!(until_ms > now_ms, "time goes on");
                now_ms = until_ms;
            }
            Step::Send(sent) => {
                sent_count += 1;
                let bytes = if choice & 2 == 0 {
                    raw(&sent.bytes, rest)
                } else {
                    edited(&sent.bytes, rest)
                };
                if !lookup.received(sent.family, &bytes, now_ms) && choice & 4 == 0 {
                    lookup.broke(sent.family);
                }
            }
            Step::Done(outcome) => {
                check(&outcome);
                break;
            }
        }
        assert!(sent_count < 10_000, "it ends");
    }
});

/// A true header and question, and then whatever.
fn raw(query: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut bytes = query.to_vec();
    bytes[2] |= 0x80;
    if let Some((counts, records)) = rest.split_at_checked(6) {
        bytes[3] = counts[0];
        bytes[7] = counts[1];
        bytes[9] = counts[2];
        bytes.extend_from_slice(records);
    }
    bytes
}

/// A true answer with bytes replaced: each edit is a place and a value.
fn edited(query: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = query.to_vec();
    bytes[2] |= 0x80;
    bytes[7] = 3;
    bytes[9] = 1;
    bytes.extend_from_slice(RECORDS);
    for edit in edits.chunks_exact(2) {
        let at = usize::from(edit[0]) % bytes.len();
        bytes[at] = edit[1];
    }
    bytes
}

fn check(outcome: &Outcome) {
    match outcome {
        Outcome::Found { addresses, ttl_ms } => {
            assert!((1..=ADDRESSES_MAX).contains(&addresses.len()));
            assert!((TTL_MS_MIN..=TTL_MS_MAX).contains(ttl_ms));
            assert!(!addresses.iter().any(|ip| ip.is_unspecified() || ip.is_multicast()));
        }
        Outcome::Nothing { ttl_ms, .. } => assert!(*ttl_ms <= NEGATIVE_MS_MAX),
        Outcome::Failed { .. } => {}
    }
}
