//! Private integrations: what a VPC link and its tags come to in each stage.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::sync::Arc;

use common::{api, definition, snapshot, stage};
use ringgate_model::{Definition, Scheme, Scope, TlsConfig, VpcLink};
use ringgate_table::{
    ApiImage, ApiInput, Captures, Integration, StageInput, Update, compile, decode, encode,
};

const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/l/a/f2f7";

fn link(id: &str, tags: &[(&str, &str)]) -> VpcLink {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    VpcLink { vpc_link_id: id.to_owned(), tags: tags.collect(), ..VpcLink::default() }
}

fn private(connection_id: &str, uri: &str) -> Definition {
    let mut definition = definition(&["ANY /pets/{proxy+}", "$default"], uri);
    let integration = &mut definition.integrations[0];
    integration.connection_type = Some("VPC_LINK".to_owned());
    integration.connection_id = Some(connection_id.to_owned());
    definition
}

fn compiled(definition: &Definition, vpc_links: &[VpcLink]) -> ApiImage {
    let scope = Scope::new("us-east-1", "000000000000");
    let mut named = stage("prod");
    named.stage_variables.insert("link".to_owned(), "abc123".to_owned());
    let stages = [stage("$default"), named];
    let stages: Vec<_> =
        stages.iter().map(|stage| StageInput::new(stage, Some(definition))).collect();
    let api = api("abc");
    let image = compile(&ApiInput { scope: &scope, api: &api, stages: &stages, vpc_links });
    // What a data plane has of it: checked, and the same.
    let sent = encode(&Update::Snapshot(snapshot(vec![image.unwrap()], None)));
    let Update::Snapshot(mut came) = decode(&sent).unwrap() else { panic!("no snapshot") };
    Arc::into_inner(came.apis.remove(0)).unwrap()
}

/// The targets of a stage's integration, or why it has none.
fn targets(image: &ApiImage, stage: &str) -> String {
    let route = image.stage(stage).unwrap().routes().next().unwrap();
    match route.integration() {
        Integration::Http(http) => {
            let link = http.origin().link.as_ref().unwrap();
            let shown = link.targets.iter().map(|(host, port)| format!("{host} {port}"));
            format!("{}: {}", link.name, shown.collect::<Vec<_>>().join(", "))
        }
        Integration::Broken { reason } => reason.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_leads_to_the_hosts_of_its_tags() {
    let links = [
        link("other1", &[("ringgate:targets", "x:1")]),
        link(
            "abc123",
            &[("ringgate:targets", "A.internal:80 ::1:81"), ("ringgate:targets:f2", "b:82")],
        ),
    ];
    let name = "us-east-1/000000000000/abc123";
    let image = compiled(&private("abc123", LISTENER), &links);
    assert_eq!(targets(&image, "prod"), format!("{name}/f2f7: a.internal 80, ::1 81"));
    let service = "arn:aws:servicediscovery:us-east-1:1:service/f2?stage=x/y";
    let image = compiled(&private("abc123", service), &links);
    assert_eq!(targets(&image, "$default"), format!("{name}/f2: b 82"));
    // A stage variable may name the link.
    let image = compiled(&private("${stageVariables.link}", LISTENER), &links);
    assert_eq!(targets(&image, "prod"), format!("{name}/f2f7: a.internal 80, ::1 81"));
    assert_eq!(targets(&image, "$default"), "The stage has no variable named 'link'");
}

#[test]
fn what_leads_nowhere_says_why() {
    let reason =
        |definition: &Definition, links: &[VpcLink]| targets(&compiled(definition, links), "prod");
    let usual = private("abc123", LISTENER);
    let bare = [link("abc123", &[("team", "pets")])];
    assert_eq!(reason(&usual, &[]), "the VPC link 'abc123' does not exist");
    assert!(reason(&usual, &bare).starts_with("no tag of the VPC link 'abc123' names targets"));
    let mut unnamed = usual.clone();
    unnamed.integrations[0].tls_config = Some(TlsConfig::default());
    let links = [link("abc123", &[("ringgate:targets", "x:1")])];
    assert_eq!(reason(&unnamed, &links), "its tlsConfig has no serverNameToVerify");
}

#[test]
fn tls_and_the_link_tell_origins_apart_and_targets_do_not() {
    let origin = |tls: Option<&str>, targets: &str| {
        let mut definition = private("abc123", LISTENER);
        let name = tls.map(str::to_owned);
        definition.integrations[0].tls_config =
            name.map(|name| TlsConfig { server_name_to_verify: Some(name) });
        let image = compiled(&definition, &[link("abc123", &[("ringgate:targets", targets)])]);
        let route = image.stage("prod").unwrap().routes().next().unwrap();
        let Integration::Http(http) = route.integration() else { panic!("no HTTP") };
        http.origin().clone()
    };
    let (plain, secure) = (origin(None, "x:1"), origin(Some("Pets.Local"), "x:1"));
    assert_eq!((secure.scheme, secure.host.as_str()), (Scheme::Https, "pets.local"));
    assert_eq!((plain.scheme, plain.host.as_str(), plain.port), (Scheme::Http, "", 0));
    assert_ne!(plain.hash, secure.hash);
    let more = origin(None, "x:1 y:1");
    assert_eq!(plain.hash, more.hash, "the pool stays");
    assert_ne!(plain.link.unwrap().hash, more.link.unwrap().hash, "its targets do not");
}

#[test]
fn the_stage_stands_before_the_path_and_nothing_leads_out_of_it() {
    let links = [link("abc123", &[("ringgate:targets", "x:1")])];
    let image = compiled(&private("abc123", LISTENER), &links);
    let written = |stage: &str, path: &str, query: Option<&str>| {
        let (mut captures, mut out) = (Captures::new(), Vec::new());
        let route = image.stage(stage).unwrap().find("GET", path, &mut captures).unwrap();
        let Integration::Http(http) = route.integration() else { panic!("no HTTP") };
        match http.write_target(&mut out, route, path, &captures, query) {
            Ok(()) => String::from_utf8(out).unwrap(),
            Err(error) => {
                assert!(out.is_empty());
                error.to_string()
            }
        }
    };
    for (stage, path, query, want) in [
        ("prod", "/pets/1%2F2", Some("a=b"), "/prod/pets/1%2F2?a=b"),
        ("prod", "/", None, "/prod/"),
        ("prod", "", None, "/prod"),
        ("prod", "", Some(""), "/prod?"),
        ("prod", "*", None, "/prod/*"),
        ("$default", "/pets/1", None, "/pets/1"),
        ("$default", "", None, "/"),
        ("$default", "/pets/../x", None, "/pets/../x"),
    ] {
        assert_eq!(written(stage, path, query), want, "{stage} {path}");
    }
    for path in ["/../dev/pets", "/pets/%2e%2E/x"] {
        assert!(written("prod", path, None).contains("'..' segment"), "{path}");
    }
}
