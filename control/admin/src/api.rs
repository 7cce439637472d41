use ringgate_model::limits::{API_NAME_CHARS_MAX, VERSION_CHARS_MAX};
use ringgate_model::{Api, ProtocolType, new_id};

use crate::fields::texts::{DESCRIPTION, EXPRESSION};
use crate::fields::{Fields, Text, set};
use crate::operation::Request;
use crate::paging::page_of;
use crate::quick::{self, QuickCreate};
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use crate::shelf::entries;
use crate::workspace::{Workspace, record, record_if_any};
use crate::{Error, Transaction, api_mapping, cors, keys, tags};

const API_ID_CHARS: usize = 10;
/// A pinned id is a DNS label.
const PINNED_ID_CHARS_MAX: usize = 63;
/// The tag that pins the id of a new API, as emulators of AWS take it (spec section 1.9).
const PINNED_ID_TAG: &str = "_custom_id_";

const DEFAULT_KEY_EXPRESSION: &str = "$request.header.x-api-key";
const KEY_EXPRESSIONS: &[&str] =
    &[DEFAULT_KEY_EXPRESSION, "$context.authorizer.usageIdentifierKey"];
const DEFAULT_ROUTE_EXPRESSION: &str = "$request.method $request.path";
/// The service model writes the first, AWS answers the second; both mean the same.
const ROUTE_EXPRESSIONS: &[&str] = &["${request.method} ${request.path}", DEFAULT_ROUTE_EXPRESSION];
/// Which addresses may call is the listeners' business: both kinds are kept and shown.
pub(crate) const ADDRESS_TYPES: &[&str] = &["ipv4", "dualstack"];

const PROTOCOL: Text = Text::chars(0, usize::MAX);
const NAME: Text = Text::chars(1, API_NAME_CHARS_MAX);
/// `$request.body.action`, or several of these within `${…}` (spec section 2.17).
const ROUTE_EXPRESSION: Text = EXPRESSION.matching(r"^(\$request\.|.*\$\{request\.).+$", |text| {
    text.starts_with("$request.") || text.contains("${request.")
});
const VERSION: Text = Text::chars(1, VERSION_CHARS_MAX);

/// CreateApi.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (api, quick) = Fields::parse("createApiInput", request.body, read_new)?;
    let mut workspace = add(session, api)?;
    if let Some(quick) = quick {
        quick::create(&mut workspace, session, quick)?;
    }
    let outcome = workspace.commit(session)?;
    Ok(show(session, workspace.api)?.with(outcome))
}

/// GetApi.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let record = record(session.store, session.scope, request.label("apiId"))?;
    show(session, record.api)
}

/// GetApis.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let folder = keys::index(session.scope);
    let page = page_of(session, request, &folder, |key| {
        let found = record_if_any(session.store, session.scope, keys::indexed_api(key))?;
        Ok(found.map(|record| with_endpoint(session, record.api)))
    })?;
    Reply::of(&page)
}

/// UpdateApi.
pub(crate) fn update(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut api = workspace.api.clone();
    let quick = Fields::parse("updateApiInput", request.body, |fields| {
        read_named_members(fields, &mut api)?;
        quick::read(fields)
    })?;
    workspace.api = api;
    if let Some(quick) = quick {
        quick::update(&mut workspace, quick)?;
    }
    let outcome = workspace.commit(session)?;
    Ok(show(session, workspace.api)?.with(outcome))
}

/// DeleteApi: the API and everything in it.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let api_id = request.label("apiId");
    record(session.store, session.scope, api_id)?;
    let domains = api_mapping::domains_of(session, api_id, None)?;
    if !domains.is_empty() {
        // AWS's words (gruntwork-io/cloud-nuke#370).
        return Err(Error::bad_request(format!(
            "Deleting API {api_id} failed. Please remove all API mappings for the API from your \
             custom domain names. ({})",
            domains.join(", ")
        )));
    }
    let record_key = keys::api(api_id);
    let read = session.store.get(&record_key)?;
    let mut doomed = entries(session.store, &keys::everything(api_id))?;
    doomed.extend(entries(session.store, &keys::definitions(api_id))?);
    let mut writes: Vec<_> = doomed.into_iter().map(|(key, _)| (key, None)).collect();
    writes.push((format!("{}{api_id}", keys::index(session.scope)), None));
    if session.store.get(keys::TARGET)?.as_deref() == Some(api_id.as_bytes()) {
        writes.push((keys::TARGET.to_owned(), None));
    }
    let checks = vec![(record_key, read)];
    let revision = session.store.commit(Transaction { checks, writes })?;
    let removed = vec![api_id.to_owned()];
    Ok(Reply::done(Outcome { removed, revision: Some(revision), ..Outcome::default() }))
}

/// A new API in its workspace, with an id that no API of any scope has.
pub(crate) fn add<'s>(session: &mut Session<'s>, mut api: Api) -> Result<Workspace<'s>, Error> {
    api.created_date = session.now;
    api.api_id = match api.tags.get(PINNED_ID_TAG) {
        Some(id) => pinned_id(session, id)?,
        None => free_id(session)?,
    };
    Ok(Workspace::create(session, api))
}

