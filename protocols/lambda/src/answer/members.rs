//! The members of an answer that mean something.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::answer::fault::cut;
use crate::answer::value::{Levels, Value};
use crate::choices;
use crate::limits::ANSWER_DEPTH_MAX;

/// A member that is null, or is not there, is `None`; one that is there twice is the last.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) status_code: Option<Value>,
    pub(super) headers: Option<Value>,
    pub(super) multi_value_headers: Option<Value>,
    pub(super) cookies: Option<Value>,
    pub(super) body: Option<Value>,
    pub(super) is_base64_encoded: Option<Value>,
    /// The first member that format 1.0 does not know.
    pub(super) first_unknown: Option<String>,
}

impl<'de> Deserialize<'de> for Members {
    /// # Errors
    /// For anything but an object.
    fn deserialize<D: Deserializer<'de>>(answer: D) -> Result<Self, D::Error> {
        answer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(Name(name)) = map.next_key()? {
            if members.first_unknown.is_none() && !choices::MEMBERS_V1.contains(&&*name) {
                members.first_unknown = Some(cut(&name));
            }
            let member = match &*name {
                "statusCode" => &mut members.status_code,
                "headers" => &mut members.headers,
                "multiValueHeaders" => &mut members.multi_value_headers,
                "cookies" => &mut members.cookies,
                "body" => &mut members.body,
                "isBase64Encoded" => &mut members.is_base64_encoded,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *member = map.next_value_seed(Levels(ANSWER_DEPTH_MAX - 1))?;
        }
        Ok(members)
    }
}

/// A key, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);
