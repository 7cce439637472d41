use std::fmt;
use std::hash::BuildHasher as _;
use std::rc::Rc;

use foldhash::fast::FixedState;

use super::claims::Claims;
use super::limits::{CACHE_TOKENS_MAX, CACHED_TOKEN_BYTES_MAX};

/// Places of a set: what a look-up and an eviction look at, at the most.
const WAYS: usize = 8;

/// The tokens that one worker has verified, with their claims.
///
/// A token is found by a 64-bit hash under a secret seed, and believed only when all of its bytes
/// are those of the token that was verified. So no collision can pass for a token: with a digest
/// alone the answer would rest on its strength, and SHA-256 takes longer over a token than the
/// hash and the comparison together. The bytes are compared only where all 64 bits of the hash
/// agree, so that the time says nothing about how much of a guess is right.
///
/// It is an array of sets of eight: what is not in its set is not there, and what is new takes the
/// place of what ended, or else of what was used longest ago, in that set. Only verified tokens
/// come in, so strangers cannot push anything out.
pub struct Cache {
    hasher: FixedState,
    /// Empty until the first token.
    sets: Vec<[Option<Entry>; WAYS]>,
    set_count: usize,
    ttl_s: u64,
    /// Counts look-ups, to tell what was used longest ago.
    tick: u64,
}

struct Entry {
    hash: u64,
    authority: u64,
    token: Box<str>,
    claims: Rc<Claims>,
    until_s: u64,
    used: u64,
}

impl Cache {
    /// A cache for `tokens` tokens (rounded up to a power of two, at most
    /// [`CACHE_TOKENS_MAX`]), each for `ttl_s` at most; 0 keeps none. `seed` must be random.
    pub fn new(tokens: usize, ttl_s: u64, seed: u64) -> Self {
        Self {
            hasher: FixedState::with_seed(seed),
            sets: Vec::new(),
            set_count: tokens.min(CACHE_TOKENS_MAX).div_ceil(WAYS).next_power_of_two(),
            ttl_s,
            tick: 0,
        }
    }

    /// The claims of a token that was verified and has not ended.
    ///
    /// `authority` says by which rules and keys: it must change with them, so that what a removed
    /// key had signed is not found any more.
    pub fn get(&mut self, authority: u64, token: &str, now_s: u64) -> Option<&Rc<Claims>> {
        let hash = self.hash(authority, token);
        self.tick = self.tick.wrapping_add(1);
        let tick = self.tick;
        let entries = self.set(hash)?.iter_mut().flatten();
        let entry = entries.into_iter().find(|entry| entry.is(hash, authority, token))?;
        if now_s >= entry.until_s {
            return None;
        }
        entry.used = tick;
        Some(&entry.claims)
    }

    /// Keeps the claims of a token that was just verified.
    pub fn insert(&mut self, authority: u64, token: &str, claims: Rc<Claims>, now_s: u64) {
        let until_s = claims.expires_s().min(now_s.saturating_add(self.ttl_s));
        if token.len() > CACHED_TOKEN_BYTES_MAX || until_s <= now_s {
            return;
        }
        if self.sets.is_empty() {
            self.sets.resize_with(self.set_count, Default::default);
        }
        let hash = self.hash(authority, token);
        let used = self.tick;
        let Some(set) = self.set(hash) else { return };
        let place = set.iter_mut().min_by_key(|place| match place {
            Some(entry) if entry.is(hash, authority, token) => (0, 0),
            Some(entry) if now_s < entry.until_s => (2, entry.used),
            _ => (1, 0),
        });
        if let Some(place) = place {
            *place = Some(Entry { hash, authority, token: token.into(), claims, until_s, used });
        }
    }

    fn hash(&self, authority: u64, token: &str) -> u64 {
        self.hasher.hash_one((authority, token))
    }

    fn set(&mut self, hash: u64) -> Option<&mut [Option<Entry>; WAYS]> {
        // The number of sets is a power of two, so this is the hash's low bits.
        let at = usize::try_from(hash).unwrap_or_default() & self.set_count.saturating_sub(1);
        self.sets.get_mut(at)
    }
}

impl Entry {
    fn is(&self, hash: u64, authority: u64, token: &str) -> bool {
        self.hash == hash && self.authority == authority && *self.token == *token
    }
}

/// Tokens are secrets: only their number is shown.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.sets.iter().flatten().flatten().count();
        f.debug_struct("Cache").field("tokens", &tokens).finish_non_exhaustive()
    }
}
