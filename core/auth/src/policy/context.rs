use std::borrow::Cow;
use std::net::IpAddr;

use ringgate_model::Timestamp;

/// What a request's context has under a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// The key is not in the context.
    Absent,
    /// A single-valued key.
    One(Value<'a>),
    /// A multivalued key, such as `aws:PrincipalOrgPaths`.
    Many(&'a [&'a str]),
}

impl Found<'_> {
    /// No key, or one without values.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent | Self::Many([]))
    }

    /// No key, or nothing in it: what `Null` and the set operators call null.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Absent | Self::One(Value::Text("")) => true,
            Self::One(_) => false,
            Self::Many(values) => values.iter().all(|value| value.is_empty()),
        }
    }
}

/// One value of the context, in the form the gateway has it: nothing is formatted that no
/// condition compares as a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text, and what has no form of its own here.
    Text(&'a str),
    /// `aws:EpochTime` in seconds, `aws:MultiFactorAuthAge` in seconds.
    Number(u64),
    /// `aws:SecureTransport`, `aws:MultiFactorAuthPresent`.
    Bool(bool),
    /// `aws:CurrentTime`, `aws:TokenIssueTime`.
    Time(Timestamp),
    /// `aws:SourceIp`.
    Ip(IpAddr),
}

impl<'a> Value<'a> {
    /// As a policy variable shows it and a string operator compares it.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.to_string().into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Time(time) => time.to_string().into(),
            Self::Ip(ip) => ip.to_canonical().to_string().into(),
        }
    }
}

/// The context of a request ("Components of a request context", IAM user guide): condition keys
/// and what they are for this request.
pub trait Context {
    /// What is under a key. The key comes in lower case, because keys know no case; that goes for
    /// the name of a tag too: `aws:principaltag/team`.
    fn get(&self, key: &str) -> Found<'_>;
}

/// A context listed; keys in any case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pairs<'a>(pub &'a [(&'a str, Found<'a>)]);

impl Context for Pairs<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(known, _)| {
            known.eq_ignore_ascii_case(key) || (!known.is_ascii() && known.to_lowercase() == key)
        });
        found.map_or(Found::Absent, |(_, found)| *found)
    }
}
