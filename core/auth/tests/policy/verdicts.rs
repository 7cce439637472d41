//! "Policy evaluation logic", and "How API Gateway resource policies affect authorization
//! workflow" with its tables.

use ringgate_auth::policy::{
    Authorization, Caller, Decision, Evaluation, Found, Pairs, Policy, Source, StatementAt, Value,
    before_authorizer, combine, evaluate_all,
};
use serde_json::json;

use crate::support::{ANA, identity, request, resource, text};

use Decision::{Allow, ExplicitDeny, ImplicitDeny};

fn said(decision: Decision) -> Evaluation {
    let by = (decision != ImplicitDeny).then_some(StatementAt { policy: 0, statement: 0 });
    Evaluation { decision, by, delegated: false }
}

#[test]
fn a_deny_wins_and_the_statement_is_named() {
    let allow = json!({ "Effect": "Allow", "Action": "execute-api:*", "Resource": "*" });
    let deny = json!({ "Effect": "Deny", "Action": "execute-api:*", "Resource": "*",
        "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
    let other = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let of = |statements: &[&serde_json::Value]| {
        identity(&json!({ "Version": "2012-10-17", "Statement": statements })).expect("a policy")
    };
    let one = of(&[&other, &allow, &allow, &deny]);
    let two = of(&[&deny, &allow]);
    let evaluate = |policies: &[&Policy], secure: bool| {
        let context = [("aws:SecureTransport", Found::One(Value::Bool(secure)))];
        let context = Pairs(&context);
        let policies = policies.iter().copied();
        let result = evaluate_all(policies, &request(Caller::Aws(ANA), &context));
        (result.decision, result.by.map(|by| (by.policy, by.statement)))
    };
    assert_eq!(evaluate(&[&one], true), (Allow, Some((0, 1))));
    assert_eq!(evaluate(&[&one], false), (ExplicitDeny, Some((0, 3))));
    assert_eq!(evaluate(&[&of(&[&other]), &two], true), (Allow, Some((1, 1))));
    assert_eq!(evaluate(&[&of(&[&allow]), &two], false), (ExplicitDeny, Some((1, 0))));
    assert_eq!(evaluate(&[&of(&[&other])], true), (ImplicitDeny, None));
    assert_eq!(evaluate(&[], true), (ImplicitDeny, None));
}

#[test]
fn an_allow_of_the_caller_itself_is_named_before_one_that_delegates() {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": ANA.account }, "Action": "*", "Resource": "*" },
        { "Effect": "Allow", "Principal": { "AWS": ANA.account }, "Action": "*", "Resource": "*" },
        { "Effect": "Allow", "Principal": { "AWS": ANA.arn }, "Action": "*", "Resource": "*" },
    ]});
    let policy = resource(&document).expect("a policy");
    let result = policy.evaluate(&request(Caller::Aws(ANA), &Pairs::default()));
    assert_eq!((result.by.map(|by| by.statement), result.delegated), (Some(2), false));
}

/// No authorizer, and Cognito's: the resource policy must allow, if there is one.
#[test]
fn resource_policy_only() {
    for authorization in [Authorization::Open, Authorization::Cognito] {
        assert!(combine(authorization, None).is_allowed());
        for decision in [Allow, ImplicitDeny, ExplicitDeny] {
            let verdict = combine(authorization, Some(said(decision)));
            assert_eq!(verdict.decision, decision);
            let source = verdict.by.map(|(source, _)| source);
            assert_eq!(source, (decision != ImplicitDeny).then_some(Source::Resource));
        }
    }
}

const TABLE_A: [(Decision, Decision, Decision); 9] = [
    (Allow, Allow, Allow),
    (Allow, ImplicitDeny, Allow),
    (Allow, ExplicitDeny, ExplicitDeny),
    (ImplicitDeny, Allow, Allow),
    (ImplicitDeny, ImplicitDeny, ImplicitDeny),
    (ImplicitDeny, ExplicitDeny, ExplicitDeny),
    (ExplicitDeny, Allow, ExplicitDeny),
    (ExplicitDeny, ImplicitDeny, ExplicitDeny),
    (ExplicitDeny, ExplicitDeny, ExplicitDeny),
];

#[test]
fn tables_a_and_b() {
    for (own, resource, wanted) in TABLE_A {
        let (own, resource) = (said(own), Some(said(resource)));
        let iam = Authorization::Iam { identity: own, same_account: true };
        assert_eq!(combine(iam, resource).decision, wanted, "{own:?} {resource:?}");
        let lambda = Authorization::Lambda { returned: own };
        assert_eq!(combine(lambda, resource).decision, wanted, "{own:?} {resource:?}");
        // Table B differs where only one of the two allows.
        let both = own.is_allowed() && resource.is_some_and(|resource| resource.is_allowed());
        let wanted = if wanted == Allow && !both { ImplicitDeny } else { wanted };
        let iam = Authorization::Iam { identity: own, same_account: false };
        assert_eq!(combine(iam, resource).decision, wanted, "{own:?} {resource:?}");
    }
}

#[test]
fn without_a_resource_policy() {
    for own in [Allow, ImplicitDeny, ExplicitDeny] {
        let iam = Authorization::Iam { identity: said(own), same_account: true };
        assert_eq!(combine(iam, None).decision, own);
        assert_eq!(combine(Authorization::Lambda { returned: said(own) }, None).decision, own);
    }
    let foreign = Authorization::Iam { identity: said(Allow), same_account: false };
    assert_eq!(combine(foreign, None).decision, ImplicitDeny);
}

#[test]
fn before_a_lambda_authorizer_only_a_deny_counts() {
    assert_eq!(before_authorizer(None), None);
    assert_eq!(before_authorizer(Some(said(Allow))), None);
    assert_eq!(before_authorizer(Some(said(ImplicitDeny))), None);
    let verdict = before_authorizer(Some(said(ExplicitDeny))).expect("a verdict");
    assert_eq!(verdict.decision, ExplicitDeny);
}

/// "AWS account principals": the account must let its principals.
#[test]
fn a_policy_that_delegates_is_not_enough_alone() {
    let delegated = Some(Evaluation { delegated: true, ..said(Allow) });
    for same_account in [true, false] {
        for (identity, wanted) in [(Allow, Allow), (ImplicitDeny, ImplicitDeny)] {
            let iam = Authorization::Iam { identity: said(identity), same_account };
            assert_eq!(combine(iam, delegated).decision, wanted);
        }
    }
}

/// The page's example for private APIs: only one VPC endpoint goes on to the authorizer.
#[test]
fn the_documented_endpoint() {
    let policy = resource(&json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": ["execute-api:/*"],
        "Condition": { "StringNotEquals": { "aws:SourceVpce": "vpce-1a2b3c4d" } },
    }]}));
    let policy = policy.expect("a policy");
    for (context, wanted) in [
        ([("aws:SourceVpce", text("vpce-1a2b3c4d"))].as_slice(), None),
        (&[("aws:SourceVpce", text("vpce-other"))], Some(ExplicitDeny)),
        (&[], Some(ExplicitDeny)),
    ] {
        let context = Pairs(context);
        let said = policy.evaluate(&request(Caller::Anonymous, &context));
        assert_eq!(before_authorizer(Some(said)).map(|verdict| verdict.decision), wanted);
    }
}
