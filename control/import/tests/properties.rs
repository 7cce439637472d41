//! What must hold for any document.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use ringgate_import::openapi::{Options, read};
use ringgate_import::{Action, Desired, DesiredRoute, DesiredStage, diff, diff_api};
use ringgate_model::{Api, Cors, Definition, Integration, Route};

/// What an apply leaves behind.
fn applied(desired: &Desired) -> (Api, Definition) {
    let mut definition = Definition {
        cors: desired.cors.clone(),
        disable_execute_api_endpoint: desired.disable_execute_api_endpoint,
        ..Definition::default()
    };
    for (at, route) in desired.routes.iter().enumerate() {
        let id = format!("i{at}");
        definition.routes.push(Route {
            route_id: format!("r{at}"),
            route_key: route.route_key.clone(),
            operation_name: route.operation_name.clone(),
            target: route.integration.is_some().then(|| format!("integrations/{id}")),
            ..Route::default()
        });
        let integration = route.integration.clone();
        definition
            .integrations
            .extend(integration.map(|i| Integration { integration_id: id, ..i }));
    }
    let api = Api {
        name: desired.name.clone(),
        description: desired.description.clone(),
        version: desired.version.clone(),
        tags: desired.tags.clone(),
        ..Api::default()
    };
    (api, definition)
}

fn integration() -> impl Strategy<Value = Integration> {
    (
        prop::sample::select(vec!["ANY", "GET", "POST"]),
        "http://[a-z]{1,8}(:[1-9][0-9]{1,3})?(/[a-z]{0,5}){0,3}",
        prop::option::of(50u32..=30_000),
        prop::option::of(Just("1.0".to_owned())),
    )
        .prop_map(|(method, uri, timeout_in_millis, payload_format_version)| Integration {
            integration_method: Some(method.to_owned()),
            integration_uri: Some(uri),
            timeout_in_millis,
            payload_format_version,
            ..Integration::default()
        })
}

fn desired() -> impl Strategy<Value = Desired> {
    let cors = prop::option::of(
        prop::collection::vec("https://[a-z]{1,5}", 0..3)
            .prop_map(|origins| Cors { allow_origins: Some(origins), ..Cors::default() }),
    );
    let routes = prop::collection::btree_map(
        "(GET|ANY|POST) /[a-z]{1,4}(/\\{id\\})?",
        (prop::option::of("[a-z]{1,5}"), prop::option::of(integration())),
        0..6,
    );
    let tags = prop::collection::btree_map("[a-z]{1,3}", "[a-z]{0,3}", 0..3);
    let texts = (prop::option::of("[a-z]{1,9}"), prop::option::of("[0-9.]{1,5}"));
    ("[a-z]{1,9}", texts, cors, routes, tags, any::<bool>()).prop_map(
        |(name, (description, version), cors, routes, tags, disable_execute_api_endpoint)| {
            let routes = routes.into_iter().map(|(route_key, (operation_name, integration))| {
                DesiredRoute { route_key, operation_name, integration, ..DesiredRoute::default() }
            });
            Desired {
                name,
                description,
                version,
                cors,
                tags,
                disable_execute_api_endpoint,
                routes: routes.collect(),
                ..Desired::default()
            }
        },
    )
}

