//! Any bytes as a table update: raw, with a right checksum, or as edits of a real update. What is
//! taken must survive every lookup and come back the same from another round.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use ringgate_model::{
    AnyOf, Api, ApiMapping, Cors, Definition, DomainName, HeaderGlob, Integration as Called, Route,
    RoutingMode, RoutingRule, RoutingRuleAction, RoutingRuleCondition, Scope, Stage,
};
use ringgate_table::{
    ApiInput, Captures, DomainImage, HasField, Integration, Root, Snapshot, StageImage, StageInput,
    Table, Update, compile, decode, encode,
};
use xxhash_rust::xxh3::xxh3_64;

/// Magic and version; then the payload's length and checksum.
const HEADER_BYTES: usize = 28;

static REAL: LazyLock<Vec<u8>> = LazyLock::new(real);

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let bytes = match choice % 4 {
        0 => rest.to_vec(),
        1 => sealed([&REAL[..HEADER_BYTES], rest].concat()),
        _ => sealed(edited(rest)),
    };
    let Ok(update) = decode(&bytes) else { return };
    let canonical = encode(&update);
    match decode(&canonical) {
        Ok(again) => assert_eq!(encode(&again), canonical),
        Err(error) => panic!("what was taken once: {error}"),
    }
    let table = match update {
        Update::Snapshot(snapshot) => Table::from_snapshot(snapshot),
        Update::Delta(delta) => Table::empty().apply(delta),
    };
    if let Ok(table) = table {
        use_all(&table);
    }
});

/// A real update with bytes replaced: each edit is a place (two bytes) and a value.
fn edited(edits: &[u8]) -> Vec<u8> {
    let mut bytes = REAL.clone();
    for edit in edits.chunks_exact(3) {
        let places = bytes.len() - HEADER_BYTES;
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % places;
        bytes[HEADER_BYTES + at] = edit[2];
    }
    bytes
}

/// The bytes with the length and checksum that belong to their payload.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let payload = &bytes[HEADER_BYTES..];
    let (length, checksum) = (payload.len() as u64, xxh3_64(payload));
    bytes[12..20].copy_from_slice(&length.to_le_bytes());
    bytes[20..28].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn real() -> Vec<u8> {
    let keys = [
        "GET /",
        "GET /pets",
        "POST /pets",
        "ANY /pets/{id}",
        "GET /pets/{id}/toys/{toy}",
        "GET /petrol",
        "GET /files/{path+}",
        "$default",
    ];
    let route = |(at, key): (usize, &&str)| Route {
        route_id: format!("r{at}"),
        route_key: (*key).to_owned(),
        target: Some(format!("integrations/i{}", at % 2)),
        ..Route::default()
    };
    let called = |id: &str, uri: &str| Called {
        integration_id: id.to_owned(),
        integration_method: Some("ANY".to_owned()),
        integration_uri: Some(uri.to_owned()),
        ..Called::default()
    };
    let origins = Some(vec!["https://*".to_owned()]);
    let definition = Definition {
        routes: keys.iter().enumerate().map(route).collect(),
        integrations: vec![
            called("i0", "http://127.0.0.1:9000/v1/{id}?x={toy}"),
            called("i1", "http://localhost:9001"),
        ],
        cors: Some(Cors { allow_origins: origins, ..Cors::default() }),
        ..Definition::default()
    };
    let stage = Stage { stage_name: "$default".to_owned(), ..Stage::default() };
    let stages = [StageInput::new(&stage, Some(&definition))];
    let api = Api { api_id: "a1b2c3d4e5".to_owned(), ..Api::default() };
    let scope = Scope::new("us-east-1", "000000000000");
    let image =
        compile(&ApiInput { scope: &scope, api: &api, stages: &stages, vpc_links: &[] }).unwrap();
    encode(&Update::Snapshot(Snapshot {
        store_id: [7; 16],
        generation: 3,
        root: Root { default_api: Some(api.api_id.clone()), ..Root::default() },
        apis: vec![Arc::new(image)],
        parts: vec![domain(&api.api_id).into()],
    }))
}

fn domain(api_id: &str) -> DomainImage {
    let domain = DomainName {
        domain_name: "*.a.example".to_owned(),
        routing_mode: RoutingMode::RoutingRuleThenApiMapping,
        ..DomainName::default()
    };
    let mapping = ApiMapping {
        api_id: api_id.to_owned(),
        api_mapping_key: "pets/v1".to_owned(),
        stage: "$default".to_owned(),
        ..ApiMapping::default()
    };
    let header = HeaderGlob { header: "x-v".to_owned(), value_glob: "*1".to_owned() };
    let rule = RoutingRule {
        actions: vec![RoutingRuleAction::default()],
        conditions: vec![RoutingRuleCondition {
            match_base_paths: Some(AnyOf { any_of: vec!["a/b".to_owned()] }),
            match_headers: Some(AnyOf { any_of: vec![header] }),
        }],
        priority: 1,
        ..RoutingRule::default()
    };
    DomainImage::new(&domain, &[mapping], &[rule])
}

/// Every lookup there is.
fn use_all(table: &Table) {
    let (mut captures, mut out) = (Captures::new(), Vec::new());
    for host in
        [None, Some("a1b2c3d4e5.execute-api.localhost:8080"), Some("x.a.example:1"), Some("[::1]")]
    {
        for path in [
            "/",
            "/prod/pets/1",
            "/_aws/execute-api/a1b2c3d4e5/$default/pets",
            "/p%65ts/v1/pets",
            "/a/b",
            "/%zz/é",
        ] {
            let has_field: HasField<'_> = &|_, passes| passes(b"v1");
            if let Ok(located) = table.locate_by(host, path, has_field, &|_| true) {
                let rest = &path[located.path_start..];
                find_all(located.stage, rest, &mut captures, &mut out);
            }
        }
    }
    for stage in table.apis().flat_map(|api| api.stages()) {
        for path in ["", "/", "/pets", "/pets/1/toys/..", "/files/a/%2e%2e/b", "/p%65ts", "//"] {
            find_all(stage, path, &mut captures, &mut out);
        }
        for route in stage.routes() {
            assert!(route.id().len() + route.key().len() < usize::MAX);
        }
    }
    assert!(table.route_count() <= table.heap_bytes());
}

fn find_all(stage: &StageImage, path: &str, captures: &mut Captures, out: &mut Vec<u8>) {
    for method in ["GET", "POST", "get"] {
        let Some(route) = stage.find(method, path, captures) else { continue };
        let names = route.param_names().filter(|name| route.param(name, path, captures).is_some());
        assert!(names.count() <= 64);
        if let Integration::Http(http) = route.integration() {
            out.clear();
            if http.write_target(out, route, path, captures, Some("q=1")).is_ok() {
                assert!(out.starts_with(b"/"), "{}", out.escape_ascii());
            }
        }
    }
}
