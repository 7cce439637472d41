use ringgate_auth::policy::{Context, Found, Value};
use ringgate_http1::{RequestHead, field};
use ringgate_model::Timestamp;
use ringgate_table::IdentityImage;

use crate::connection::Peer;
use crate::principal::IamPrincipal;

/// What conditions of policies look at ("AWS condition keys that can be used in API Gateway
/// resource policies", and the same for policies of users and roles).
pub(super) struct Circumstances<'r> {
    pub(super) now: Timestamp,
    pub(super) peer: &'r Peer,
    pub(super) head: &'r RequestHead<'r, 'r>,
    pub(super) principal: &'r IamPrincipal,
    pub(super) identity: Option<&'r IdentityImage>,
    pub(super) role_arn: Option<&'r str>,
    /// Of a session.
    pub(super) issued_at: Option<Timestamp>,
}

impl Context for Circumstances<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        let text_of = |name| {
            let value = field(self.head.fields, name)?;
            std::str::from_utf8(value).ok().map(Value::Text)
        };
        let arn = &*self.principal.arn;
        let value = match key {
            "aws:currenttime" => Some(Value::Time(self.now)),
            "aws:epochtime" => Some(Value::Number(self.now.0)),
            "aws:sourceip" => Some(Value::Ip(self.peer.ip)),
            "aws:useragent" => text_of("user-agent"),
            "aws:referer" => text_of("referer"),
            "aws:securetransport" => Some(Value::Bool(self.peer.scheme == "https")),
            "aws:principalaccount" => Some(Value::Text(&self.principal.account)),
            "aws:principalarn" => Some(Value::Text(self.role_arn.unwrap_or(arn))),
            "aws:principaltype" => Some(Value::Text(match (self.identity, self.role_arn) {
                (None, _) => "Account",
                (_, Some(_)) => "AssumedRole",
                (_, None) => "User",
            })),
            "aws:userid" => Some(Value::Text(&self.principal.user_id)),
            "aws:username" if self.identity.is_some() && self.role_arn.is_none() => {
                arn.rsplit('/').next().map(Value::Text)
            }
            "aws:multifactorauthpresent" => self.issued_at.map(|_| Value::Bool(false)),
            "aws:tokenissuetime" => self.issued_at.map(Value::Time),
            key => {
                let tag = key.strip_prefix("aws:principaltag/");
                let tags = self.identity.map(|identity| &identity.tags);
                tag.zip(tags).and_then(|(tag, tags)| tags.get(tag)).map(|tag| Value::Text(tag))
            }
        };
        value.map_or(Found::Absent, Found::One)
    }
}
