//! Parameter mappings as the table keeps them.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{api, definition, stage, table, try_image};
use ringgate_mapping::{Action, Source, Target};
use ringgate_model::{Definition, Integration as IntegrationModel, Scope};
use ringgate_table::{
    ApiImage, ApiInput, Captures, Change, Integration, Mapping, StageInput, compile, not_yet,
};

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn mapped(request: &[(&str, &str)], responses: &[(&str, &[(&str, &str)])]) -> Definition {
    let mut definition = definition(&["GET /a"], "http://h/x");
    let integration: &mut IntegrationModel = &mut definition.integrations[0];
    integration.request_parameters = Some(map(request));
    let responses = responses.iter().map(|(status, entries)| ((*status).to_owned(), map(entries)));
    integration.response_parameters = Some(responses.collect());
    definition
}

fn mapping(image: &ApiImage) -> Option<Mapping<'_>> {
    image.stages()[0].find("GET", "/a", &mut Captures::new()).unwrap().mapping()
}

type Changed<'t> = Vec<(Action, Target<&'t str>, Vec<Source<&'t str>>)>;

fn all<'t>(changes: impl Iterator<Item = Change<'t>>) -> Changed<'t> {
    changes.map(|change| (change.action(), change.target(), change.value().collect())).collect()
}

#[test]
fn changes_stand_in_the_order_in_which_they_act() {
    let definition = mapped(
        &[
            ("append:header.x", "a ${stageVariables.v}${stageVariables.none}"),
            ("overwrite:path", "$request.path"),
            ("remove:header.x", "$whatever"),
            ("remove:querystring.q", ""),
        ],
        &[("404", &[("overwrite:statuscode", "200")]), ("500", &[("remove:header.y", "''")])],
    );
    let variables = map(&[("v", "blue")]);
    let stage = ringgate_model::Stage { stage_variables: variables, ..stage("$default") };
    let scope = Scope::new("us-east-1", "000000000000");
    let stages = [StageInput::new(&stage, Some(&definition))];
    let input = ApiInput { scope: &scope, api: &api("abc"), stages: &stages, vpc_links: &[] };
    assert!(not_yet(input.api).is_empty());
    let image = compile(&input).unwrap();
    let mapping = mapping(&image).unwrap();
    let blue = vec![Source::Static("a "), Source::Static("blue"), Source::Static("")];
    assert_eq!(
        all(mapping.of_request()),
        [
            (Action::Remove, Target::Header("x"), vec![]),
            (Action::Remove, Target::Querystring("q"), vec![]),
            (Action::Overwrite, Target::Path, vec![Source::Path]),
            (Action::Append, Target::Header("x"), blue),
        ]
    );
    let status = (Action::Overwrite, Target::StatusCode, vec![Source::Static("200")]);
    assert_eq!(all(mapping.of_response(404)), [status]);
    assert_eq!(all(mapping.of_response(500)), [(Action::Remove, Target::Header("y"), vec![])]);
    assert!(all(mapping.of_response(200)).is_empty());
    assert!(mapping.has_responses() && !mapping.needs_body() && !mapping.needs_context());
    let api = Arc::new(image);
    let mapping = self::mapping(&api).unwrap();
    let kept = mapping.kept(&api).unwrap();
    assert_eq!(all(kept.get().unwrap().of_response(500)).len(), 1);
}

#[test]
fn what_a_mapping_needs_is_known() {
    let needs = |request: &[(&str, &str)], response: &[(&str, &str)]| {
        let image = try_image("abc", &["$default"], &mapped(request, &[("200", response)]));
        let image = image.unwrap();
        mapping(&image).map(|it| (it.needs_context(), it.needs_body(), it.has_responses()))
    };
    let context = ("append:header.x", "$context.requestId");
    let request = ("append:header.x", "${request.body.a}");
    let response = ("append:header.x", "$response.body");
    assert_eq!(needs(&[], &[]), None);
    assert_eq!(needs(&[context], &[]), Some((true, false, false)));
    assert_eq!(needs(&[], &[context]), Some((true, false, true)));
    assert_eq!(needs(&[request], &[]), Some((false, true, false)));
    assert_eq!(needs(&[], &[response]), Some((false, false, true)));
}

#[test]
fn a_mapping_that_says_nothing_breaks_its_route_alone() {
    let definition = mapped(&[("append:header.via", "x")], &[]);
    let image = try_image("abc", &["$default"], &definition).unwrap();
    let route = image.stages()[0].find("GET", "/a", &mut Captures::new()).unwrap();
    assert!(route.mapping().is_none());
    let Integration::Broken { reason } = route.integration() else { panic!("{route:?}") };
    assert_eq!(reason, "Operations on header via are restricted");
}

#[test]
fn a_mapping_crosses_the_table_socket() {
    let definition = mapped(&[("append:header.x", "$request.body.a[0]")], &[]);
    let image = try_image("abc", &["$default"], &definition).unwrap();
    let before = all(mapping(&image).unwrap().of_request()).len();
    let bytes = ringgate_table::encode(&ringgate_table::Update::Snapshot(
        table(vec![image], None).snapshot(),
    ));
    let Ok(ringgate_table::Update::Snapshot(after)) = ringgate_table::decode(&bytes) else {
        panic!("no snapshot")
    };
    let mapping = mapping(&after.apis[0]).unwrap();
    let changes = all(mapping.of_request());
    assert_eq!((changes.len(), before), (1, 1));
    assert_eq!(changes[0].2, [Source::BodyPath(".a[0]")]);
}