/// Pieces that documents are made of, in any order: nearer to the grammar than any text.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "openapi: 3.0.0\n",
        "info:",
        "paths:",
        "\n",
        "  ",
        "    ",
        "      ",
        "/a",
        "/$default",
        "get",
        "x-amazon-apigateway-any-method",
        "x-amazon-apigateway-integration",
        ":",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "&a ",
        "*a",
        "<<: ",
        "!Sub ",
        "$ref: ",
        "#/components/",
        "type: http_proxy\n",
        "uri: http://h/{x}\n",
        "- ",
        "? ",
        "|\n",
        ">\n",
        "---\n",
        "~",
        "1.0",
        "\\u",
        "d83d",
        "title: x\n",
        "security",
        "x-amazon-apigateway-cors",
        "maxAge: 1\n",
        "\t",
        "%YAML 1.2\n",
        "\u{feff}",
        "é",
        "\r",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        for file in ["f", "f.yaml"] {
            let _ = read(&text, file, Options::default());
        }
    }

    #[test]
    fn any_pieces_are_read_or_refused(text in pieces()) {
        for file in ["f", "f.yaml"] {
            if let Err(problems) = read(&text, file, Options::default()) {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(problem.line >= 1 && problem.column >= 1, "{}", problem);
                }
            }
        }
    }

    #[test]
    fn json_and_yaml_say_the_same(desired in desired()) {
        // Every JSON text that our writer makes is YAML too, and both readers agree on it.
        let mut paths = serde_json::Map::new();
        for route in &desired.routes {
            let (method, path) = route.route_key.split_once(' ').unwrap();
            let method = match method {
                "ANY" => "x-amazon-apigateway-any-method".to_owned(),
                method => method.to_lowercase(),
            };
            paths.entry(path).or_insert_with(|| serde_json::json!({}))[method] =
                serde_json::json!({ "operationId": route.operation_name });
        }
        let document = serde_json::json!({
            "openapi": "3.0.3", "info": { "title": desired.name }, "paths": paths,
        });
        let text = format!("{document:#}");
        let as_json = read(&text, "f.json", Options::default());
        let as_yaml = read(&format!("---\n{text}"), "f.yaml", Options::default());
        prop_assert_eq!(as_json.map(|r| r.desired).map_err(|p| p.len()),
                        as_yaml.map(|r| r.desired).map_err(|p| p.len()));
    }

    #[test]
    fn nothing_is_left_to_change_after_an_apply(desired in desired()) {
        let (api, definition) = applied(&desired);
        prop_assert!(diff(Some(&definition), &desired).is_empty());
        let whole = diff_api(Some(&api), Some(&definition), &desired);
        prop_assert!(whole.is_empty(), "{}", whole);
    }

    #[test]
    fn every_route_that_differs_is_told_once(before in desired(), after in desired()) {
        let (_, definition) = applied(&before);
        let told = diff(Some(&definition), &after);
        for change in told.changes.iter().filter(|change| change.subject != "api") {
            let key = change.subject.strip_prefix("route ").unwrap();
            let was = before.routes.iter().any(|route| route.route_key == key);
            let is = after.routes.iter().any(|route| route.route_key == key);
            prop_assert_eq!((was, is), match change.action {
                Action::Add => (false, true),
                Action::Change => (true, true),
                Action::Remove => (true, false),
            });
        }
    }
}

#[test]
fn a_diff_reads_well() {
    let text = |uri: &str, extra: &str| {
        format!(
            "openapi: 3.0.0\ninfo: {{title: pets}}\npaths:\n  /a:\n    get: \
             {{x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: {uri}}}}}\
             \n{extra}"
        )
    };
    let before =
        read(&text("http://old/", "  /b: {get: {}}\n"), "f", Options::default()).unwrap().desired;
    let after =
        read(&text("http://new/", "  /c: {put: {}}\n"), "f", Options::default()).unwrap().desired;
    assert_eq!(
        diff_api(None, None, &after).to_string(),
        "+ api pets\n+ route GET /a GET http://new/\n+ route PUT /c\n"
    );
    let stage_variables = [("host".to_owned(), "h:1".to_owned())].into();
    let stage = DesiredStage { stage_name: "prod".to_owned(), stage_variables };
    assert_eq!(
        diff_api(None, None, &after).with_stage(None, &stage).to_string(),
        "+ api pets\n+ route GET /a GET http://new/\n+ route PUT /c\n+ stage prod\n    \
         stageVariables.host: (none) -> h:1\n"
    );
    let (api, definition) = applied(&before);
    assert_eq!(
        diff_api(Some(&api), Some(&definition), &after).to_string(),
        "~ route GET /a\n    integrationUri: http://old/ -> http://new/\n- route GET /b\n\
         + route PUT /c\n"
    );
    let renamed = Desired { name: "cats".to_owned(), ..before };
    let told = diff_api(Some(&api), Some(&definition), &renamed);
    assert_eq!(told.to_string(), "~ api\n    name: pets -> cats\n");
    let wanted = serde_json::json!({ "changes": [{
        "action": "change",
        "subject": "api",
        "fields": [{ "name": "name", "before": "pets", "after": "cats" }],
    }] });
    assert_eq!(serde_json::to_value(&told).unwrap(), wanted);
}
