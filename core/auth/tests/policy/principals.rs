//! "AWS JSON policy elements: Principal" and "… NotPrincipal".

use ringgate_auth::policy::{AwsCaller, Caller, Decision, Evaluation, Pairs};
use serde_json::{Value as Json, json};

use crate::support::{ANA, request, resource};

const SESSION: AwsCaller<'_> = AwsCaller {
    account: "111122223333",
    arn: "arn:aws:sts::111122223333:assumed-role/reader/s1",
    role_arn: Some("arn:aws:iam::111122223333:role/team/reader"),
    unique_id: Some("AROACKCEVSQ6C2EXAMPLE"),
    canonical_user: Some("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
};
const ROOT: AwsCaller<'_> = AwsCaller {
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:root",
    role_arn: None,
    unique_id: None,
    canonical_user: None,
};
const OTHER: AwsCaller<'_> =
    AwsCaller { account: "444455556666", arn: "arn:aws:iam::444455556666:user/ana", ..ROOT };

fn evaluate(effect: &str, member: &str, principal: &Json, caller: Caller<'_>) -> Evaluation {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": effect, member: principal, "Action": "*", "Resource": "*" },
    ]});
    let policy = resource(&document).unwrap_or_else(|error| panic!("{error}: {principal}"));
    policy.evaluate(&request(caller, &Pairs::default()))
}

#[test]
fn who_is_named() {
    let (ana, session) = (Caller::Aws(ANA), Caller::Aws(SESSION));
    let service = Caller::Service("events.amazonaws.com");
    let federated = Caller::Federated("cognito-identity.amazonaws.com");
    for (principal, caller, wanted) in [
        (json!("*"), Caller::Anonymous, true),
        (json!({ "AWS": "*" }), Caller::Anonymous, true),
        (json!({ "AWS": "*" }), service, true),
        (json!({ "AWS": ANA.arn }), ana, true),
        (json!({ "AWS": ["arn:aws:iam::111122223333:user/bob", ANA.arn] }), ana, true),
        (json!({ "AWS": ANA.arn }), Caller::Anonymous, false),
        (json!({ "AWS": ANA.arn }), Caller::Aws(OTHER), false),
        (json!({ "AWS": "arn:aws:iam::111122223333:user/Ana" }), ana, false),
        (json!({ "AWS": "AIDACKCEVSQ6C2EXAMPLE" }), ana, true),
        (json!({ "AWS": SESSION.arn }), session, true),
        (json!({ "AWS": SESSION.role_arn }), session, true),
        (json!({ "AWS": "arn:aws:sts::111122223333:assumed-role/reader/s2" }), session, false),
        (json!({ "CanonicalUser": SESSION.canonical_user }), session, true),
        (json!({ "CanonicalUser": SESSION.canonical_user }), ana, false),
        (json!({ "Service": "events.amazonaws.com" }), service, true),
        (json!({ "Service": "sns.amazonaws.com" }), service, false),
        (json!({ "Federated": "cognito-identity.amazonaws.com" }), federated, true),
        (json!({ "Federated": "www.amazon.com" }), federated, false),
        (json!({ "AWS": ANA.arn, "Service": "events.amazonaws.com" }), service, true),
    ] {
        let allowed = evaluate("Allow", "Principal", &principal, caller);
        assert_eq!(allowed.is_allowed(), wanted, "{principal} {caller:?}");
        assert!(!allowed.delegated);
        assert_eq!(evaluate("Deny", "Principal", &principal, caller).is_denied(), wanted);
    }
}

/// Either form of an account is about all its principals; an Allow delegates to the account.
#[test]
fn accounts() {
    for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
        let principal = json!({ "AWS": account });
        for (caller, allowed, delegated) in [
            (Caller::Aws(ANA), true, true),
            (Caller::Aws(SESSION), true, true),
            (Caller::Aws(ROOT), true, false),
            (Caller::Aws(OTHER), false, false),
            (Caller::Anonymous, false, false),
        ] {
            let evaluation = evaluate("Allow", "Principal", &principal, caller);
            assert_eq!((evaluation.is_allowed(), evaluation.delegated), (allowed, delegated));
            let evaluation = evaluate("Deny", "Principal", &principal, caller);
            assert_eq!((evaluation.is_denied(), evaluation.delegated), (allowed, false));
        }
    }
    // By itself as well: then nothing is delegated.
    let both = json!({ "AWS": ["111122223333", ANA.arn] });
    assert!(!evaluate("Allow", "Principal", &both, Caller::Aws(ANA)).delegated);
}

/// The example of the page: everyone is denied but one user of the account.
#[test]
fn all_but_one() {
    let principal = json!({ "AWS": [ANA.arn, "arn:aws:iam::111122223333:root"] });
    for (caller, wanted) in [
        (Caller::Aws(ANA), Decision::ImplicitDeny),
        (Caller::Aws(ROOT), Decision::ImplicitDeny),
        (Caller::Aws(SESSION), Decision::ExplicitDeny),
        (Caller::Aws(OTHER), Decision::ExplicitDeny),
        (Caller::Anonymous, Decision::ExplicitDeny),
    ] {
        let decision = evaluate("Deny", "NotPrincipal", &principal, caller).decision;
        assert_eq!(decision, wanted, "{caller:?}");
    }
}

#[test]
fn errors() {
    let wrong = |effect: &str, member: &str, principal: Json| {
        let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
        if !principal.is_null() {
            statement[member] = principal;
        }
        let error = resource(&json!({ "Statement": [statement] })).expect_err("no policy");
        error.to_string()
    };
    for (principal, wanted) in [
        (json!(null), ": expected Principal or NotPrincipal, found none"),
        (json!("me"), ".Principal: expected \"*\" or an object such as {\"AWS\": \"*\"}"),
        (json!({}), ".Principal: expected \"*\" or an object such as {\"AWS\": \"*\"}"),
        (
            json!({ "Aws": "*" }),
            ".Principal.Aws: there is no such kind of principal; did you mean 'AWS'?",
        ),
        (
            json!({ "AWS": [] }),
            ".Principal.AWS: expected at least one element, found an empty list",
        ),
        (
            json!({ "AWS": ["arn:aws:iam::111122223333:user/*"] }),
            ".Principal.AWS[0]: 'arn:aws:iam::111122223333:user/*': no wildcard stands for a \
             part of a name, '*' alone is everyone",
        ),
        (
            json!({ "Service": "*" }),
            ".Principal.Service: '*': no wildcard stands for a part of a name",
        ),
        (
            json!({ "AWS": "arn:aws:s3:::bucket" }),
            ".Principal.AWS: expected an account's twelve digits, the ARN of an IAM or STS \
             principal, or '*', found 'arn:aws:s3:::bucket'",
        ),
    ] {
        assert_eq!(wrong("Allow", "Principal", principal), format!("Statement[0]{wanted}"));
    }
    for short in ["11112222333", "arn:aws:iam::1111:root", "ana", "arn:aws:iam::111122223333:"] {
        assert!(wrong("Allow", "Principal", json!({ "AWS": short })).contains("twelve digits"));
    }
    assert_eq!(
        wrong("Allow", "NotPrincipal", json!("*")),
        "Statement[0].NotPrincipal: stands only with \"Effect\": \"Deny\""
    );
}
