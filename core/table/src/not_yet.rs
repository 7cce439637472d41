//! What AWS accepts, control keeps, and the data plane cannot do yet: all of it in this one list.
//! When the work for an entry comes, the entry goes.
//!
//! A route that asks for such a thing answers 501 with the reason. It is never served without it:
//! a route with an authorizer is no open door.

use std::collections::BTreeSet;

use ringgate_model::{Api, Definition, ProtocolType, Route};

use crate::ApiInput;

/// A thing that can be asked for, by the words of the service model, and whether it is.
type Entry<T> = (&'static str, fn(&T) -> bool);

const API: &[Entry<Api>] =
    &[("protocolType WEBSOCKET", |api| api.protocol_type == ProtocolType::Websocket)];

const ROUTE: &[Entry<Route>] = &[];

/// The answer to a client that asks for `what`. It stands in JSON as it is.
pub fn reason(what: &str) -> String {
    format!("ringgate does not support {what} yet")
}

/// The first entry that the API itself asks for.
pub(crate) fn of_api(api: &Api) -> Option<&'static str> {
    first(API, api)
}

/// The first entry that the route asks for, its integration aside.
pub(crate) fn of_route(route: &Route) -> Option<&'static str> {
    first(ROUTE, route)
}

/// Everything in an API that this program keeps and cannot do yet, by the words of the service
/// model: in what its stages serve, and in the API as it is now (`live`), which a stage
/// may serve next.
pub fn not_yet(input: &ApiInput<'_>, live: &Definition) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<_> = of_api(input.api).into_iter().collect();
    let served = input.stages.iter().filter_map(|stage| stage.definition);
    for definition in served.chain([live]) {
        found.extend(definition.routes.iter().flat_map(|it| all(ROUTE, it)));
    }
    found
}

fn first<T>(entries: &[Entry<T>], asked: &T) -> Option<&'static str> {
    all(entries, asked).next()
}

fn all<T>(entries: &[Entry<T>], asked: &T) -> impl Iterator<Item = &'static str> {
    entries.iter().filter(move |(_, asks)| asks(asked)).map(|(what, _)| *what)
}
