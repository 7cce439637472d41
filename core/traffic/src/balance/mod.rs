//! Several targets for one origin: which one the next request goes to, and which are left alone
//! for a while.
//!
//! A target is ejected when its failures in a row come to [`FAILURE_POINTS_MAX`] points, for a time
//! that doubles with each ejection. A sole target is never ejected, and no more than half of them
//! are at once. When every target is ejected or due to be, all of them are used: what fails then is
//! more likely on our side. A target that comes back, or joins others, takes part in a growing
//! share of the choices for [`SLOW_START_MS`].

mod health;
mod target;

use health::Health;
pub use target::{Target, TargetId};

use crate::limits::{CONNECT_FAILURE_POINTS, EXCHANGE_FAILURE_POINTS, FULL_SHARE, TARGETS_MAX};
#[cfg(doc)]
use crate::limits::{FAILURE_POINTS_MAX, SLOW_START_MS};

/// How the next target is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// In turn, each as often as its weight says.
    RoundRobin,
    /// Of two taken at random by their weights, the one with fewer requests under way for its
    /// weight ("the power of two choices").
    LeastRequest,
}

/// What a target can do wrong. An answer with a 5xx status is none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection could be made.
    Connect,
    /// The connection broke before the answer was whole, the answer was no HTTP, or none came in
    /// time.
    Exchange,
}

/// The targets of one origin. `K` names a target (its address), `D` is what the user keeps with it.
#[derive(Debug)]
pub struct Balance<K, D> {
    policy: Policy,
    targets: Vec<Target<K, D>>,
    next_id: u64,
    /// Where round robin stands.
    turn: u64,
}

/// A set of places in the list of targets.
type Places = u64;
const _: () = assert!(TARGETS_MAX <= Places::BITS as usize);

impl<K: PartialEq, D> Balance<K, D> {
    /// No targets yet.
    pub fn new(policy: Policy) -> Self {
        Self { policy, targets: Vec::new(), next_id: 0, turn: 0 }
    }

    /// Makes the targets those of `wanted` (keys and weights; 0 counts as 1). Known ones keep their
    /// state, new ones get what `make` gives. Names that come twice count once, and those past
    /// [`TARGETS_MAX`] do not count.
    ///
    /// Gives what belonged to the targets that are gone.
    pub fn update(
        &mut self,
        wanted: impl IntoIterator<Item = (K, u16)>,
        now_ms: u64,
        mut make: impl FnMut(&K) -> D,
    ) -> Vec<D> {
        let mut old = std::mem::take(&mut self.targets);
        let among_others = !old.is_empty();
        for (key, weight) in wanted {
            if self.targets.iter().any(|target| target.key == key) {
                continue;
            }
            if self.targets.len() == TARGETS_MAX {
                break;
            }
            let weight = weight.max(1);
            if let Some(at) = old.iter().position(|target| target.key == key) {
                self.targets.push(Target { weight, ..old.swap_remove(at) });
                continue;
            }
            let health =
                if among_others { Health::new_among_others(now_ms) } else { Health::default() };
            let data = make(&key);
            let id = TargetId(self.next_id);
            self.next_id = self.next_id.wrapping_add(1);
            self.targets.push(Target { id, key, data, weight, in_flight: 0, health, pass: 0 });
        }
        old.into_iter().map(|target| target.data).collect()
    }

    /// The target for the next request among those that are `allowed`. Changes nothing; the
    /// request is counted by [`Balance::begin`].
    pub fn pick(
        &self,
        now_ms: u64,
        mut random: impl FnMut() -> u64,
        allowed: impl Fn(&Target<K, D>) -> bool,
    ) -> Option<TargetId> {
        if let [only] = self.targets.as_slice() {
            return allowed(only).then_some(only.id);
        }
        let places = self.candidates(now_ms, &mut random, allowed);
        let picked = match self.policy {
            Policy::RoundRobin => self.whose_turn(places),
            Policy::LeastRequest => self.less_busy_of_two(places, &mut random),
        };
        picked.map(|target| target.id)
    }

    /// A request goes to this target.
    pub fn begin(&mut self, id: TargetId) {
        let turn = self.turn;
        if let Some(target) = self.get_mut(id) {
            target.in_flight = target.in_flight.saturating_add(1);
            self.turn = target.take_turn(turn);
        }
    }

