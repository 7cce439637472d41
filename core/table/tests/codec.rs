//! Updates cross the table socket unchanged, and no bytes at all make a table that lookups could
//! be led astray in.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::sync::{Arc, OnceLock};

use common::{STORE, api, definition, image, integration, snapshot, stage};
use proptest::prelude::*;
use ringgate_auth::jwt::IssuerKeys;
use ringgate_model::{
    AnyOf, ApiMapping, DomainName, HeaderGlob, RoutingMode, RoutingRule, RoutingRuleAction,
    RoutingRuleCondition, Scope, VpcLink,
};
use ringgate_table::{
    ApiImage, ApiInput, Captures, DecodeError, Delta, DomainImage, Integration, IssuerImage, Part,
    PartKey, RoleSessionImage, Root, SealedSession, Snapshot, StageInput, Table, Update, compile,
    decode, encode,
};
use xxhash_rust::xxh3::xxh3_64;

const HEADER_BYTES: usize = 28;

fn rich_image() -> ApiImage {
    let keys = [
        "GET /",
        "GET /pets",
        "POST /pets",
        "ANY /pets/{id}",
        "GET /pets/{id}/toys/{toy}",
        "GET /petrol",
        "GET /files/{path+}",
        "ANY /{proxy+}",
        "$default",
    ];
    let mut definition = definition(&keys, "http://127.0.0.1:9000/v1/{id}?x={toy}");
    definition.integrations.push(integration("i1", "https://secure"));
    definition.routes[2].target = Some("integrations/i1".into());
    let mapped = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
    let first = &mut definition.integrations[0];
    first.request_parameters = Some(mapped("append:header.x", "a${request.body.b}"));
    let response = mapped("overwrite:statuscode", "$response.header.x");
    first.response_parameters = Some([("200".to_owned(), response)].into());
    definition.cors = Some(ringgate_model::Cors {
        allow_origins: Some(vec!["https://*".into()]),
        ..ringgate_model::Cors::default()
    });
    let mut private = integration("i2", "arn:x:listener/app/l/a/f2f7");
    private.connection_type = Some("VPC_LINK".into());
    private.connection_id = Some("abc123".into());
    definition.integrations.push(private);
    definition.routes[4].target = Some("integrations/i2".into());
    let stages = ["$default", "prod"].map(stage);
    let stages: Vec<_> =
        stages.iter().map(|stage| StageInput::new(stage, Some(&definition))).collect();
    let tags = [("ringgate:targets".to_owned(), "a:80 ::1:81".to_owned())].into();
    let link = VpcLink { vpc_link_id: "abc123".to_owned(), tags, ..VpcLink::default() };
    let (scope, api) = (Scope::new("us-east-1", "000000000000"), api("rich000001"));
    let vpc_links = &[link];
    compile(&ApiInput { scope: &scope, api: &api, stages: &stages, vpc_links }).unwrap()
}

fn rich_domain() -> Arc<DomainImage> {
    let domain = DomainName {
        domain_name: "*.a.example".to_owned(),
        routing_mode: RoutingMode::RoutingRuleThenApiMapping,
        ..DomainName::default()
    };
    let mapping = |key: &str| ApiMapping {
        api_id: "rich000001".to_owned(),
        api_mapping_key: key.to_owned(),
        stage: "prod".to_owned(),
        ..ApiMapping::default()
    };
    let header = HeaderGlob { header: "x-v".to_owned(), value_glob: "*1".to_owned() };
    let paths = AnyOf { any_of: vec!["a".to_owned(), "a/b".to_owned()] };
    let rule = RoutingRule {
        actions: vec![RoutingRuleAction::default()],
        conditions: vec![RoutingRuleCondition {
            match_base_paths: Some(paths),
            match_headers: Some(AnyOf { any_of: vec![header] }),
        }],
        priority: 1,
        ..RoutingRule::default()
    };
    Arc::new(DomainImage::new(&domain, &[mapping(""), mapping("pets/v1")], &[rule]))
}

fn parts() -> Vec<Part> {
    let keys = IssuerKeys::DiscoveryFailed;
    let sealed = SealedSession { sealed: Box::from(*b"sealed"), expires_at_s: 1 };
    let session = |role: &str, it| Part::from(RoleSessionImage::new("a1b2c3d4e5", role, it));
    vec![
        Part::Domain(rich_domain()),
        IssuerImage::new("https://i.example", keys).into(),
        session("arn:aws:iam::111122223333:role/a", Ok(sealed)),
        session("arn:aws:iam::111122223333:role/b", Err("denied")),
    ]
}

fn encoded() -> &'static [u8] {
    static ENCODED: OnceLock<Vec<u8>> = OnceLock::new();
    let update = || {
        let snapshot = snapshot(vec![rich_image()], Some("rich000001"));
        Update::Snapshot(Snapshot { parts: parts(), ..snapshot })
    };
    ENCODED.get_or_init(|| encode(&update()))
}

/// Bytes with the checksum and length that belong to their payload.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = xxh3_64(&bytes[HEADER_BYTES..]).to_le_bytes();
    let length = ((bytes.len() - HEADER_BYTES) as u64).to_le_bytes();
    bytes[12..20].copy_from_slice(&length);
    bytes[20..28].copy_from_slice(&checksum);
    bytes
}

