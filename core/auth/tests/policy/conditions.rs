//! Every operator: "IAM JSON policy elements: Condition operators".

use std::net::IpAddr;

use ringgate_auth::policy::Found::{Absent, Many};
use ringgate_auth::policy::{Caller, Decision, Found, Pairs, Value};
use ringgate_model::Timestamp;
use serde_json::json;

use crate::support::{check, holds, request, text, under};

fn number<'a>(number: u64) -> Found<'a> {
    Found::One(Value::Number(number))
}

fn time<'a>(text: &str) -> Found<'a> {
    Found::One(Value::Time(text.parse::<Timestamp>().expect(text)))
}

fn ip<'a>(text: &str) -> Found<'a> {
    Found::One(Value::Ip(text.parse::<IpAddr>().expect(text)))
}

#[test]
fn strings() {
    check(&[
        ("StringEquals", json!("iamuser-admin"), text("iamuser-admin"), true),
        ("StringEquals", json!("iamuser-admin"), text("IAMuser-admin"), false),
        ("StringEquals", json!("iamuser-*"), text("iamuser-admin"), false),
        ("StringEquals", json!("iamuser-*"), text("iamuser-*"), true),
        ("StringEquals", json!(["a", "b"]), text("b"), true),
        ("StringEquals", json!(7), text("7"), true),
        ("StringEquals", json!(""), text(""), true),
        ("StringNotEquals", json!("a"), text("b"), true),
        ("StringNotEquals", json!("a"), text("a"), false),
        ("StringNotEquals", json!(["a", "b"]), text("b"), false),
        ("StringNotEquals", json!(["a", "b"]), text("c"), true),
        ("StringEqualsIgnoreCase", json!("Sales"), text("sALES"), true),
        ("StringEqualsIgnoreCase", json!("ÄRGER"), text("ärger"), true),
        ("StringEqualsIgnoreCase", json!("Sales"), text("Sale"), false),
        ("StringNotEqualsIgnoreCase", json!("Sales"), text("sales"), false),
        ("StringNotEqualsIgnoreCase", json!("Sales"), text("other"), true),
        ("StringLike", json!(["", "home/", "home/ana/"]), text(""), true),
        ("StringLike", json!("home/*"), text("home/ana/x"), true),
        ("StringLike", json!("home/*"), text("Home/ana"), false),
        ("StringLike", json!("t?.*"), text("t2.micro"), true),
        ("StringLike", json!("t?.*"), text("t.micro"), false),
        ("StringLike", json!("?"), text("é"), true),
        ("StringLike", json!("*a*b*c"), text("xxaxbbxcbc"), true),
        ("StringLike", json!("*a*b*c"), text("xxaxbbxcbcx"), false),
        ("StringNotLike", json!("home/*"), text("home/ana"), false),
        ("StringNotLike", json!(["home/*", "x"]), text("y"), true),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("NumericEquals", json!("10"), number(10), true),
        ("NumericEquals", json!(10), text("10.0"), true),
        ("NumericEquals", json!("2.5"), text("2.5"), true),
        ("NumericEquals", json!(["1", "2"]), number(2), true),
        ("NumericNotEquals", json!(["1", "2"]), number(2), false),
        ("NumericNotEquals", json!("10"), number(11), true),
        ("NumericLessThan", json!("10"), number(9), true),
        ("NumericLessThan", json!("10"), number(10), false),
        ("NumericLessThanEquals", json!("10"), number(10), true),
        ("NumericLessThanEquals", json!("10"), number(11), false),
        ("NumericGreaterThan", json!("-1"), number(0), true),
        ("NumericGreaterThan", json!("10"), number(10), false),
        ("NumericGreaterThanEquals", json!("10"), number(10), true),
        ("NumericGreaterThanEquals", json!("10"), number(9), false),
        ("NumericEquals", json!("1"), text("one"), false),
    ]);
}

