//! Custom domain names against a model that cannot be wrong because it is too simple: it splits
//! everything, tries everything and ranks what matches.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::sync::Arc;

use common::{image, snapshot};
use proptest::prelude::*;
use ringgate_model::{
    AnyOf, ApiMapping, DomainName, HeaderGlob, InvokeApi, RoutingMode, RoutingRule,
    RoutingRuleAction, RoutingRuleCondition,
};
use ringgate_table::{DomainImage, Miss, Part, Snapshot, Table};

const APIS: [&str; 4] = ["api0", "api1", "api2", "api3"];
const HOSTS: &[&str] = &["x.io", "A.x.io", "b.x.IO:80", "b.a.x.io", "c.a.x.io", "y"];
const MODES: [RoutingMode; 3] = [
    RoutingMode::ApiMappingOnly,
    RoutingMode::RoutingRuleOnly,
    RoutingMode::RoutingRuleThenApiMapping,
];

/// A custom domain name and all that belongs to it.
#[derive(Clone, Debug)]
struct Domain {
    name: String,
    mode: RoutingMode,
    mappings: Vec<ApiMapping>,
    rules: Vec<RoutingRule>,
}

type Fields = Vec<(String, String)>;

/// What the model says: an API, the matched base path, the path that is left; or why not.
type Answer = Result<(String, String, String), &'static str>;

fn model(domains: &[Domain], host: &str, path: &str, fields: &Fields) -> Answer {
    let host = host.split(':').next().unwrap().to_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let serves = |domain: &&Domain| {
        let own: Vec<&str> = domain.name.split('.').collect();
        own.len() == labels.len()
            && own.iter().zip(&labels).all(|(own, label)| *own == "*" || own == label)
    };
    let exact_first = |domain: &&Domain| domain.name.contains('*');
    let Some(domain) = domains.iter().filter(serves).min_by_key(exact_first) else {
        return Err("another host");
    };
    if path == "/ping" || path == "/sping" {
        return Err("health");
    }
    let mut rules: Vec<&RoutingRule> = domain.rules.iter().collect();
    rules.sort_by_key(|rule| rule.priority);
    if domain.mode != RoutingMode::ApiMappingOnly {
        for rule in rules {
            if let Some(base_path) = rule_matches(rule, path, fields) {
                let invoke = &rule.actions[0].invoke_api;
                let strips = invoke.strip_base_path == Some(true);
                let rest = if strips { rest_of(path, &base_path).unwrap() } else { path.into() };
                return Ok((invoke.api_id.clone(), base_path, rest));
            }
        }
    }
    if domain.mode != RoutingMode::RoutingRuleOnly {
        let all = domain.mappings.iter();
        let matching = all.filter_map(|it| Some((it, rest_of(path, &it.api_mapping_key)?)));
        let longest = matching.max_by_key(|(it, _)| parts(&it.api_mapping_key).len());
        if let Some((it, rest)) = longest {
            return Ok((it.api_id.clone(), it.api_mapping_key.clone(), rest));
        }
    }
    Err("forbidden")
}

fn parts(base_path: &str) -> Vec<&str> {
    if base_path.is_empty() { vec![] } else { base_path.split('/').collect() }
}

/// The path behind the base path, if it begins with it.
fn rest_of(path: &str, base_path: &str) -> Option<String> {
    let mut given = path.split('/');
    assert_eq!(given.next(), Some(""));
    for part in parts(base_path) {
        if given.next()?.replace("%61", "a") != part {
            return None;
        }
    }
    let rest: Vec<&str> = given.collect();
    Some(rest.iter().map(|part| format!("/{part}")).collect())
}

fn rule_matches(rule: &RoutingRule, path: &str, fields: &Fields) -> Option<String> {
    let mut matched = String::new();
    for condition in &rule.conditions {
        if let Some(paths) = &condition.match_base_paths {
            let all = paths.any_of.iter().filter(|it| rest_of(path, it).is_some());
            matched = all.max_by_key(|it| parts(it).len())?.clone();
        }
        if let Some(headers) = &condition.match_headers {
            let meets = |glob: &HeaderGlob| {
                fields.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case(&glob.header) && takes(&glob.value_glob, value)
                })
            };
            headers.any_of.iter().any(meets).then_some(())?;
        }
    }
    Some(matched)
}

/// Character by character, a star for anything.
fn takes(glob: &str, value: &str) -> bool {
    match (glob.chars().next(), value.chars().next()) {
        (None, first) => first.is_none(),
        (Some('*'), first) => {
            takes(&glob[1..], value) || first.is_some() && takes(glob, &value[1..])
        }
        (Some(own), Some(first)) => own == first && takes(&glob[1..], &value[1..]),
        (Some(_), None) => false,
    }
}

fn base_path() -> impl Strategy<Value = String> {
    let part = prop::sample::select(&["a", "b", "ab"][..]);
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.join("/"))
}

