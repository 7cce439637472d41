use std::borrow::Cow;

use ringgate_http1::{Body, Framing};
use ringgate_mapping::limits::BODY_BYTES_MAX;

use crate::limits::MAPPED_BODY_RAW_BYTES_MAX;

/// One byte more than a JSON path looks into: enough to know that there are more. No value that
/// goes into a head is as long.
pub(crate) const WANTED_BYTES: usize = BODY_BYTES_MAX + 1;

/// How much of a body is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// So much of its content is enough.
    pub content_bytes: usize,
    /// In the chunked coding that must come in no more bytes than these.
    pub raw_bytes: usize,
}

impl Wanted {
    /// What mappings look into.
    pub(crate) const MAPPED: Self =
        Self { content_bytes: WANTED_BYTES, raw_bytes: MAPPED_BODY_RAW_BYTES_MAX };

    /// All of one of at most `bytes_max`; one byte more tells that there is more.
    pub(crate) fn whole(bytes_max: usize) -> Self {
        let raw_bytes = bytes_max.saturating_add(MAPPED_BODY_RAW_BYTES_MAX);
        Self { content_bytes: bytes_max.saturating_add(1), raw_bytes }
    }
}

/// How much of a body there is to look into.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AtHand<'b> {
    /// As much as is looked into, or all of it.
    Enough(Cow<'b, [u8]>),
    /// There is more to come.
    More,
    /// Never: it breaks the rules of its framing, for this reason.
    Broken(&'static str),
}

/// Looks for as much of a body as mappings look into. `bytes` begin with it; `ended`: after them
/// comes the end of the connection.
pub(crate) fn body_at_hand(framing: Framing, bytes: &[u8], ended: bool) -> AtHand<'_> {
    body_within(framing, bytes, ended, Wanted::MAPPED)
}

/// The same of another size.
pub(crate) fn body_within(
    framing: Framing,
    bytes: &[u8],
    ended: bool,
    looked_into: Wanted,
) -> AtHand<'_> {
    let wanted = match framing {
        Framing::None => 0,
        Framing::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
        Framing::Chunked => return decoded(bytes, looked_into),
        Framing::UntilClose if ended => bytes.len(),
        Framing::UntilClose => usize::MAX,
    };
    match bytes.get(..wanted.min(looked_into.content_bytes)) {
        Some(enough) => AtHand::Enough(Cow::Borrowed(enough)),
        None => AtHand::More,
    }
}

/// The same for the chunked coding, out of a copy: reading it changes the bytes.
fn decoded(bytes: &[u8], wanted: Wanted) -> AtHand<'static> {
    let mut copy = bytes.to_vec();
    match Body::new(Framing::Chunked).decode(&mut copy) {
        Err(fault) => AtHand::Broken(fault.reason()),
        Ok(piece) if piece.done || piece.len >= wanted.content_bytes => {
            copy.truncate(piece.len.min(wanted.content_bytes));
            AtHand::Enough(Cow::Owned(copy))
        }
        Ok(_) if bytes.len() > wanted.raw_bytes => {
            AtHand::Broken("the body comes in too many too small chunks")
        }
        Ok(_) => AtHand::More,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enough(bytes: &[u8]) -> AtHand<'_> {
        AtHand::Enough(Cow::Borrowed(bytes))
    }

    #[test]
    fn a_body_is_at_hand_when_it_is_whole_or_long_enough() {
        assert_eq!(body_at_hand(Framing::None, b"GET /", false), enough(b""));
        assert_eq!(body_at_hand(Framing::Length(3), b"ab", true), AtHand::More);
        assert_eq!(body_at_hand(Framing::Length(3), b"abcGET", false), enough(b"abc"));
        assert_eq!(body_at_hand(Framing::UntilClose, b"abc", false), AtHand::More);
        assert_eq!(body_at_hand(Framing::UntilClose, b"abc", true), enough(b"abc"));
        let chunked = b"3;x\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET";
        for len in 0..chunked.len() - 3 {
            assert_eq!(body_at_hand(Framing::Chunked, &chunked[..len], false), AtHand::More);
        }
        assert_eq!(body_at_hand(Framing::Chunked, chunked, false), enough(b"abcde"));
        assert!(matches!(body_at_hand(Framing::Chunked, b"x\r\n", false), AtHand::Broken(_)));
        let long = vec![b'a'; WANTED_BYTES + 5];
        for framing in [Framing::Length(u64::MAX), Framing::UntilClose] {
            assert_eq!(body_at_hand(framing, &long, false), enough(&long[..WANTED_BYTES]));
        }
        let many = b"1\r\na\r\n".repeat(MAPPED_BODY_RAW_BYTES_MAX / 6 + 1);
        let chunked = body_at_hand(Framing::Chunked, &many, false);
        assert!(matches!(chunked, AtHand::Enough(body) if body.len() == WANTED_BYTES));
    }
}