/// Every lookup there is, for its panics.
fn use_all(table: &Table) {
    let mut captures = Captures::new();
    let mut out = Vec::new();
    for api in table.apis() {
        for stage in api.stages() {
            for path in ["/", "/pets", "/pets/1", "/pets/1/toys/2", "/files/a/b", "/p%65ts", "/x"] {
                for method in ["GET", "POST", "PUT"] {
                    let Some(route) = stage.find(method, path, &mut captures) else { continue };
                    let names = route.param_names().count();
                    assert!(names <= 64 && route.id().len() + route.key().len() < 1 << 20);
                    if let Some(mapping) = route.mapping() {
                        for change in mapping.of_request().chain(mapping.of_response(200)) {
                            let _ = (change.target(), change.action(), change.value().count());
                        }
                    }
                    if let Integration::Http(http) = route.integration() {
                        let _ = http.write_target(&mut out, route, path, &captures, Some("q"));
                        assert!(http.id().len() + http.origin().host.len() < 1 << 20);
                    }
                }
            }
        }
    }
    for path in ["/", "/a/b", "/a/x", "/pets/v1/pets", "/ping"] {
        for passes in [false, true] {
            let _ = table.locate_by(Some("x.a.example"), path, &|_, _| passes, &|_| passes);
        }
    }
    assert!(table.heap_bytes() > 0);
}

#[test]
fn a_snapshot_comes_back_as_it_was() {
    let whole = snapshot(vec![rich_image(), image("bbb", &["GET /x"])], Some("bbb"));
    let whole = Snapshot { parts: parts(), ..whole };
    let before = Table::from_snapshot(whole).unwrap();
    let bytes = encode(&Update::Snapshot(before.snapshot()));
    let Ok(Update::Snapshot(snapshot)) = decode(&bytes) else { panic!("no snapshot") };
    assert_eq!((snapshot.store_id, snapshot.generation), (STORE, 1));
    let after = Table::from_snapshot(snapshot).unwrap();
    for api in before.apis() {
        let other = after.api(api.api_id()).unwrap();
        assert_eq!(api.hash(), other.hash());
        assert_eq!(api.heap_bytes(), other.heap_bytes());
        assert_eq!(format!("{api:?}"), format!("{other:?}"));
    }
    assert_eq!(after.snapshot().parts, parts());
    let failed = IssuerKeys::DiscoveryFailed;
    assert_eq!(after.issuer("https://i.example").map(|issuer| issuer.keys()), Some(&failed));
    assert_eq!(encode(&Update::Snapshot(after.snapshot())), bytes);
    use_all(&after);
}

#[test]
fn a_delta_comes_back_as_it_was() {
    let delta = Delta {
        store_id: STORE,
        base: 8,
        generation: u64::MAX,
        root: Some(Root::default()),
        changed: vec![Arc::new(rich_image())],
        removed: vec!["aaa".into(), "bbb".into()],
        parts: vec![
            (PartKey::Domain("a.example".into()), Some(Part::Domain(rich_domain()))),
            (PartKey::Issuer("https://i.example".into()), None),
        ],
    };
    let Ok(Update::Delta(after)) = decode(&encode(&Update::Delta(delta.clone()))) else {
        panic!("no delta")
    };
    assert_eq!(format!("{after:?}"), format!("{delta:?}"));
}

#[test]
fn damage_is_named() {
    let good = encoded();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        decode(&bytes).unwrap_err()
    };
    assert_eq!(with(0, b'X'), DecodeError::Magic);
    assert_eq!(with(8, 99), DecodeError::Version(99));
    assert!(matches!(with(12, 0), DecodeError::Length { .. }));
    assert_eq!(with(20, !good[20]), DecodeError::Checksum);
    assert_eq!(with(good.len() - 1, !good[good.len() - 1]), DecodeError::Checksum);
    for end in [0, 7, 8, 12, 20, 27, 28, good.len() - 1] {
        assert!(decode(&good[..end]).is_err(), "{end}");
    }
    let longer = [good, &[0]].concat();
    assert!(matches!(decode(&longer), Err(DecodeError::Length { .. })));
    assert!(matches!(decode(&sealed(longer)), Err(DecodeError::Malformed(_))));
}

#[test]
fn no_single_byte_leads_a_lookup_astray() {
    let good = encoded();
    let (mut refused, mut named) = (0, 0);
    for at in HEADER_BYTES..good.len() {
        for byte in [0, 1, 0x7f, good[at] ^ 1, good[at] ^ 0x80, good[at].wrapping_add(1)] {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            match decode(&sealed(bytes)) {
                Ok(Update::Snapshot(snapshot)) => {
                    if let Ok(table) = Table::from_snapshot(snapshot) {
                        use_all(&table);
                    }
                }
                Ok(Update::Delta(_)) => {}
                Err(DecodeError::Image { path, .. }) => {
                    assert!(path.starts_with("apis/") || path.starts_with("domains/"), "{path}");
                    named += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100 && named > 100, "{refused} refused, {named} of them by name");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256, failure_persistence: None, ..ProptestConfig::default()
    })]
    #[test]
    fn no_bytes_lead_a_lookup_astray(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = encoded().to_vec();
        for (at, byte) in changes {
            let at = HEADER_BYTES + at.index(bytes.len() - HEADER_BYTES);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(HEADER_BYTES + cut.index(bytes.len() - HEADER_BYTES));
        }
        if let Ok(Update::Snapshot(snapshot)) = decode(&sealed(bytes))
            && let Ok(table) = Table::from_snapshot(snapshot)
        {
            use_all(&table);
        }
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
        let mut framed = encoded()[..HEADER_BYTES].to_vec();
        framed.extend(bytes);
        let _ = decode(&sealed(framed));
    }
}
