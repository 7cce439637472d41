//! Custom domain names: which API and stage a request to one is for.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::sync::Arc;

use common::{definition, snapshot, try_image};
use ringgate_model::{
    AnyOf, ApiMapping, Definition, DomainName, HeaderGlob, InvokeApi, MutualTlsAuthentication,
    RoutingMode, RoutingRule, RoutingRuleAction, RoutingRuleCondition,
};
use ringgate_table::{Delta, DomainImage, Miss, Part, PartKey, Snapshot, Table};

fn domain(name: &str, routing_mode: RoutingMode) -> DomainName {
    DomainName { domain_name: name.to_owned(), routing_mode, ..DomainName::default() }
}

fn mapping(key: &str, api_id: &str, stage: &str) -> ApiMapping {
    ApiMapping {
        api_id: api_id.to_owned(),
        api_mapping_key: key.to_owned(),
        stage: stage.to_owned(),
        ..ApiMapping::default()
    }
}

fn mapped(name: &str, mappings: &[ApiMapping]) -> Arc<DomainImage> {
    let domain = domain(name, RoutingMode::ApiMappingOnly);
    Arc::new(DomainImage::new(&domain, mappings, &[]))
}

fn table(domains: Vec<Arc<DomainImage>>) -> Table {
    let open = definition(&["$default"], "http://h");
    let closed = Definition { disable_execute_api_endpoint: true, ..open.clone() };
    let apis = vec![
        try_image("shop", &["$default", "prod"], &open).unwrap(),
        try_image("orders", &["v1", "v2"], &open).unwrap(),
        try_image("closed", &["$default"], &closed).unwrap(),
    ];
    let parts = domains.into_iter().map(Part::Domain).collect();
    Table::from_snapshot(Snapshot { parts, ..snapshot(apis, Some("shop")) }).unwrap()
}

/// `api stage path` with the base path behind it, or the miss.
fn at(table: &Table, host: &str, path: &str) -> String {
    match table.locate(Some(host), path) {
        Ok(it) => {
            let (api, stage) = (it.api.api_id(), it.stage.name());
            let base_path = it.base_path.map_or("none", |path| path);
            format!("{api} {stage} '{}' of '{base_path}'", &path[it.path_start..])
        }
        Err(miss) => format!("{miss:?}"),
    }
}

#[test]
fn the_longest_mapping_key_on_whole_segments_wins() {
    let table = table(vec![mapped(
        "api.example.com",
        &[
            mapping("", "shop", "$default"),
            mapping("orders", "orders", "v1"),
            mapping("orders/v2/items", "orders", "v2"),
            mapping("closed", "closed", "$default"),
            mapping("gone", "gone", "prod"),
            mapping("lost", "shop", "gone"),
        ],
    )]);
    for (path, want) in [
        ("/", "shop $default '/' of ''"),
        ("/prod/x", "shop $default '/prod/x' of ''"),
        ("/orders", "orders v1 '' of 'orders'"),
        ("/orders/", "orders v1 '/' of 'orders'"),
        ("/orders/v1/7", "orders v1 '/v1/7' of 'orders'"),
        ("/orders/v2/items/7", "orders v2 '/7' of 'orders/v2/items'"),
        ("/orders/v2/item", "orders v1 '/v2/item' of 'orders'"),
        ("/orders2", "shop $default '/orders2' of ''"),
        ("/ORDERS", "shop $default '/ORDERS' of ''"),
        ("/%6Frders/x", "orders v1 '/x' of 'orders'"),
        // An API that closed its own endpoint answers here.
        ("/closed/x", "closed $default '/x' of 'closed'"),
        ("/gone/x", "Forbidden"),
        ("/lost/x", "NotFound"),
        ("/_aws/execute-api/orders/v1/x", "shop $default '/_aws/execute-api/orders/v1/x' of ''"),
        ("/ping", "HealthCheck"),
        ("/sping", "HealthCheck"),
        ("/ping/", "shop $default '/ping/' of ''"),
        ("/orders/ping", "orders v1 '/ping' of 'orders'"),
    ] {
        assert_eq!(at(&table, "API.example.com:8443", path), want, "{path}");
    }
    let closed = table.locate(Some("closed.execute-api.localhost"), "/x");
    assert_eq!(closed.unwrap_err(), Miss::NotFound);
    assert_eq!(at(&table, "127.0.0.1", "/ping"), "shop $default '/ping' of 'none'");
}