    /// A request that had begun is over, whatever became of it.
    pub fn end(&mut self, id: TargetId) {
        if let Some(target) = self.get_mut(id) {
            target.in_flight = target.in_flight.saturating_sub(1);
        }
    }

    /// The target answered.
    pub fn succeeded(&mut self, id: TargetId, now_ms: u64) {
        if let Some(target) = self.get_mut(id) {
            target.health.succeeded(now_ms);
        }
    }

    /// The target failed. True when that ejects it.
    pub fn failed(&mut self, id: TargetId, failure: Failure, now_ms: u64) -> bool {
        let out = self.targets.iter().filter(|target| target.is_out(now_ms)).count();
        let room = (out + 1) * 2 <= self.targets.len();
        let Some(target) = self.get_mut(id) else { return false };
        // What fails now began before the ejection, or while all of them were used.
        if target.is_out(now_ms) {
            return false;
        }
        let points = match failure {
            Failure::Connect => CONNECT_FAILURE_POINTS,
            Failure::Exchange => EXCHANGE_FAILURE_POINTS,
        };
        let ejected = target.health.failed(points) && room;
        if ejected {
            target.health.eject(now_ms);
        }
        ejected
    }

    /// Every target.
    pub fn targets(&self) -> &[Target<K, D>] {
        &self.targets
    }

    /// What is kept with every target.
    pub fn data_mut(&mut self) -> impl Iterator<Item = &mut D> {
        self.targets.iter_mut().map(|target| &mut target.data)
    }

    /// The target of this id, if it is still one.
    pub fn get_mut(&mut self, id: TargetId) -> Option<&mut Target<K, D>> {
        self.targets.iter_mut().find(|target| target.id == id)
    }

    /// Who may be chosen: who is allowed and not ejected, less those whose share is not full and
    /// who have no luck this time. Where nobody is left, luck and then ejections do not count.
    fn candidates(
        &self,
        now_ms: u64,
        random: &mut impl FnMut() -> u64,
        allowed: impl Fn(&Target<K, D>) -> bool,
    ) -> Places {
        let any_sound = self.targets.iter().any(|target| target.health.is_sound(now_ms));
        let (mut lucky, mut usable, mut all) = (0, 0, 0);
        let mut place: Places = 1;
        for target in &self.targets {
            if allowed(target) {
                all |= place;
                if !any_sound || !target.is_out(now_ms) {
                    usable |= place;
                    let share = target.health.share(now_ms);
                    if share >= FULL_SHARE || random() % FULL_SHARE < share {
                        lucky |= place;
                    }
                }
            }
            place <<= 1;
        }
        [lucky, usable, all].into_iter().find(|&places| places != 0).unwrap_or(0)
    }

    fn at(&self, mut places: Places) -> impl Iterator<Item = &Target<K, D>> {
        std::iter::from_fn(move || {
            let at = places.trailing_zeros() as usize;
            places &= places.wrapping_sub(1);
            self.targets.get(at)
        })
    }

    fn whose_turn(&self, places: Places) -> Option<&Target<K, D>> {
        self.at(places).min_by_key(|target| target.turn(self.turn))
    }

    fn less_busy_of_two(
        &self,
        places: Places,
        random: &mut impl FnMut() -> u64,
    ) -> Option<&Target<K, D>> {
        let total = self.at(places).map(|target| u64::from(target.weight)).sum();
        let (one, place) = self.any(places, total, random)?;
        let rest = total.saturating_sub(u64::from(one.weight));
        let Some((other, _)) = self.any(places & !place, rest, random) else { return Some(one) };
        Some(if other.is_less_busy_than(one) { other } else { one })
    }

    /// One of them at random, by their weights, which come to `total`.
    fn any(
        &self,
        places: Places,
        total: u64,
        random: &mut impl FnMut() -> u64,
    ) -> Option<(&Target<K, D>, Places)> {
        let mut left = random().checked_rem(total)?;
        let mut others = places;
        for target in self.at(places) {
            let place = others & others.wrapping_neg();
            let weight = u64::from(target.weight);
            if left < weight {
                return Some((target, place));
            }
            left -= weight;
            others &= !place;
        }
        None
    }
}
