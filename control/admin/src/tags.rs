use std::collections::BTreeMap;

use ringgate_model::ApiArn;
use ringgate_model::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};
use serde::Serialize;

use crate::Error;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::workspace::Workspace;

const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";
pub(crate) const KEY: Text = Text::chars(1, TAG_KEY_CHARS_MAX).matching(PATTERN, is_legal);
pub(crate) const VALUE: Text = Text::chars(0, TAG_VALUE_CHARS_MAX).matching(PATTERN, is_legal);

type Tags = BTreeMap<String, String>;

/// GetTags.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    #[derive(Serialize)]
    struct Shown<'t> {
        tags: &'t Tags,
    }
    let (mut workspace, arn) = open(session, request)?;
    edit(&mut workspace, &arn, |tags| Reply::of(&Shown { tags }))
}

/// TagResource: replaces by key.
pub(crate) fn tag(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (mut workspace, arn) = open(session, request)?;
    let added = Fields::parse("tagResourceInput", request.body, |fields| {
        Ok(fields.map("tags", KEY, VALUE)?.unwrap_or_default())
    })?;
    edit(&mut workspace, &arn, |tags| {
        tags.extend(added);
        check(tags)
    })?;
    let outcome = workspace.commit(session)?.unseen();
    // The model's answer is a structure without members.
    Ok(Reply { body: b"{}".to_vec(), outcome })
}

/// UntagResource.
pub(crate) fn untag(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (mut workspace, arn) = open(session, request)?;
    if request.query("tagKeys").is_none() {
        return Err(Error::bad_request("UntagResource needs the query parameter 'tagKeys'"));
    }
    edit(&mut workspace, &arn, |tags| {
        for (_, key) in &request.query {
            tags.remove(key);
        }
        Ok(())
    })?;
    Ok(Reply::done(workspace.commit(session)?.unseen()))
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

/// The API that the ARN of the request names, and the ARN.
fn open<'s>(
    session: &Session<'s>,
    request: &Request<'_>,
) -> Result<(Workspace<'s>, ApiArn), Error> {
    let text = request.label("arn");
    if let Some((_, path)) = text.split_once("::/")
        && text.starts_with("arn:aws:apigateway:")
        && !path.starts_with("apis/")
    {
        let kind = path.split('/').next().unwrap_or_default();
        return Err(Error::bad_request(format!("ringgate does not support tags of /{kind} yet")));
    }
    let arn = ApiArn::parse(text).map_err(|error| Error::bad_request(error.to_string()))?;
    if arn.region() != session.scope.region {
        return Err(Error::bad_request(format!(
            "Invalid ARN specified in the request: it names region '{}', the request is for '{}'",
            arn.region(),
            session.scope.region
        )));
    }
    let (ApiArn::Api { api_id, .. } | ApiArn::Stage { api_id, .. }) = &arn;
    Ok((Workspace::open(session, api_id)?, arn))
}

/// Works on the tags of the API or of the stage that the ARN names.
fn edit<T>(
    workspace: &mut Workspace<'_>,
    arn: &ApiArn,
    work: impl FnOnce(&mut Tags) -> Result<T, Error>,
) -> Result<T, Error> {
    match arn {
        ApiArn::Api { .. } => work(&mut workspace.api.tags),
        ApiArn::Stage { stage, .. } => {
            let mut stage = workspace.stages.find(stage)?.clone();
            let result = work(&mut stage.tags)?;
            workspace.stages.put(stage);
            Ok(result)
        }
    }
}

fn is_legal(text: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    text.chars().all(legal)
}
