//! What the upstream request asks for, and what cannot be asked for at all.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use common::{api, definition, image, integration, route, stage, try_image};
use ringgate_model::{
    AccessLogSettings, AuthorizationType, Definition, IntegrationType, ProtocolType, RouteSettings,
    Scheme, Scope, Stage,
};
use ringgate_table::{
    ApiImage, ApiInput, Authorization, Captures, Integration, StageInput, TargetError, compile,
    not_yet,
};

fn write(image: &ApiImage, path: &str, query: Option<&str>) -> Result<String, TargetError> {
    let mut captures = Captures::new();
    let route = image.stages()[0].find("GET", path, &mut captures).unwrap();
    let Integration::Http(http) = route.integration() else { panic!("{route:?}") };
    let mut out = b"GET ".to_vec();
    let written = http.write_target(&mut out, route, path, &captures, query);
    let text = String::from_utf8(out).unwrap();
    match written {
        Ok(()) => Ok(text.strip_prefix("GET ").unwrap().to_owned()),
        Err(error) => {
            assert_eq!(text, "GET ", "nothing is left behind");
            Err(error)
        }
    }
}

/// The target for a request to the one route `key` of an integration at `uri`.
fn target(key: &str, uri: &str, path: &str, query: Option<&str>) -> Result<String, TargetError> {
    write(&try_image("abc", &["$default"], &definition(&[key], uri)).unwrap(), path, query)
}

fn ok(text: &str) -> Result<String, TargetError> {
    Ok(text.to_owned())
}

#[test]
fn templates_are_filled_with_what_was_captured() {
    let pets = "GET /pets/{id}/{rest+}";
    let of = |uri, query| target(pets, uri, "/pets/4%20x/a/b", query);
    assert_eq!(of("http://h/v1/{id}/x/{rest}", None), ok("/v1/4%20x/x/a/b"));
    assert_eq!(of("http://h/{rest}", Some("q=1")), ok("/a/b?q=1"));
    assert_eq!(of("http://h/{rest+}?id={id}", Some("q=1")), ok("/a/b?id=4%20x&q=1"));
    assert_eq!(of("http://h/{gone}/x", None), ok("//x"));
    assert_eq!(of("http://h", Some("q=1")), ok("/?q=1"));
    assert_eq!(of("http://h?a=1", Some("q=1")), ok("/?a=1&q=1"));
    assert_eq!(of("http://h/fixed", Some("")), ok("/fixed?"));
}

#[test]
fn a_captured_value_stays_one_query_value() {
    let written = target("GET /{x}", "http://h/?x={x}&y=1", "/a&admin=1;b+c", None);
    assert_eq!(written, ok("/?x=a%26admin%3D1%3Bb%2Bc&y=1"));
}

#[test]
fn nobody_climbs_out_of_the_path() {
    let of = |path| target("GET /{rest+}", "http://h/files/{rest}", path, None);
    assert_eq!(of("/a/b..c/...d"), ok("/files/a/b..c/...d"));
    for path in ["/..", "/a/../b", "/%2e%2E/etc", "/a/.", "/..%2fetc", "/..;x/etc", "/.%2e"] {
        assert_eq!(of(path), Err(TargetError::DotSegment), "{path}");
    }
    // Dots that only the template and the value together make.
    let joined = |path| target("GET /{x}", "http://h/a/.{x}/b", path, None);
    assert_eq!(joined("/."), Err(TargetError::DotSegment));
    assert_eq!(joined("/git"), ok("/a/.git/b"));
    // In a query they lead nowhere.
    let query = target("GET /{x}", "http://h/a?f={x}", "/..", None);
    assert_eq!(query, ok("/a?f=.."));
}

#[test]
fn quick_create_appends_the_path_as_it_came() {
    let managed = |uri: &str| {
        let mut definition = definition(&["$default"], uri);
        definition.integrations[0].api_gateway_managed = Some(true);
        try_image("abc", &["$default"], &definition).unwrap()
    };
    let bare = managed("http://127.0.0.1:9000");
    assert_eq!(write(&bare, "/a//b/%2e/", Some("q=%20")), ok("/a//b/%2e/?q=%20"));
    assert_eq!(write(&bare, "", None), ok("/"));
    assert_eq!(write(&managed("http://127.0.0.1:9000/"), "/a", None), ok("/"));
    assert_eq!(write(&managed("http://127.0.0.1:9000/x"), "/a", None), ok("/x"));
}

