//! Look-ups against scripted servers, answer by answer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod support;

use std::sync::Arc;

use ringgate_dns::limits::{
    CNAMES_MAX, FAMILY_GRACE_MS, NEGATIVE_MS_MAX, NEGATIVE_MS_MIN, TTL_MS_MAX, TTL_MS_MIN,
};
use ringgate_dns::{Family, Lookup, Outcome, ResolvConf, Step, Transmit};
use support::{Answer, asked};

fn conf(servers: usize) -> ResolvConf {
    let servers = (1..=servers).map(|n| format!("192.0.2.{n}:53").parse().unwrap()).collect();
    ResolvConf { servers, timeout_ms: 1000, ..ResolvConf::default() }
}

/// What a server does with a query.
enum Does {
    Says(Answer),
    Raw(Vec<u8>),
    Closes,
    Nothing,
}

/// Runs a look-up to its end; its outcome, when that was, and the names asked for.
fn run(
    host: &str,
    conf: ResolvConf,
    mut server: impl FnMut(&Transmit, &str) -> Does,
) -> (Outcome, u64, Vec<String>) {
    let mut lookup = Lookup::new(host, Arc::new(conf), 0);
    let (mut now_ms, mut id, mut names) = (0, 0, Vec::new());
    for _ in 0..10_000 {
        let step = lookup.step(now_ms, || {
            id += 1;
            id
        });
        match step {
            Step::Done(outcome) => return (outcome, now_ms, names),
            Step::Wait(until_ms) => now_ms = until_ms,
            Step::Send(sent) => {
                let name = asked(&sent.bytes);
                match server(&sent, &name) {
                    Does::Says(answer) => {
                        assert!(lookup.received(sent.family, &answer.to(&sent.bytes), now_ms));
                    }
                    Does::Raw(bytes) => drop(lookup.received(sent.family, &bytes, now_ms)),
                    Does::Closes => lookup.broke(sent.family),
                    Does::Nothing => {}
                }
                names.push(format!("{name} {:?}", sent.family));
            }
        }
    }
    panic!("it does not end");
}

fn found(addresses: &[&str], ttl_ms: u64) -> Outcome {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Outcome::Found { addresses, ttl_ms }
}

fn both(v4: &Answer, v6: &Answer) -> impl FnMut(&Transmit, &str) -> Does {
    let (v4, v6) = (v4.clone(), v6.clone());
    move |sent, _| {
        Does::Says(match sent.family {
            Family::V4 => v4.clone(),
            Family::V6 => v6.clone(),
        })
    }
}

#[test]
fn both_families_are_asked_and_the_shorter_ttl_counts() {
    let v4 = Answer::new().a("pets.example.", 60, "192.0.2.7").a("PETS.example.", 50, "192.0.2.8");
    let v6 = Answer::new().aaaa("pets.example.", 40, "2001:db8::7");
    let (outcome, took_ms, names) = run("pets.example", conf(1), both(&v4, &v6));
    assert_eq!(outcome, found(&["192.0.2.7", "192.0.2.8", "2001:db8::7"], 40_000));
    assert_eq!((took_ms, names.len()), (0, 2));
}

#[test]
fn ttls_are_bounded() {
    let missing = Answer::new();
    for (ttl, ms) in [(0, TTL_MS_MIN), (u32::MAX, TTL_MS_MIN), (999_999, TTL_MS_MAX)] {
        let v4 = Answer::new().a("a.b.", ttl, "192.0.2.7");
        let (outcome, ..) = run("a.b", conf(1), both(&v4, &missing));
        assert_eq!(outcome, found(&["192.0.2.7"], ms), "{ttl}");
    }
}

#[test]
fn aliases_are_followed_in_any_order_and_not_for_ever() {
    let answer = Answer::new()
        .a("c.x.", 60, "192.0.2.7")
        .cname("b.x.", 30, "C.x.")
        .cname("a.x.", 90, "b.X.")
        .a("other.x.", 60, "192.0.2.9");
    let (outcome, ..) = run("a.x", conf(1), both(&answer, &Answer::new()));
    assert_eq!(outcome, found(&["192.0.2.7"], 30_000));

    let circle = Answer::new().cname("a.x.", 60, "b.x.").cname("b.x.", 60, "a.x.");
    let (outcome, ..) = run("a.x", conf(1), both(&circle, &circle));
    assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}");

    let chain = |length: usize| {
        let links = (0..length).fold(Answer::new(), |answer, n| {
            answer.cname(&format!("n{n}.x."), 60, &format!("n{}.x.", n + 1))
        });
        links.a(&format!("n{length}.x."), 60, "192.0.2.7")
    };
    let (longest, ..) = run("n0.x", conf(1), both(&chain(CNAMES_MAX), &Answer::new()));
    assert_eq!(longest, found(&["192.0.2.7"], 60_000));
    let (longer, ..) = run("n0.x", conf(1), both(&chain(CNAMES_MAX + 1), &Answer::new()));
    assert!(matches!(longer, Outcome::Nothing { .. }), "{longer:?}");
}

