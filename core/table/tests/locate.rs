//! Which API and stage a request is for (spec section 2.1).
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use common::{definition, image, snapshot, stage, table, try_image};
use ringgate_model::Scope;
use ringgate_table::{ApiInput, Captures, Miss, StageInput, Table, compile};

fn two_apis() -> Table {
    let named = definition(&["GET /pets"], "http://h");
    let named = try_image("named00001", &["prod", "dev"], &named).unwrap();
    let both = definition(&["$default"], "http://h");
    let both = try_image("both000001", &["$default", "prod"], &both).unwrap();
    let closed = definition(&["$default"], "http://h");
    let closed = ringgate_model::Definition { disable_execute_api_endpoint: true, ..closed };
    let closed = try_image("closed0001", &["$default"], &closed).unwrap();
    table(vec![named, both, closed], Some("both000001"))
}

#[test]
fn every_form_of_address() {
    let table = two_apis();
    let at = |host: Option<&'static str>, path: &'static str| {
        let located = table.locate(host, path)?;
        Ok((located.api.api_id(), located.stage.name(), &path[located.path_start..]))
    };
    let named = Some("named00001.execute-api.localhost:8080");
    let both = Some("BOTH000001.Execute-Api.us-east-1.amazonaws.com");
    let other = Some("127.0.0.1:8080");
    for (host, path, want) in [
        (named, "/prod/pets", Ok(("named00001", "prod", "/pets"))),
        (named, "/prod", Ok(("named00001", "prod", ""))),
        (named, "/prod/", Ok(("named00001", "prod", "/"))),
        (named, "/products", Err(Miss::NotFound)),
        (named, "/", Err(Miss::NotFound)),
        (both, "/prod/x", Ok(("both000001", "prod", "/x"))),
        (both, "/x/prod", Ok(("both000001", "$default", "/x/prod"))),
        // `$default` is no name to address it by: the path stays whole.
        (both, "/$default/x", Ok(("both000001", "$default", "/$default/x"))),
        (both, "", Ok(("both000001", "$default", ""))),
        (
            both,
            "/_aws/execute-api/named00001/prod/pets",
            Ok(("both000001", "$default", "/_aws/execute-api/named00001/prod/pets")),
        ),
        (Some("gone.execute-api.localhost"), "/x", Err(Miss::Forbidden)),
        (Some(".execute-api.localhost"), "/x", Err(Miss::Forbidden)),
        (other, "/_aws/execute-api/named00001/prod/pets", Ok(("named00001", "prod", "/pets"))),
        (
            None,
            "/restapis/both000001/$default/_user_request_/a",
            Ok(("both000001", "$default", "/a")),
        ),
        (other, "/_aws/execute-api/named00001/gone/pets", Err(Miss::NotFound)),
        (other, "/_aws/execute-api/gone/prod/pets", Err(Miss::Forbidden)),
        (other, "/pets", Ok(("both000001", "$default", "/pets"))),
        (other, "/prod/pets", Ok(("both000001", "prod", "/pets"))),
        (None, "/", Ok(("both000001", "$default", "/"))),
        (Some("closed0001.execute-api.localhost"), "/x", Err(Miss::NotFound)),
        (other, "/_aws/execute-api/closed0001/$default/x", Err(Miss::NotFound)),
    ] {
        assert_eq!(at(host, path), want, "{host:?} {path}");
    }
}

#[test]
fn without_a_default_api_other_hosts_are_forbidden() {
    for default in [None, Some("gone")] {
        let table = table(vec![image("abc", &["$default"])], default);
        assert_eq!(table.locate(Some("localhost"), "/").unwrap_err(), Miss::Forbidden);
        assert!(table.locate(Some("abc.execute-api.localhost"), "/").is_ok());
    }
    assert_eq!(Table::empty().locate(None, "/").unwrap_err(), Miss::Forbidden);
}

#[test]
fn the_default_api_answers_though_its_own_endpoint_is_closed() {
    let open = ringgate_model::Definition {
        disable_execute_api_endpoint: true,
        ..definition(&["$default"], "http://h")
    };
    let table = table(vec![try_image("abc", &["$default"], &open).unwrap()], Some("abc"));
    assert!(table.locate(Some("localhost"), "/").is_ok());
}

#[test]
fn a_stage_without_a_deployment_has_no_routes() {
    let stage = stage("$default");
    let stages = [StageInput::new(&stage, None)];
    let scope = Scope::new("us-east-1", "000000000000");
    let input =
        ApiInput { scope: &scope, api: &common::api("abc"), stages: &stages, vpc_links: &[] };
    let table = Table::from_snapshot(snapshot(vec![compile(&input).unwrap()], None)).unwrap();
    let located = table.locate(Some("abc.execute-api.localhost"), "/x").unwrap();
    assert!(located.stage.find("GET", "/x", &mut Captures::new()).is_none());
    assert_eq!(located.api.scope(), &scope);
}
