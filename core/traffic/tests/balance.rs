//! What must hold of every choice, by example.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod support;

use std::collections::HashMap;

use proptest::prelude::*;
use ringgate_traffic::balance::{Balance, Failure, Policy, TargetId};
use ringgate_traffic::limits::{EJECTION_MS_MIN, FAILURE_POINTS_MAX, SLOW_START_MS, TARGETS_MAX};
use support::random;

fn balance(policy: Policy, names: &str) -> Balance<char, ()> {
    let mut balance = Balance::new(policy);
    set(&mut balance, names, 0);
    balance
}

fn set(balance: &mut Balance<char, ()>, names: &str, now_ms: u64) {
    balance.update(names.chars().map(|name| (name, 1)), now_ms, |_| ());
}

fn id(balance: &Balance<char, ()>, name: char) -> TargetId {
    balance.targets().iter().find(|target| *target.key() == name).unwrap().id()
}

fn name(balance: &Balance<char, ()>, id: TargetId) -> char {
    *balance.targets().iter().find(|target| target.id() == id).unwrap().key()
}

/// How often each is picked, where every request begins and ends at once.
fn spread(balance: &mut Balance<char, ()>, now_ms: u64, picks: usize) -> HashMap<char, usize> {
    let mut random = random(picks as u64);
    let mut seen = HashMap::new();
    for _ in 0..picks {
        let id = balance.pick(now_ms, &mut random, |_| true).unwrap();
        balance.begin(id);
        *seen.entry(name(balance, id)).or_default() += 1;
        balance.end(id);
    }
    seen
}

fn eject(balance: &mut Balance<char, ()>, name: char, now_ms: u64) {
    let id = id(balance, name);
    let ejected = (0..FAILURE_POINTS_MAX).any(|_| balance.failed(id, Failure::Exchange, now_ms));
    assert!(ejected);
}

#[test]
fn round_robin_takes_turns() {
    let mut even = balance(Policy::RoundRobin, "abc");
    assert_eq!(spread(&mut even, 0, 300), HashMap::from([('a', 100), ('b', 100), ('c', 100)]));
    let mut weighted = Balance::<char, ()>::new(Policy::RoundRobin);
    weighted.update([('a', 5), ('b', 1), ('c', 0)], 0, |_| ());
    let seen = spread(&mut weighted, 0, 700);
    assert!((498..=502).contains(&seen[&'a']), "{seen:?}");
    assert!((98..=102).contains(&seen[&'b']), "{seen:?}");
}

/// A connection that is looked for in vain, and then made, is one turn and not two.
#[test]
fn a_pick_that_is_not_begun_takes_no_turn() {
    let mut turns = balance(Policy::RoundRobin, "ab");
    let mut seen = String::new();
    for _ in 0..4 {
        let first = turns.pick(0, || 0, |_| true).unwrap();
        assert_eq!(turns.pick(0, || 0, |_| true), Some(first));
        turns.begin(first);
        seen.push(name(&turns, first));
    }
    assert_eq!(seen, "abab");
}

#[test]
fn one_that_sat_out_does_not_make_up_for_it() {
    let mut turns = balance(Policy::RoundRobin, "ab");
    eject(&mut turns, 'b', 0);
    assert_eq!(spread(&mut turns, 0, 100), HashMap::from([('a', 100)]));
    let later = EJECTION_MS_MIN + SLOW_START_MS;
    assert_eq!(spread(&mut turns, later, 100), HashMap::from([('a', 50), ('b', 50)]));
}

#[test]
fn least_request_spreads_and_avoids_the_busiest() {
    let mut idle = balance(Policy::LeastRequest, "abcd");
    let seen = spread(&mut idle, 0, 4_000);
    assert!(seen.values().all(|n| (850..1150).contains(n)), "{seen:?}");
    let busy = id(&idle, 'c');
    idle.begin(busy);
    assert_eq!(spread(&mut idle, 0, 1_000).get(&'c'), None);
}

#[test]
fn a_sole_target_is_never_ejected() {
    let mut sole = balance(Policy::LeastRequest, "a");
    let id = id(&sole, 'a');
    for _ in 0..100 {
        assert!(!sole.failed(id, Failure::Connect, 0));
        assert_eq!(sole.pick(0, || 0, |_| true), Some(id));
    }
}

#[test]
fn half_are_ejected_at_most_and_when_all_are_bad_all_are_used() {
    let mut four = balance(Policy::LeastRequest, "abcd");
    eject(&mut four, 'a', 0);
    eject(&mut four, 'b', 0);
    for name in ['c', 'd'] {
        assert_eq!(spread(&mut four, 0, 100).len(), 2, "before {name} is bad");
        for _ in 0..10 {
            let id = id(&four, name);
            assert!(!four.failed(id, Failure::Connect, 0), "half of them are out");
        }
    }
    assert_eq!(spread(&mut four, 0, 100).len(), 4);
    let c = id(&four, 'c');
    four.succeeded(c, 0);
    let seen = spread(&mut four, 0, 100);
    assert!(!seen.contains_key(&'a') && !seen.contains_key(&'b'), "{seen:?}");
}

#[test]
fn refused_connections_count_faster() {
    let needed = |failure| {
        let mut pair = balance(Policy::LeastRequest, "ab");
        let id = id(&pair, 'a');
        1 + (0..20).take_while(|_| !pair.failed(id, failure, 0)).count()
    };
    assert_eq!((needed(Failure::Connect), needed(Failure::Exchange)), (3, 5));
}

