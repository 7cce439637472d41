use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Bucket, Limit};

/// What a bucket is for, by ids that no change of the API changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// All requests of an account in a region.
    Account {
        /// Its id.
        account_id: Box<str>,
        /// The region.
        region: Box<str>,
    },
    /// All requests of a stage.
    Stage {
        /// The API's id.
        api_id: Box<str>,
        /// The stage's name.
        stage: Box<str>,
    },
    /// All requests of a route in a stage.
    Route {
        /// The API's id.
        api_id: Box<str>,
        /// The stage's name.
        stage: Box<str>,
        /// The route's id.
        route_id: Box<str>,
    },
}

/// The buckets of a node. They outlive tables, restarts they do not.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<HashMap<Key, Held>>);

#[derive(Debug)]
struct Held {
    bucket: Arc<Bucket>,
    /// The newest table that asked for it.
    generation: u64,
}

impl Buckets {
    /// The bucket of `key` for a table of this generation, which says `limit`. Ask once per table,
    /// and keep it.
    ///
    /// A table newer than all that asked before may change the limit; an older one gets what the
    /// newest says. Until they ask again, the others go on with what they have.
    pub fn get(&self, key: Key, generation: u64, limit: Limit, now_ns: u64) -> Arc<Bucket> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.entry(key) {
            Entry::Vacant(vacant) => {
                let bucket = Arc::new(Bucket::new(limit, now_ns));
                Arc::clone(&vacant.insert(Held { bucket, generation }).bucket)
            }
            Entry::Occupied(mut occupied) => {
                let held = occupied.get_mut();
                if generation > held.generation {
                    held.generation = generation;
                    if *held.bucket.limit() != limit {
                        held.bucket = Arc::new(held.bucket.changed(limit, now_ns));
                    }
                }
                Arc::clone(&held.bucket)
            }
        }
    }

    /// Frees the buckets that nobody holds and that are full, so that a new one would be the same;
    /// says how many. To be called once tables are freed.
    pub fn free_unused(&self, now_ns: u64) -> usize {
        let unused: Vec<_> = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A count of one is ours, and nobody gets another without the lock.
            all.extract_if(|_, held| held.bucket.is_spare(now_ns)).collect()
        };
        unused.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn stage(name: &str) -> Key {
        Key::Stage { api_id: "a1".into(), stage: name.into() }
    }

    fn limit(rate: f64, burst: u32) -> Limit {
        Limit::new(rate, burst).unwrap()
    }

    fn drain(bucket: &Bucket, now_ns: u64) -> usize {
        (0..).take_while(|_| bucket.take(now_ns).is_some()).count()
    }

    #[test]
    fn one_bucket_for_all_who_ask_by_the_same_key() {
        let buckets = Buckets::default();
        let one = buckets.get(stage("prod"), 1, limit(1.0, 10), 0);
        let other = buckets.get(stage("prod"), 1, limit(1.0, 10), 0);
        let test = buckets.get(stage("test"), 1, limit(1.0, 10), 0);
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!((drain(&one, 0), drain(&other, 0), drain(&test, 0)), (10, 0, 10));
    }

    #[test]
    fn the_newest_table_says_the_limit() {
        let buckets = Buckets::default();
        let old = buckets.get(stage("prod"), 1, limit(1.0, 10), 0);
        assert_eq!(drain(&old, 0), 10);
        let new = buckets.get(stage("prod"), 3, limit(2.0, 20), 0);
        let late = buckets.get(stage("prod"), 2, limit(9.0, 90), 0);
        assert!(Arc::ptr_eq(&new, &late));
        assert_eq!((drain(&new, 0), drain(&old, 0)), (0, 0), "no fresh burst for either");
        assert_eq!((drain(&new, S + 1), drain(&old, S + 1)), (2, 0), "and the same tokens");
        let same = buckets.get(stage("prod"), 4, limit(2.0, 20), 0);
        assert!(Arc::ptr_eq(&new, &same));
    }

    #[test]
    fn a_bucket_is_freed_when_nobody_would_notice() {
        let buckets = Buckets::default();
        let old = buckets.get(stage("prod"), 1, limit(1.0, 10), 0);
        assert_eq!(drain(&old, 0), 10);
        drop(buckets.get(stage("prod"), 2, limit(2.0, 10), 0));
        assert_eq!(buckets.free_unused(60 * S), 0, "an old table still has the tokens");
        drop(old);
        assert_eq!(buckets.free_unused(4 * S), 0, "a new one would be a fresh burst");
        assert_eq!(buckets.len(), 1);
        assert_eq!(buckets.free_unused(6 * S), 1);
        assert!(buckets.is_empty());
    }
}
