use std::net::IpAddr;

use hickory_proto::op::{Header, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use crate::limits::{
    ADDRESSES_MAX, CNAMES_MAX, NEGATIVE_MS_MAX, NEGATIVE_MS_MIN, RECORDS_MAX, TTL_MS_MAX,
    TTL_MS_MIN,
};

/// The two kinds of addresses, each asked for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A records.
    V4,
    /// AAAA records.
    V6,
}

/// What a server said to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The name has these addresses.
    Addresses(Vec<IpAddr>, u64),
    /// It has none of this family, or does not exist; that holds so many milliseconds.
    Missing(u64),
    /// The answer did not fit the datagram: ask again over TCP (RFC 2181 section 9).
    Truncated,
    /// The server cannot or will not say.
    Refused(String),
}

fn question(name: &Name, family: Family) -> Query {
    let kind = match family {
        Family::V4 => RecordType::A,
        Family::V6 => RecordType::AAAA,
    };
    Query::query(name.clone(), kind)
}

/// A recursive query (RFC 1035 section 4.1).
pub(crate) fn query(id: u16, name: &Name, family: Family) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(question(name, family));
    // A name that is one always fits; an empty message would be answered by nobody.
    message.to_vec().unwrap_or_default()
}

/// Reads an answer. `None`: it is none to this question of ours, and proves nothing.
///
/// Only the header, the question and the records that matter are read: what else a server sends
/// along cannot spoil an answer.
pub(crate) fn read(bytes: &[u8], id: u16, name: &Name, family: Family) -> Option<Reply> {
    let mut decoder = BinDecoder::new(bytes);
    let Header { metadata, counts } = Header::read(&mut decoder).ok()?;
    let ours = metadata.id == id
        && metadata.message_type == MessageType::Response
        && metadata.op_code == OpCode::Query
        && counts.queries == 1;
    // Names are compared whatever their case (RFC 4343).
    if !ours || Query::read(&mut decoder).ok()? != question(name, family) {
        return None;
    }
    if metadata.truncation {
        return Some(Reply::Truncated);
    }
    if !matches!(metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Some(Reply::Refused(metadata.response_code.to_string()));
    }
    let Some(answers) = records(&mut decoder, counts.answers) else {
        return Some(Reply::Refused("an answer that cannot be read".to_owned()));
    };
    Some(addresses(name, family, &answers).unwrap_or_else(|| {
        let authorities = records(&mut decoder, counts.authorities).unwrap_or_default();
        Reply::Missing(negative_ms(&authorities))
    }))
}

fn records(decoder: &mut BinDecoder<'_>, count: u16) -> Option<Vec<Record>> {
    (0..count.min(RECORDS_MAX)).map(|_| Record::read(decoder).ok()).collect()
}

/// Follows the aliases from `name` to addresses. They hold as long as the shortest of the way.
fn addresses(name: &Name, family: Family, answers: &[Record]) -> Option<Reply> {
    let of =
        |owner: &Name, record: &&Record| record.dns_class == DNSClass::IN && record.name == *owner;
    let mut owner = name;
    let mut ttl_s = u32::MAX;
    for _ in 0..=CNAMES_MAX {
        let mut found = Vec::new();
        for record in answers.iter().filter(|record| of(owner, record)) {
            if let Some(ip) = address(record, family)
                && found.len() < ADDRESSES_MAX
                && !found.contains(&ip)
            {
                ttl_s = ttl_s.min(ttl(record.ttl));
                found.push(ip);
            }
        }
        if !found.is_empty() {
            let ttl_ms = u64::from(ttl_s) * 1000;
            return Some(Reply::Addresses(found, ttl_ms.clamp(TTL_MS_MIN, TTL_MS_MAX)));
        }
        let alias = answers.iter().filter(|record| of(owner, record)).find_map(|record| {
            let RData::CNAME(target) = &record.data else { return None };
            Some((&target.0, record.ttl))
        });
        let (target, alias_ttl) = alias?;
        ttl_s = ttl_s.min(ttl(alias_ttl));
        owner = target;
    }
    None
}

/// An address that can be connected to.
fn address(record: &Record, family: Family) -> Option<IpAddr> {
    let ip: IpAddr = match (&record.data, family) {
        (RData::A(ip), Family::V4) => ip.0.into(),
        (RData::AAAA(ip), Family::V6) => ip.0.into(),
        _ => return None,
    };
    // Those that filters answer with; connecting to 0.0.0.0 would reach this machine.
    (!ip.is_unspecified() && !ip.is_multicast()).then_some(ip)
}

/// The top bit means zero (RFC 2181 section 8).
fn ttl(seconds: u32) -> u32 {
    if seconds > i32::MAX.unsigned_abs() { 0 } else { seconds }
}

/// How long the absence holds: the lesser of the SOA's TTL and its minimum (RFC 2308 section 5);
/// without a SOA it should not be kept at all.
fn negative_ms(authorities: &[Record]) -> u64 {
    let said = authorities.iter().find_map(|record| {
        let RData::SOA(soa) = &record.data else { return None };
        Some(u64::from(ttl(record.ttl).min(ttl(soa.minimum))) * 1000)
    });
    said.unwrap_or(0).clamp(NEGATIVE_MS_MIN, NEGATIVE_MS_MAX)
}
