//! The consent of a function ("Control access to HTTP APIs with AWS Lambda authorizers").

use std::rc::Rc;
use std::sync::Arc;

use ringgate_mapping::{Place, Source, Sources};
use ringgate_observe::{Value, Variable};
use ringgate_runtime::Buf;
use ringgate_table::LambdaAuthorizer;

use super::{Admitted, Arrival, Circumstances, map};
use crate::phases::call::now_ms;
use crate::phases::event;
use crate::principal::Principal;
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::verdict::Verdict;

/// A function that is to be asked. The call's head stands where that of the request would.
pub(crate) struct Ask {
    /// What its answer is kept by, and for how long; none where it is not kept.
    pub kept: Option<(Vec<u8>, u64)>,
    /// The connections to it.
    pub pool: Rc<Pool>,
    /// The call's content, with room in front of it for the head.
    pub content: Buf,
    /// It answers yes or no instead of a policy.
    pub simple: bool,
    /// How long it may take.
    pub timeout_ms: u64,
}

/// Lets the request in by what is known already, or says whom to ask.
///
/// # Errors
/// 401 where an identity source has no value, 403 where the function says no.
pub(super) fn consent(
    arrival: &Arrival<'_>,
    authorizer: &LambdaAuthorizer<'_>,
    request: &map::Request<'_, '_, '_>,
    told: Option<&Arc<Verdict>>,
    out: &mut Vec<u8>,
) -> Result<Admitted, Fault> {
    let arn = arn(request)?;
    let sources = sources(authorizer, request)?;
    let (known, kept) = match (told, authorizer.ttl_s()) {
        (Some(told), _) => (Some(told.clone()), None),
        (None, 0) => (None, None),
        (None, ttl_s) => {
            let key = key(request, authorizer, &sources);
            let known = arrival.core.consents.get(&key, now_ms());
            (known, Some((key, u64::from(ttl_s).saturating_mul(1000))))
        }
    };
    let Some(verdict) = known else {
        let (pool, content) = event::question(arrival, request, authorizer, (&arn, &sources), out)?;
        return Ok(Admitted::Ask(Box::new(Ask {
            kept,
            pool,
            content,
            simple: authorizer.simple(),
            timeout_ms: arrival.core.settings.limits.authorizer_timeout_ms as u64,
        })));
    };
    let circumstances = Circumstances::of(request.head, arrival.peer, now_ms() / 1000);
    if verdict.allows(&arn, &circumstances) {
        Ok(Admitted::Yes(Some(Principal::Lambda(verdict))))
    } else {
        Err(Fault::new(Kind::Denied, "the authorizer does not allow this request"))
    }
}

/// What the caller wants to call.
fn arn(request: &map::Request<'_, '_, '_>) -> Result<String, Fault> {
    let no_api = || Fault::new(Kind::AuthorizerMisconfigured, "there is no API");
    let located = request.located.ok_or_else(no_api)?;
    let (api, mut arn) = (located.api.arn(), String::new());
    api.write_method(located.stage.name(), request.head.method, request.matched.0, &mut arn);
    Ok(arn)
}

/// The values of the identity sources. An empty one is a value; none at all is refused (spec
/// section 3.2).
fn sources(
    authorizer: &LambdaAuthorizer<'_>,
    request: &map::Request<'_, '_, '_>,
) -> Result<Vec<String>, Fault> {
    let missing = || Fault::new(Kind::Unauthorized, "an identity source has no value");
    authorizer.sources().map(|source| value(source, request).ok_or_else(missing)).collect()
}

fn value<'t>(
    source: impl Iterator<Item = Source<&'t str>> + Clone,
    request: &map::Request<'_, '_, '_>,
) -> Option<String> {
    if !source.clone().all(|source| is_there(&source, request)) {
        return None;
    }
    let mut value = Vec::new();
    ringgate_mapping::write(request, source, Place::Text, &mut value).ok()?;
    String::from_utf8(value).ok()
}

fn is_there(source: &Source<&str>, request: &map::Request<'_, '_, '_>) -> bool {
    match source {
        Source::Header(name) => {
            let mut found = false;
            request.header(name, &mut |_| found = true);
            found
        }
        Source::Querystring(name) => ringgate_mapping::has_parameter(request.query(), name),
        Source::Context(name) => Variable::named(name).is_some_and(|(variable, property)| {
            use ringgate_observe::Values as _;
            request.value(variable, property) != Value::Missing
        }),
        // A stage variable that the stage has not is empty text here.
        Source::Static(text) => !text.is_empty(),
        _ => true,
    }
}

/// What an answer is kept by: the authorizer as it is set up, since when answers count, and the
/// values, so that no two of them can look alike.
fn key(
    request: &map::Request<'_, '_, '_>,
    authorizer: &LambdaAuthorizer<'_>,
    sources: &[String],
) -> Vec<u8> {
    let (api_id, stage, epoch) = request.located.map_or(("", "", 0), |located| {
        (located.api.api_id(), located.stage.name(), located.stage.authorizer_epoch())
    });
    let function = authorizer.function();
    let parts = [api_id, stage, authorizer.id(), function.arn(), authorizer.setup()];
    let mut key = epoch.to_le_bytes().to_vec();
    for part in parts.into_iter().chain(sources.iter().map(String::as_str)) {
        key.extend_from_slice(&part.len().to_le_bytes());
        key.extend_from_slice(part.as_bytes());
    }
    key
}
