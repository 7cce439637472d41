use std::collections::HashMap;

use ringgate_dns::Outcome;

use crate::limits::CACHED_NAMES_MAX;

/// Answers that still hold, so that many workers ask for one.
#[derive(Debug, Default)]
pub(super) struct Cache {
    by_host: HashMap<String, (Outcome, u64)>,
}

impl Cache {
    /// What is known of `host`, with the time it holds from now on.
    pub(super) fn find(&self, host: &str, now_ms: u64) -> Option<Outcome> {
        let (outcome, until_ms) = self.by_host.get(host)?;
        let left_ms = until_ms.checked_sub(now_ms).filter(|left_ms| *left_ms > 0)?;
        let mut outcome = outcome.clone();
        match &mut outcome {
            Outcome::Found { ttl_ms, .. } | Outcome::Nothing { ttl_ms, .. } => *ttl_ms = left_ms,
            Outcome::Failed { .. } => {}
        }
        Some(outcome)
    }

    /// Keeps an answer; a failure is none.
    pub(super) fn keep(&mut self, host: &str, outcome: &Outcome, now_ms: u64) {
        let (Outcome::Found { ttl_ms, .. } | Outcome::Nothing { ttl_ms, .. }) = outcome else {
            return;
        };
        if self.by_host.len() >= CACHED_NAMES_MAX {
            self.by_host.retain(|_, (_, until_ms)| *until_ms > now_ms);
        }
        if self.by_host.len() < CACHED_NAMES_MAX {
            let until_ms = now_ms.saturating_add(*ttl_ms);
            self.by_host.insert(host.to_owned(), (outcome.clone(), until_ms));
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_host.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_hold_as_long_as_they_said_and_failures_do_not() {
        let found = |ttl_ms| Outcome::Found { addresses: Vec::new(), ttl_ms };
        let mut cache = Cache::default();
        cache.keep("a", &found(100), 1_000);
        assert_eq!(cache.find("a", 1_030), Some(found(70)));
        assert_eq!(cache.find("a", 1_100), None);
        cache.keep("b", &Outcome::Failed { reason: String::new() }, 1_000);
        assert_eq!(cache.find("b", 1_000), None);
    }

    #[test]
    fn it_is_bounded_and_makes_room_by_what_is_over() {
        let found = |ttl_ms| Outcome::Found { addresses: Vec::new(), ttl_ms };
        let mut cache = Cache::default();
        for n in 0..CACHED_NAMES_MAX {
            cache.keep(&n.to_string(), &found(1_000 + n as u64), 0);
        }
        cache.keep("late", &found(1_000), 500);
        assert_eq!(cache.find("late", 500), None, "everything there still holds");
        cache.keep("late", &found(1_000), 1_000);
        assert_eq!(cache.find("late", 1_000), Some(found(1_000)));
        assert_eq!(cache.by_host.len(), CACHED_NAMES_MAX);
    }
}
