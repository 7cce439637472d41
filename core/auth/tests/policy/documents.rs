//! "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".

use ringgate_auth::policy::limits::{
    RESOURCE_POLICY_BYTES_MAX, STATEMENTS_MAX, USER_POLICY_BYTES_MAX,
};
use ringgate_auth::policy::{Caller, Pairs, Policy, Rules};
use serde_json::{Value as Json, json};

use crate::support::{self, API, identity, request, resource, under};

fn refused(document: &Json) -> String {
    identity(document).expect_err("no policy").to_string()
}

fn refused_text(text: &str) -> String {
    Policy::read(text, &Rules::authorizer()).expect_err("no policy").to_string()
}

/// A good document with one member of its only statement changed, or taken away by null.
fn with(member: &str, value: Json) -> Json {
    let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    statement[member] = value;
    let members = statement.as_object_mut().expect("an object");
    members.retain(|_, value| !value.is_null());
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn what_a_document_may_be() {
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    for document in [
        json!({ "Statement": statement }),
        json!({ "Version": "2008-10-17", "Id": "cd3ad3d9", "Statement": [statement] }),
        json!({ "Version": "2012-10-17", "Statement": [statement, statement] }),
        with("Sid", json!("AllowInvoke1")),
        with("Sid", json!("")),
        with("Condition", json!({})),
        with("Condition", json!({ "StringEquals": {} })),
    ] {
        identity(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
    }
    let named = with("Sid", json!("A"))["Statement"][0].clone();
    let two = json!({ "Version": "2012-10-17", "Statement": [named,
        { "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] });
    let policy = identity(&two).expect("a policy");
    assert_eq!([policy.sid(0), policy.sid(1), policy.sid(2)], [Some("A"), None, None]);
}

#[test]
fn errors_of_the_document() {
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    for (document, wanted) in [
        (json!([]), "a policy is a JSON object: expected an object, found a list"),
        (json!({}), "Statement: expected a statement or a list of them, found nothing"),
        (
            json!({ "Statement": [] }),
            "Statement: expected at least one element, found an empty list",
        ),
        (json!({ "Statement": "*" }), "Statement: expected an object, found a string"),
        (json!({ "Statement": [[]] }), "Statement[0]: expected an object, found a list"),
        (
            json!({ "Version": "2012-10-18", "Statement": statement }),
            "Version: expected 2012-10-17 or 2008-10-17, found '2012-10-18'",
        ),
        (json!({ "Version": 2012 }), "Version: expected a string, found a number"),
        (
            json!({ "Statment": [statement] }),
            "Statment: there is no such member of a policy; did you mean 'Statement'?",
        ),
        (
            json!({ "Zzz": 1 }),
            "Zzz: there is no such member of a policy; expected one of Version, Id, Statement",
        ),
    ] {
        assert_eq!(refused(&document), wanted, "{document}");
    }
}

#[test]
fn errors_of_a_statement() {
    for (member, value, wanted) in [
        ("Effect", json!(null), "[0].Effect: expected Allow or Deny, found nothing"),
        ("Effect", json!("allow"), "[0].Effect: did you mean 'Allow'? found 'allow'"),
        ("Effect", json!("Maybe"), "[0].Effect: expected Allow or Deny, found 'Maybe'"),
        ("Effect", json!(true), "[0].Effect: expected a string, found a boolean"),
        ("Action", json!(null), "[0]: expected Action or NotAction, found none"),
        ("NotAction", json!("s3:*"), "[0]: expected Action or NotAction, found both"),
        ("Resource", json!(null), "[0]: expected Resource or NotResource, found none"),
        ("NotResource", json!("*"), "[0]: expected Resource or NotResource, found both"),
        ("Action", json!([]), "[0].Action: expected at least one element, found an empty list"),
        ("Action", json!(["*", 7]), "[0].Action[1]: expected a string, found a number"),
        (
            "Action",
            json!("Invoke"),
            "[0].Action: expected '*' or an action such as execute-api:Invoke, found 'Invoke'",
        ),
        (
            "Action",
            json!("execute-*:Invoke"),
            "[0].Action: expected '*' or an action such as execute-api:Invoke, \
             found 'execute-*:Invoke'",
        ),
    ] {
        assert_eq!(refused(&with(member, value)), format!("Statement{wanted}"));
    }
}

#[test]
fn errors_of_resources_and_of_members() {
    for (member, value, wanted) in [
        ("Resource", json!("pets"), "[0].Resource: expected '*' or an ARN, found 'pets'"),
        (
            "Resource",
            json!("arn:aws:s3:::${aws:username"),
            "[0].Resource: the variable '${aws:username' has no closing brace",
        ),
        (
            "Resource",
            json!("arn:aws:iam::${aws:PrincipalAccount}:x"),
            "[0].Resource: a variable may stand only behind the fifth colon",
        ),
        (
            "Resource",
            json!("arn:aws:s3:::${username}"),
            "[0].Resource: '${username}' is no variable: expected one like ${aws:username}",
        ),
        (
            "Resource",
            json!("arn:aws:s3:::${aws:username, none}"),
            "[0].Resource: the default of '${aws:username, …}' stands in single quotes before \
             the '}'",
        ),
        (
            "Resorce",
            json!("*"),
            "[0].Resorce: there is no such member of a statement; did you mean 'Resource'?",
        ),
        (
            "Principal",
            json!("*"),
            "[0].Principal: an identity-based policy is about whom it is attached to: without \
             this member",
        ),
        (
            "Sid",
            json!("a b"),
            "[0].Sid: expected letters and digits in an identity-based policy, found 'a b'",
        ),
        ("Condition", json!([]), "[0].Condition: expected an object, found a list"),
    ] {
        assert_eq!(refused(&with(member, value)), format!("Statement{wanted}"));
    }
    let lone = json!({ "Statement": { "Effect": "Allow", "Action": "*" } });
    assert_eq!(refused(&lone), "Statement: expected Resource or NotResource, found none");
    let mut twice = with("Sid", json!("A"));
    let statement = twice["Statement"][0].clone();
    twice["Statement"].as_array_mut().expect("a list").push(statement);
    assert_eq!(refused(&twice), "Statement[1].Sid: 'A' is another statement's");
}

/// What is wrong with a condition, without the place of all.
fn wrong(operator: &str, value: Json) -> String {
    let error = under("Deny", &json!({ operator: { "aws:Key": value } }));
    let error = error.expect_err(operator).to_string();
    error.strip_prefix("Statement.Condition.").expect("its place").to_owned()
}

#[test]
fn errors_of_conditions() {
    for (operator, value, wanted) in [
        (
            "StringEqals",
            json!("a"),
            ": there is no such condition operator; did you mean 'StringEquals'?",
        ),
        (
            "ForAnyValue:StringLikIfExists",
            json!("a"),
            ": there is no such condition operator; did you mean \
             'ForAnyValue:StringLikeIfExists'?",
        ),
        (
            "stringequals",
            json!("a"),
            ": there is no such condition operator; did you mean 'StringEquals'?",
        ),
        (
            "ForSomeValues:StringLike",
            json!("a"),
            ": only ForAllValues: and ForAnyValue: stand before one",
        ),
        (
            "NullIfExists",
            json!("true"),
            ": Null asks itself whether the key exists: without IfExists",
        ),
        (
            "ForAllValues:Null",
            json!("true"),
            ": Null asks for the key and not its values: without a prefix",
        ),
    ] {
        assert_eq!(wrong(operator, value), format!("{operator}{wanted}"));
    }
}

#[test]
fn errors_of_values_and_keys() {
    for (operator, value, wanted) in [
        (
            "StringEquals",
            json!({}),
            ".aws:Key: expected a string, or a list of strings, found an object",
        ),
        (
            "StringEquals",
            json!([["a"]]),
            ".aws:Key[0]: expected a string, or a list of strings, \
         found a list",
        ),
        ("StringEquals", json!([]), ".aws:Key: expected at least one element, found an empty list"),
        (
            "NumericEquals",
            json!("ten"),
            ".aws:Key: expected a number such as 10 or 2.5, found 'ten'",
        ),
        (
            "NumericEquals",
            json!("inf"),
            ".aws:Key: expected a number such as 10 or 2.5, found 'inf'",
        ),
        (
            "DateLessThan",
            json!(["2020", "soon"]),
            ".aws:Key[1]: expected a date such as 2024-05-01T12:00:00Z, or seconds since 1970, \
             found 'soon'",
        ),
        ("Bool", json!("yes"), ".aws:Key: expected true or false, found 'yes'"),
        ("Null", json!("${aws:Key}"), ".aws:Key: expected true or false, found '${aws:Key}'"),
        ("BinaryEquals", json!("?"), ".aws:Key: expected base64, found '?'"),
        (
            "IpAddress",
            json!("10.0.0.0/33"),
            ".aws:Key: expected an address or a range such as 203.0.113.0/24 or 2001:db8::/32, \
             found '10.0.0.0/33'",
        ),
        ("ArnLike", json!("role/x"), ".aws:Key: expected an ARN, found 'role/x'"),
    ] {
        assert_eq!(wrong(operator, value), format!("{operator}{wanted}"));
    }
    for key in ["SourceIp", ":x", "aws:", "${aws:Key}"] {
        let error = under("Deny", &json!({ "Bool": { key: "true" } })).expect_err(key).to_string();
        let place = format!("Statement.Condition.Bool.{key}");
        assert_eq!(error, format!("{place}: expected a condition key such as aws:SourceIp"));
    }
    let error = under("Deny", &json!({ "Bool": "true" })).expect_err("no keys").to_string();
    assert_eq!(error, "Statement.Condition.Bool: expected an object, found a string");
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let text = r#"{ "Statement": { "Effect": "Deny", "Effect": "Allow", "Action": "*" } }"#;
    let error = refused_text(text);
    assert!(error.contains("the member 'Effect' is there twice at line 1 column"), "{error}");
    let text = r#"{ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "Bool": { "aws:A": "true" }, "Bool": { "aws:B": "true" } } } }"#;
    assert!(refused_text(text).contains("the member 'Bool' is there twice at line 2"));
    let text = r#"{ "Statement": { "Effect": "Allow", "\u0045ffect": "Allow" } }"#;
    assert!(refused_text(text).contains("the member 'Effect' is there twice"));
}

/// A number without quotes is compared as it stands: a float would lose digits.
#[test]
fn numbers_keep_their_text() {
    let read = |operator: &str, number: &str| {
        let condition = format!(r#"{{ "{operator}": {{ "aws:Key": {number} }} }}"#);
        let statement = r#""Effect": "Allow", "Action": "*", "Resource": "*""#;
        let text = format!(r#"{{ "Statement": {{ {statement}, "Condition": {condition} }} }}"#);
        Policy::read(&text, &Rules::authorizer())
    };
    let long = "12345678901234567890123";
    let context = [("aws:Key", support::text(long))];
    let context = Pairs(&context);
    let request = request(Caller::Anonymous, &context);
    assert!(read("StringEquals", long).expect("a policy").evaluate(&request).is_allowed());
    let error = read("NumericEquals", "1e999").expect_err("no number").to_string();
    assert!(error.ends_with("expected a number such as 10 or 2.5, found '1e999'"), "{error}");
}

#[test]
fn what_is_no_json() {
    for text in ["", "{", "{} {}", "{'Version': 1}", "\u{feff}{}", "nul", "[01]"] {
        let error = refused_text(text);
        assert!(error.starts_with("a policy is a JSON object: "), "{text}: {error}");
        assert!(error.contains(" at line 1 column "), "{text}: {error}");
    }
    let error = refused_text("{ \"Version\": \"2012-10-17\",\nStatement: [] }");
    assert!(error.ends_with(" at line 2 column 0"), "{error}");
    for depth in [9, 1000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let wanted = "a policy is a JSON object: JSON is nested too deeply at line 1 column 9";
        assert_eq!(refused_text(&deep), wanted);
    }
}

#[test]
fn bounds() {
    let fits = |padding: usize| {
        let document = with("Condition", json!({ "StringEquals": { "aws:Key": "x" } }));
        let length = document.to_string().len();
        let value = "x".repeat(padding.checked_sub(length).expect("room") + 1);
        with("Condition", json!({ "StringEquals": { "aws:Key": value } })).to_string()
    };
    let rules = Rules::identity_based(USER_POLICY_BYTES_MAX);
    let text = fits(USER_POLICY_BYTES_MAX);
    assert!(Policy::read(&text, &rules).is_ok());
    // White space does not count for IAM, up to a point.
    assert!(Policy::read(&format!("{text}{}", " ".repeat(6144)), &rules).is_ok());
    let error = Policy::read(&format!("{text}{}", " ".repeat(6145)), &rules).expect_err("long");
    assert_eq!(error.to_string(), "expected a document of at most 2048 bytes, found 8193");
    assert!(Policy::read(&fits(USER_POLICY_BYTES_MAX + 1), &rules).is_err());
    let of_api = json!({ "Statement": { "Effect": "Allow", "Principal": "*", "Action": "*",
        "Resource": "*" } });
    let padded = format!("{:1$}", of_api.to_string(), RESOURCE_POLICY_BYTES_MAX);
    assert!(Policy::read(&padded, &Rules::resource_based(&API)).is_ok());
    let error = Policy::read(&(padded + " "), &Rules::resource_based(&API)).expect_err("long");
    assert_eq!(error.to_string(), "expected a document of at most 8192 bytes, found 8193");
    let statement = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let many = json!({ "Statement": vec![statement; STATEMENTS_MAX + 1] }).to_string();
    let error = Policy::read(&many, &Rules::identity_based(many.len())).expect_err("many");
    assert_eq!(error.to_string(), "Statement: expected at most 256, found 257");
}

#[test]
fn errors_quote_little_and_nothing_strange() {
    let error = refused(&with("Effect", json!(format!("\u{1b}[2J\n{}", "x".repeat(5000)))));
    assert!(error.len() < 300 && !error.contains(['\u{1b}', '\n']), "{error}");
    let error = refused(&with(&"y".repeat(5000), json!(1)));
    assert!(error.len() < 500, "{error}");
}

#[test]
fn a_policy_goes_into_a_table_and_back() {
    let policy = resource(&json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "A", "Effect": "Allow", "Principal": { "AWS": ["*", "111122223333",
            "arn:aws:iam::111122223333:user/ana", "AIDACKCEVSQ6C2EXAMPLE"],
            "Service": "events.amazonaws.com", "Federated": "x", "CanonicalUser": "79a59df9" },
          "Action": ["execute-api:In*", "*"], "Resource": "execute-api:/*/GET/${aws:userid, 'x'}",
          "Condition": { "ForAnyValue:StringLikeIfExists": { "aws:Key": "a?b*" },
            "NumericLessThan": { "aws:Key": [1, "2.5"] }, "DateGreaterThan": { "aws:Key": "2020" },
            "IpAddress": { "aws:SourceIp": ["::/0", "10.0.0.0/8"] }, "Null": { "aws:Key": false },
            "BinaryEquals": { "aws:Key": "QQ==" }, "ArnLike": { "aws:Key": "arn:aws:*:*:*:*" },
            "Bool": { "aws:Key": "true" } } },
        { "Effect": "Deny", "NotPrincipal": "*", "NotAction": "s3:*",
          "NotResource": "arn:aws:s3:::x" },
    ]}));
    let policy = policy.expect("a policy");
    let bytes = postcard::to_stdvec(&policy).expect("bytes");
    assert_eq!(postcard::from_bytes::<Policy>(&bytes).expect("a policy"), policy);
}
