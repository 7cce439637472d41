//! Any text is read or refused at a place of it; what is read is exported and read to the same.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use ringgate_import::export::{Exported, export};
use ringgate_import::openapi::{BasePath, Options, import, read};
use ringgate_import::{Desired, DesiredRoute, Problem};
use ringgate_model::{Api, Authorizer, Definition, Integration, Route};

fuzz_target!(|text: &str| {
    for file in ["f.yaml", "f"] {
        for base_path in [BasePath::Ignore, BasePath::Split] {
            let options = Options { base_path, ..Options::default() };
            match import(text, file, options) {
                Err(problems) => placed(text, &problems),
                Ok(reading) => {
                    placed(text, &reading.warnings);
                    goes_round(&reading.desired);
                }
            }
        }
    }
});

fn placed(text: &str, problems: &[Problem]) {
    let breaks = text.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
    for problem in problems {
        assert!((1..=breaks + 2).contains(&problem.line) && problem.column >= 1, "{problem}");
    }
}

fn goes_round(desired: &Desired) {
    let (api, definition) = applied(desired);
    let exported = Exported {
        api: &api,
        definition: &definition,
        stage_name: None,
        include_extensions: true,
    };
    let document = export(&exported);
    for (text, file) in [(document.to_json(), "f.json"), (document.to_yaml(), "f.yaml")] {
        let again = read(&text, file, Options::default());
        let again = again.unwrap_or_else(|told| panic!("{told:?}\n{text}")).desired;
        assert_eq!(said(&again), said(desired), "{text}");
        assert_eq!(routes(&again), routes(desired), "{text}");
    }
}

type Said<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Vec<&'a Authorizer>);

fn said(desired: &Desired) -> Said<'_> {
    let mut authorizers: Vec<&Authorizer> = desired.authorizers.iter().collect();
    authorizers.sort_by(|one, other| one.name.cmp(&other.name));
    (&desired.name, desired.description.as_deref(), desired.version.as_deref(), authorizers)
}

/// The routes by key, as far as a document has to say them.
fn routes(desired: &Desired) -> BTreeMap<&str, DesiredRoute> {
    let said = |route: &DesiredRoute| DesiredRoute {
        authorization_type: Some(route.authorization_type.unwrap_or_default()),
        shared_integration: None,
        ..route.clone()
    };
    desired.routes.iter().map(|route| (route.route_key.as_str(), said(route))).collect()
}

/// What an import makes of it.
fn applied(desired: &Desired) -> (Api, Definition) {
    let mut definition = Definition {
        cors: desired.cors.clone(),
        disable_execute_api_endpoint: desired.disable_execute_api_endpoint,
        ..Definition::default()
    };
    for authorizer in &desired.authorizers {
        let authorizer_id = authorizer.name.clone();
        definition.authorizers.push(Authorizer { authorizer_id, ..authorizer.clone() });
    }
    for (at, route) in desired.routes.iter().enumerate() {
        let integration_id = format!("i{at}");
        definition.routes.push(Route {
            route_key: route.route_key.clone(),
            operation_name: route.operation_name.clone(),
            target: route.integration.is_some().then(|| format!("integrations/{integration_id}")),
            authorization_type: route.authorization_type.unwrap_or_default(),
            authorizer_id: route.authorizer_name.clone(),
            authorization_scopes: route.authorization_scopes.clone(),
            ..Route::default()
        });
        let integration = route.integration.clone();
        definition.integrations.extend(integration.map(|it| Integration { integration_id, ..it }));
    }
    let api = Api {
        name: desired.name.clone(),
        description: desired.description.clone(),
        version: desired.version.clone(),
        tags: desired.tags.clone(),
        ip_address_type: desired.ip_address_type.clone().unwrap_or_default(),
        ..Api::default()
    };
    (api, definition)
}
