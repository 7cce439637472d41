use std::fmt;

/// How far a new process is in taking over from an old one. Up to [`State::Accepting`] anything
/// that goes wrong ends the new one, and the old one goes on as if nothing had been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The new one has been started and given the sockets; it loads its table.
    Offered,
    /// The new one could serve; the old one decides.
    Loaded,
    /// The new one begins to accept, beside the old one.
    Accepting,
    /// The new one accepts, the old one no longer does and ends what it has.
    Draining,
    /// The old one has ended.
    Gone,
}

/// What leads from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The new one says that its table and its workers are there.
    Loaded,
    /// The old one says that the new one may begin.
    Go,
    /// The new one says that it accepts.
    Accepting,
    /// The old one has closed its end.
    Closed,
}

impl State {
    /// The state after `step`; `None` where it is not due, which ends the new one.
    pub fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Offered, Step::Loaded) => Some(Self::Loaded),
            (Self::Loaded, Step::Go) => Some(Self::Accepting),
            (Self::Accepting, Step::Accepting) => Some(Self::Draining),
            (Self::Draining, Step::Closed) => Some(Self::Gone),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offered => "offered",
            Self::Loaded => "loaded",
            Self::Accepting => "accepting",
            Self::Draining => "draining",
            Self::Gone => "gone",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way() {
        let steps = [Step::Loaded, Step::Go, Step::Accepting, Step::Closed];
        let way = [State::Loaded, State::Accepting, State::Draining, State::Gone];
        let mut state = State::Offered;
        for (at, next) in way.into_iter().enumerate() {
            for (other, step) in steps.into_iter().enumerate() {
                assert_eq!(state.after(step), (other == at).then_some(next), "{state} {step:?}");
            }
            assert!(next > state);
            state = next;
        }
        assert!(steps.into_iter().all(|step| state.after(step).is_none()));
    }
}
