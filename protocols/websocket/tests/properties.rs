//! What holds for all streams: what is legal passes as it came and is counted right, slicing
//! changes nothing, and a slow literal reading of RFC 6455 comes to the same.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use ringgate_websocket::{Direction, Limits};
use support::literal::judged;
use support::{CLIENT, Rules, SERVER, Seen, frame, relayed};

/// A frame without its mask.
type Bare = (u8, Vec<u8>);

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let any = |sizes: std::ops::Range<usize>| vec(any::<u8>(), sizes);
    let edge = prop_oneof![Just(125_usize), Just(126), Just(127), Just(65_535), Just(65_536)];
    prop_oneof![12 => any(0..40), 2 => any(100..300), 1 => edge.prop_map(|len| vec![7; len])]
}

fn control() -> impl Strategy<Value = Bare> {
    (prop_oneof![Just(0x89), Just(0x8a)], vec(any::<u8>(), 0..126))
}

/// A data message in fragments, with control frames in between.
fn message(deflate: bool) -> impl Strategy<Value = Vec<Bare>> {
    let fragment = (payload(), vec(control(), 0..2));
    (1_u8..=2, any::<bool>(), vec(fragment, 1..5)).prop_map(move |(opcode, rsv1, fragments)| {
        let mut frames = Vec::new();
        let last = fragments.len() - 1;
        for (at, (payload, controls)) in fragments.into_iter().enumerate() {
            let opcode = if at == 0 { opcode } else { 0 };
            let rsv1 = if at == 0 && deflate && rsv1 { 0x40 } else { 0 };
            let fin = if at == last { 0x80 } else { 0 };
            frames.push((opcode | rsv1 | fin, payload));
            frames.extend(controls);
        }
        frames
    })
}

fn close() -> impl Strategy<Value = Bare> {
    let code = prop_oneof![1000_u16..=1003, 1007_u16..=1014, 3000_u16..=4999];
    let reason = prop_oneof!["[a-z ]{0,30}", "[à-ÿ€𝄞]{0,30}"];
    let said = (code, reason)
        .prop_map(|(code, reason)| [&code.to_be_bytes()[..], reason.as_bytes()].concat());
    prop_oneof![1 => Just(Vec::new()), 4 => said].prop_map(|payload| (0x88, payload))
}

#[derive(Clone, Debug)]
struct Legal {
    rules: Rules,
    stream: Vec<u8>,
    seen: Seen,
}

/// A legal stream and what is in it, counted while it was made.
fn legal() -> impl Strategy<Value = Legal> {
    (any::<bool>(), any::<bool>()).prop_flat_map(|(client, deflate)| {
        let rules = Rules { deflate, ..if client { CLIENT } else { SERVER } };
        let frames = (vec(message(deflate), 0..6), proptest::option::of(close()));
        (frames, vec(any::<[u8; 4]>(), 1..8)).prop_map(move |((messages, close), masks)| {
            let mut legal = Legal { rules, stream: Vec::new(), seen: Seen::default() };
            legal.seen.messages = messages.len();
            let mut masks = masks.iter().cycle();
            for frame in messages.iter().flatten().chain(&close) {
                let mask = (rules.direction == Direction::ClientToServer).then(|| masks.next());
                legal.add(frame, mask.flatten().copied());
            }
            legal.seen.passed = legal.stream.len();
            legal.seen.at_boundary = true;
            legal
        })
    })
}

impl Legal {
    fn add(&mut self, (first, payload): &Bare, mask: Option<[u8; 4]>) {
        self.stream.extend(frame(*first, mask, payload));
        self.seen.frames += 1;
        match first & 0x0f {
            8 => {
                let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                self.seen.closes.push(code);
            }
            9 => self.seen.pings += 1,
            10 => self.seen.pongs += 1,
            _ => self.seen.payload_bytes += payload.len(),
        }
    }
}

/// Sizes of the pieces that a stream arrives in.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(1_usize..8, 1..6), vec(1_usize..3000, 1..10), vec(1_usize..70_000, 1..4)]
}

/// A place in a stream, how many bytes go there, and which ones come instead.
type Damage = (Index, usize, Vec<u8>);

fn damage() -> impl Strategy<Value = Damage> {
    let removed = prop_oneof![4 => 0_usize..3, 1 => Just(usize::MAX)];
    (any::<Index>(), removed, vec(any::<u8>(), 0..3))
}

fn damaged(stream: &[u8], (at, removed, inserted): &Damage) -> Vec<u8> {
    let (kept, rest) = stream.split_at(at.index(stream.len() + 1));
    let rest = rest.get(*removed..).unwrap_or_default();
    [kept, inserted, rest].concat()
}

/// Frames that are more often wrong than right: any first byte, short payloads, lying lengths.
fn odd_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        2 => prop_oneof![Just(0x81), Just(0x01), Just(0x00), Just(0x80), Just(0x88), Just(0x89)],
        1 => any::<u8>()
    ];
    let second = prop_oneof![4 => 0_u8..20, 4 => 128_u8..150, 1 => any::<u8>()];
    (first, second, vec(prop_oneof![Just(0_u8), any::<u8>()], 0..24))
        .prop_map(|(first, second, rest)| [&[first, second][..], &rest].concat())
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let max = || proptest::option::of(0_u64..200);
    (any::<bool>(), any::<bool>(), max(), max()).prop_map(|(client, deflate, frame, message)| {
        let limits = Limits { frame_bytes_max: frame, message_bytes_max: message };
        Rules { deflate, limits, ..if client { CLIENT } else { SERVER } }
    })
}

proptest! {
    #[test]
    fn legal_streams_pass_as_they_came(legal in legal(), sizes in sizes()) {
        let Legal { rules, stream, seen } = legal;
        prop_assert_eq!(&judged(rules, &stream), &seen);
        prop_assert_eq!(&relayed(rules, &stream, &[stream.len()]), &seen);
        prop_assert_eq!(&relayed(rules, &stream, &sizes), &seen);
    }

    #[test]
    fn damaged_streams_are_judged_the_same(
        legal in legal(),
        damages in vec(damage(), 1..4),
        limited in any_rules(),
        sizes in sizes(),
    ) {
        let Legal { rules, stream, .. } = legal;
        let stream = damages.iter().fold(stream, |stream, damage| damaged(&stream, damage));
        for rules in [rules, Rules { limits: limited.limits, ..rules }] {
            let seen = judged(rules, &stream);
            prop_assert_eq!(&relayed(rules, &stream, &[stream.len()]), &seen);
            prop_assert_eq!(&relayed(rules, &stream, &sizes), &seen);
        }
    }

    #[test]
    fn odd_streams_are_judged_the_same(
        rules in any_rules(),
        frames in vec(odd_frame(), 1..6),
        sizes in sizes(),
    ) {
        let stream = frames.concat();
        let seen = judged(rules, &stream);
        prop_assert_eq!(&relayed(rules, &stream, &[stream.len()]), &seen);
        prop_assert_eq!(&relayed(rules, &stream, &sizes), &seen);
        prop_assert_eq!(&relayed(rules, &stream, &[1]), &seen);
    }
}
