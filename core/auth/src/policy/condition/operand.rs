use serde::{Deserialize, Serialize};

use super::date;
use super::network::Network;
use super::operator::{Family, Order};
use crate::base64;
use crate::policy::context::{Context, Value};
use crate::policy::document::Node;
use crate::policy::error::{Place, PolicyError, quoted};
use crate::policy::matching::Match;
use crate::policy::pattern::{ARN_COLONS, Pattern, Syntax, Wildcards};

/// The values of a condition, read as what its operator compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Operands {
    Text(Vec<Pattern>),
    Number(Order, Vec<f64>),
    /// Milliseconds since the epoch.
    Date(Order, Vec<i64>),
    Binary(Vec<Vec<u8>>),
    Ip(Vec<Network>),
    Arn(Vec<Pattern>),
    /// Whether the key shall be missing.
    Null(Vec<bool>),
}

impl Operands {
    /// Reads one value or a list of them. Numbers and booleans may stand without quotes.
    pub(super) fn read(
        family: Family,
        variables: bool,
        node: &Node<'_>,
        place: &Place<'_>,
    ) -> Result<Self, PolicyError> {
        let syntax = Syntax { variables, wildcards: Wildcards::None, ignores_case: false };
        let no_time = "a date such as 2024-05-01T12:00:00Z, or seconds since 1970";
        Ok(match family {
            Family::Text { ignores_case, has_wildcards } => {
                let wildcards = if has_wildcards { Wildcards::Plain } else { Wildcards::None };
                let syntax = Syntax { wildcards, ignores_case, ..syntax };
                Self::Text(each(node, place, |text| Pattern::read(text, syntax))?)
            }
            Family::Number(order) => {
                Self::Number(order, values(node, place, number, "a number such as 10 or 2.5")?)
            }
            Family::Date(order) => Self::Date(order, values(node, place, date::read, no_time)?),
            Family::Bool => {
                let syntax = Syntax { ignores_case: true, ..syntax };
                Self::Text(each(node, place, |text| {
                    let pattern = Pattern::read(text, syntax)?;
                    let known = !pattern.is_fixed() || boolean(text).is_some();
                    known.then_some(pattern).ok_or_else(|| expected("true or false", text))
                })?)
            }
            Family::Binary => Self::Binary(values(node, place, base64::decode, "base64")?),
            Family::Ip => {
                let wanted = "an address or a range such as 203.0.113.0/24 or 2001:db8::/32";
                Self::Ip(values(node, place, Network::read, wanted)?)
            }
            Family::Arn => {
                let syntax = Syntax { wildcards: Wildcards::Arn, ..syntax };
                Self::Arn(each(node, place, |text| {
                    let pattern = Pattern::read(text, syntax)?;
                    let known = !pattern.is_fixed() || text == "*" || text.starts_with("arn:");
                    known.then_some(pattern).ok_or_else(|| expected("an ARN", text))
                })?)
            }
            Family::Null => Self::Null(values(node, place, boolean, "true or false")?),
        })
    }

    /// Whether one of these is what the value of the request is compared with successfully.
    pub(super) fn matches(&self, value: Value<'_>, context: &dyn Context) -> Match {
        match self {
            Self::Text(patterns) => {
                let text = value.text();
                Match::any(patterns.iter().map(|pattern| pattern.matches(&text, context)))
            }
            Self::Number(order, operands) => {
                let number = match value {
                    Value::Number(number) => Some(number as f64),
                    Value::Time(time) => Some(time.0 as f64),
                    Value::Text(text) => number(text),
                    Value::Bool(_) | Value::Ip(_) => None,
                };
                compare(number, operands, |number, operand| order.holds(number, *operand))
            }
            Self::Date(order, operands) => {
                let date = match value {
                    Value::Number(seconds) => date::from_seconds(seconds),
                    Value::Time(time) => date::from_seconds(time.0),
                    Value::Text(text) => date::read(text),
                    Value::Bool(_) | Value::Ip(_) => None,
                };
                compare(date, operands, |date, operand| order.holds(date, *operand))
            }
            Self::Binary(operands) => {
                let text = value.text();
                operands.iter().any(|operand| operand == text.as_bytes()).into()
            }
            Self::Ip(networks) => {
                let ip = match value {
                    Value::Ip(ip) => Some(ip),
                    Value::Text(text) => text.parse().ok(),
                    _ => None,
                };
                compare(ip, networks, |ip, network: &Network| network.contains(ip))
            }
            Self::Arn(patterns) => {
                let text = value.text();
                let colons = text.bytes().filter(|byte| *byte == b':').count();
                if colons < ARN_COLONS || !text.starts_with("arn:") {
                    return Match::Unknown;
                }
                Match::any(patterns.iter().map(|pattern| pattern.matches(&text, context)))
            }
            Self::Null(_) => Match::Unknown,
        }
    }
}

fn compare<'o, T: Copy, O>(
    value: Option<T>,
    operands: &'o [O],
    holds: impl Fn(T, &'o O) -> bool,
) -> Match {
    let Some(value) = value else { return Match::Unknown };
    operands.iter().any(|operand| holds(value, operand)).into()
}

fn each<T>(
    node: &Node<'_>,
    place: &Place<'_>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, PolicyError> {
    node.each(place, |node, place| {
        let text = match node {
            Node::Text(text) => text.as_ref(),
            Node::Number(text) => text,
            Node::Bool(true) => "true",
            Node::Bool(false) => "false",
            _ => return Err(node.not(place, "a string, or a list of strings")),
        };
        read(text).map_err(|message| place.error(message))
    })
}

fn values<T>(
    node: &Node<'_>,
    place: &Place<'_>,
    read: impl Fn(&str) -> Option<T>,
    wanted: &str,
) -> Result<Vec<T>, PolicyError> {
    each(node, place, |text| read(text).ok_or_else(|| expected(wanted, text)))
}

fn expected(wanted: &str, text: &str) -> String {
    format!("expected {wanted}, found '{}'", quoted(text))
}

/// An integer or decimal number; `inf` and `nan` are none.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}