#[test]
fn an_exact_name_goes_before_a_wildcard_of_one_label() {
    let to = |api: &str, stage: &str| [mapping("", api, stage)];
    let table = table(vec![
        mapped("*.example.com", &to("orders", "v1")),
        mapped("a.example.com", &to("orders", "v2")),
        mapped("*.b.example.com", &to("shop", "prod")),
        mapped("nothing.example.com", &[]),
    ]);
    for (host, want) in [
        ("a.example.com", "orders v2 '/x' of ''"),
        ("A.EXAMPLE.COM.:1", "orders v2 '/x' of ''"),
        ("z.example.com", "orders v1 '/x' of ''"),
        ("b.example.com", "orders v1 '/x' of ''"),
        ("z.b.example.com", "shop prod '/x' of ''"),
        // A name without mappings is nobody else's, though a wildcard would take it.
        ("nothing.example.com", "Forbidden"),
        // Not custom domain names: the default API's.
        ("example.com", "shop $default '/x' of 'none'"),
        ("z.a.example.com", "shop $default '/x' of 'none'"),
        (".example.com", "shop $default '/x' of 'none'"),
    ] {
        assert_eq!(at(&table, host, "/x"), want, "{host}");
    }
}

/// Rules of even priority strip the base path.
fn rule(priority: u32, stage: &str, conditions: Vec<RoutingRuleCondition>) -> RoutingRule {
    let (api_id, stage) = ("orders".to_owned(), stage.to_owned());
    let invoke_api = InvokeApi { api_id, stage, strip_base_path: Some(priority.is_multiple_of(2)) };
    let actions = vec![RoutingRuleAction { invoke_api }];
    RoutingRule { actions, conditions, priority, ..RoutingRule::default() }
}

fn paths(any_of: &[&str]) -> RoutingRuleCondition {
    let any_of = any_of.iter().map(|path| (*path).to_owned()).collect();
    let match_base_paths = Some(AnyOf { any_of });
    RoutingRuleCondition { match_base_paths, ..RoutingRuleCondition::default() }
}

fn headers(any_of: &[(&str, &str)]) -> RoutingRuleCondition {
    let glob = |(header, glob): &(&str, &str)| HeaderGlob {
        header: (*header).to_owned(),
        value_glob: (*glob).to_owned(),
    };
    let match_headers = Some(AnyOf { any_of: any_of.iter().map(glob).collect() });
    RoutingRuleCondition { match_headers, ..RoutingRuleCondition::default() }
}