fn mappings() -> impl Strategy<Value = Vec<ApiMapping>> {
    prop::collection::btree_map(base_path(), prop::sample::select(&APIS[..]), 0..6).prop_map(
        |all| {
            let mapping = |(api_mapping_key, api_id): (String, &str)| ApiMapping {
                api_id: api_id.to_owned(),
                api_mapping_key,
                stage: "$default".to_owned(),
                ..ApiMapping::default()
            };
            all.into_iter().map(mapping).collect()
        },
    )
}

fn condition() -> impl Strategy<Value = RoutingRuleCondition> {
    let paths = prop::collection::vec(base_path().prop_filter("none", |it| !it.is_empty()), 1..3);
    let glob = ("(?i)x-[ab]", r"\*?[abA]{0,2}\*?")
        .prop_map(|(header, value_glob)| HeaderGlob { header, value_glob });
    let globs = prop::collection::vec(glob, 1..3);
    prop_oneof![
        paths.prop_map(|any_of| RoutingRuleCondition {
            match_base_paths: Some(AnyOf { any_of }),
            match_headers: None,
        }),
        globs.prop_map(|any_of| RoutingRuleCondition {
            match_base_paths: None,
            match_headers: Some(AnyOf { any_of }),
        }),
    ]
}

fn rules() -> impl Strategy<Value = Vec<RoutingRule>> {
    let conditions = prop::collection::vec(condition(), 0..3).prop_filter("two paths", |all| {
        all.iter().filter(|it| it.match_base_paths.is_some()).count() < 2
    });
    let rule = (conditions, prop::sample::select(&APIS[..]), prop::option::of(any::<bool>()));
    prop::collection::btree_map(1..1_000_000u32, rule, 0..5).prop_map(|all| {
        let rule = |(priority, (conditions, api_id, strip_base_path)): (u32, (_, &str, _))| {
            let (api_id, stage) = (api_id.to_owned(), "$default".to_owned());
            let invoke_api = InvokeApi { api_id, stage, strip_base_path };
            let actions = vec![RoutingRuleAction { invoke_api }];
            RoutingRule { actions, conditions, priority, ..RoutingRule::default() }
        };
        // Not in the order of their priorities.
        all.into_iter().rev().map(rule).collect()
    })
}

fn domains() -> impl Strategy<Value = Vec<Domain>> {
    const NAMES: &[&str] = &["x.io", "a.x.io", "*.x.io", "*.a.x.io", "b.a.x.io", "*.io.io"];
    let names = prop::sample::subsequence(NAMES, 0..=NAMES.len());
    names.prop_flat_map(|names| {
        let domain = |name: &str| {
            let name = name.to_owned();
            let mode = prop::sample::select(&MODES[..]);
            (mode, mappings(), rules()).prop_map(move |(mode, mappings, rules)| Domain {
                name: name.clone(),
                mode,
                mappings,
                rules,
            })
        };
        names.into_iter().map(domain).collect::<Vec<_>>()
    })
}

fn table(domains: &[Domain]) -> Table {
    let apis = APIS.map(|id| image(id, &["$default"])).into();
    let image = |domain: &Domain| {
        let name = DomainName {
            domain_name: domain.name.clone(),
            routing_mode: domain.mode,
            ..DomainName::default()
        };
        Arc::new(DomainImage::new(&name, &domain.mappings, &domain.rules))
    };
    let parts = domains.iter().map(image).map(Part::Domain).collect();
    Table::from_snapshot(Snapshot { parts, ..snapshot(apis, Some("api0")) }).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]
    #[test]
    fn host_rules_and_mappings_lead_where_the_model_says(
        domains in domains(),
        host in prop::sample::select(HOSTS),
        path in r"/(ping|sping|(a|%61|b|ab|c)?(/(a|%61b|b|ab|)){0,4})",
        fields in prop::collection::vec(("(?i)x-[ab]", "[abA]{0,3}"), 0..4),
    ) {
        let table = table(&domains);
        let has_field = |name: &str, passes: &dyn Fn(&[u8]) -> bool| {
            let mut named = fields.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            named.any(|(_, value)| passes(value.as_bytes()))
        };
        let found = match table.locate_by(Some(host), &path, &has_field) {
            Ok(it) => match it.base_path {
                Some(base_path) => {
                    let (api, rest) = (it.api.api_id(), &path[it.path_start..]);
                    Ok((api.to_owned(), base_path.to_owned(), rest.to_owned()))
                }
                None => Err("another host"),
            },
            Err(Miss::HealthCheck) => Err("health"),
            Err(Miss::Forbidden) => Err("forbidden"),
            Err(miss) => panic!("{miss:?}"),
        };
        let wanted = model(&domains, host, &path, &fields);
        prop_assert_eq!(found, wanted);
    }
}
