//! What an idle session holds. Alone in its process: the resident memory of all is measured, that
//! of aws-lc included.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use ringgate_tls::limits::RECORD_PLAIN_BYTES_MAX;
use support::{Foreign, Pair, Site};

/// Measured: 7.8 KB. nginx and haproxy hold 15 KB in all.
const IDLE_BYTES_MAX: usize = 9 * 1024;
const SESSIONS: usize = 300;

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn idle_sessions_are_small_even_after_much_was_sent() {
    let site = Site::with_tickets();
    let server = site.server();
    let mut kept = Vec::new();
    for client in [Foreign::tls12(), Foreign::tls13()] {
        let client = site.foreign(client);
        let (mut wire, mut plain) = (Vec::new(), Vec::new());
        let mut idle = |client| {
            let mut pair = Pair::new(&server, client, support::HOST).established();
            for upward in [true, false] {
                let (from, to) = pair.direction(upward);
                wire.clear();
                plain.clear();
                from.send(&[0; 4 * RECORD_PLAIN_BYTES_MAX], &mut wire).unwrap();
                to.receive(&wire, &mut plain).unwrap();
            }
            pair
        };
        // So that buffers shared by all are there before.
        drop((0..50).map(|_| idle(&client)).collect::<Vec<_>>());
        let before = resident_bytes();
        let pairs: Vec<_> = (0..SESSIONS).map(|_| idle(&client)).collect();
        let each = (resident_bytes() - before) / (2 * SESSIONS);
        println!("{:?}: {each} bytes a session", pairs[0].inbound.version());
        kept.push(pairs);
        assert!(each < IDLE_BYTES_MAX, "{each} bytes a session");
    }
}
