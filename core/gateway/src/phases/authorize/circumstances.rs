use std::net::IpAddr;

use ringgate_auth::policy::{Context, Found, Value};
use ringgate_http1::{RequestHead, field};
use ringgate_model::Timestamp;

use crate::connection::Peer;

/// What policies may ask about a request, whoever sends it (spec section 3.1; "AWS global condition
/// context keys").
pub(crate) struct Circumstances<'r> {
    source_ip: IpAddr,
    is_tls: bool,
    user_agent: Option<&'r str>,
    referer: Option<&'r str>,
    now_s: u64,
}

impl<'r> Circumstances<'r> {
    pub(crate) fn of(head: &RequestHead<'r, 'r>, peer: &Peer, now_s: u64) -> Self {
        let text = |name| field(head.fields, name).and_then(|value| str::from_utf8(value).ok());
        Self {
            source_ip: peer.ip,
            is_tls: peer.scheme == "https",
            user_agent: text("user-agent"),
            referer: text("referer"),
            now_s,
        }
    }
}

impl Context for Circumstances<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        let found = match key {
            "aws:sourceip" => Some(Value::Ip(self.source_ip)),
            "aws:securetransport" => Some(Value::Bool(self.is_tls)),
            "aws:currenttime" => Some(Value::Time(Timestamp(self.now_s))),
            "aws:epochtime" => Some(Value::Number(self.now_s)),
            "aws:useragent" => self.user_agent.map(Value::Text),
            "aws:referer" => self.referer.map(Value::Text),
            _ => None,
        };
        found.map_or(Found::Absent, Found::One)
    }
}
