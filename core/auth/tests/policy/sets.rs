//! "Single-valued vs. multivalued context keys" and its examples.

use ringgate_auth::policy::Found::{Absent, Many};
use serde_json::json;

use crate::support::{check, text};

/// The table of the page: the request asks for PostDateTime and UserName.
#[test]
fn the_documented_attributes() {
    let listed = json!(["PostDateTime", "Message", "Tags"]);
    check(&[
        ("ForAllValues:StringLike", listed.clone(), Many(&["PostDateTime", "UserName"]), false),
        ("ForAllValues:StringLike", listed.clone(), Many(&["PostDateTime", "Message"]), true),
        ("ForAnyValue:StringLike", listed.clone(), Many(&["PostDateTime", "UserName"]), true),
        ("ForAnyValue:StringLike", listed, Many(&["UserName"]), false),
        ("ForAnyValue:StringLike", json!(["ID", "PostDateTime"]), Many(&["UserName"]), false),
    ]);
}

#[test]
fn without_values() {
    for found in [Absent, Many(&[]), text(""), Many(&[""])] {
        check(&[
            ("ForAllValues:StringEquals", json!("a"), found, true),
            ("ForAllValues:StringNotEquals", json!("a"), found, true),
            ("ForAnyValue:StringEquals", json!("a"), found, false),
            ("ForAnyValue:StringNotEquals", json!("a"), found, false),
        ]);
    }
}

#[test]
fn negated() {
    check(&[
        ("ForAllValues:StringNotEquals", json!(["a", "b"]), Many(&["c", "d"]), true),
        ("ForAllValues:StringNotEquals", json!(["a", "b"]), Many(&["c", "b"]), false),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), Many(&["c", "b"]), true),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), Many(&["a", "b"]), false),
    ]);
}

/// Against AWS's advice: it works as on a set of one.
#[test]
fn on_a_single_valued_key() {
    check(&[
        ("ForAllValues:StringEquals", json!("a"), text("a"), true),
        ("ForAllValues:StringEquals", json!("a"), text("b"), false),
        ("ForAnyValue:StringEquals", json!("a"), text("a"), true),
        ("ForAnyValue:StringEquals", json!("a"), text("b"), false),
    ]);
}

/// Also against it: an operator without a prefix on a key with several values.
#[test]
fn several_values_without_a_prefix() {
    check(&[
        ("StringEquals", json!("a"), Many(&["b", "a"]), true),
        ("StringEquals", json!("a"), Many(&["b", "c"]), false),
        ("StringNotEquals", json!("a"), Many(&["b", "c"]), true),
        ("StringNotEquals", json!("a"), Many(&["b", "a"]), false),
    ]);
}
