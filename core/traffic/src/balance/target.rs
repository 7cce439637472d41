use super::Health;

/// One target, for as long as it is one; a target that left and came back has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetId(pub(super) u64);

/// One of the targets of a balance.
#[derive(Debug)]
pub struct Target<K, D> {
    pub(super) id: TargetId,
    pub(super) key: K,
    /// What the user keeps with it.
    pub data: D,
    pub(super) weight: u16,
    pub(super) in_flight: u32,
    pub(super) health: Health,
    /// When its next turn is, in the time of round robin.
    pub(super) pass: u64,
}

/// How far one turn puts off the next, for a weight of one.
const STRIDE: u64 = 1 << 20;

impl<K, D> Target<K, D> {
    /// Its id.
    pub fn id(&self) -> TargetId {
        self.id
    }

    /// What names it.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Requests under way.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// True while it is ejected.
    pub fn is_out(&self, now_ms: u64) -> bool {
        self.health.is_out(now_ms)
    }

    /// When its turn is. One that sat out does not make up for it.
    pub(super) fn turn(&self, now: u64) -> u64 {
        self.pass.max(now)
    }

    /// Takes its turn: gives where round robin stands then.
    pub(super) fn take_turn(&mut self, now: u64) -> u64 {
        let turn = self.turn(now);
        self.pass = turn.saturating_add(STRIDE / u64::from(self.weight.max(1)));
        turn
    }

    pub(super) fn is_less_busy_than(&self, other: &Self) -> bool {
        let load = |a: &Self, b: &Self| u64::from(a.in_flight) * u64::from(b.weight);
        load(self, other) < load(other, self)
    }
}
