use super::limits::REFRESH_INTERVAL_S;

/// When the keys of one issuer are asked for anew because a token names one that is not known.
///
/// Issuers change keys ahead of time, but not all do; and anyone can make up a `kid`. So one
/// unknown `kid` asks, and for [`REFRESH_INTERVAL_S`] no other does, whatever it is and however
/// the asking ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refresh {
    asked_s: Option<u64>,
}

impl Refresh {
    /// One whose keys were asked for at `now_s`.
    pub fn asked(now_s: u64) -> Self {
        Self { asked_s: Some(now_s) }
    }

    /// Whether the keys are to be asked for now, at `now_s`, because a `kid` is not known; true
    /// counts as asking. A clock that was set back does not stop it for longer than the interval.
    pub fn wanted(&mut self, now_s: u64) -> bool {
        let rests = self.asked_s.is_some_and(|asked_s| {
            asked_s <= now_s && now_s.saturating_sub(asked_s) < REFRESH_INTERVAL_S
        });
        if !rests {
            self.asked_s = Some(now_s);
        }
        !rests
    }
}