#[test]
fn the_integrations_own_settings() {
    let mut definition = definition(&["GET /a", "GET /b"], "http://Host:8080/x");
    definition.integrations[0].timeout_in_millis = Some(250);
    definition.integrations[0].integration_method = Some("POST".into());
    definition.integrations.push(integration("i1", "http://host:8080/y"));
    definition.routes[1].target = Some("integrations/i1".into());
    let image = try_image("abc", &["$default"], &definition).unwrap();
    let mut found = Vec::new();
    for route in image.stages()[0].routes() {
        let Integration::Http(http) = route.integration() else { panic!("{route:?}") };
        found.push((route.id(), http.id(), http.method(), http.timeout_ms(), http.origin()));
    }
    found.sort_by_key(|found| found.0);
    assert_eq!((found[0].0, found[0].1, found[0].2, found[0].3), ("r0", "i0", Some("POST"), 250));
    assert_eq!((found[1].0, found[1].1, found[1].2, found[1].3), ("r1", "i1", None, 30_000));
    let origin = found[0].4;
    assert_eq!((origin.authority.as_str(), origin.port), ("host:8080", 8080));
    assert_eq!(origin.scheme, Scheme::Http);
    assert!(std::ptr::eq(origin, found[1].4), "one origin, kept once");
}

#[test]
fn one_host_by_two_schemes_is_two_origins() {
    let mut definition = definition(&["GET /", "GET /b"], "h2c://host:8080/x");
    definition.integrations.push(integration("i1", "http://host:8080/x"));
    definition.routes[1].target = Some("integrations/i1".into());
    let image = try_image("abc", &["$default"], &definition).unwrap();
    let mut origins = Vec::new();
    for route in image.stages()[0].routes() {
        let Integration::Http(http) = route.integration() else { panic!("{route:?}") };
        origins.push(http.origin());
    }
    origins.sort_by_key(|origin| origin.scheme as u8);
    assert_eq!((origins[0].scheme, origins[1].scheme), (Scheme::Http, Scheme::H2c));
    assert_ne!(origins[0].hash, origins[1].hash);
}

