use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A range of addresses in CIDR notation; an address alone is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Network {
    base: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32` or an address.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let bits_max = if base.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|bits| *bits <= bits_max)?
            }
            Some(_) => return None,
            None => bits_max,
        };
        Some(Self { base, prefix_bits })
    }

    /// Whether the address is in it. An IPv4 address that came over an IPv6 socket is itself.
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        let differs = match (self.base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => u128::from(base.to_bits() ^ ip.to_bits()) << 96,
            (IpAddr::V6(base), IpAddr::V6(ip)) => base.to_bits() ^ ip.to_bits(),
            _ => return false,
        };
        differs.leading_zeros() >= u32::from(self.prefix_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, inside, outside) in [
            ("203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
            ("203.0.113.77/24", "203.0.113.0", "203.0.112.255"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.6"),
            ("203.0.113.7/32", "::ffff:203.0.113.7", "::203.0.113.7"),
            ("0.0.0.0/0", "255.0.0.1", "::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:ffff::1", "2001:db8:1234:5679::"),
            ("::1", "::1", "::2"),
        ] {
            let network = Network::read(range).expect(range);
            assert!(network.contains(inside.parse().expect(inside)), "{range} {inside}");
            assert!(!network.contains(outside.parse().expect(outside)), "{range} {outside}");
        }
        for text in ["", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/+8", "10.0.0/8"] {
            assert_eq!(Network::read(text), None, "{text}");
        }
    }
}
