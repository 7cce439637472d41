use ringgate_model::limits::API_MAPPING_KEY_CHARS_MAX;
use ringgate_model::{ApiMapping, Limits, ProtocolType, RoutingRule, Stage};

use crate::fields::texts::{ID, NAME};
use crate::fields::{Fields, Text};
use crate::owned::{Owned, Place, top};
use crate::session::Session;
use crate::shelf::{decode, entries, resource};
use crate::store::Entries;
use crate::workspace::{Record, record_if_any};
use crate::{Error, keys};

const KEY: Text = Text::chars(0, API_MAPPING_KEY_CHARS_MAX);

impl Owned for ApiMapping {
    const NOUN: &'static str = "ApiMapping";
    const LABEL: &'static str = "apiMappingId";
    const FOLDER: &'static str = "apimappings";
    const OF_DOMAIN: bool = true;
    const REQUIRED: &'static [&'static str] = &["apiId", "stage"];

    fn limit(limits: &Limits) -> (usize, &'static str) {
        (limits.api_mappings_per_domain, "API mappings for this domain name")
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid API mapping identifier specified {id}"))
    }

    fn make(&mut self, _: &mut Session<'_>, id: String, _: &Place) {
        self.api_mapping_id = id;
    }

    fn read(&mut self, fields: &mut Fields, creating: bool) -> Result<(), Error> {
        if !creating {
            // The service model wants it in UpdateApiMapping too.
            fields.require("apiId");
        }
        fields.text_into("apiId", ID, &mut self.api_id)?;
        fields.text_into("apiMappingKey", KEY, &mut self.api_mapping_key)?;
        fields.text_into("stage", NAME, &mut self.stage)
    }

    fn check(&self, session: &Session<'_>, place: &Place) -> Result<Entries, Error> {
        check_key(&self.api_mapping_key)?;
        let (record, guards) = invoked(session, &self.api_id, &self.stage)?;
        for (key, bytes) in entries(session.store, &place.folder)? {
            let other: Self = decode(&key, &bytes)?;
            if place.id.as_ref() == Some(&other.api_mapping_id) {
                continue;
            }
            if other.api_mapping_key == self.api_mapping_key {
                // AWS's words (aws/aws-cdk#22660).
                return Err(Error::conflict("ApiMapping key already exists for this domain name"));
            }
            let theirs = record_if_any(session.store, session.scope, &other.api_id)?;
            let theirs = theirs.map(|record| record.api.protocol_type);
            if theirs.is_some_and(|protocol| protocol != record.api.protocol_type) {
                return Err(Error::bad_request(
                    "WebSocket APIs cannot share a custom domain name with HTTP APIs",
                ));
            }
        }
        if record.api.protocol_type == ProtocolType::Websocket && self.api_mapping_key.contains('/')
        {
            let words = "A multi-level ApiMapping key is not supported for WebSocket APIs";
            return Err(Error::bad_request(words));
        }
        Ok(guards)
    }
}

/// The API that a mapping or rule names, whose stage must be there, and what must still stand
/// when the change is written.
pub(crate) fn invoked(
    session: &Session<'_>,
    api_id: &str,
    stage: &str,
) -> Result<(Record, Entries), Error> {
    let Some(record) = record_if_any(session.store, session.scope, api_id)? else {
        let account = &session.scope.account;
        let words = format!("Invalid API identifier specified {account}:{api_id}");
        return Err(Error::bad_request(words));
    };
    // Read before the stage is: an API that loses it meanwhile is no longer this one.
    let key = keys::api(api_id);
    let guard = (key.clone(), session.store.get(&key)?);
    let found: Option<Stage> = resource(session.store, api_id, stage)?;
    if found.is_none() {
        // AWS's words (aws/aws-cdk#8983).
        return Err(Error::bad_request("Invalid stage identifier specified"));
    }
    Ok((record, vec![guard]))
}

/// The custom domain names that lead to an API, or to one stage of it, by mappings or rules.
pub(crate) fn domains_of(
    session: &Session<'_>,
    api_id: &str,
    stage: Option<&str>,
) -> Result<Vec<String>, Error> {
    let leads = |to_api: &str, to_stage: &str| {
        to_api == api_id && stage.is_none_or(|stage| stage == to_stage)
    };
    let mut domains = Vec::new();
    let mut note = |folder: &str, key: &str| {
        let name = key.strip_prefix(folder).and_then(|rest| rest.split('/').next());
        domains.extend(name.map(str::to_owned));
    };
    let folder = top::<ApiMapping>(session.scope).folder;
    for (key, bytes) in entries(session.store, &folder)? {
        let mapping: ApiMapping = decode(&key, &bytes)?;
        if leads(&mapping.api_id, &mapping.stage) {
            note(&folder, &key);
        }
    }
    let folder = top::<RoutingRule>(session.scope).folder;
    for (key, bytes) in entries(session.store, &folder)? {
        let rule: RoutingRule = decode(&key, &bytes)?;
        let mut invoked = rule.actions.iter().map(|action| &action.invoke_api);
        if invoked.any(|invoke| leads(&invoke.api_id, &invoke.stage)) {
            note(&folder, &key);
        }
    }
    domains.sort_unstable();
    domains.dedup();
    Ok(domains)
}

/// Whole path parts with single slashes between them; empty: every path (spec section 2.4).
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    let legal = |part: &str| !part.is_empty() && part.bytes().all(is_part_byte);
    if key.is_empty() || key.split('/').all(legal) {
        return Ok(());
    }
    // AWS's words, and what they leave out (aws/aws-cdk#8983).
    Err(Error::bad_request(
        "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(), in parts with \
         a single '/' between them",
    ))
}

fn is_part_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte)
}