#[test]
fn stage_variables_are_filled_in_per_stage() {
    let definition = definition(&["GET /"], "http://${stageVariables.host}/x");
    let with = |name: &str, host: Option<&str>| {
        let mut stage = stage(name);
        if let Some(host) = host {
            stage.stage_variables.insert("host".into(), host.into());
        }
        stage
    };
    let stages: Vec<Stage> = vec![with("prod", Some("prod:81")), with("dev", None)];
    let stages: Vec<_> =
        stages.iter().map(|stage| StageInput::new(stage, Some(&definition))).collect();
    let scope = Scope::new("us-east-1", "000000000000");
    let image =
        compile(&ApiInput { scope: &scope, api: &api("abc"), stages: &stages, vpc_links: &[] })
            .unwrap();
    let integration = |stage: &str| {
        let route = image.stage(stage).unwrap().routes().next().unwrap();
        match route.integration() {
            Integration::Http(http) => http.origin().authority.clone(),
            Integration::Broken { reason } => reason.to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(integration("prod"), "prod:81");
    assert_eq!(integration("dev"), "The stage has no variable named 'host'");
}

/// Why the one route of this definition answers no request: `500 …` or `501 …`.
fn broken(definition: &Definition) -> String {
    let image = try_image("abc", &["$default"], definition).unwrap();
    refusal(&image)
}

fn refusal(image: &ApiImage) -> String {
    match image.stages()[0].routes().next().unwrap().integration() {
        Integration::Broken { reason } => format!("500 {reason}"),
        Integration::NotYet { reason } => format!("501 {reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_built_answers_and_says_so() {
    let with = |change: fn(&mut Definition)| {
        let mut definition = definition(&["GET /"], "http://h/{x}");
        change(&mut definition);
        broken(&definition)
    };
    for (reason, want) in [
        (with(|d| d.integrations[0].integration_type = IntegrationType::Mock), "500 an HTTP API"),
        (with(|d| d.integrations[0].integration_method = Some("TRACE".into())), "TRACE"),
        (with(|d| d.integrations[0].integration_uri = Some("ftp://h".into())), "Invalid HTTP"),
        (with(|d| d.integrations[0].integration_uri = Some("http://h/../{x}".into())), "'..'"),
        (with(|d| d.integrations[0].integration_uri = None), "no URI"),
        (with(|d| d.integrations.clear()), "integrations/i0"),
    ] {
        assert!(reason.contains(want), "{reason}");
    }
    let none = Definition { routes: vec![route(0, "GET /", None)], ..Definition::default() };
    let image = try_image("abc", &["$default"], &none).unwrap();
    let route = image.stages()[0].routes().next().unwrap();
    assert!(matches!(route.integration(), Integration::None));
}

#[test]
fn a_route_that_asks_for_a_signature_is_no_open_door() {
    let mut definition = definition(&["GET /"], "http://h/{x}");
    definition.routes[0].authorization_type = AuthorizationType::AwsIam;
    let image = try_image("abc", &["$default"], &definition).unwrap();
    let route = image.stages()[0].routes().next().unwrap();
    assert!(matches!(route.authorization(), Authorization::Iam));
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let error = |keys: &[&str]| {
        try_image("abc", &["prod"], &definition(keys, "http://h")).unwrap_err().to_string()
    };
    assert_eq!(
        error(&["GET /a/{x}", "GET /a/{y}"]),
        "stages/prod/routes/r1: 'GET /a/{y}' takes the same requests as 'GET /a/{x}' (route r0)"
    );
    assert!(error(&["$default", "$default"]).starts_with("stages/prod/routes/r1: "));
    assert!(error(&["GET /a/{x+}", "GET /a/{y+}"]).starts_with("stages/prod/routes/r1: "));
    assert!(error(&["GET a"]).starts_with("stages/prod/routes/r0: "));
    let twice = try_image("abc", &["prod", "prod"], &Definition::default()).unwrap_err();
    assert_eq!(twice.path, "stages/prod");
}

#[test]
fn a_websocket_api_answers_501_whatever_the_path() {
    let mut websocket = api("abc");
    websocket.protocol_type = ProtocolType::Websocket;
    let scope = Scope::new("us-east-1", "000000000000");
    let stage = stage("prod");
    let definition = definition(&["$connect"], "http://h");
    let stages = [StageInput::new(&stage, Some(&definition))];
    let input = ApiInput { scope: &scope, api: &websocket, stages: &stages, vpc_links: &[] };
    let image = compile(&input).unwrap();
    assert_eq!(refusal(&image), "501 ringgate does not support protocolType WEBSOCKET yet");
    let mut captures = Captures::new();
    for name in ["$default", "prod"] {
        let found = image.stage(name).unwrap().find("GET", "/a/b", &mut captures);
        assert_eq!(found.map(|route| route.key()), Some("$default"));
    }
    let told: Vec<_> = not_yet(&websocket).into_iter().collect();
    assert_eq!(told, ["protocolType WEBSOCKET"]);
}

#[test]
fn settings_of_a_route_override_the_stages() {
    let definition = definition(&["GET /a", "GET /b", "GET /c"], "http://h");
    let limit = |rate, burst| RouteSettings {
        throttling_rate_limit: rate,
        throttling_burst_limit: burst,
        detailed_metrics_enabled: burst == Some(7),
        ..RouteSettings::default()
    };
    let of = |defaults, own: [(&str, RouteSettings); 2]| {
        let mut limited = Stage { default_route_settings: defaults, ..stage("prod") };
        limited.route_settings = own.map(|(key, settings)| (key.to_owned(), settings)).into();
        limited.access_log_settings = Some(AccessLogSettings {
            destination_arn: Some("arn:x".into()),
            format: Some("$context.requestId".into()),
        });
        let scope = Scope::new("us-east-1", "000000000000");
        let stages = [StageInput::new(&limited, Some(&definition))];
        let input = ApiInput { scope: &scope, api: &api("abc"), stages: &stages, vpc_links: &[] };
        assert!(not_yet(input.api).is_empty());
        let image = compile(&input).unwrap();
        let stage = &image.stages()[0];
        assert_eq!(stage.access_log().map(|log| &*log.destination_arn), Some("arn:x"));
        let found = stage.routes().map(|route| {
            let throttle = route.throttle().map(|at| {
                let throttle = &stage.throttles()[at];
                (throttle.route_id.is_some(), throttle.rate, throttle.burst)
            });
            let meter = route.meter().map(|at| stage.metered()[at].to_string());
            (route.key().to_owned(), (throttle, meter))
        });
        let found: std::collections::BTreeMap<_, _> = found.collect();
        ["GET /a", "GET /b", "GET /c"].map(|key| found[key].clone())
    };
    let own = [("GET /a", limit(Some(1.5), Some(7))), ("GET /b", limit(None, Some(3)))];
    assert_eq!(
        of(limit(Some(9.0), None), own.clone()),
        [
            (Some((true, 1.5, 7)), Some("GET /a".to_owned())),
            (Some((true, 9.0, 3)), None),
            (Some((false, 9.0, 5_000)), None),
        ]
    );
    assert_eq!(
        of(limit(None, None), own),
        [
            (Some((true, 1.5, 7)), Some("GET /a".to_owned())),
            (Some((true, 10_000.0, 3)), None),
            (None, None),
        ]
    );
}

#[test]
fn equal_content_has_equal_hashes() {
    let keys = ["GET /a", "GET /b"];
    assert_eq!(image("abc", &keys).hash(), image("abc", &keys).hash());
    assert_ne!(image("abc", &keys).hash(), image("abd", &keys).hash());
    assert_ne!(image("abc", &keys).hash(), image("abc", &keys[..1]).hash());
}
