//! What AWS accepts, control keeps, and the data plane cannot do yet: all of it in this one list.
//! When the work for an entry comes, the entry goes.
//!
//! An API that asks for such a thing answers 501 with the reason. It is never served without it.

use std::collections::BTreeSet;

use ringgate_model::{Api, ProtocolType};

/// A thing that can be asked for, by the words of the service model, and whether it is.
type Entry = (&'static str, fn(&Api) -> bool);

const ENTRIES: &[Entry] =
    &[("protocolType WEBSOCKET", |api| api.protocol_type == ProtocolType::Websocket)];

/// The answer to a client that asks for `what`. It stands in JSON as it is.
pub(crate) fn reason(what: &str) -> String {
    format!("ringgate does not support {what} yet")
}

/// The first entry that the API asks for.
pub(crate) fn of_api(api: &Api) -> Option<&'static str> {
    all(api).next()
}

/// Everything that an API asks for, that this program keeps and cannot do yet, by the words of the
/// service model.
pub fn not_yet(api: &Api) -> BTreeSet<&'static str> {
    all(api).collect()
}

fn all(api: &Api) -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().filter(move |(_, asks)| asks(api)).map(|(what, _)| *what)
}
