//! The commands that ask and change a running gateway, against a scripted control process.

use crate::common::{Place, ran};

const PETS: &str = "openapi: 3.0.3
info: {title: pets}
paths:
  /pets:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://h/'}
";

#[test]
fn without_a_gateway_every_command_says_how_to_get_one() {
    let place = Place::new();
    place.write("pets.yaml", PETS);
    for arguments in
        [&["apis"][..], &["routes"], &["status"], &["apply", "pets.yaml"], &["export", "x"]]
    {
        let (code, out, error) = ran(place.ringgate().args(arguments));
        assert_eq!((code, out.as_str()), (1, ""));
        assert_eq!(
            error,
            "error: no gateway runs on the data directory .ringgate\n  hint: start one with: \
             ringgate up; or name its directory with --data-dir\n"
        );
    }
}

#[test]
fn apis_are_listed_page_by_page() {
    let place = Place::new();
    let told = place.control(vec![
        (
            200,
            r#"{"items":[{"apiId":"a1","name":"pets","protocolType":"HTTP"}],"nextToken":"t+1"}"#,
        ),
        (200, r#"{"items":[{"apiId":"b2","name":"é","apiEndpoint":"http://b2"}]}"#),
    ]);
    let (code, out, _) = ran(place.ringgate().arg("apis"));
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "ID  NAME  PROTOCOL  ENDPOINT   CREATED\na1  pets  HTTP\nb2  é               http://b2\n"
    );
    assert_eq!(told.recv().unwrap(), "GET /v2/apis?maxResults=500 ");
    assert_eq!(told.recv().unwrap(), "GET /v2/apis?maxResults=500&nextToken=t%2B1 ");
}

#[test]
fn an_export_is_printed_as_it_comes() {
    let place = Place::new();
    let apis = r#"{"items":[{"apiId":"a1","name":"pets"},{"apiId":"b2","name":"cats"},
        {"apiId":"c3","name":"cats"}]}"#;
    let told = place.control(vec![(200, apis), (200, "openapi: \"3.0.1\"\n"), (200, apis)]);
    let (code, out, _) = ran(place.ringgate().args(["export", "pets", "--stage", "$default"]));
    assert_eq!((code, out.as_str()), (0, "openapi: \"3.0.1\"\n"));
    assert_eq!(told.recv().unwrap(), "GET /v2/apis?maxResults=500 ");
    assert_eq!(
        told.recv().unwrap(),
        "GET /v2/apis/a1/exports/OAS30?outputType=YAML&includeExtensions=true&stageName=%24default "
    );
    let (code, _, error) = ran(place.ringgate().args(["export", "cats"]));
    assert_eq!(code, 1);
    assert_eq!(
        error,
        "error: several APIs are named 'cats'\n  hint: say which by its id: b2, c3\n"
    );
}

