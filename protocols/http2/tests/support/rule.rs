//! A rule of RFC 9113: what breaks it, and what a client must then see.

use h2::Reason;

use super::app::App;
use super::frames::hello;
use super::server::{Outcome, Server};

/// After the greeting, these frames end so; with `h2` alone too.
pub(crate) fn rule(frames: &[Vec<u8>], expected: Outcome) {
    raw(&[hello(), frames.concat()].concat(), expected.clone(), expected);
}

/// After the greeting, these frames end so, but with `h2` alone otherwise: a rule of the guard's.
/// When an upgrade of `h2` makes this fail, the guard may have to do less.
pub(crate) fn missed_by_h2(frames: &[Vec<u8>], expected: Outcome, alone: Outcome) {
    raw(&[hello(), frames.concat()].concat(), expected, alone);
}

/// These bytes end so, with and without a guard.
pub(crate) fn raw(bytes: &[u8], expected: Outcome, alone: Outcome) {
    let mut server = Server::new(App::Answer(0));
    server.send(bytes);
    assert_eq!(server.outcome(), expected, "{}, {:?}", bytes.escape_ascii(), server.seen());
    let mut bare = Server::bare(App::Answer(0));
    bare.send(bytes);
    assert_eq!(bare.outcome(), alone, "h2 alone: {}", bytes.escape_ascii());
}

pub(crate) const PROTOCOL_ERROR: Outcome = Outcome::Goaway(Reason::PROTOCOL_ERROR);
pub(crate) const FRAME_SIZE_ERROR: Outcome = Outcome::Goaway(Reason::FRAME_SIZE_ERROR);
pub(crate) const FLOW_CONTROL_ERROR: Outcome = Outcome::Goaway(Reason::FLOW_CONTROL_ERROR);
pub(crate) const COMPRESSION_ERROR: Outcome = Outcome::Goaway(Reason::COMPRESSION_ERROR);
pub(crate) const STREAM_CLOSED: Outcome = Outcome::Goaway(Reason::STREAM_CLOSED);
pub(crate) const ENHANCE_YOUR_CALM: Outcome = Outcome::Goaway(Reason::ENHANCE_YOUR_CALM);
/// The first stream is reset as malformed.
pub(crate) const MALFORMED: Outcome = Outcome::Reset(1, Reason::PROTOCOL_ERROR);
pub(crate) const ANSWERED: Outcome = Outcome::Answer(1);
