//! Policies and requests in few words.

use ringgate_auth::policy::limits::MANAGED_POLICY_BYTES_MAX;
use ringgate_auth::policy::{
    ApiArn, AwsCaller, Caller, Decision, Found, INVOKE, Pairs, Policy, PolicyError, Request, Rules,
    Value,
};
use serde_json::{Value as Json, json};

pub(crate) const API: ApiArn<'_> =
    ApiArn { partition: "aws", region: "us-east-1", account: "111122223333", api_id: "a1b2c3d4e5" };
pub(crate) const METHOD: &str =
    "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets/7";
pub(crate) const ANA: AwsCaller<'_> = AwsCaller {
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/ana",
    role_arn: None,
    unique_id: Some("AIDACKCEVSQ6C2EXAMPLE"),
    canonical_user: None,
};

pub(crate) fn identity(document: &Json) -> Result<Policy, PolicyError> {
    Policy::read(&document.to_string(), &Rules::identity_based(MANAGED_POLICY_BYTES_MAX))
}

pub(crate) fn resource(document: &Json) -> Result<Policy, PolicyError> {
    Policy::read(&document.to_string(), &Rules::resource_based(&API))
}

pub(crate) fn request<'a>(caller: Caller<'a>, context: &'a Pairs<'a>) -> Request<'a> {
    Request { caller, action: INVOKE, resource: METHOD, context }
}

/// An identity-based policy of one statement that is about everything under a condition.
pub(crate) fn under(effect: &str, condition: &Json) -> Result<Policy, PolicyError> {
    identity(&json!({ "Version": "2012-10-17", "Statement": {
        "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition,
    }}))
}

/// Whether a condition holds, which does not depend on the effect when all can be compared.
pub(crate) fn holds(condition: &Json, context: &[(&str, Found<'_>)]) -> bool {
    let context = Pairs(context);
    let decide = |effect: &str| {
        let policy = under(effect, condition).unwrap_or_else(|e| panic!("{e}: {condition}"));
        policy.evaluate(&request(Caller::Anonymous, &context)).decision
    };
    let allows = decide("Allow") == Decision::Allow;
    assert_eq!(decide("Deny") == Decision::ExplicitDeny, allows, "{condition}");
    allows
}

/// A single-valued key that is a text.
pub(crate) fn text(text: &str) -> Found<'_> {
    Found::One(Value::Text(text))
}

/// Checks rows of an operator, a policy's value, a request's value, and whether it holds.
pub(crate) fn check(rows: &[(&str, Json, Found<'_>, bool)]) {
    for (operator, value, found, wanted) in rows {
        let condition = json!({ *operator: { "aws:Key": value } });
        assert_eq!(holds(&condition, &[("AWS:kEY", *found)]), *wanted, "{condition} {found:?}");
    }
}
