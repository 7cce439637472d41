//! What goes in comes out, however it is cut.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::prelude::*;
use ringgate_tls::limits::{RECORD_OVERHEAD_BYTES_MAX, RECORD_PLAIN_BYTES_MAX};
use ringgate_tls::{ClientConfig, ServerConfig};
use std::sync::Arc;
use support::{Foreign, HOST, Pair, Site};

/// A listener, and clients of both versions.
fn site() -> &'static (Arc<ServerConfig>, [Arc<ClientConfig>; 2]) {
    static SITE: OnceLock<(Arc<ServerConfig>, [Arc<ClientConfig>; 2])> = OnceLock::new();
    SITE.get_or_init(|| {
        let site = Site::with_tickets();
        (site.server(), [Foreign::tls12(), Foreign::tls13()].map(|client| site.foreign(client)))
    })
}

/// Bytes that tell where they belong.
fn bytes(from: usize, count: usize) -> Vec<u8> {
    (from..from + count).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

/// Messages of these sizes from one side to the other, in reads of those sizes.
fn carry(pair: &mut Pair, upward: bool, messages: &[usize], reads: &[usize]) {
    let (from, to) = pair.direction(upward);
    let (mut wire, mut plain, mut total) = (Vec::new(), Vec::new(), 0);
    let mut reads = reads.iter().cycle();
    for message in messages {
        from.send(&bytes(total, *message), &mut wire).unwrap();
        total += message;
        let records = messages.len() + wire.len().div_ceil(RECORD_PLAIN_BYTES_MAX);
        assert!(wire.len() <= total + records * RECORD_OVERHEAD_BYTES_MAX + 4096);
        // Some of it arrives before the next is sent.
        let arrives = wire.len() / 2;
        let mut arriving = wire.drain(..arrives).collect::<Vec<u8>>();
        while !arriving.is_empty() {
            let read = (*reads.next().unwrap()).min(arriving.len());
            let before = plain.len();
            let received = to.receive(&arriving[..read], &mut plain).unwrap();
            assert_eq!(received.plain_bytes, plain.len() - before);
            arriving.drain(..read);
        }
    }
    let received = to.receive(&wire, &mut plain).unwrap();
    assert!(!received.ended);
    assert_eq!(plain.len(), total);
    assert!(plain == bytes(0, total));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_sizes_both_ways(
        tls13 in any::<bool>(),
        up in vec(prop_oneof![0..300usize, 16_380..16_390usize, 0..70_000usize], 0..6),
        down in vec(prop_oneof![0..300usize, 16_380..16_390usize, 0..70_000usize], 0..6),
        reads in vec(prop_oneof![1..40usize, 4_090..4_100usize, 1..40_000usize], 1..8),
    ) {
        let (server, clients) = site();
        let mut pair = Pair::new(server, &clients[usize::from(tls13)], HOST).established();
        carry(&mut pair, true, &up, &reads);
        carry(&mut pair, false, &down, &reads);
    }
}

#[test]
fn megabytes_both_ways() {
    let (server, clients) = site();
    for client in clients {
        let mut pair = Pair::new(server, client, HOST).established();
        for upward in [true, false] {
            carry(&mut pair, upward, &[3 << 20], &[256 << 10]);
            carry(&mut pair, upward, &[1 << 20, 1, 100_001], &[65_537, 3, 16_401]);
        }
    }
}

#[test]
fn one_send_is_full_records_and_a_rest() {
    let (server, clients) = site();
    for client in clients {
        let mut pair = Pair::new(server, client, HOST).established();
        let mut wire = Vec::new();
        pair.inbound.send(&bytes(0, 3 * RECORD_PLAIN_BYTES_MAX + 1), &mut wire).unwrap();
        let mut lengths = Vec::new();
        let mut rest = &wire[..];
        while let [23, 3, 3, high, low, after @ ..] = rest {
            let bytes = usize::from(u16::from_be_bytes([*high, *low]));
            lengths.push(bytes);
            rest = &after[bytes..];
        }
        assert_eq!(rest, b"");
        let overhead = lengths[3] - 1;
        let full = RECORD_PLAIN_BYTES_MAX + overhead;
        assert_eq!(lengths, [full, full, full, 1 + overhead]);
    }
}

#[test]
fn what_waits_goes_in_front() {
    let (server, [_, tls13]) = site();
    let mut pair = Pair::new(server, tls13, HOST);
    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    pair.outbound.take_output(&mut wire);
    pair.inbound.receive(&wire, &mut plain).unwrap();
    wire.clear();
    pair.inbound.take_output(&mut wire);
    pair.outbound.receive(&wire, &mut plain).unwrap();
    wire.clear();
    // The client's Finished and its request: one write.
    pair.outbound.send(b"request", &mut wire).unwrap();
    let received = pair.inbound.receive(&wire, &mut plain).unwrap();
    assert_eq!((received.established, received.plain_bytes), (true, 7));
    assert!(pair.inbound.has_output(), "tickets");
    wire.clear();
    // The tickets and the response: one write.
    pair.inbound.send(b"response", &mut wire).unwrap();
    assert!(!pair.inbound.has_output());
    pair.outbound.receive(&wire, &mut plain).unwrap();
    assert_eq!(plain, b"requestresponse");
}
