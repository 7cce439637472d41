use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ringgate_model::limits::INTEGRATION_TIMEOUT_MS_DEFAULT;
use ringgate_model::{Api, AuthorizationType, Authorizer, Definition, Integration, Route, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Desired, DesiredRoute, DesiredStage};

/// Before the name of a stage variable.
const STAGE_VARIABLES: &str = "stageVariables.";
/// The members of a route that say who may call it.
const ASKED: [&str; 3] = ["authorizationType", "authorizer", "authorizationScopes"];

/// What applying a document changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// In the order: the API itself, its authorizers by name, its routes by key, its stage.
    pub changes: Vec<Change>,
}

/// One thing that is made, changed or taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What happens to it.
    pub action: Action,
    /// `api`, `authorizer jwt`, `route GET /pets` or `stage prod`
    pub subject: String,
    /// The members that differ, by name.
    pub fields: Vec<FieldChange>,
}

/// What happens to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Add,
    /// It is there and differs.
    Change,
    /// It goes away.
    Remove,
}

/// A member that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name on the wire.
    pub name: String,
    /// What it is now; none: absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it becomes; none: absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Diff {
    /// True where applying changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// This, and what happens to the stage: that it is made, and its variables. `current` is the
    /// stage as it is; none: there is no such stage yet.
    #[must_use]
    pub fn with_stage(mut self, current: Option<&Stage>, desired: &DesiredStage) -> Self {
        let (mut before, mut after) = (Fields::new(), Fields::new());
        for (variable, value) in &desired.stage_variables {
            let name = format!("{STAGE_VARIABLES}{variable}");
            if let Some(value) = current.and_then(|stage| stage.stage_variables.get(variable)) {
                before.insert(name.clone(), Value::from(value.as_str()));
            }
            // An empty value takes the variable away.
            if !value.is_empty() {
                after.insert(name, Value::from(value.as_str()));
            }
        }
        let subject = format!("stage {}", desired.stage_name);
        push(&mut self.changes, subject, current.map(|_| before), Some(after));
        self
    }

    /// This, and the changes of `other` to what is not in here.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        let told: BTreeSet<String> =
            self.changes.iter().map(|change| change.subject.clone()).collect();
        let more = other.changes.into_iter().filter(|change| !told.contains(&change.subject));
        self.changes.extend(more);
        // The subjects' order is that of `changes`.
        self.changes.sort_by(|one, two| one.subject.cmp(&two.subject));
        self
    }
}

/// What of an API's definition a document changes; `None`: there is no API yet.
pub fn diff(current: Option<&Definition>, desired: &Desired) -> Diff {
    diff_api(None, current, desired)
}

/// The same with the API's own members compared too (name, description, version, tags) where
/// `api` is given.
pub fn diff_api(api: Option<&Api>, current: Option<&Definition>, desired: &Desired) -> Diff {
    let mut changes = Vec::new();
    let mut before = current.map(|current| api_fields(api, current));
    // A document that says nothing of it leaves it as it is.
    if let (Some(before), Some(api), Some(_)) = (&mut before, api, &desired.ip_address_type) {
        put(before, "ipAddressType", &api.ip_address_type);
    }
    let mut after = desired_api_fields(desired);
    if let (Some(_), None) = (current, api) {
        after.retain(|name, _| matches!(name.as_str(), "cors" | "disableExecuteApiEndpoint"));
    }
    push(&mut changes, "api".to_owned(), before, Some(after));

    let empty = Definition::default();
    let current = current.unwrap_or(&empty);
    diff_authorizers(&mut changes, current, desired);
    let mut routes: BTreeMap<&str, Pair<'_>> = BTreeMap::new();
    for route in &current.routes {
        routes.entry(&route.route_key).or_default().0 = Some(route);
    }
    for route in &desired.routes {
        routes.entry(&route.route_key).or_default().1 = Some(route);
    }
    for (key, (before, after)) in routes {
        let mut before = before.map(|route| route_fields(route, current));
        // A document that does not say who may call leaves that as it is.
        if let (Some(before), Some(DesiredRoute { authorization_type: None, .. })) =
            (&mut before, after)
        {
            before.retain(|name, _| !ASKED.contains(&name.as_str()));
        }
        let after = after.map(desired_route_fields);
        push(&mut changes, format!("route {key}"), before, after);
    }
    Diff { changes }
}

/// An authorizer that a document does not have goes away with the last route that asked it.
fn diff_authorizers(changes: &mut Vec<Change>, current: &Definition, desired: &Desired) {
    type Pair<'a> = (Option<&'a Authorizer>, Option<&'a Authorizer>);
    let keeps = |route: &Route| {
        let same = desired.routes.iter().find(|other| other.route_key == route.route_key);
        same.is_some_and(|same| same.authorization_type.is_none())
    };
    let asked = |authorizer: &&Authorizer| {
        let id = Some(authorizer.authorizer_id.as_str());
        let mut users = current.routes.iter().filter(|route| route.authorizer_id.as_deref() == id);
        let wanted = desired.authorizers.iter().any(|wanted| wanted.name == authorizer.name);
        wanted || (users.clone().next().is_some() && !users.any(keeps))
    };
    let mut authorizers: BTreeMap<&str, Pair<'_>> = BTreeMap::new();
    for authorizer in current.authorizers.iter().filter(asked) {
        authorizers.entry(&authorizer.name).or_default().0 = Some(authorizer);
    }
    for authorizer in &desired.authorizers {
        authorizers.entry(&authorizer.name).or_default().1 = Some(authorizer);
    }
    for (name, (before, after)) in authorizers {
        let (before, after) = (before.map(authorizer_fields), after.map(authorizer_fields));
        push(changes, format!("authorizer {name}"), before, after);
    }
}

