//! Answers, put together byte by byte.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::{Ipv4Addr, Ipv6Addr};

/// An answer to any question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    code: u8,
    truncated: bool,
    answers: Vec<Vec<u8>>,
    authorities: Vec<Vec<u8>>,
}

impl Answer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The response code (RFC 1035 section 4.1.1).
    pub(crate) fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Says that there is more, and holds nothing.
    pub(crate) fn truncated(self) -> Self {
        Self { truncated: true, answers: Vec::new(), ..self }
    }

    pub(crate) fn a(mut self, name: &str, ttl: u32, ip: &str) -> Self {
        let ip: Ipv4Addr = ip.parse().unwrap();
        self.answers.push(record(name, 1, ttl, &ip.octets()));
        self
    }

    pub(crate) fn aaaa(mut self, name: &str, ttl: u32, ip: &str) -> Self {
        let ip: Ipv6Addr = ip.parse().unwrap();
        self.answers.push(record(name, 28, ttl, &ip.octets()));
        self
    }

    pub(crate) fn cname(mut self, name: &str, ttl: u32, target: &str) -> Self {
        self.answers.push(record(name, 5, ttl, &wire(target)));
        self
    }

    pub(crate) fn soa(mut self, zone: &str, ttl: u32, minimum: u32) -> Self {
        let mut data = [wire("ns."), wire("root.")].concat();
        [1, 2, 3, 4, minimum].iter().for_each(|n| data.extend_from_slice(&n.to_be_bytes()));
        self.authorities.push(record(zone, 6, ttl, &data));
        self
    }

    /// The bytes, as an answer to this query.
    pub(crate) fn to(&self, query: &[u8]) -> Vec<u8> {
        let mut bytes = query[..2].to_vec();
        let truncated = if self.truncated { 2 } else { 0 };
        bytes.extend([0x81 | truncated, 0x80 | self.code, 0, 1]);
        bytes.extend((self.answers.len() as u16).to_be_bytes());
        bytes.extend((self.authorities.len() as u16).to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(&query[12..]);
        self.answers.iter().chain(&self.authorities).for_each(|record| bytes.extend(record));
        bytes
    }
}

/// The name that a query asks for.
pub(crate) fn asked(query: &[u8]) -> String {
    let (mut at, mut name) = (12, String::new());
    while query[at] != 0 {
        let len = usize::from(query[at]);
        name.push_str(std::str::from_utf8(&query[at + 1..=at + len]).unwrap());
        name.push('.');
        at += 1 + len;
    }
    name
}

fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn record(name: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = wire(name);
    bytes.extend(kind.to_be_bytes());
    bytes.extend(1u16.to_be_bytes());
    bytes.extend(ttl.to_be_bytes());
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}