#[test]
fn dates() {
    let issued = "2020-01-01T00:00:01Z";
    check(&[
        ("DateGreaterThan", json!(issued), time("2020-01-01T00:00:02Z"), true),
        ("DateGreaterThan", json!(issued), time(issued), false),
        ("DateGreaterThanEquals", json!(issued), time(issued), true),
        ("DateGreaterThanEquals", json!(issued), time("2020-01-01T00:00:00Z"), false),
        ("DateLessThan", json!("2021"), time(issued), true),
        ("DateLessThan", json!("2020"), time(issued), false),
        ("DateLessThanEquals", json!(issued), time(issued), true),
        ("DateLessThanEquals", json!("2019-12-31"), time(issued), false),
        ("DateEquals", json!(issued), number(1_577_836_801), true),
        ("DateEquals", json!(1_577_836_801), time(issued), true),
        ("DateEquals", json!("2020-01-01T01:00:01+01:00"), text(issued), true),
        ("DateEquals", json!(issued), text("yesterday"), false),
        ("DateNotEquals", json!(issued), time(issued), false),
        ("DateNotEquals", json!(issued), time("2020-01-01T00:00:02Z"), true),
    ]);
}

#[test]
fn booleans_and_binaries() {
    let (yes, no) = (Found::One(Value::Bool(true)), Found::One(Value::Bool(false)));
    check(&[
        ("Bool", json!("false"), no, true),
        ("Bool", json!("false"), yes, false),
        ("Bool", json!(true), yes, true),
        ("Bool", json!("True"), text("true"), true),
        ("Bool", json!(["true", "false"]), no, true),
        ("Bool", json!("true"), text("1"), false),
        ("BinaryEquals", json!("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), text("BinaryValueInBase64"), true),
        ("BinaryEquals", json!("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), text("BinaryValueInBase6"), false),
    ]);
}

#[test]
fn addresses() {
    let both = json!(["203.0.113.0/24", "2001:DB8:1234:5678::/64"]);
    check(&[
        ("IpAddress", both.clone(), ip("203.0.113.9"), true),
        ("IpAddress", both.clone(), ip("2001:db8:1234:5678:9::1"), true),
        ("IpAddress", both.clone(), ip("203.0.114.9"), false),
        ("IpAddress", both.clone(), text("203.0.113.9"), true),
        ("IpAddress", json!("203.0.113.9"), ip("203.0.113.9"), true),
        ("IpAddress", json!("203.0.113.9"), ip("203.0.113.8"), false),
        ("IpAddress", json!("203.0.113.9"), ip("::ffff:203.0.113.9"), true),
        ("IpAddress", json!("203.0.113.9"), text("elsewhere"), false),
        ("NotIpAddress", both.clone(), ip("203.0.113.9"), false),
        ("NotIpAddress", both, ip("198.51.100.1"), true),
    ]);
}

#[test]
fn arns() {
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    let value = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/doc.txt";
    let near = "arn:aws:someservice:us-east-2:111122223333:finance/a:b/c";
    for operator in ["ArnEquals", "ArnLike"] {
        check(&[
            (operator, json!(pattern), text(value), false),
            (operator, json!(pattern), text(near), true),
            (operator, json!("*"), text(near), true),
            (operator, json!("arn:*"), text(near), false),
            (operator, json!("arn:?ws:*:*:*:*"), text(near), true),
            (operator, json!("arn:aws?someservice:*:*:*:*"), text(near), false),
            (operator, json!("arn:aws:*m*e:*:*33*33:*c"), text(near), true),
            (operator, json!("*"), text("no-arn"), false),
        ]);
    }
    for operator in ["ArnNotEquals", "ArnNotLike"] {
        check(&[
            (operator, json!(pattern), text(value), true),
            (operator, json!(pattern), text(near), false),
        ]);
    }
    // The same with the string operators.
    check(&[
        ("StringLike", json!(pattern), text(value), true),
        ("StringNotLike", json!(pattern), text(value), false),
    ]);
}

#[test]
fn missing_keys() {
    for (operator, value, wanted) in [
        ("StringEquals", "a", false),
        ("StringLike", "*", false),
        ("StringNotEquals", "a", true),
        ("StringNotLike", "*", true),
        ("StringNotEqualsIgnoreCase", "a", true),
        ("NumericEquals", "1", false),
        ("NumericNotEquals", "1", true),
        ("NumericLessThan", "1", false),
        ("DateLessThan", "2020", false),
        ("DateNotEquals", "2020", true),
        ("Bool", "false", false),
        ("BinaryEquals", "QQ==", false),
        ("IpAddress", "::/0", false),
        ("NotIpAddress", "::/0", true),
        ("ArnLike", "*", false),
        ("ArnNotLike", "*", true),
        ("Null", "true", true),
        ("Null", "false", false),
    ] {
        check(&[
            (operator, json!(value), Absent, wanted),
            (operator, json!(value), Many(&[]), wanted),
        ]);
        if operator != "Null" {
            let operator = format!("{operator}IfExists");
            check(&[(&operator, json!(value), Absent, true)]);
        }
    }
}

#[test]
fn if_exists_decides_by_the_value_when_there_is_one() {
    let small = json!(["t1.*", "t2.*", "m3.*"]);
    check(&[
        ("StringLikeIfExists", small.clone(), text("t2.micro"), true),
        ("StringLikeIfExists", small.clone(), text("c5.large"), false),
        ("StringLikeIfExists", small, Absent, true),
        ("StringNotEqualsIfExists", json!("a"), text("a"), false),
        ("ForAnyValue:StringEqualsIfExists", json!("a"), Absent, true),
        ("ForAnyValue:StringEqualsIfExists", json!("a"), Many(&["b"]), false),
        ("ForAllValues:StringEqualsIfExists", json!("a"), Many(&["a", "b"]), false),
    ]);
}

#[test]
fn null_asks_for_the_key() {
    check(&[
        ("Null", json!("true"), text("x"), false),
        ("Null", json!("false"), text("x"), true),
        ("Null", json!(false), number(0), true),
        ("Null", json!("true"), text(""), true),
        ("Null", json!("false"), Many(&["", ""]), false),
        ("Null", json!(["true", "false"]), text("x"), true),
    ]);
}

/// "Conditions with multiple context keys or values": all operators and keys, any of the values.
#[test]
fn all_keys_of_all_operators_must_hold() {
    let condition = json!({
        "StringEquals": { "aws:A": ["1", "2"], "aws:B": "3" },
        "Bool": { "aws:C": "true" },
    });
    let wanted = |a, b, c| [("aws:A", text(a)), ("aws:B", text(b)), ("aws:C", text(c))];
    assert!(holds(&condition, &wanted("2", "3", "true")));
    assert!(!holds(&condition, &wanted("3", "3", "true")));
    assert!(!holds(&condition, &wanted("1", "2", "true")));
    assert!(!holds(&condition, &wanted("1", "3", "false")));
    assert!(holds(&json!({}), &[]));
}

/// Nothing is allowed by being unequal to what it cannot be compared with; a Deny stands.
#[test]
fn what_cannot_be_compared() {
    for (operator, value, found) in [
        ("NumericNotEquals", "1", "one"),
        ("DateNotEquals", "2020", "yesterday"),
        ("NotIpAddress", "10.0.0.0/8", "elsewhere"),
        ("ArnNotLike", "arn:aws:iam::*:role/x", "role/x"),
        ("StringNotEquals", "${aws:username}", "ana"),
    ] {
        let condition = json!({ operator: { "aws:Key": value } });
        let context = [("aws:Key", text(found))];
        let context = Pairs(&context);
        for (effect, wanted) in
            [("Allow", Decision::ImplicitDeny), ("Deny", Decision::ExplicitDeny)]
        {
            let policy = under(effect, &condition).expect("a policy");
            let evaluation = policy.evaluate(&request(Caller::Anonymous, &context));
            assert_eq!(evaluation.decision, wanted, "{effect} {condition}");
        }
    }
}
