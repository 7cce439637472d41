//! Actions and resources: "IAM JSON policy elements: Action" and "… Resource".

use ringgate_auth::policy::{ApiArn, Caller, Pairs, Policy, Request, rest_path};
use serde_json::{Value as Json, json};

use crate::support::{API, METHOD, identity, resource};

/// A document whose only statement has this member in the place of its `Action` or `Resource`.
fn statement(effect: &str, member: &str, value: &Json) -> Json {
    let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    let members = statement.as_object_mut().expect("an object");
    members.remove(member.trim_start_matches("Not"));
    members.insert(member.to_owned(), value.clone());
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

fn allows(policy: &Policy, action: &str, resource: &str) -> bool {
    let context = Pairs::default();
    let caller = Caller::Anonymous;
    policy.evaluate(&Request { caller, action, resource, context: &context }).is_allowed()
}

#[test]
fn actions_know_no_case() {
    for (member, value, action, wanted) in [
        ("Action", json!("*"), "execute-api:Invoke", true),
        ("Action", json!("execute-api:*"), "execute-api:Invoke", true),
        ("Action", json!("Execute-API:invoke"), "execute-api:Invoke", true),
        ("Action", json!("execute-api:In*"), "execute-api:InvalidateCache", true),
        ("Action", json!("execute-api:Invok?"), "execute-api:Invoke", true),
        ("Action", json!("execute-api:Invoke?"), "execute-api:Invoke", false),
        ("Action", json!("iam:*AccessKey*"), "iam:CreateAccessKeyNow", true),
        ("Action", json!(["s3:*", "execute-api:Invoke"]), "execute-api:Invoke", true),
        ("Action", json!(["s3:*"]), "execute-api:Invoke", false),
        ("NotAction", json!("s3:*"), "execute-api:Invoke", true),
        ("NotAction", json!(["s3:*", "execute-api:invoke"]), "execute-api:Invoke", false),
    ] {
        let policy = identity(&statement("Allow", member, &value)).expect("a policy");
        assert_eq!(allows(&policy, action, METHOD), wanted, "{member} {value} {action}");
    }
}

#[test]
fn resources_do_and_stay_within_parts_of_an_arn() {
    for (member, value, wanted) in [
        ("Resource", json!("*"), true),
        ("Resource", json!(METHOD), true),
        ("Resource", json!(METHOD.to_uppercase().replace("ARN:", "arn:")), false),
        ("Resource", json!("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/*"), true),
        ("Resource", json!("arn:aws:execute-api:*:*:a1b2c3d4e5/*/GET/pets/?"), true),
        ("Resource", json!("arn:aws:execute-api:*:*:a1b2c3d4e5/*/POST/*"), false),
        // The last star of a part may go on.
        ("Resource", json!("arn:aws:execute-api:*"), true),
        ("Resource", json!("arn:aws:execute-api:us-*:a1b2c3d4e5/*"), true),
        // One within may not.
        ("Resource", json!("arn:aws:execute-api:us*33:a1b2c3d4e5/*"), false),
        ("Resource", json!("arn:aws:execute-api:u*-*1:1*3:a1b2c3d4e5/*"), true),
        ("Resource", json!("arn:aws:execute-api:us-east-1?111122223333:*"), false),
        ("Resource", json!(["arn:aws:s3:::x", METHOD]), true),
        ("NotResource", json!("arn:aws:s3:::*"), true),
        ("NotResource", json!(["arn:aws:s3:::*", METHOD]), false),
    ] {
        let policy = identity(&statement("Allow", member, &value)).expect("a policy");
        assert_eq!(allows(&policy, "execute-api:Invoke", METHOD), wanted, "{member} {value}");
    }
}

/// A star takes slashes, and a slash is nothing special.
#[test]
fn the_documented_bucket() {
    let pattern = json!("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*");
    let policy = identity(&statement("Allow", "Resource", &pattern)).expect("a policy");
    for (key, wanted) in [
        ("1/test/object.jpg", true),
        ("1/2/test/object.jpg", true),
        ("1/2/test/3/object.jpg", true),
        ("1///test///object.jpg", true),
        ("1/test/.jpg", true),
        ("/test/object.jpg", true),
        ("1/test/", true),
        ("1-test/object.jpg", false),
        ("test/object.jpg", false),
        ("1/2/test.jpg", false),
    ] {
        let object = format!("arn:aws:s3:::amzn-s3-demo-bucket/{key}");
        assert_eq!(allows(&policy, "s3:GetObject", &object), wanted, "{key}");
    }
}

/// "API Gateway resource policy examples": the short form.
#[test]
fn short_for_the_arn_of_the_api() {
    let of = |short: &str| {
        resource(&json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": short,
        }]}))
    };
    for (short, wanted) in [
        ("execute-api:/*", true),
        ("execute-api:/prod/GET/pets/*", true),
        ("execute-api:/*/GET/*", true),
        ("execute-api:/test/GET/pets/*", false),
        ("execute-api:/prod/POST/pets/*", false),
    ] {
        let policy = of(short).expect("a policy");
        assert_eq!(allows(&policy, "execute-api:Invoke", METHOD), wanted, "{short}");
    }
    let policy = of("execute-api:/*").expect("a policy");
    let other = METHOD.replace("a1b2c3d4e5", "zzzzzzzzzz");
    assert!(!allows(&policy, "execute-api:Invoke", &other), "the policy of one API");
    let other = of("execute-api:prod/GET").expect_err("no slash");
    assert!(other.to_string().contains("execute-api:/stage/GET/path"), "{other}");
    let identity = identity(&statement("Allow", "Resource", &json!("execute-api:/*")));
    let error = identity.expect_err("not of an API").to_string();
    assert_eq!(error, "Statement[0].Resource: expected '*' or an ARN, found 'execute-api:/*'");
}

#[test]
fn arns_of_what_is_called() {
    let mut out = String::new();
    API.write_method("prod", "GET", "/pets/7", &mut out);
    assert_eq!(out, METHOD);
    let written = |write: &dyn Fn(&ApiArn<'_>, &mut String)| {
        let mut out = String::new();
        write(&API, &mut out);
        out.split_once("a1b2c3d4e5/").expect("the API").1.to_owned()
    };
    assert_eq!(written(&|api, out| api.write_method("prod", "GET", "/", out)), "prod/GET/");
    assert_eq!(
        written(&|api, out| api.write_method("$default", "PUT", "/a%2Fb", out)),
        "$default/PUT/a%2Fb"
    );
    assert_eq!(written(&|api, out| api.write_route("prod", "$connect", out)), "prod/$connect");
    assert_eq!(
        written(&|api, out| api.write_connection("prod", "POST", out)),
        "prod/POST/@connections/{connectionId}"
    );
    assert_eq!((rest_path("/pets/"), rest_path("/pets//"), rest_path("/")), ("/pets", "/pets", ""));
}

/// The `@connections` quirk: a policy with an id allows nothing, the placeholder or a star does.
#[test]
fn connections_are_asked_for_by_the_literal_placeholder() {
    let mut asked = String::new();
    API.write_connection("prod", "GET", &mut asked);
    for (last, wanted) in [
        ("GET/@connections/{connectionId}", true),
        ("GET/@connections/*", true),
        ("*/@connections/*", true),
        ("GET/@connections/R1kmxc2VNjMCFIA=", false),
        ("POST/@connections/*", false),
    ] {
        let pattern = format!("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/{last}");
        let policy = identity(&statement("Allow", "Resource", &json!(pattern))).expect("a policy");
        assert_eq!(allows(&policy, "execute-api:ManageConnections", &asked), wanted, "{last}");
    }
}