#[test]
fn absence_holds_as_long_as_the_zone_says() {
    for (ttl, minimum, ms) in
        [(60, 5, 5_000), (5, 60, 5_000), (0, 0, NEGATIVE_MS_MIN), (86_400, 86_400, NEGATIVE_MS_MAX)]
    {
        let answer = Answer::new().code(3).soa("x.", ttl, minimum);
        let (outcome, ..) = run("a.x", conf(1), both(&answer, &answer));
        let Outcome::Nothing { ttl_ms, reason } = outcome else { panic!("{outcome:?}") };
        assert_eq!(ttl_ms, ms, "{ttl} {minimum}");
        assert_eq!(reason, "a.x has no address");
    }
    let (outcome, ..) = run("a.x", conf(1), both(&Answer::new(), &Answer::new().code(3)));
    assert!(matches!(outcome, Outcome::Nothing { ttl_ms: NEGATIVE_MS_MIN, .. }), "{outcome:?}");
}

#[test]
fn what_is_no_answer_to_the_question_is_passed_over() {
    let right = Answer::new().a("a.x.", 60, "192.0.2.7");
    let (outcome, took_ms, _) = run("a.x", conf(1), |sent, _| {
        let right = right.to(&sent.bytes);
        let changed = |at: usize, to: u8| {
            let mut bytes = right.clone();
            bytes[at] = to;
            Does::Raw(bytes)
        };
        match sent.family {
            // Another id; then, with each further try, a query, another opcode, another name.
            Family::V4 => changed(1, right[1] ^ 1),
            Family::V6 => changed(2, right[2] & 0x7F),
        }
    });
    assert_eq!(took_ms, 2_000, "two rounds of waiting for the right answer");
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");

    for (at, to) in [(2, 0x90), (5, 2), (13, b'b'), (17, 28), (19, 3)] {
        let mut lookup = Lookup::new("a.x", Arc::new(conf(1)), 0);
        let Step::Send(sent) = lookup.step(0, || 7) else { panic!() };
        let right = right.to(&sent.bytes);
        let mut wrong = right.clone();
        assert_ne!(wrong[at], to);
        wrong[at] = to;
        assert!(!lookup.received(Family::V4, &wrong, 0), "byte {at} as {to}");
        for len in 0..right.len() {
            // Cut short in the answer, it is a refusal; before, it is nothing.
            let mut lookup = Lookup::new("a.x", Arc::new(conf(1)), 0);
            let Step::Send(_) = lookup.step(0, || 7) else { panic!() };
            assert_eq!(lookup.received(Family::V4, &right[..len], 0), len >= 21, "{len}");
        }
        assert!(lookup.received(Family::V4, &right, 0));
        assert!(!lookup.received(Family::V4, &right, 0), "it came twice");
    }
}

#[test]
fn truncated_answers_are_fetched_over_tcp() {
    let answer = Answer::new().a("a.x.", 60, "192.0.2.7");
    let (outcome, took_ms, names) = run("a.x", conf(2), |sent, _| {
        assert!(sent.server.to_string().starts_with("192.0.2.1:"), "the same server");
        Does::Says(match (sent.family, sent.tcp) {
            (Family::V4, true) => answer.clone(),
            (Family::V4, false) => answer.clone().truncated(),
            (Family::V6, _) => Answer::new(),
        })
    });
    assert_eq!((outcome, took_ms, names.len()), (found(&["192.0.2.7"], 60_000), 0, 3));
    let (outcome, ..) = run("a.x", conf(2), |_, _| Does::Says(Answer::new().truncated()));
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    let tcp = ResolvConf { use_tcp: true, ..conf(1) };
    let (_, _, names) = run("a.x", tcp, |sent, _| {
        assert!(sent.tcp);
        Does::Says(answer.clone())
    });
    assert_eq!(names.len(), 2);
}

