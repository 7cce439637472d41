//! `requestContext.authorizer`.

use serde_json::{Map, Value};

use crate::event::context::{write_list, write_list_or_null, write_or_null};
use crate::json::Json;
use crate::request::{Authorizer, Iam};

/// Format 2.0: an object with the kind of the authorizer as its one key.
pub(super) fn write_v2(json: &mut Json<'_>, authorizer: &Authorizer<'_>) {
    json.key("authorizer");
    json.open(b'{');
    match authorizer {
        Authorizer::Jwt { claims, scopes } => {
            json.key("jwt");
            json.open(b'{');
            write_jwt(json, claims, *scopes);
            json.close(b'}');
        }
        Authorizer::Lambda { context, .. } => {
            json.key("lambda");
            json.open(b'{');
            write_members(json, sorted(context));
            json.close(b'}');
        }
        Authorizer::Iam(iam) => write_iam(json, iam),
    }
    json.close(b'}');
}

/// Format 1.0: the members themselves, null without an authorizer. A signature's stand in
/// `identity`.
pub(super) fn write_v1(json: &mut Json<'_>, authorizer: Option<&Authorizer<'_>>) {
    json.key("authorizer");
    match authorizer {
        None | Some(Authorizer::Iam(_)) => json.value(b"null"),
        Some(Authorizer::Jwt { claims, scopes }) => {
            json.open(b'{');
            write_jwt(json, claims, *scopes);
            json.close(b'}');
        }
        Some(Authorizer::Lambda { principal_id, context }) => {
            json.open(b'{');
            if let Some(principal_id) = principal_id {
                json.member("principalId", principal_id);
            }
            // The policy's principal comes before a member of the context with its name.
            let is_there = principal_id.is_some();
            let members = sorted(context);
            write_members(json, members.filter(|m| !(is_there && m.0 == "principalId")));
            json.close(b'}');
        }
    }
}

fn write_jwt(json: &mut Json<'_>, claims: &[(&str, &str)], scopes: Option<&[&str]>) {
    json.key("claims");
    json.open(b'{');
    // As recorded events are, whatever order the token had.
    let mut sorted = claims.to_vec();
    sorted.sort_unstable();
    for (name, value) in sorted {
        json.any_key(name.as_bytes());
        json.string(value.as_bytes());
    }
    json.close(b'}');
    write_list_or_null(json, "scopes", scopes);
}

fn write_members<'m>(json: &mut Json<'_>, members: impl Iterator<Item = (&'m String, &'m Value)>) {
    for (name, value) in members {
        json.any_key(name.as_bytes());
        let mut value = value.clone();
        value.sort_all_objects();
        json.value(value.to_string().as_bytes());
    }
}

/// By name: a `Map` may be in the order in which it was made.
fn sorted(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_unstable_by_key(|member| member.0);
    members.into_iter()
}

fn write_iam(json: &mut Json<'_>, iam: &Iam<'_>) {
    json.key("iam");
    json.open(b'{');
    json.member("accessKey", iam.access_key);
    json.member("accountId", iam.account_id);
    json.member("callerId", iam.caller_id);
    json.key("cognitoIdentity");
    match &iam.cognito_identity {
        Some(identity) => {
            json.open(b'{');
            json.key("amr");
            write_list(json, identity.amr);
            json.member("identityId", identity.identity_id);
            json.member("identityPoolId", identity.identity_pool_id);
            json.close(b'}');
        }
        None => json.value(b"null"),
    }
    write_or_null(json, "principalOrgId", iam.principal_org_id);
    json.member("userArn", iam.user_arn);
    json.member("userId", iam.user_id);
    json.close(b'}');
}
