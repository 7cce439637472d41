//! Whether a function's resource policy lets an API call it ("Using resource-based policies for
//! Lambda", Lambda developer guide), where the settings have that looked at.

use ringgate_auth::policy::{self, Caller, Context, Found, Pairs, Policy, Request, Rules};
use serde_json::Value;

use super::text;
use crate::ApiError;
use crate::api::{Call, document};
use crate::function::Function;
use crate::limits::POLICY_BYTES_MAX;
use crate::name::FunctionId;

/// What AWS's services say on whose behalf they call. API Gateway names the route: here
/// `ringgated` does, and who signs without it is the account itself, which may.
const SOURCE_ARN: &str = "x-amz-source-arn";
const SOURCE_ACCOUNT: &str = "x-amz-source-account";
const API_GATEWAY: &str = "apigateway.amazonaws.com";
const INVOKE: &str = "lambda:InvokeFunction";

/// Refuses a call of an API that no statement allows. One that is signed with a role is allowed by
/// that role's policies already.
///
/// # Errors
/// 403 in AWS's words.
pub(super) fn check(call: &Call<'_>, id: &FunctionId, function: &Function) -> Result<(), ApiError> {
    let enforces = call.host.shared.settings.functions_enforce_permissions.is_on();
    let Some(source) = text(call, SOURCE_ARN)?.filter(|_| enforces && !call.request.by_identity)
    else {
        return Ok(());
    };
    let account = text(call, SOURCE_ACCOUNT)?.unwrap_or_default();
    let context = [
        ("aws:SourceArn", Found::One(policy::Value::Text(source))),
        ("aws:SourceAccount", Found::One(policy::Value::Text(account))),
    ];
    let statements = function.policies.get(id.qualifier.as_deref().unwrap_or_default());
    let statements = statements.map_or(&[][..], Vec::as_slice);
    allows(statements, &id.arn(call.scope()), &Pairs(&context))
}

fn allows(statements: &[Value], arn: &str, context: &dyn Context) -> Result<(), ApiError> {
    // A policy has one statement at least.
    if !statements.is_empty() {
        let policy = document(statements).to_string();
        let policy = Policy::read(&policy, &Rules::of_resource(POLICY_BYTES_MAX))
            .map_err(|error| ApiError::internal(format!("the policy of {arn}: {error}")))?;
        let caller = Caller::Service(API_GATEWAY);
        let request = Request { caller, action: INVOKE, resource: arn, context };
        if policy.evaluate(&request).is_allowed() {
            return Ok(());
        }
    }
    let why = format!(
        "User: {API_GATEWAY} is not authorized to perform: {INVOKE} on resource: {arn} because no \
         resource-based policy allows the {INVOKE} action"
    );
    Err(ApiError::new(403, "AccessDeniedException", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn is_allowed(statement: &str, source: &str) -> bool {
        let statements: Vec<Value> = serde_json::from_str(&format!("[{statement}]")).unwrap();
        let context = [("aws:SourceArn", Found::One(policy::Value::Text(source)))];
        match allows(&statements, ARN, &Pairs(&context)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.status, 403, "{}", error.message);
                false
            }
        }
    }

    #[test]
    fn a_statement_lets_the_apis_in_that_its_source_names() {
        let statement = |principal: &str, action: &str, source: &str| {
            format!(
                r#"{{"Sid":"s","Effect":"Allow","Principal":{principal},"Action":"{action}",
                "Resource":"{ARN}","Condition":{{"ArnLike":{{"AWS:SourceArn":"{source}"}}}}}}"#
            )
        };
        let service = r#"{"Service":"apigateway.amazonaws.com"}"#;
        let called = "arn:aws:execute-api:us-east-1:000000000000:abc/$default/GET/pets/{id}";
        let of = |rest: &str| format!("arn:aws:execute-api:us-east-1:000000000000:{rest}");
        for (rest, allowed) in [
            ("abc/*/*", true),
            ("abc/*/*/pets/*", true),
            ("abc/*/GET/pets/{id}", true),
            ("abc/$default/*/pets/{id}", true),
            ("*", true),
            ("abc/*/POST/pets/{id}", false),
            ("abc/prod/*", false),
            ("abd/*", false),
        ] {
            let statement = statement(service, INVOKE, &of(rest));
            assert_eq!(is_allowed(&statement, called), allowed, "{rest}");
        }
        let all = of("abc/*");
        assert!(is_allowed(&statement(service, "lambda:*", &all), called));
        assert!(is_allowed(&statement("\"*\"", INVOKE, &all), called));
        assert!(!is_allowed(&statement(service, "lambda:GetFunction", &all), called));
        let other = r#"{"Service":"events.amazonaws.com"}"#;
        assert!(!is_allowed(&statement(other, INVOKE, &all), called));
        assert!(!is_allowed("", called), "no statement");
    }
}
