use std::collections::VecDeque;

/// Invocations of a function that wait for an environment: first come, first served. Those of
/// several versions stand in one line.
#[derive(Debug)]
pub(crate) struct Line<J> {
    waiting: VecDeque<Waiting<J>>,
    places: usize,
    overdue_ms: u64,
}

#[derive(Debug)]
struct Waiting<J> {
    version: String,
    since_ms: u64,
    job: J,
}

/// What an environment that is free does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<J> {
    /// This.
    Job(J),
    /// It makes room: invocations of another version wait for their turn.
    Leave,
    /// Nothing waits.
    Rest,
}

impl<J> Line<J> {
    /// A line with so many places, in which a version waits no longer than `overdue_ms` while
    /// another one is served.
    pub(crate) fn new(places: usize, overdue_ms: u64) -> Self {
        Self { waiting: VecDeque::new(), places, overdue_ms }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The version that the one at this place waits for.
    pub(crate) fn version_at(&self, place: usize) -> Option<&str> {
        self.waiting.get(place).map(|waiting| waiting.version.as_str())
    }

    /// Joins the line.
    ///
    /// # Errors
    /// The job, when every place is taken.
    pub(crate) fn join(&mut self, version: &str, job: J, now_ms: u64) -> Result<(), J> {
        if self.waiting.len() >= self.places {
            return Err(job);
        }
        self.waiting.push_back(Waiting { version: version.to_owned(), since_ms: now_ms, job });
        Ok(())
    }

    /// What an environment of this version does next. It serves its own version out of turn only
    /// while the first in line is not overdue.
    pub(crate) fn next(&mut self, version: &str, now_ms: u64) -> Next<J> {
        let Some(first) = self.waiting.front() else { return Next::Rest };
        let overdue = now_ms.saturating_sub(first.since_ms) >= self.overdue_ms;
        if first.version != version && overdue {
            return Next::Leave;
        }
        match self.first_of(version) {
            Some(job) => Next::Job(job),
            None => Next::Leave,
        }
    }

    /// Takes the first of this version out.
    pub(crate) fn first_of(&mut self, version: &str) -> Option<J> {
        let at = self.waiting.iter().position(|waiting| waiting.version == version)?;
        self.waiting.remove(at).map(|waiting| waiting.job)
    }

    /// Takes everybody out for whom `keep` is false.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str, &J) -> bool) -> Vec<J> {
        let (kept, gone): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| keep(&waiting.version, &waiting.job));
        self.waiting = kept;
        gone.into_iter().map(|waiting| waiting.job).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn first_come_first_served_and_no_more_than_there_are_places() {
        let mut line = Line::new(2, 1000);
        line.join("1", 'a', 0).unwrap();
        line.join("1", 'b', 0).unwrap();
        assert_eq!(line.join("1", 'c', 0), Err('c'));
        assert_eq!((line.next("1", 9), line.next("1", 9)), (Next::Job('a'), Next::Job('b')));
        assert_eq!(line.next("1", 9), Next::Rest);
    }

    #[test]
    fn another_version_is_not_starved() {
        let mut line = Line::new(9, 1000);
        line.join("1", 'a', 0).unwrap();
        line.join("2", 'b', 500).unwrap();
        line.join("2", 'c', 500).unwrap();
        assert_eq!(line.next("2", 999), Next::Job('b'), "out of turn, but nobody is overdue");
        assert_eq!(line.next("2", 1000), Next::Leave);
        assert_eq!(line.next("1", 1000), Next::Job('a'));
        assert_eq!(line.next("1", 1000), Next::Leave, "none of its own waits");
    }

    proptest! {
        /// Whatever environments come and go: nobody is lost, nobody is served twice, and those of
        /// one version are served in the order in which they came.
        #[test]
        fn nobody_is_lost_and_order_is_kept(
            steps in prop::collection::vec((0u8..4, 0u8..3), 0..200),
        ) {
            let mut line = Line::new(50, 10);
            let (mut joined, mut served, mut refused) = (0u32, Vec::new(), 0);
            for (now, (step, version)) in steps.into_iter().enumerate() {
                let version = version.to_string();
                if step < 2 {
                    joined += 1;
                    let job = (version.clone(), joined);
                    refused += u32::from(line.join(&version, job, now as u64).is_err());
                } else if let Next::Job((of, job)) = line.next(&version, now as u64) {
                    prop_assert_eq!(&of, &version);
                    served.push((of, job));
                }
            }
            prop_assert_eq!(served.len() + line.len() + refused as usize, joined as usize);
            for version in ["0", "1", "2"] {
                let jobs: Vec<_> = served.iter().filter(|(of, _)| of == version).collect();
                prop_assert!(jobs.windows(2).all(|two| two[0].1 < two[1].1));
            }
        }
    }
}
