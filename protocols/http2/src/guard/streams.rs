/// How many of the latest streams are remembered: as many as may be open at once, and some.
const REMEMBERED: u32 = u128::BITS;

/// Which of the client's latest streams the client itself has ended, by END_STREAM or RST_STREAM.
///
/// One bit a stream. Older streams, and those skipped, are as if not ended: `h2` knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streams {
    /// The highest client-initiated stream id used; 0 before the first.
    highest: u32,
    /// Bit n: the nth stream before the highest was ended.
    ended: u128,
}

impl Streams {
    pub(super) fn highest(&self) -> u32 {
        self.highest
    }

    /// Notes that a HEADERS frame uses `id`, and says whether this opens a new stream.
    pub(super) fn open(&mut self, id: u32) -> bool {
        let Some(ahead) = ordinal(id).checked_sub(ordinal(self.highest)) else { return false };
        if ahead == 0 {
            return false;
        }
        self.ended = self.ended.checked_shl(ahead).unwrap_or(0);
        self.highest = id;
        true
    }

    pub(super) fn end(&mut self, id: u32) {
        self.ended |= self.bit(id);
    }

    pub(super) fn is_ended(&self, id: u32) -> bool {
        self.ended & self.bit(id) != 0
    }

    /// The bit of `id`, or none.
    fn bit(&self, id: u32) -> u128 {
        match ordinal(self.highest).checked_sub(ordinal(id)) {
            Some(behind) if behind < REMEMBERED && id % 2 == 1 => 1 << behind,
            _ => 0,
        }
    }
}

/// 1 for stream 1, 2 for stream 3, and so on; 0 for none.
fn ordinal(id: u32) -> u32 {
    id.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_latest_and_forgets_the_oldest() {
        let mut streams = Streams::default();
        assert!(streams.open(1));
        streams.end(1);
        assert!(!streams.open(1) && streams.is_ended(1));
        assert!(streams.open(7));
        assert!(streams.is_ended(1) && !streams.is_ended(3) && !streams.is_ended(7));
        streams.end(7);
        assert!(streams.open(1 + 2 * 127));
        assert!(streams.is_ended(1) && streams.is_ended(7));
        assert!(streams.open(3 + 2 * 127));
        assert!(!streams.is_ended(1) && streams.is_ended(7));
        assert!(streams.open(u32::MAX >> 1));
        assert!(!streams.is_ended(7) && streams.highest() == u32::MAX >> 1);
    }

    #[test]
    fn a_leap_forgets_all() {
        for ahead in [127, 128, 129, 256] {
            let mut streams = Streams::default();
            streams.open(1);
            streams.end(1);
            assert!(streams.open(1 + 2 * ahead) && !streams.is_ended(1 + 2 * ahead));
            assert_eq!(streams.is_ended(1), ahead == 127);
        }
    }

    #[test]
    fn even_ids_and_idle_ones_are_never_ended() {
        let mut streams = Streams::default();
        streams.open(5);
        for id in [0, 2, 4, 6, 7, 9] {
            streams.end(id);
            assert!(!streams.is_ended(id), "{id}");
        }
        assert!(!streams.is_ended(5) && !streams.is_ended(3));
    }
}