/// An HTTP API with AWS's defaults (spec section 1.7).
pub(crate) fn new_http_api(name: String) -> Api {
    Api {
        api_key_selection_expression: DEFAULT_KEY_EXPRESSION.to_owned(),
        ip_address_type: "ipv4".to_owned(),
        name,
        protocol_type: ProtocolType::Http,
        route_selection_expression: DEFAULT_ROUTE_EXPRESSION.to_owned(),
        ..Api::default()
    }
}

fn free_id(session: &mut Session<'_>) -> Result<String, Error> {
    loop {
        let id = new_id(session.entropy, API_ID_CHARS);
        if session.store.get(&keys::api(&id))?.is_none() {
            return Ok(id);
        }
    }
}

fn pinned_id(session: &Session<'_>, id: &str) -> Result<String, Error> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edge = id.starts_with('-') || id.ends_with('-');
    if id.is_empty() || id.len() > PINNED_ID_CHARS_MAX || edge || !id.bytes().all(legal) {
        return Err(Error::bad_request(format!(
            "The tag '{PINNED_ID_TAG}' pins the API id: '{id}' is no DNS label of lower-case \
             letters, digits and '-'"
        )));
    }
    if session.store.get(&keys::api(id))?.is_some() {
        return Err(Error::conflict(format!("An API with the id '{id}' already exists")));
    }
    Ok(id.to_owned())
}

fn read_new(fields: &mut Fields) -> Result<(Api, Option<QuickCreate>), Error> {
    let mut api = new_http_api(fields.required_text("name", NAME)?);
    fields.require("protocolType");
    if let Some(protocol) = fields.text("protocolType", PROTOCOL)? {
        api.protocol_type = read_protocol(&protocol)?;
    }
    if api.protocol_type == ProtocolType::Websocket {
        // The service model: "This property is required for WebSocket APIs."
        fields.require("routeSelectionExpression");
    }
    read_members(fields, &mut api)?;
    let quick = quick::read(fields)?;
    api.tags = tags::read(fields)?;
    Ok((api, quick))
}

fn read_protocol(protocol: &str) -> Result<ProtocolType, Error> {
    match protocol {
        "HTTP" => Ok(ProtocolType::Http),
        "WEBSOCKET" => Ok(ProtocolType::Websocket),
        // AWS's words for this member (spec section 1.6).
        _ => {
            Err(Error::bad_request("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]"))
        }
    }
}

/// The members of an API that are not quick create's, over what is there.
pub(crate) fn read_named_members(fields: &mut Fields, api: &mut Api) -> Result<(), Error> {
    fields.text_into("name", NAME, &mut api.name)?;
    read_members(fields, api)
}

fn read_members(fields: &mut Fields, api: &mut Api) -> Result<(), Error> {
    let expression = &mut api.route_selection_expression;
    match api.protocol_type {
        ProtocolType::Http => {
            fields.refuse(&["disableSchemaValidation"], "is for WebSocket APIs only");
            set(expression, fields.one_of("routeSelectionExpression", ROUTE_EXPRESSIONS)?);
        }
        ProtocolType::Websocket => {
            let names = ["corsConfiguration", "target", "routeKey", "credentialsArn"];
            fields.refuse(&names, "is for HTTP APIs only");
            fields.text_into("routeSelectionExpression", ROUTE_EXPRESSION, expression)?;
        }
    }
    fields.flag_into("disableSchemaValidation", &mut api.disable_schema_validation)?;
    fields.optional_into("description", DESCRIPTION, &mut api.description)?;
    fields.optional_into("version", VERSION, &mut api.version)?;
    let cors = fields.structure("corsConfiguration", cors::read)?;
    set(&mut api.cors_configuration, cors.map(Some));
    let expression = fields.one_of("apiKeySelectionExpression", KEY_EXPRESSIONS)?;
    set(&mut api.api_key_selection_expression, expression);
    let disable = fields.flag("disableExecuteApiEndpoint")?;
    set(&mut api.disable_execute_api_endpoint, disable);
    set(&mut api.ip_address_type, fields.one_of("ipAddressType", ADDRESS_TYPES)?);
    Ok(())
}

fn show(session: &Session<'_>, api: Api) -> Result<Reply, Error> {
    Reply::of(&with_endpoint(session, api))
}

/// The API with the URL that clients call.
pub(crate) fn with_endpoint(session: &Session<'_>, mut api: Api) -> Api {
    let template = &session.options.public_endpoint;
    let url = template.replace("{api}", &api.api_id).replace("{region}", &session.scope.region);
    // `http…` becomes `ws…`, as AWS shows it.
    api.api_endpoint = match (api.protocol_type, url.strip_prefix("http")) {
        (ProtocolType::Websocket, Some(rest)) => format!("ws{rest}"),
        _ => url,
    };
    api
}
