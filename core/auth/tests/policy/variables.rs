//! "IAM policy elements: Variables and tags".

use ringgate_auth::policy::{Caller, Found, Pairs, Request};
use serde_json::json;

use crate::support::{check, holds, identity, text};

fn allows(version: &str, pattern: &str, object: &str, context: &[(&str, Found<'_>)]) -> bool {
    let policy = identity(&json!({ "Version": version, "Statement": {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": pattern,
    }}));
    let policy = policy.unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let context = Pairs(context);
    let (caller, action) = (Caller::Anonymous, "s3:GetObject");
    policy.evaluate(&Request { caller, action, resource: object, context: &context }).is_allowed()
}

#[test]
fn the_home_directory_of_a_user() {
    let pattern = "arn:aws:s3:::mybucket/${aws:username}/*";
    let ana = [("aws:username", text("ana"))];
    for (object, context, wanted) in [
        ("arn:aws:s3:::mybucket/ana/x", ana.as_slice(), true),
        ("arn:aws:s3:::mybucket/bob/x", &ana, false),
        ("arn:aws:s3:::mybucket/ana", &ana, false),
        ("arn:aws:s3:::mybucket/${aws:username}/x", &ana, false),
        ("arn:aws:s3:::mybucket//x", &[], false),
        ("arn:aws:s3:::mybucket/${aws:username}/x", &[], false),
        // A value has no wildcards.
        ("arn:aws:s3:::mybucket/bob/x", &[("aws:username", text("*"))], false),
        // A key with several values is no variable.
        ("arn:aws:s3:::mybucket/ana/x", &[("aws:username", Found::Many(&["ana"]))], false),
    ] {
        assert_eq!(allows("2012-10-17", pattern, object, context), wanted, "{object}");
    }
    assert!(allows("2012-10-17", "arn:aws:s3:::b/${AWS:UserName}", "arn:aws:s3:::b/ana", &ana));
}

#[test]
fn in_the_older_version_they_are_text() {
    let (pattern, ana) = ("arn:aws:s3:::b/${aws:username}/*", [("aws:username", text("ana"))]);
    assert!(allows("2008-10-17", pattern, "arn:aws:s3:::b/${aws:username}/x", &ana));
    assert!(!allows("2008-10-17", pattern, "arn:aws:s3:::b/ana/x", &ana));
    // There `${*}` is a star between braces.
    assert!(allows("2008-10-17", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/${xyz}", &[]));
}

#[test]
fn defaults() {
    let pattern = "arn:aws:s3:::b/${aws:PrincipalTag/team, 'company-wide'}/*";
    let team = [("aws:PrincipalTag/team", text("yellow"))];
    assert!(allows("2012-10-17", pattern, "arn:aws:s3:::b/yellow/x", &team));
    assert!(!allows("2012-10-17", pattern, "arn:aws:s3:::b/company-wide/x", &team));
    assert!(allows("2012-10-17", pattern, "arn:aws:s3:::b/company-wide/x", &[]));
    let empty = "arn:aws:s3:::b/${aws:username,''}x";
    assert!(allows("2012-10-17", empty, "arn:aws:s3:::b/x", &[]));
}

#[test]
fn escaped_characters() {
    let pattern = "arn:aws:s3:::b/${*}${?}${$}*";
    assert!(allows("2012-10-17", pattern, "arn:aws:s3:::b/*?$rest", &[]));
    assert!(!allows("2012-10-17", pattern, "arn:aws:s3:::b/xy$rest", &[]));
    check(&[
        ("StringLike", json!("a${*}"), text("a*"), true),
        ("StringLike", json!("a${*}"), text("ab"), false),
        ("StringEquals", json!("a${*}"), text("a*"), true),
    ]);
    // A dollar alone is one: the stage `$default`.
    assert!(allows("2012-10-17", "arn:aws:s3:::$default/$*", "arn:aws:s3:::$default/$x", &[]));
}

#[test]
fn in_conditions() {
    let own = json!({ "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } });
    let of = |resource, principal| {
        [("aws:resourcetag/TEAM", text(resource)), ("aws:PrincipalTag/Team", text(principal))]
    };
    assert!(holds(&own, &of("red", "red")));
    assert!(!holds(&own, &of("red", "blue")));
    assert!(!holds(&own, &[("aws:ResourceTag/team", text("red"))]));
    let arn = "arn:aws:sns:us-east-1:111122223333:ana";
    let context = [("aws:username", text("ana")), ("aws:SourceArn", text(arn))];
    for pattern in ["arn:aws:sns:*:*:${aws:username}", "${aws:SourceArn}"] {
        assert!(
            holds(&json!({ "ArnEquals": { "aws:SourceArn": pattern } }), &context),
            "{pattern}"
        );
    }
    let secure = [("aws:A", text("True")), ("aws:B", text("tRUE"))];
    assert!(holds(&json!({ "Bool": { "aws:A": "${aws:B}" } }), &secure));
}

#[test]
fn a_resource_left_out_needs_a_value() {
    let policy = identity(&json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:username}",
    }}));
    let policy = policy.expect("a policy");
    let ana = [("aws:username", text("ana"))];
    for (context, resource, wanted) in [
        (ana.as_slice(), "arn:aws:s3:::b/ana", false),
        (&ana, "arn:aws:s3:::b/bob", true),
        (&[], "arn:aws:s3:::b/bob", false),
    ] {
        let context = Pairs(context);
        let (caller, action) = (Caller::Anonymous, "s3:GetObject");
        let request = Request { caller, action, resource, context: &context };
        assert_eq!(policy.evaluate(&request).is_allowed(), wanted, "{resource}");
    }
}
