//! The trie against a matcher that cannot be wrong because it is too simple: it tries every route
//! and ranks those that match.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use common::{definition, try_image};
use proptest::prelude::*;
use ringgate_model::{PathPart, RouteKey, RouteMethod};
use ringgate_table::Captures;

/// How well a route matches: lower is better. Full before greedy before `$default`, then part by
/// part literal before variable before greedy, then the exact verb before ANY.
type Rank = (u8, Vec<u8>, bool);

fn rank(key: &RouteKey, method: &str, path: &str) -> Option<(Rank, Vec<String>)> {
    let RouteKey::Path { method: own, parts } = key else {
        return Some(((2, vec![], false), vec![]));
    };
    let any = *own == RouteMethod::Any;
    if !any && own.as_str() != method {
        return None;
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    let given: Vec<&str> = if path.is_empty() { vec![] } else { path.split('/').collect() };
    let (mut kinds, mut values, mut class) = (vec![], vec![], 0);
    for (at, part) in parts.iter().enumerate() {
        match part {
            PathPart::Literal(text) => {
                if decoded(given.get(at)?).as_ref() != Some(text) {
                    return None;
                }
                kinds.push(0);
            }
            PathPart::Param(_) => {
                values.push((*given.get(at).filter(|given| !given.is_empty())?).to_owned());
                kinds.push(1);
            }
            PathPart::Greedy(_) => {
                let rest = given.get(at..).filter(|rest| !rest.is_empty())?.join("/");
                if rest.is_empty() {
                    return None;
                }
                values.push(rest);
                kinds.push(2);
                class = 1;
            }
        }
    }
    (class == 1 || parts.len() == given.len()).then_some(((class, kinds, any), values))
}

fn decoded(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let octet = u8::from_str_radix(rest.get(at + 1..at + 3)?, 16).ok()?;
        out.push(char::from(octet));
        rest = &rest[at + 3..];
    }
    Some(out + rest)
}

/// Where a route stands, whatever its variables are called: two there would be refused.
fn place(key: &str) -> String {
    key.replace("{x}", "{}").replace("{y}", "{}").replace("{r+}", "{+}").replace("{s+}", "{+}")
}

const LITERALS: [&str; 7] = ["a", "b", "ab", "abcdefgh1", "abcdefgh2", "abcdefgh", "a.b"];
const METHODS: [&str; 4] = ["GET", "POST", "ANY", "DELETE"];

fn key() -> impl Strategy<Value = String> {
    let literal = prop::sample::select(&LITERALS[..]).prop_map(str::to_owned);
    let part = prop_oneof![3 => literal, 1 => Just("{x}".to_owned()), 1 => Just("{y}".to_owned())];
    let end = prop::sample::select(&["", "", "{r+}", "{s+}"][..]);
    let path = (prop::collection::vec(part, 0..4), end);
    let route = (prop::sample::select(&METHODS[..]), path).prop_filter_map(
        "a name twice",
        |(method, (mut parts, end))| {
            if !end.is_empty() {
                parts.push(end.to_owned());
            }
            let key = format!("{method} /{}", parts.join("/"));
            RouteKey::parse(&key).is_ok().then_some(key)
        },
    );
    prop_oneof![20 => route, 1 => Just("$default".to_owned())]
}

fn path() -> impl Strategy<Value = String> {
    let literal = prop::sample::select(&LITERALS[..]).prop_map(str::to_owned);
    let odd =
        prop::sample::select(&["", "zz", "%61", "%61b", "a%2Eb", "%6", "a%2fb", "abcdefgh3"][..])
            .prop_map(str::to_owned);
    let part = prop_oneof![4 => literal, 1 => odd];
    prop::collection::vec(part, 0..6).prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, ..ProptestConfig::default()
    })]
    #[test]
    fn finds_what_the_ranking_finds(
        keys in prop::collection::vec(key(), 0..24),
        requests in prop::collection::vec(
            (prop::sample::select(&["GET", "POST", "PATCH", "LOCK", "ANY"][..]), path()), 1..24),
    ) {
        let mut places = std::collections::HashSet::new();
        let keys: Vec<&str> = keys.iter().map(String::as_str)
            .filter(|key| places.insert(place(key))).collect();
        let image = try_image("abc", &["$default"], &definition(&keys, "http://h")).unwrap();
        let stage = image.stage("$default").unwrap();
        let mut captures = Captures::new();
        for (method, path) in &requests {
            let best = keys.iter().filter_map(|key| {
                let (rank, values) = rank(&RouteKey::parse(key).unwrap(), method, path)?;
                Some((rank, *key, values))
            }).min();
            let found = stage.find(method, path, &mut captures).map(|route| {
                let values = (0..captures.len())
                    .map(|at| captures.get(at, path).unwrap().to_owned()).collect::<Vec<_>>();
                (route.key(), values)
            });
            prop_assert_eq!(
                found, best.map(|(_, key, values)| (key, values)), "{} {}", method, path);
        }
    }
}