#[test]
fn routes_show_what_they_call() {
    let place = Place::new();
    let apis = r#"{"items":[{"apiId":"a1","name":"pets"},{"apiId":"b2","name":"cats"}]}"#;
    let answers = || {
        vec![
            (200, apis),
            (
                200,
                r#"{"items":[{"integrationId":"i1","integrationType":"HTTP_PROXY",
                    "integrationMethod":"GET","integrationUri":"http://h/",
                    "timeoutInMillis":30000}]}"#,
            ),
            (
                200,
                r#"{"items":[{"routeId":"r0","routeKey":"$default"},
                    {"routeId":"r1","routeKey":"GET /a","target":"integrations/i1"}]}"#,
            ),
        ]
    };
    let told = place.control(answers());
    let (code, out, _) = ran(place.ringgate().args(["routes", "pets"]));
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "API  ROUTE     CALLS                   TIMEOUT MS  ID\n\
         a1   GET /a    GET http://h/           30000       r1\n\
         a1   $default  (nothing: answers 500)              r0\n"
    );
    assert_eq!(told.iter().nth(1).unwrap(), "GET /v2/apis/a1/integrations?maxResults=500 ");

    let place = Place::new();
    place.control(answers());
    let (_, out, _) = ran(place.ringgate().args(["routes", "a1", "-o", "json"]));
    assert!(out.contains(r#""apiId": "a1""#) && out.contains(r#""integrationUri": "http://h/""#));

    let place = Place::new();
    place.control(vec![(200, apis)]);
    let (code, _, error) = ran(place.ringgate().args(["routes", "pet"]));
    assert_eq!(code, 1);
    assert!(error.ends_with("'pet'\n  hint: did you mean 'pets'?\n"), "{error}");
}

#[test]
fn apply_shows_the_difference_first() {
    let place = Place::new();
    let file = place.write("pets.yaml", PETS);
    let plan = r#"{"apiId":"","created":true,"diff":{"changes":[{"action":"add",
        "subject":"route GET /pets","fields":[]}]}}"#;
    let done = r#"{"apiId":"a1","created":true,"live":"3ms","revision":7}"#;
    let told = place.control(vec![(200, plan), (200, done)]);
    let mut command = place.ringgate();
    command.arg("apply").arg(&file).args(["--variable", "host=h:1", "--stage", "prod"]);
    let (code, out, error) = ran(&mut command);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(out, "+ route GET /pets\ncreated a1, live after 3ms\n");
    let asked: Vec<String> = told.iter().collect();
    assert!(asked[0].starts_with("POST /ringgate/v1/apply?dryRun=true {"));
    assert!(asked[1].starts_with("POST /ringgate/v1/apply?dryRun=false {"));
    let body = asked[1].split_once('{').unwrap().1;
    assert!(body.contains(r#""stageName":"prod","stageVariables":{"host":"h:1"}"#), "{body}");

    let place = Place::new();
    let told = place.control(vec![(200, r#"{"diff":{"changes":[]}}"#)]);
    let mut command = place.ringgate();
    let (code, out, _) = ran(command.arg("apply").arg(&file).args(["--dry-run"]));
    assert_eq!((code, out.as_str()), (0, "nothing changes\n"));
    assert_eq!(told.iter().count(), 1);
}

#[test]
fn a_refusal_of_the_control_process_is_told() {
    let place = Place::new();
    let file = place.write("pets.yaml", PETS);
    place.control(vec![(409, r#"{"message":"Two APIs have that name"}"#)]);
    let (code, _, error) = ran(place.ringgate().arg("apply").arg(file).args(["-o", "json"]));
    assert_eq!(code, 1);
    assert_eq!(
        error,
        "{\"error\":{\"message\":\"Two APIs have that name (SomeException, POST \
         /ringgate/v1/apply?dryRun=true)\"}}\n"
    );
}

#[test]
fn a_problem_is_shown_in_its_line() {
    let place = Place::new();
    place.write("bad.yaml", &PETS.replace("httpMethod", "httpMehtod"));
    for arguments in [["validate", "bad.yaml"], ["apply", "bad.yaml"]] {
        let (code, out, error) = ran(place.ringgate().args(arguments));
        assert_eq!((code, out.as_str()), (1, ""));
        let lines = [
            "error: x-amazon-apigateway-integration has no member 'httpMehtod'",
            "  --> bad.yaml:6:59",
            "6 |       x-amazon-apigateway-integration: {type: http_proxy, httpMehtod: GET, \
             uri: 'http://h/'}",
            &format!("  | {}^", " ".repeat(58)),
            "  hint: did you mean 'httpMethod'?",
        ];
        assert!(error.starts_with(&lines.join("\n")), "{error}");
        assert!(error.ends_with("error: 1 problem in the document\n"), "{error}");
    }
    let (code, out, _) = ran(place.ringgate().args(["validate", "bad.yaml", "-o", "json"]));
    assert_eq!(code, 1);
    assert!(out.contains("\"line\": 6"), "{out}");

    place.write("good.yaml", PETS);
    let (code, out, _) = ran(place.ringgate().args(["validate", "good.yaml"]));
    assert_eq!((code, out.as_str()), (0, "good.yaml: valid, \"pets\" with 1 route\n"));
    let (code, _, error) = ran(place.ringgate().args(["validate", "gone.yaml"]));
    assert_eq!(code, 1);
    assert!(error.starts_with("error: gone.yaml: No such file"), "{error}");
}

#[test]
fn status_is_told_in_words() {
    let place = Place::new();
    place.control(vec![(
        200,
        r#"{"control":{"version":"0.1.0","pid":7,"uptimeMs":61000,"storeRevision":3,
            "region":"us-east-1","accountId":"000000000000","management":["127.0.0.1:4566"]},
            "dataPlanes":[{"version":"0.1.0","pid":8,"workers":2,"driver":"epoll",
            "driverReason":"refused","http":["127.0.0.1:8080"],"ackedGeneration":3,
            "stats":{"connections":1,"tableBytes":2048}}]}"#,
    )]);
    let (code, out, _) = ran(place.ringgate().arg("status"));
    assert_eq!(code, 0);
    for line in [
        "up for          1 min 1 s\n",
        "management      127.0.0.1:4566\n",
        "  driver        epoll (refused)\n",
        "  generation    3\n",
        "  table memory  2 KiB\n",
    ] {
        assert!(out.contains(line), "{line:?} is not in\n{out}");
    }
}

#[test]
fn a_key_is_printed_once_for_the_shell() {
    let place = Place::new();
    // The first connection only asks whether somebody is there.
    let told = place.control(vec![
        (200, ""),
        (201, r#"{"accessKeyId":"AKIAX","secretAccessKey":"s3","replaced":["test"]}"#),
    ]);
    drop(told);
    let (code, out, error) = ran(place.ringgate().args(["key", "new"]));
    assert_eq!(
        (code, out.as_str()),
        (0, "export AWS_ACCESS_KEY_ID=AKIAX\nexport AWS_SECRET_ACCESS_KEY=s3\n"),
        "{error}"
    );
    assert!(error.contains("no longer valid: test"), "{error}");
}

#[test]
fn usage_errors_end_with_two() {
    let place = Place::new();
    for arguments in [
        &["aips"][..],
        &[],
        &["up", "--worker", "1"],
        &["up", "--workers", "0"],
        &["apply"],
        &["apply", "f", "--variable", "x"],
        &["apis", "--data-dri", "x"],
        &["apis", "-o", "yaml"],
    ] {
        let (code, _, error) = ran(place.ringgate().args(arguments));
        assert_eq!(code, 2, "{arguments:?}: {error}");
    }
    place.write("ringgate.toml", "workers = 1\nwrokers = 2\n");
    let (code, _, error) = ran(place.ringgate().arg("apis"));
    assert_eq!(code, 2);
    assert_eq!(
        error,
        "error: ringgate.toml:2:1: there is no setting named 'wrokers'\n  hint: did you mean \
         'workers'?\n"
    );
}

#[test]
fn every_help_and_completion_is_there() {
    let place = Place::new();
    for command in ["up", "apis", "routes", "apply", "validate", "status", "key", "completions"] {
        let (code, out, _) = ran(place.ringgate().args([command, "--help"]));
        assert!(code == 0 && out.contains("Usage: ringgate"), "{command}: {out}");
        assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, _) = ran(place.ringgate().args(["completions", shell]));
        assert!(code == 0 && out.contains("dry-run"), "{shell}");
    }
    let (code, out, _) = ran(place.ringgate().arg("--version"));
    assert_eq!((code, out), (0, format!("ringgate {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn an_upgrade_tells_who_took_over_and_who_goes_on() {
    let place = Place::new();
    let asked = place.control(vec![
        (200, r#"{"dataPlanes":[{"pid":7,"version":"1","successor":8}]}"#),
        (409, r#"{"dataPlanes":[{"pid":7,"successor":8},{"pid":9,"error":"no such file"}]}"#),
        (409, r#"{"dataPlanes":[]}"#),
        (409, r#"{"dataPlanes":[{"pid":9,"error":"no such file"}]}"#),
    ]);
    let upgrade = || ran(place.ringgate().arg("upgrade"));
    assert_eq!(upgrade(), (0, "ringgated 8 has taken over from 7\n".into(), String::new()));
    assert_eq!(asked.recv().unwrap(), "POST /ringgate/v1/upgrade ");
    let goes_on = "error: ringgated 9 goes on: no such file\n".to_owned();
    assert_eq!(upgrade(), (1, "ringgated 8 has taken over from 7\n".into(), goes_on));
    let (code, _, error) = upgrade();
    assert_eq!(code, 1);
    assert!(error.contains("no data plane is attached"), "{error}");
    let (code, out, _) = ran(place.ringgate().args(["-o", "json", "upgrade"]));
    assert_eq!(code, 1);
    assert!(out.contains(r#""error": "no such file""#), "{out}");
}
