use std::net::Ipv6Addr;

use crate::syntax::{is_reg_name_byte, percents_are_whole};

/// Whether `bytes` is `uri-host [":" port]` with a host (RFC 9110 section 7.2, RFC 3986 section
/// 3.2). No userinfo: RFC 9110 section 4.2.4 has it taken for an attack.
pub(crate) fn is_authority(bytes: &[u8]) -> bool {
    let (host, port) = match bytes {
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
            let (literal, after) = rest.split_at_checked(end).unwrap_or_default();
            if !is_ip_literal(literal) {
                return false;
            }
            (bytes, after.get(1..).unwrap_or_default())
        }
        _ => {
            let end = bytes.iter().position(|byte| !is_reg_name_byte(*byte));
            let end = end.unwrap_or(bytes.len());
            let (host, port) = bytes.split_at_checked(end).unwrap_or_default();
            if !percents_are_whole(host) {
                return false;
            }
            (host, port)
        }
    };
    !host.is_empty() && is_port(port)
}

/// Nothing, or `:` and a number that a port can be. `example.com:` is legal (RFC 3986 section
/// 3.2.3).
fn is_port(bytes: &[u8]) -> bool {
    let Some((colon, digits)) = bytes.split_first() else { return true };
    let mut port: u32 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return false;
        }
        port = port.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
    }
    *colon == b':' && port <= u32::from(u16::MAX)
}

/// The inside of `[...]`: an IPv6 address, or `v1.something` (IPvFuture).
fn is_ip_literal(bytes: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = bytes {
        let Some(dot) = rest.iter().position(|byte| *byte == b'.') else { return false };
        let (version, address) = rest.split_at_checked(dot).unwrap_or_default();
        let address = address.get(1..).unwrap_or_default();
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && address
                .iter()
                .all(|byte| matches!(byte, b':') || (is_reg_name_byte(*byte) && *byte != b'%'));
    }
    std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}