#[test]
fn rules_are_looked_at_by_priority_and_before_mappings() {
    let rules = [
        rule(9, "v1", vec![paths(&["old", "old/deep"])]),
        rule(2, "v2", vec![headers(&[("X-Version", "v2*")]), headers(&[("x-beta", "*")])]),
        rule(4, "v2", vec![paths(&["new", "new/deep"]), headers(&[("X-Version", "v2*")])]),
    ];
    let mappings = [mapping("", "shop", "prod"), mapping("old", "shop", "$default")];
    let by = |mode| {
        let image = DomainImage::new(&domain("a.example", mode), &mappings, &rules);
        table(vec![Arc::new(image)])
    };
    let to = |table: &Table, path: &str, fields: &[(&str, &str)]| {
        let has_field = |name: &str, passes: &dyn Fn(&[u8]) -> bool| {
            let mut named = fields.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            named.any(|(_, value)| passes(value.as_bytes()))
        };
        match table.locate_by(Some("a.example"), path, &has_field) {
            Ok(it) => format!(
                "{} {} '{}' of '{}', key '{}'",
                it.api.api_id(),
                it.stage.name(),
                &path[it.path_start..],
                it.base_path.unwrap(),
                it.mapping_key()
            ),
            Err(miss) => format!("{miss:?}"),
        }
    };
    let both = by(RoutingMode::RoutingRuleThenApiMapping);
    let v2: &[_] = &[("x-version", "v1"), ("X-VERSION", "v2.1")];
    let beta: &[_] = &[("x-version", "v2"), ("X-Beta", "")];
    for (path, fields, want) in [
        ("/old/deep/x", &[][..], "orders v1 '/old/deep/x' of 'old/deep', key ''"),
        ("/old", &[], "orders v1 '/old' of 'old', key ''"),
        ("/new/deep/x", v2, "orders v2 '/x' of 'new/deep', key 'new/deep'"),
        ("/new", v2, "orders v2 '' of 'new', key 'new'"),
        ("/new/x", &[("x-version", "V2")], "shop prod '/new/x' of '', key ''"),
        ("/old/x", beta, "orders v2 '/old/x' of '', key ''"),
        ("/x", v2, "shop prod '/x' of '', key ''"),
        ("/ping", beta, "HealthCheck"),
    ] {
        assert_eq!(to(&both, path, fields), want, "{path}");
    }
    let rules_only = by(RoutingMode::RoutingRuleOnly);
    assert_eq!(to(&rules_only, "/x", &[]), "Forbidden");
    assert_eq!(to(&rules_only, "/old/x", &[]), "orders v1 '/old/x' of 'old', key ''");
    let mappings_only = by(RoutingMode::ApiMappingOnly);
    assert_eq!(to(&mappings_only, "/old/x", beta), "shop $default '/x' of 'old', key 'old'");
}

#[test]
fn a_domain_name_with_mutual_tls_is_no_open_door() {
    let locked = DomainName {
        mutual_tls_authentication: Some(MutualTlsAuthentication::default()),
        ..domain("a.example", RoutingMode::ApiMappingOnly)
    };
    let image = DomainImage::new(&locked, &[mapping("", "shop", "prod")], &[]);
    let table = table(vec![Arc::new(image)]);
    for path in ["/", "/x", "/ping", "/_aws/execute-api/shop/prod/x"] {
        assert_eq!(at(&table, "a.example", path), "MutualTls", "{path}");
    }
}

#[test]
fn deltas_change_domain_names_with_their_apis() {
    let first = table(vec![mapped("a.example", &[mapping("", "shop", "prod")])]);
    let change = |parts| Delta {
        store_id: first.store_id(),
        base: 1,
        generation: 2,
        root: None,
        changed: vec![],
        removed: vec![],
        parts,
    };
    let image = mapped("a.example", &[mapping("", "orders", "v1")]);
    let made = mapped("b.example", &[mapping("", "orders", "v2")]);
    let key = |name: &str| PartKey::Domain(name.to_owned());
    let parts = vec![
        (key("a.example"), Some(Part::Domain(image.clone()))),
        (key("b.example"), Some(Part::Domain(made))),
        (key("gone.example"), None),
    ];
    let second = first.apply(change(parts)).unwrap();
    assert_eq!(at(&first, "a.example", "/x"), "shop prod '/x' of ''");
    assert_eq!(at(&second, "a.example", "/x"), "orders v1 '/x' of ''");
    assert_eq!(at(&second, "b.example", "/x"), "orders v2 '/x' of ''");
    let names: Vec<_> = second.snapshot().parts.iter().map(Part::key).collect();
    assert_eq!(names, [key("a.example"), key("b.example")]);
    let third = first.apply(change(vec![(key("a.example"), None)])).unwrap();
    assert_eq!(at(&third, "a.example", "/x"), "shop $default '/x' of 'none'");
    let twice = (key("a.example"), Some(Part::Domain(image)));
    let refused = first.apply(change(vec![twice.clone(), twice])).unwrap_err();
    assert_eq!(refused.path, "domains/a.example");
}
