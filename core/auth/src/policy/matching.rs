use super::Effect;

/// How a value stands to what a policy says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// They cannot be compared: a policy variable without a value, a text that is no number.
    Unknown,
}

impl Match {
    /// One of several is enough.
    pub(super) fn any(matches: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for one in matches {
            match one {
                Self::Yes => return Self::Yes,
                Self::Unknown => result = Self::Unknown,
                Self::No => {}
            }
        }
        result
    }

    /// Whether a test is passed. What cannot be compared equals nothing; nor does it allow anything
    /// by being unequal, for AWS then calls the whole statement invalid ("IAM policy elements:
    /// Variables and tags"). A Deny that is turned around still stands: nothing opens by accident.
    pub(super) fn passes(self, negated: bool, effect: Effect) -> bool {
        match self {
            Self::Yes => !negated,
            Self::No => negated,
            Self::Unknown => negated && effect == Effect::Deny,
        }
    }
}

impl From<bool> for Match {
    fn from(is_one: bool) -> Self {
        if is_one { Self::Yes } else { Self::No }
    }
}
