//! Answers with any records against a slow literal reading of them, and any bytes at all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod support;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use proptest::prelude::*;
use ringgate_dns::limits::CNAMES_MAX;
use ringgate_dns::{Family, Hosts, Lookup, Outcome, ResolvConf, Step};
use support::Answer;

#[derive(Clone, Debug)]
enum Record {
    Alias(u8, u32, u8),
    Address(u8, u32, u8),
    Other(u8, u32),
}

fn record() -> impl Strategy<Value = Record> {
    let name = 0..5u8;
    let ttl = 1..200u32;
    prop_oneof![
        (name.clone(), ttl.clone(), 0..5u8).prop_map(|(a, ttl, b)| Record::Alias(a, ttl, b)),
        (name.clone(), ttl.clone(), 1..9u8).prop_map(|(a, ttl, ip)| Record::Address(a, ttl, ip)),
        (name, ttl).prop_map(|(a, ttl)| Record::Other(a, ttl)),
    ]
}

fn answer(records: &[Record]) -> Answer {
    records.iter().fold(Answer::new(), |answer, record| match record {
        Record::Alias(name, ttl, target) => {
            answer.cname(&format!("n{name}.x."), *ttl, &format!("n{target}.x."))
        }
        Record::Address(name, ttl, ip) => {
            answer.a(&format!("n{name}.x."), *ttl, &format!("192.0.2.{ip}"))
        }
        Record::Other(name, ttl) => answer.aaaa(&format!("n{name}.x."), *ttl, "2001:db8::1"),
    })
}

/// The addresses of a name and the shortest time to live on the way to them.
fn expected(records: &[Record], name: u8, steps: usize) -> Option<(BTreeSet<u8>, u32)> {
    let mut ips = BTreeSet::new();
    let mut shortest = u32::MAX;
    for record in records {
        if let Record::Address(owner, ttl, ip) = record
            && *owner == name
            // A record that comes twice says nothing new.
            && ips.insert(*ip)
        {
            shortest = shortest.min(*ttl);
        }
    }
    if !ips.is_empty() {
        return Some((ips, shortest));
    }
    let alias = records.iter().find_map(|record| match record {
        Record::Alias(owner, ttl, target) if *owner == name => Some((*ttl, *target)),
        _ => None,
    });
    let (ttl, target) = alias?;
    let (ips, shortest) = expected(records, target, steps.checked_sub(1)?)?;
    Some((ips, shortest.min(ttl)))
}

/// What a look-up makes of these two answers.
fn outcome(v4: impl Fn(&[u8]) -> Vec<u8>, v6: &Answer) -> Outcome {
    let mut lookup = Lookup::new("n0.x", Arc::new(ResolvConf::default()), 0);
    let mut now_ms = 0;
    loop {
        match lookup.step(now_ms, || 77) {
            Step::Done(outcome) => return outcome,
            Step::Wait(until_ms) => now_ms = until_ms,
            Step::Send(sent) => {
                let bytes = match sent.family {
                    Family::V4 => v4(&sent.bytes),
                    Family::V6 => v6.to(&sent.bytes),
                };
                lookup.received(sent.family, &bytes, now_ms);
            }
        }
    }
}

proptest! {
    #[test]
    fn aliases_lead_where_a_literal_reading_says(
        records in prop::collection::vec(record(), 0..12),
    ) {
        let outcome = outcome(|query| answer(&records).to(query), &Answer::new());
        match expected(&records, 0, CNAMES_MAX) {
            None => prop_assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}"),
            Some((ips, ttl_s)) => {
                let Outcome::Found { addresses, ttl_ms } = outcome else {
                    panic!("{outcome:?}")
                };
                let ips: BTreeSet<IpAddr> =
                    ips.iter().map(|ip| IpAddr::from([192, 0, 2, *ip])).collect();
                prop_assert_eq!(addresses.into_iter().collect::<BTreeSet<_>>(), ips);
                prop_assert_eq!(ttl_ms, u64::from(ttl_s) * 1000);
            }
        }
    }

    /// Every look-up ends, whatever comes, and what it finds is within bounds.
    #[test]
    fn any_bytes_are_survived(
        records in prop::collection::vec(record(), 0..12),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let edited = |query: &[u8]| {
            let mut bytes = answer(&records).to(query);
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes
        };
        match outcome(edited, &Answer::new()) {
            Outcome::Found { addresses, ttl_ms } => {
                prop_assert!(!addresses.is_empty() && (1_000..=300_000).contains(&ttl_ms));
            }
            Outcome::Nothing { reason, .. } | Outcome::Failed { reason } => {
                prop_assert!(reason.contains("n0.x"));
            }
        }
    }

    #[test]
    fn any_text_is_survived(text in "[ -~\n\t]{0,200}") {
        let conf = ResolvConf::parse(&text);
        prop_assert!(!conf.servers.is_empty() && conf.attempts > 0);
        let hosts = Hosts::parse(&text);
        prop_assert!(hosts.find("localhost").is_some());
    }
}
