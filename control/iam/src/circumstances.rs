use std::net::IpAddr;

use ringgate_auth::policy::{Context, Found, Value};
use ringgate_model::Timestamp;

use crate::{Principal, PrincipalKind};

/// What is known of a call besides its caller: what conditions look at.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// `aws:CurrentTime`, `aws:EpochTime`
    pub now: Timestamp,
    /// `aws:SourceIp`; none for a caller on a Unix socket.
    pub source_ip: Option<IpAddr>,
    /// `aws:UserAgent`
    pub user_agent: Option<String>,
    /// `aws:Referer`
    pub referer: Option<String>,
    /// `aws:SecureTransport`
    pub secure_transport: bool,
    /// `aws:RequestedRegion`
    pub region: String,
}

/// The context of a request by its caller ("AWS global condition context keys").
#[derive(Debug)]
pub struct RequestContext<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// In which circumstances.
    pub circumstances: &'a Circumstances,
    /// Keys of the service, in lower case: `iam:policyarn`.
    pub more: &'a [(&'a str, &'a str)],
}

impl Context for RequestContext<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        let (it, principal) = (self.circumstances, self.principal);
        let value = match key {
            "aws:currenttime" => Some(Value::Time(it.now)),
            "aws:epochtime" => Some(Value::Number(it.now.0)),
            "aws:sourceip" => it.source_ip.map(Value::Ip),
            "aws:useragent" => it.user_agent.as_deref().map(Value::Text),
            "aws:referer" => it.referer.as_deref().map(Value::Text),
            "aws:securetransport" => Some(Value::Bool(it.secure_transport)),
            "aws:requestedregion" => Some(Value::Text(&it.region)),
            "aws:principalaccount" => Some(Value::Text(&principal.account)),
            "aws:principalarn" => Some(Value::Text(principal.identity_arn())),
            "aws:principaltype" => Some(Value::Text(match principal.kind {
                PrincipalKind::Root => "Account",
                PrincipalKind::User { .. } => "User",
                PrincipalKind::Role { .. } => "AssumedRole",
            })),
            "aws:userid" => Some(Value::Text(&principal.unique_id)),
            "aws:username" => match &principal.kind {
                PrincipalKind::User { name } => Some(Value::Text(name)),
                _ => None,
            },
            "aws:multifactorauthpresent" => principal.session.map(|_| Value::Bool(false)),
            "aws:tokenissuetime" => principal.session.map(|times| Value::Time(times.issued_at)),
            key => match key.strip_prefix("aws:principaltag/") {
                Some(tag) => principal.tag(tag).map(Value::Text),
                None => {
                    let found = self.more.iter().find(|(known, _)| *known == key);
                    found.map(|(_, value)| Value::Text(value))
                }
            },
        };
        value.map_or(Found::Absent, Found::One)
    }
}