#[test]
fn the_next_server_is_asked_when_one_is_silent_broken_or_refuses() {
    let answer = Answer::new().a("a.x.", 60, "192.0.2.7");
    for (first, took) in [("silent", 1_000), ("broken", 0), ("refuses", 0), ("garbles", 0)] {
        let mut lookups = 0;
        let (outcome, took_ms, _) = run("a.x", conf(2), |sent, _| {
            if !sent.server.to_string().starts_with("192.0.2.1:") {
                return Does::Says(answer.clone());
            }
            lookups += 1;
            match first {
                "silent" => Does::Nothing,
                "broken" => Does::Closes,
                "refuses" => Does::Says(Answer::new().code(2)),
                _ => {
                    let mut bytes = answer.to(&sent.bytes);
                    bytes.truncate(bytes.len() - 1);
                    Does::Raw(bytes)
                }
            }
        });
        assert_eq!(outcome, found(&["192.0.2.7"], 60_000), "{first}");
        assert_eq!((took_ms, lookups), (took, 2), "{first}");
    }
}

#[test]
fn the_server_that_answered_is_known() {
    let answer = Answer::new().a("a.x.", 60, "192.0.2.7");
    for first in [0, 2, usize::MAX] {
        let mut lookup = Lookup::new("a.x", Arc::new(conf(3)), first);
        let Step::Send(sent) = lookup.step(0, || 7) else { panic!() };
        assert_eq!(sent.server, conf(3).servers[first % 3]);
        lookup.received(sent.family, &answer.to(&sent.bytes), 0);
        assert_eq!(lookup.answered_by(), Some(first % 3));
    }
}

#[test]
fn when_nobody_answers_that_is_no_absence() {
    let (outcome, took_ms, names) = run("a.x", conf(3), |_, _| Does::Nothing);
    let reason = "a.x: no name server answers".to_owned();
    assert_eq!(outcome, Outcome::Failed { reason });
    assert_eq!((took_ms, names.len()), (6_000, 12));
    let (outcome, ..) = run("a.x", conf(1), |_, _| Does::Says(Answer::new().code(5)));
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    // One family unknown and the other empty: it may still have addresses.
    let (outcome, ..) = run("a.x", conf(1), |sent, _| match sent.family {
        Family::V4 => Does::Says(Answer::new()),
        Family::V6 => Does::Nothing,
    });
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    // One server refuses, the next knows.
    let (outcome, ..) = run("a.x", conf(2), |sent, _| {
        let refuses = sent.server.to_string().starts_with("192.0.2.1:");
        Does::Says(Answer::new().code(if refuses { 2 } else { 3 }))
    });
    assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}");
}

#[test]
fn one_family_does_not_wait_for_long_for_the_other() {
    let answer = Answer::new().aaaa("a.x.", 60, "2001:db8::7");
    let (outcome, took_ms, _) = run("a.x", conf(1), |sent, _| match sent.family {
        Family::V4 => Does::Nothing,
        Family::V6 => Does::Says(answer.clone()),
    });
    assert_eq!((outcome, took_ms), (found(&["2001:db8::7"], 60_000), FAMILY_GRACE_MS));
}

#[test]
fn the_search_list_is_walked_until_something_is_found() {
    let conf = || ResolvConf { search: vec!["one.x".into(), "two.x".into()], ..conf(1) };
    let answer = Answer::new().a("pets.two.x.", 60, "192.0.2.7");
    let (outcome, _, names) = run("pets", conf(), |_, name| {
        Does::Says(match name {
            "pets.two.x." => answer.clone(),
            "pets.one.x." => Answer::new().code(2),
            _ => Answer::new().code(3),
        })
    });
    assert_eq!(outcome, found(&["192.0.2.7"], 60_000));
    assert!(names.contains(&"pets.one.x. V4".to_owned()), "{names:?}");
    let (outcome, _, names) = run("pets", conf(), |_, _| Does::Says(Answer::new().code(3)));
    assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}");
    assert_eq!(names.len(), 6);
    // What one domain's servers would not say is not known to be absent.
    let (outcome, ..) = run("pets", conf(), |_, name| {
        Does::Says(Answer::new().code(if name == "pets.one.x." { 2 } else { 3 }))
    });
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
}

#[test]
fn what_is_no_name_and_what_is_no_destination() {
    let (outcome, _, names) = run("a..x", conf(1), |_, _| Does::Nothing);
    assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}");
    assert_eq!(names.len(), 0);
    let answer = Answer::new()
        .a("a.x.", 60, "0.0.0.0")
        .a("a.x.", 60, "224.0.0.1")
        .a("a.x.", 60, "192.0.2.7")
        .a("a.x.", 60, "192.0.2.7");
    let (outcome, ..) = run("a.x", conf(1), both(&answer, &Answer::new()));
    assert_eq!(outcome, found(&["192.0.2.7"], 60_000));
}