#[test]
fn a_target_that_comes_back_gets_a_growing_share() {
    for policy in [Policy::LeastRequest, Policy::RoundRobin] {
        let mut pair = balance(policy, "ab");
        eject(&mut pair, 'b', 0);
        let back = EJECTION_MS_MIN;
        assert_eq!(spread(&mut pair, back - 1, 1_000).get(&'b'), None);
        let of_b = |pair: &mut _, at: u64| spread(pair, at, 2_000).get(&'b').copied().unwrap_or(0);
        let shares =
            [0, SLOW_START_MS / 2, SLOW_START_MS].map(|after| of_b(&mut pair, back + after));
        let [least, half, full] = shares;
        assert!((40..250).contains(&least), "{policy:?} {shares:?}");
        assert!((350..800).contains(&half), "{policy:?} {shares:?}");
        assert!((900..1100).contains(&full), "{policy:?} {shares:?}");
    }
}

/// Without slow start a new target would be the least busy by far, and get everything.
#[test]
fn a_new_target_is_not_flooded() {
    let mut pair = balance(Policy::LeastRequest, "ab");
    for busy in ['a', 'b'] {
        let busy = id(&pair, busy);
        (0..100).for_each(|_| pair.begin(busy));
    }
    set(&mut pair, "abc", 5_000);
    let seen = spread(&mut pair, 5_000, 1_000);
    assert!((50..150).contains(&seen[&'c']), "{seen:?}");
}

#[test]
fn targets_keep_their_state_when_names_change_around_them() {
    let mut targets = Balance::<char, char>::new(Policy::LeastRequest);
    targets.update("abc".chars().map(|c| (c, 1)), 0, |c| *c);
    let of = |targets: &Balance<char, char>, key| {
        targets.targets().iter().find(|t| *t.key() == key).unwrap().id()
    };
    let b = of(&targets, 'b');
    targets.begin(b);
    let ejected = (0..5).any(|_| targets.failed(b, Failure::Exchange, 0));
    assert!(ejected);
    let gone = targets.update("dbb".chars().map(|c| (c, 1)), 0, |c| *c);
    assert_eq!(gone.into_iter().collect::<std::collections::BTreeSet<_>>(), ['a', 'c'].into());
    assert_eq!(targets.targets().len(), 2, "a name that comes twice is one target");
    assert_eq!(of(&targets, 'b'), b);
    assert!(targets.targets().iter().any(|t| t.id() == b && t.is_out(0) && t.in_flight() == 1));
    // One that left and came back is another; an end of the old one's request is not its own.
    targets.update([('d', 1)], 0, |c| *c);
    targets.update([('d', 1), ('b', 1)], 0, |c| *c);
    let again = of(&targets, 'b');
    assert_ne!(again, b);
    targets.begin(again);
    targets.end(b);
    assert_eq!(targets.get_mut(again).unwrap().in_flight(), 1);
}

#[test]
fn too_many_targets_are_cut_off() {
    let mut many = Balance::<usize, ()>::new(Policy::LeastRequest);
    many.update((0..TARGETS_MAX + 10).map(|key| (key, 1)), 0, |_| ());
    assert_eq!(many.targets().len(), TARGETS_MAX);
    let last = many.targets().last().unwrap().id();
    assert_eq!(many.pick(0, || 1, |target| target.id() == last), Some(last));
}

proptest! {
    /// With two to choose from, the busiest of all is never chosen.
    #[test]
    fn the_busiest_is_left_alone(
        loads in prop::collection::vec(0..50u32, 2..9), seed: u64,
    ) {
        let mut balance = Balance::<usize, ()>::new(Policy::LeastRequest);
        balance.update((0..loads.len()).map(|key| (key, 1)), 0, |_| ());
        let ids: Vec<TargetId> = balance.targets().iter().map(|t| t.id()).collect();
        for (id, load) in ids.iter().zip(&loads) {
            (0..*load).for_each(|_| balance.begin(*id));
        }
        let picked = balance.pick(0, random(seed), |_| true).unwrap();
        let at = ids.iter().position(|id| *id == picked).unwrap();
        let busier = loads.iter().filter(|load| **load > loads[at]).count();
        let most = *loads.iter().max().unwrap();
        let alone = loads.iter().filter(|load| **load == most).count() == 1;
        prop_assert!(!alone || busier > 0, "{loads:?}: {at}");
    }

    /// Whatever is allowed is found, and nothing else.
    #[test]
    fn only_the_allowed_are_picked(
        allowed in prop::collection::vec(any::<bool>(), 1..9), seed: u64, robin: bool,
    ) {
        let policy = if robin { Policy::RoundRobin } else { Policy::LeastRequest };
        let mut balance = Balance::<usize, ()>::new(policy);
        balance.update((0..allowed.len()).map(|key| (key, 1)), 0, |_| ());
        let picked = balance.pick(0, random(seed), |target| allowed[*target.key()]);
        prop_assert_eq!(picked.is_some(), allowed.contains(&true));
        let key = balance.targets().iter().find(|t| Some(t.id()) == picked).map(|t| *t.key());
        prop_assert!(key.is_none_or(|key| allowed[key]));
    }
}
