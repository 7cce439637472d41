//! The roles that a call hands to API Gateway: whoever calls must be allowed to pass them.

use std::collections::{BTreeMap, BTreeSet};

use ringgate_model::Limits;
use ringgate_table::{ApiImage, CALLER};
use serde_json::Value;

use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, import, operation};

/// The roles that the body of a call names as they stand, in an OpenAPI document too, read as the
/// operation reads it. What clears a role names none.
///
/// # Errors
/// The document of an import cannot be read: the call's own error.
pub fn passed_roles(
    (method, path): (&str, &str),
    query: Option<&str>,
    body: &[u8],
    limits: Limits,
) -> Result<BTreeSet<String>, Error> {
    // What names no operation is refused by the call itself.
    let Ok((operation, request)) = operation::find(method, path, query, body) else {
        return Ok(BTreeSet::new());
    };
    let mut roles = BTreeSet::new();
    if matches!(operation.name, "ImportApi" | "ReimportApi") {
        let desired = import::read(&request, limits)?.desired;
        let integrations = desired.routes.into_iter().filter_map(|route| route.integration);
        roles.extend(integrations.filter_map(|it| it.credentials_arn));
        let authorizers = desired.authorizers.into_iter();
        roles.extend(authorizers.filter_map(|it| it.authorizer_credentials_arn));
    } else {
        let read: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name| read.get(name).and_then(Value::as_str).map(str::to_owned);
        roles.extend(["credentialsArn", "authorizerCredentialsArn"].into_iter().filter_map(text));
    }
    roles.retain(|role| !role.is_empty() && role != CALLER);
    Ok(roles)
}

/// Refuses an image that is served with a role, which the variables of a stage may have made up,
/// that the API was not served with before and that the caller may not pass.
pub(crate) fn check(session: &Session<'_>, image: &ApiImage) -> Result<(), Error> {
    let roles: BTreeSet<&str> = image.roles().collect();
    let refused = |role| (session.may_pass)(role).err().map(|error| (role, error));
    let mut refused: BTreeMap<&str, Error> = roles.into_iter().filter_map(refused).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let before = Workspace::load(session.store, image.api_id(), session.options.limits)?;
    // Of one that does not compile nothing is served.
    if let Some(before) = before.and_then(|before| before.image().ok()) {
        before.roles().for_each(|role| _ = refused.remove(role));
    }
    refused.into_values().next().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: &str = "arn:aws:iam::1:role/a";

    fn passed(path: &str, query: Option<&str>, body: &Value) -> Result<BTreeSet<String>, Error> {
        let method = if path == "/v2/apis" { "PUT" } else { "POST" };
        passed_roles((method, path), query, body.to_string().as_bytes(), Limits::default())
    }

    #[test]
    fn what_clears_a_role_and_the_caller_are_none() {
        let integrations = "/v2/apis/a1/integrations";
        let body = json!({"credentialsArn": ONE, "authorizerCredentialsArn": ""});
        assert_eq!(passed(integrations, None, &body), Ok(BTreeSet::from([ONE.to_owned()])));
        let caller = json!({"credentialsArn": CALLER});
        assert_eq!(passed(integrations, None, &caller), Ok(BTreeSet::new()));
        assert_eq!(passed("/nowhere", None, &body), Ok(BTreeSet::new()));
    }

    #[test]
    fn a_document_is_read_with_the_base_path_of_the_call() {
        let document = json!({
            "openapi": "3.0.1", "info": { "title": "t", "version": "1" },
            "servers": [{ "url": "https://x.example/b" }],
            "paths": { "": { "get": { "responses": {}, "x-amazon-apigateway-integration": {
                "type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0",
                "uri": "arn:aws:lambda:us-east-1:1:function:f", "credentials": ONE,
            } } } },
        });
        let body = json!({ "body": document.to_string() });
        let prepended = passed("/v2/apis", Some("basepath=prepend"), &body);
        assert_eq!(prepended, Ok(BTreeSet::from([ONE.to_owned()])));
        // What cannot be read is refused, and not taken for one without roles.
        assert!(passed("/v2/apis", None, &body).is_err());
        assert!(passed("/v2/apis", Some("basepath=x"), &body).is_err());
    }
}
