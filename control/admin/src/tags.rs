use std::collections::BTreeMap;

use ringgate_model::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};
use ringgate_model::{ControlArn, DomainName, Taggable, VpcLink};
use serde::Serialize;

use crate::Error;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::owned::{self, Owned, Place};
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use crate::workspace::Workspace;

const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";
pub(crate) const KEY: Text = Text::chars(1, TAG_KEY_CHARS_MAX).matching(PATTERN, is_legal);
pub(crate) const VALUE: Text = Text::chars(0, TAG_VALUE_CHARS_MAX).matching(PATTERN, is_legal);

/// What carries tags in API Gateway V1.
const V1_KINDS: &[&str] = &["restapis", "apikeys", "usageplans", "clientcertificates"];

type Tags = BTreeMap<String, String>;

/// GetTags.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    #[derive(Serialize)]
    struct Shown {
        tags: Tags,
    }
    let mut tags = Tags::new();
    edit(session, request, false, |found| {
        tags.clone_from(found);
        Ok(())
    })?;
    Reply::of(&Shown { tags })
}

/// TagResource: replaces by key.
pub(crate) fn tag(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let added = Fields::parse("tagResourceInput", request.body, |fields| {
        Ok(fields.map("tags", KEY, VALUE)?.unwrap_or_default())
    })?;
    let outcome = edit(session, request, true, |tags| {
        tags.extend(added);
        check(tags)
    })?;
    // The model's answer is a structure without members.
    Ok(Reply { body: b"{}".to_vec(), outcome, ..Reply::default() })
}

/// UntagResource.
pub(crate) fn untag(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    if request.query("tagKeys").is_none() {
        arn(session, request)?;
        return Err(Error::bad_request("UntagResource needs the query parameter 'tagKeys'"));
    }
    let outcome = edit(session, request, true, |tags| {
        for (_, key) in &request.query {
            tags.remove(key);
        }
        Ok(())
    })?;
    Ok(Reply::done(outcome))
}

/// The tags of a new resource.
pub(crate) fn read(fields: &mut Fields) -> Result<Tags, Error> {
    let tags = fields.map("tags", KEY, VALUE)?.unwrap_or_default();
    check(&tags)?;
    Ok(tags)
}

/// The rules of a whole set of tags.
pub(crate) fn check(tags: &Tags) -> Result<(), Error> {
    if tags.len() > TAGS_MAX {
        return Err(Error::bad_request(format!("A resource has at most {TAGS_MAX} tags")));
    }
    if let Some(key) = tags.keys().find(|key| key.starts_with("aws:")) {
        return Err(Error::bad_request(format!(
            "The tag key '{key}' begins with 'aws:', which is reserved"
        )));
    }
    Ok(())
}

/// What the request's ARN names.
fn arn(session: &Session<'_>, request: &Request<'_>) -> Result<Taggable, Error> {
    let text = request.label("arn");
    let arn = ControlArn::parse(text).map_err(|error| {
        let path = text.strip_prefix("arn:aws:apigateway:").and_then(|rest| rest.split_once("::/"));
        let kind = path.and_then(|(_, path)| path.split('/').next()).unwrap_or_default();
        match V1_KINDS.contains(&kind) {
            true => Error::bad_request(format!("ringgate does not support tags of /{kind} yet")),
            false => Error::bad_request(error.to_string()),
        }
    })?;
    if arn.region != session.scope.region {
        return Err(Error::bad_request(format!(
            "Invalid ARN specified in the request: it names region '{}', the request is for '{}'",
            arn.region, session.scope.region
        )));
    }
    Ok(arn.resource)
}

/// Works on the tags of what the request's ARN names, and writes them if `writes`.
fn edit(
    session: &mut Session<'_>,
    request: &Request<'_>,
    writes: bool,
    work: impl FnOnce(&mut Tags) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    match arn(session, request)? {
        Taggable::Api(id) => {
            let mut workspace = Workspace::open(session, &id)?;
            work(&mut workspace.api.tags)?;
            if writes { Ok(workspace.commit(session)?.unseen()) } else { Ok(Outcome::default()) }
        }
        Taggable::Stage(id, stage) => {
            let mut workspace = Workspace::open(session, &id)?;
            let mut stage = workspace.stages.find(&stage)?.clone();
            work(&mut stage.tags)?;
            workspace.stages.put(stage);
            if writes { Ok(workspace.commit(session)?.unseen()) } else { Ok(Outcome::default()) }
        }
        Taggable::DomainName(name) => {
            edit_owned(session, &name, writes, |found: &mut DomainName| work(&mut found.tags))
        }
        Taggable::VpcLink(id) => {
            edit_owned(session, &id, writes, |found: &mut VpcLink| work(&mut found.tags))
        }
    }
}

fn edit_owned<T: Owned>(
    session: &Session<'_>,
    id: &str,
    writes: bool,
    work: impl FnOnce(&mut T) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    let place = Place { id: Some(id.to_owned()), ..owned::top::<T>(session.scope) };
    let found = owned::find::<T>(session, &place.folder, id)?;
    let mut changed = found.value.clone();
    work(&mut changed)?;
    if writes { owned::replace(session, &place, found, &changed) } else { Ok(Outcome::default()) }
}

fn is_legal(text: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    text.chars().all(legal)
}