type Pair<'a> = (Option<&'a Route>, Option<&'a DesiredRoute>);
type Fields = Map<String, Value>;

fn push(changes: &mut Vec<Change>, subject: String, before: Option<Fields>, after: Option<Fields>) {
    let action = match (&before, &after) {
        (None, None) => return,
        (None, Some(_)) => Action::Add,
        (Some(_), None) => Action::Remove,
        (Some(_), Some(_)) => Action::Change,
    };
    let (mut before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let mut fields = Vec::new();
    for (name, after) in after {
        let before = before.remove(&name);
        if before.as_ref() != Some(&after) {
            fields.push(FieldChange { name, before, after: Some(after) });
        }
    }
    let gone = before.into_iter();
    fields.extend(gone.map(|(name, value)| FieldChange { name, before: Some(value), after: None }));
    if action != Action::Change || !fields.is_empty() {
        changes.push(Change { action, subject, fields });
    }
}

fn api_fields(api: Option<&Api>, definition: &Definition) -> Fields {
    let mut fields = Fields::new();
    if let Some(api) = api {
        put(&mut fields, "name", &api.name);
        put(&mut fields, "description", &api.description);
        put(&mut fields, "version", &api.version);
        put(&mut fields, "tags", &api.tags);
    }
    put(&mut fields, "cors", &definition.cors);
    put(&mut fields, "disableExecuteApiEndpoint", &definition.disable_execute_api_endpoint);
    fields
}

fn desired_api_fields(desired: &Desired) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "name", &desired.name);
    put(&mut fields, "description", &desired.description);
    put(&mut fields, "version", &desired.version);
    put(&mut fields, "tags", &desired.tags);
    put(&mut fields, "ipAddressType", &desired.ip_address_type);
    put(&mut fields, "cors", &desired.cors);
    put(&mut fields, "disableExecuteApiEndpoint", &desired.disable_execute_api_endpoint);
    fields
}

fn route_fields(route: &Route, definition: &Definition) -> Fields {
    let integration = route.integration_id().and_then(|id| {
        definition.integrations.iter().find(|integration| integration.integration_id == id)
    });
    let mut fields = integration.map(integration_fields).unwrap_or_default();
    put(&mut fields, "operationName", &route.operation_name);
    let authorizer = route.authorizer_id.as_deref().and_then(|id| {
        definition.authorizers.iter().find(|authorizer| authorizer.authorizer_id == id)
    });
    let name = authorizer.map(|authorizer| authorizer.name.as_str());
    put_asked(&mut fields, route.authorization_type, name, route.authorization_scopes.as_deref());
    fields
}

fn desired_route_fields(route: &DesiredRoute) -> Fields {
    let mut fields = route.integration.as_ref().map(integration_fields).unwrap_or_default();
    put(&mut fields, "operationName", &route.operation_name);
    let (name, scopes) = (route.authorizer_name.as_deref(), route.authorization_scopes.as_deref());
    put_asked(&mut fields, route.authorization_type.unwrap_or_default(), name, scopes);
    fields
}

/// Who may call; nothing where anyone may.
fn put_asked(
    fields: &mut Fields,
    kind: AuthorizationType,
    authorizer_name: Option<&str>,
    scopes: Option<&[String]>,
) {
    let [kind_name, authorizer, scopes_name] = ASKED;
    if kind != AuthorizationType::None {
        put(fields, kind_name, &kind);
    }
    put(fields, authorizer, &authorizer_name);
    put(fields, scopes_name, &scopes);
}

/// Every member of an authorizer but its identity.
fn authorizer_fields(authorizer: &Authorizer) -> Fields {
    let mut fields = match serde_json::to_value(authorizer) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    };
    fields.remove("authorizerId");
    fields
}

/// Every member of an integration but its identity, defaults written out.
fn integration_fields(integration: &Integration) -> Fields {
    let mut whole = integration.clone();
    whole.connection_type.get_or_insert_with(|| "INTERNET".to_owned());
    whole.payload_format_version.get_or_insert_with(|| "1.0".to_owned());
    whole.timeout_in_millis.get_or_insert(INTEGRATION_TIMEOUT_MS_DEFAULT);
    whole.api_gateway_managed = None;
    let mut fields = match serde_json::to_value(&whole) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    };
    fields.remove("integrationId");
    fields
}

/// Absent, null, false and empty are the same thing to a client.
fn put<T: Serialize>(fields: &mut Fields, name: &str, value: &T) {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    let nothing = match &value {
        Value::Null | Value::Bool(false) => true,
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if !nothing {
        fields.insert(name.to_owned(), value);
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| write!(f, "{change}"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = |name| {
            let field = self.fields.iter().find(|field| field.name == name)?;
            field.after.as_ref()?.as_str()
        };
        match self.action {
            Action::Add => {
                write!(f, "+ {}", self.subject)?;
                for name in ["name", "integrationMethod", "integrationUri"] {
                    after(name).map_or(Ok(()), |text| write!(f, " {text}"))?;
                }
                writeln!(f)?;
                self.fields
                    .iter()
                    .filter(|field| field.name.starts_with(STAGE_VARIABLES))
                    .try_for_each(|field| writeln!(f, "    {field}"))
            }
            Action::Remove => writeln!(f, "- {}", self.subject),
            Action::Change => {
                writeln!(f, "~ {}", self.subject)?;
                self.fields.iter().try_for_each(|field| writeln!(f, "    {field}"))
            }
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| match value {
            None => "(none)".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        write!(f, "{}: {} -> {}", self.name, shown(&self.before), shown(&self.after))
    }
}
