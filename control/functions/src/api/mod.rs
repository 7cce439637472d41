//! Lambda's API as far as it is here: what each request asks for, and how it is answered.

mod aliases;
mod concurrency;
mod configuration;
mod functions;
mod members;
mod operations;
mod permissions;
mod query;
mod tags;
mod target;
mod versions;

use std::sync::Arc;

use ringgate_model::Scope;
use serde_json::{Value, json};

use crate::function::Function;
use crate::http::{Reply, Request, json as reply};
use crate::limits::{
    MANAGEMENT_BODY_BYTES_MAX, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, PAYLOAD_BYTES_MAX,
};
use crate::name::{FunctionId, malformed_as};
use crate::{ApiError, Host, base64, invoke};
use members::Members;
pub(crate) use operations::Operation;
pub(crate) use permissions::policy as document;
pub(crate) use target::target;

/// Largest body that a request may have.
pub(crate) fn body_bytes_max(operation: Option<&Operation>) -> usize {
    match operation.map(|operation| operation.name) {
        Some("Invoke" | "InvokeWithResponseStream" | "InvokeAsync") => PAYLOAD_BYTES_MAX,
        _ => MANAGEMENT_BODY_BYTES_MAX,
    }
}

/// Answers a request.
pub(crate) async fn handle(host: &Arc<Host>, request: Request) -> Result<Reply, ApiError> {
    let form = match request.operation.name {
        "Invoke" => invoke::Form::Whole,
        "InvokeWithResponseStream" => invoke::Form::Stream,
        "InvokeAsync" => invoke::Form::Async,
        _ => {
            let host = Arc::clone(host);
            // Made whole, on disk and in what runs, also when the client goes away meanwhile.
            let managed = tokio::spawn(async move { manage(Call { host: &host, request }).await });
            return managed.await.map_err(|error| ApiError::internal(error.to_string()))?;
        }
    };
    // Whoever goes away while this waits for an environment is not served.
    invoke::invoke(Call { host, request }, form).await
}

async fn manage(call: Call<'_>) -> Result<Reply, ApiError> {
    match call.request.operation.name {
        "CreateFunction" => functions::create(call).await,
        "GetFunction" => functions::get(&call),
        "GetFunctionConfiguration" => functions::get_configuration(&call),
        "ListFunctions" => functions::list(&call),
        "UpdateFunctionCode" => functions::update_code(call).await,
        "UpdateFunctionConfiguration" => functions::update_configuration(call).await,
        "DeleteFunction" => functions::delete(call).await,
        "PublishVersion" => versions::create(call).await,
        "ListVersionsByFunction" => versions::list(&call),
        "CreateAlias" => aliases::create(call).await,
        "GetAlias" => aliases::get(&call),
        "ListAliases" => aliases::list(&call),
        "UpdateAlias" => aliases::update(call).await,
        "DeleteAlias" => aliases::delete(call).await,
        "AddPermission" => permissions::add(call).await,
        "GetPolicy" => permissions::get(&call),
        "RemovePermission" => permissions::remove(call).await,
        "PutFunctionConcurrency" => concurrency::put(call).await,
        "GetFunctionConcurrency" => concurrency::get(&call),
        "DeleteFunctionConcurrency" => concurrency::delete(call).await,
        "GetAccountSettings" => concurrency::account(&call),
        "ListTags" => tags::list(&call),
        "TagResource" => tags::add(call).await,
        "UntagResource" => tags::remove(call).await,
        other => {
            let why = format!("{other} is not supported by this host of functions.");
            Err(ApiError::unsupported(why))
        }
    }
}

/// A request, and the host that it is for.
pub(crate) struct Call<'h> {
    pub(crate) host: &'h Arc<Host>,
    pub(crate) request: Request,
}

impl Call<'_> {
    pub(crate) fn scope(&self) -> &Scope {
        &self.request.scope
    }

    /// A part of the path.
    fn part(&self, at: usize) -> &str {
        self.request.operation.parts.get(at).map_or("", String::as_str)
    }

    fn members(&self, operation: &'static str) -> Result<Members, ApiError> {
        Members::parse(operation, &self.request.body)
    }

    /// The function that the request names, with its qualifier.
    pub(crate) fn function(&self) -> Result<(FunctionId, Arc<Function>), ApiError> {
        let qualifier = self.query("Qualifier")?;
        let id = FunctionId::parse(self.part(0), qualifier.as_deref(), self.scope())?;
        let function = self.host.store.get(self.scope(), &id.name);
        let function = function.ok_or_else(|| id.not_found(self.scope()))?;
        Ok((id, function))
    }

    /// The same, for what is about functions as a whole.
    fn unqualified(&self) -> Result<(FunctionId, Arc<Function>), ApiError> {
        let (id, function) = self.function()?;
        if id.qualifier.is_some() {
            let expected = "a function without a qualifier";
            return Err(malformed_as("functionName", self.part(0), expected));
        }
        Ok((id, function))
    }

    /// A parameter of the query.
    fn query(&self, name: &str) -> Result<Option<String>, ApiError> {
        query::value(&self.request.query, name)
    }

    /// Changes a function that is there, as [`Self::change`] does.
    async fn edit<T>(
        &self,
        id: &FunctionId,
        edit: impl FnOnce(&mut Function) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let change = self.change(id, |before| {
            let mut function = before.ok_or_else(|| id.not_found(self.scope()))?;
            let answer = edit(&mut function)?;
            Ok((Some(function), answer))
        });
        change.await
    }

    /// Makes, changes or removes a function for good, then everything that runs of it.
    async fn change<T>(
        &self,
        id: &FunctionId,
        change: impl FnOnce(Option<Function>) -> Result<(Option<Function>, T), ApiError>,
    ) -> Result<T, ApiError> {
        let answer = self.host.store.change(self.scope(), &id.name, change).await?;
        self.host.changed(self.scope(), &id.name);
        Ok(answer)
    }
}

/// A page of items, which are known by keys that sort as they do.
fn page(call: &Call<'_>, member: &str, items: Vec<(String, Value)>) -> Result<Reply, ApiError> {
    let size = match call.query("MaxItems")? {
        None => PAGE_ITEMS_DEFAULT,
        Some(text) => {
            let size = text.parse().ok().filter(|size| (1..=PAGE_ITEMS_MAX).contains(size));
            let expected = || format!("a number from 1 to {PAGE_ITEMS_MAX}");
            size.ok_or_else(|| malformed_as("maxItems", &text, &expected()))?
        }
    };
    let after = match call.query("Marker")?.filter(|marker| !marker.is_empty()) {
        None => None,
        Some(marker) => {
            let key = base64::decode(&marker).ok().and_then(|key| String::from_utf8(key).ok());
            let expected = "the NextMarker of an answer";
            Some(key.ok_or_else(|| malformed_as("marker", &marker, expected))?)
        }
    };
    let rest = items.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let mut rest = rest.peekable();
    let (mut shown, mut last) = (Vec::new(), String::new());
    while let Some((key, item)) = rest.next_if(|_| shown.len() < size) {
        shown.push(item);
        last = key;
    }
    let mut answer = json!({ member: shown });
    if rest.peek().is_some() {
        answer["NextMarker"] = json!(base64::encode(last.as_bytes()));
    }
    Ok(reply(200, &answer))
}
