//! Integrations that call a Lambda function or another AWS service, resolved with the variables of
//! a stage.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use common::{api, definition, stage};
use ringgate_mapping::Source;
use ringgate_model::{Integration as IntegrationModel, IntegrationType, Scope};
use ringgate_table::{
    ApiImage, ApiInput, Integration, PayloadFormat, Snapshot, StageInput, Update, compile, decode,
    encode,
};

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:pets";

fn image(change: impl FnOnce(&mut IntegrationModel)) -> ApiImage {
    let mut definition = definition(&["GET /pets"], ARN);
    let integration = &mut definition.integrations[0];
    integration.integration_type = IntegrationType::AwsProxy;
    integration.integration_method = Some("POST".to_owned());
    integration.payload_format_version = Some("2.0".to_owned());
    change(integration);
    let mut stage = stage("prod");
    for (name, value) in [("fn", "pets"), ("alias", "live"), ("arn", ARN), ("bad", "x/y")] {
        stage.stage_variables.insert(name.to_owned(), value.to_owned());
    }
    let scope = Scope::new("us-east-1", "000000000000");
    let stages = [StageInput::new(&stage, Some(&definition))];
    compile(&ApiInput { scope: &scope, api: &api("abc"), stages: &stages, vpc_links: &[] }).unwrap()
}

/// The ARN, or why there is none.
fn arn(image: &ApiImage) -> Result<String, String> {
    match image.stages()[0].routes().next().unwrap().integration() {
        Integration::Lambda { function: lambda, .. } => {
            assert_eq!(lambda.region(), "eu-west-1");
            Ok(lambda.arn().to_owned())
        }
        Integration::Broken { reason } => Err(reason.to_owned()),
        other => panic!("{other:?}"),
    }
}

fn of_uri(uri: &str) -> Result<String, String> {
    arn(&image(|integration| integration.integration_uri = Some(uri.to_owned())))
}

fn invocation(function: &str) -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations")
}

#[test]
fn a_function_is_named_in_three_ways() {
    let prefix = ARN.strip_suffix("pets").unwrap();
    let by_parts = format!("{prefix}${{stageVariables.fn}}:${{stageVariables.alias}}");
    for (uri, found) in [
        (ARN.to_owned(), ARN.to_owned()),
        (invocation(ARN), ARN.to_owned()),
        (by_parts.clone(), format!("{ARN}:live")),
        (invocation(&by_parts), format!("{ARN}:live")),
        (invocation("${stageVariables.arn}"), ARN.to_owned()),
    ] {
        assert_eq!(of_uri(&uri), Ok(found), "{uri}");
    }
}

#[test]
fn what_names_no_function_in_a_stage_is_broken_there() {
    let gone = of_uri(&invocation("${stageVariables.gone}")).unwrap_err();
    assert_eq!(gone, "The stage has no variable named 'gone'");
    let prefix = ARN.strip_suffix("pets").unwrap();
    for uri in [format!("{prefix}${{stageVariables.bad}}"), invocation("pets"), ARN.to_uppercase()]
    {
        assert!(of_uri(&uri).unwrap_err().ends_with("is not the ARN of a Lambda function"));
    }
    assert!(of_uri(&format!("{prefix}${{stageVariables.fn")).unwrap_err().contains("no end"));
    // Spec section 7, quirk 11.
    let method = arn(&image(|it| it.integration_method = Some("GET".to_owned()))).unwrap_err();
    assert_eq!(method, "a Lambda function is invoked by POST, not by GET");
    let format = image(|it| it.payload_format_version = Some("3.0".to_owned()));
    assert_eq!(arn(&format).unwrap_err(), "there is no payload format version 3.0");
}

#[test]
fn everything_of_it_survives_the_wire() {
    let made = image(|integration| {
        integration.credentials_arn = Some("arn:aws:iam::123456789012:role/r".to_owned());
        integration.timeout_in_millis = Some(1234);
        integration.payload_format_version = None;
    });
    let apis = vec![std::sync::Arc::new(made)];
    let snapshot = Snapshot {
        store_id: common::STORE,
        generation: 1,
        root: Default::default(),
        apis,
        parts: Vec::new(),
    };
    let Ok(Update::Snapshot(read)) = decode(&encode(&Update::Snapshot(snapshot))) else {
        panic!("not read")
    };
    let stage = &read.apis[0].stages()[0];
    let Integration::Lambda { function: lambda, timeout_ms } =
        stage.routes().next().unwrap().integration()
    else {
        panic!("no function")
    };
    assert_eq!(lambda.credentials_arn(), Some("arn:aws:iam::123456789012:role/r"));
    assert_eq!((timeout_ms, lambda.format()), (1234, PayloadFormat::V1));
    let variables: Vec<_> = stage.variables().collect();
    assert_eq!(variables, [("alias", "live"), ("arn", ARN), ("bad", "x/y"), ("fn", "pets")]);
}

#[test]
fn an_action_has_its_parameters() {
    let action = |value: &'static str| {
        image(move |integration| {
            integration.integration_uri = None;
            integration.integration_subtype = Some("SQS-SendMessage".to_owned());
            let given = [("MessageBody", value), ("QueueUrl", "http://q/${stageVariables.fn}")];
            let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            integration.request_parameters = Some(given.into());
        })
    };
    let made = action("$request.body.a");
    let apis = vec![std::sync::Arc::new(made)];
    let snapshot = Snapshot {
        store_id: common::STORE,
        generation: 1,
        root: Default::default(),
        apis,
        parts: Vec::new(),
    };
    let Ok(Update::Snapshot(read)) = decode(&encode(&Update::Snapshot(snapshot))) else {
        panic!("not read")
    };
    let route = read.apis[0].stages()[0].routes().next().unwrap();
    assert!(route.mapping().is_none() && !route.needs_context());
    let Integration::Service(service) = route.integration() else { panic!("{route:?}") };
    assert_eq!((service.subtype(), service.timeout_ms()), ("SQS-SendMessage", 30_000));
    let parameters: Vec<(&str, Vec<Source<&str>>)> =
        service.parameters().map(|(name, sources)| (name, sources.collect())).collect();
    assert_eq!(
        parameters,
        [
            ("MessageBody", vec![Source::BodyPath(".a")]),
            ("QueueUrl", vec![Source::Static("http://q/"), Source::Static("pets")]),
        ]
    );
    let made = action("${context.requestId}");
    assert!(made.stages()[0].routes().next().unwrap().needs_context());
    let wrong = action("$request.nothing");
    assert!(arn(&wrong).unwrap_err().contains("no reference"));
}
