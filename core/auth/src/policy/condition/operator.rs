use ringgate_model::closest;
use serde::{Deserialize, Serialize};

use crate::policy::error::{Place, PolicyError};

/// How values are compared ("IAM JSON policy elements: Condition operators").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text { ignores_case: bool, has_wildcards: bool },
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// How the value of the request stands to that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds<T: PartialOrd>(self, of_request: T, of_policy: T) -> bool {
        match self {
            Self::Equal => of_request == of_policy,
            Self::Less => of_request < of_policy,
            Self::LessOrEqual => of_request <= of_policy,
            Self::Greater => of_request > of_policy,
            Self::GreaterOrEqual => of_request >= of_policy,
        }
    }
}

/// Of a multivalued key, how many values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Quantifier {
    /// The key has one value at most.
    None,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// A condition operator as it is written, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator {
    pub(super) quantifier: Quantifier,
    pub(super) family: Family,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

const EXACT: Family = Family::Text { ignores_case: false, has_wildcards: false };
const ANY_CASE: Family = Family::Text { ignores_case: true, has_wildcards: false };
const LIKE: Family = Family::Text { ignores_case: false, has_wildcards: true };

/// Every operator: its name, what it compares, and whether it wants the opposite.
const OPERATORS: [(&str, Family, bool); 27] = [
    ("StringEquals", EXACT, false),
    ("StringNotEquals", EXACT, true),
    ("StringEqualsIgnoreCase", ANY_CASE, false),
    ("StringNotEqualsIgnoreCase", ANY_CASE, true),
    ("StringLike", LIKE, false),
    ("StringNotLike", LIKE, true),
    ("NumericEquals", Family::Number(Order::Equal), false),
    ("NumericNotEquals", Family::Number(Order::Equal), true),
    ("NumericLessThan", Family::Number(Order::Less), false),
    ("NumericLessThanEquals", Family::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Family::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Family::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Family::Date(Order::Equal), false),
    ("DateNotEquals", Family::Date(Order::Equal), true),
    ("DateLessThan", Family::Date(Order::Less), false),
    ("DateLessThanEquals", Family::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Family::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Family::Date(Order::GreaterOrEqual), false),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

const IF_EXISTS: &str = "IfExists";

impl Operator {
    /// Reads a name such as `ForAnyValue:StringLikeIfExists`; `place` is that of the name.
    pub(super) fn read(name: &str, place: &Place<'_>) -> Result<Self, PolicyError> {
        let (prefix, rest) = match name.split_once(':') {
            Some((prefix, rest)) => (Some(prefix), rest),
            None => (None, name),
        };
        let quantifier = match prefix {
            None => Quantifier::None,
            Some("ForAllValues") => Quantifier::All,
            Some("ForAnyValue") => Quantifier::Any,
            Some(_) => {
                return Err(place.error("only ForAllValues: and ForAnyValue: stand before one"));
            }
        };
        let (stem, if_exists) = match rest.strip_suffix(IF_EXISTS) {
            Some(stem) => (stem, true),
            None => (rest, false),
        };
        let Some((_, family, negated)) = OPERATORS.iter().find(|(known, ..)| *known == stem) else {
            return Err(unknown(prefix, stem, if_exists, place));
        };
        if *family == Family::Null && if_exists {
            return Err(place.error("Null asks itself whether the key exists: without IfExists"));
        }
        if *family == Family::Null && prefix.is_some() {
            return Err(place.error("Null asks for the key and not its values: without a prefix"));
        }
        Ok(Self { quantifier, family: *family, negated: *negated, if_exists })
    }
}

fn unknown(prefix: Option<&str>, stem: &str, if_exists: bool, place: &Place<'_>) -> PolicyError {
    let names = OPERATORS.map(|(name, ..)| name);
    let Some(meant) = closest(stem, names) else {
        let names = names.join(", ");
        return place
            .error(format!("there is no such condition operator; expected one of {names}"));
    };
    let (prefix, colon) = prefix.map_or(("", ""), |prefix| (prefix, ":"));
    let suffix = if if_exists { IF_EXISTS } else { "" };
    place.error(format!(
        "there is no such condition operator; did you mean '{prefix}{colon}{meant}{suffix}'?"
    ))
}
