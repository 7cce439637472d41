use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::support::{encode, token, verify};
use crate::base64::decode_url;
use crate::json::{Members, Value};
use crate::jwt::limits::JSON_BOUNDS;

static TOKEN: LazyLock<String> =
    LazyLock::new(|| token(json!({ "scope": "read", "groups": ["a", "b"] })));

/// Our values as serde_json's, numbers as their text.
fn tree(value: &Value<'_>) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => serde_json::from_str(text).unwrap(),
        Value::Text(text) => json!(text),
        Value::List(values) => values.iter().map(tree).collect(),
        Value::Object(members) => object(members),
    }
}

fn object(members: &Members<'_>) -> Tree {
    Tree::Object(members.iter().map(|(name, value)| (name.to_owned(), tree(value))).collect())
}

fn any_json() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        any::<i64>().prop_map(Tree::from),
        any::<f64>().prop_map(Tree::from),
        any::<String>().prop_map(Tree::from),
    ];
    leaf.prop_recursive(5, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Tree::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_byte_changed_is_refused(at in any::<prop::sample::Index>(), to in 0u8..128) {
        let mut bytes = TOKEN.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        prop_assert!(verify(str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn any_byte_lost_or_added_is_refused(at in any::<prop::sample::Index>(), more in 0u8..128) {
        let at = at.index(TOKEN.len());
        let mut less = TOKEN.clone();
        less.remove(at);
        prop_assert!(verify(&less).is_err());
        let mut longer = TOKEN.clone();
        longer.insert(at, char::from(more));
        prop_assert!(verify(&longer).is_err());
        prop_assert!(verify(&TOKEN[..at]).is_err());
    }

    #[test]
    fn nothing_made_up_is_taken(token in "[A-Za-z0-9_.-]{0,60}", text in any::<String>()) {
        prop_assert!(verify(&token).is_err());
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn base64url_has_one_text(
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        text in "[A-Za-z0-9_-]{0,12}",
    ) {
        let encoded = encode(&bytes);
        prop_assert_eq!(decode_url(&encoded), Some(bytes));
        if let Some(bytes) = decode_url(&text) {
            prop_assert_eq!(encode(&bytes), text);
        }
    }

    #[test]
    fn json_is_read_as_written(tree in any_json()) {
        let text = json!({ "a": tree }).to_string();
        let members = Members::read(text.as_bytes(), JSON_BOUNDS);
        prop_assert_eq!(members.as_ref().map(object), Ok(serde_json::from_str(&text).unwrap()));
    }

    #[test]
    fn what_is_read_is_json(
        text in r#"\{("[ab\\nu0-9]{0,6}"|[0-9eE.+-]{1,4}|[\[\]{},: ]|true|null){0,9}\}"#,
    ) {
        if let Ok(members) = Members::read(text.as_bytes(), JSON_BOUNDS) {
            prop_assert_eq!(Some(object(&members)), serde_json::from_str(&text).ok(), "{}", text);
        }
    }
}
