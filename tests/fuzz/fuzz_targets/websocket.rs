//! Any bytes as one direction of WebSocket frames, after a byte that chooses the rules and four
//! that choose how the stream is sliced. Slicing must decide nothing, what passes must be what
//! came, and a slow literal reading of RFC 6455 must come to the same counts and the same fault.
#![no_main]

#[path = "../../../protocols/websocket/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use ringgate_websocket::Limits;
use support::literal::judged;
use support::{CLIENT, Rules, SERVER, relayed};

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let Some((sizes, stream)) = rest.split_first_chunk::<4>() else { return };
    let rules = rules(*choice);
    let seen = judged(rules, stream);
    assert_eq!(relayed(rules, stream, &[stream.len()]), seen);
    // Single bytes for small streams; large ones would take too long.
    let least = stream.len() / 200 + 1;
    let sizes = sizes.map(|size| usize::from(size).max(least));
    assert_eq!(relayed(rules, stream, &sizes), seen);
});

fn rules(choice: u8) -> Rules {
    let bit = |at: u8| choice >> at & 1 == 1;
    let limits =
        Limits { frame_bytes_max: bit(2).then_some(130), message_bytes_max: bit(3).then_some(200) };
    Rules { deflate: bit(1), limits, ..if bit(0) { CLIENT } else { SERVER } }
}
