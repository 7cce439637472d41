use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Outcome;
use crate::limits::{ADDRESSES_MAX, HOSTS_LINES_MAX, HOSTS_TTL_MS, NEGATIVE_MS_MAX, TTL_MS_MAX};

/// What is known without asking anybody: the hosts file (hosts(5)), `localhost` and `invalid`.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    by_name: HashMap<String, Vec<IpAddr>>,
}

impl Hosts {
    /// Reads the text of the file; lines that make no sense are passed over.
    pub fn parse(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.lines().take(HOSTS_LINES_MAX) {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else {
                continue;
            };
            for name in words {
                let addresses = hosts.by_name.entry(key(name)).or_default();
                if addresses.len() < ADDRESSES_MAX && !addresses.contains(&ip) {
                    addresses.push(ip);
                }
            }
        }
        hosts
    }

    /// The addresses of `name`, if it is known here.
    ///
    /// `localhost` and what ends in it is this machine, whatever the file says (RFC 6761 section
    /// 6.3); the file may say by which of its addresses. What ends in `invalid` does not exist
    /// (section 6.4).
    pub fn find(&self, name: &str) -> Option<Outcome> {
        let name = key(name);
        let listed = self.by_name.get(&name);
        if is_below(&name, "localhost") {
            return Some(this_machine(listed));
        }
        if let Some(addresses) = listed {
            let addresses = addresses.clone();
            return Some(Outcome::Found { addresses, ttl_ms: HOSTS_TTL_MS });
        }
        is_below(&name, "invalid").then(|| Outcome::Nothing {
            reason: format!("{name} is a name that never exists"),
            ttl_ms: NEGATIVE_MS_MAX,
        })
    }
}

fn this_machine(listed: Option<&Vec<IpAddr>>) -> Outcome {
    let listed = listed.into_iter().flatten().copied();
    let mut addresses: Vec<IpAddr> = listed.filter(IpAddr::is_loopback).collect();
    if addresses.is_empty() {
        addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    Outcome::Found { addresses, ttl_ms: TTL_MS_MAX }
}

/// True for the name `top`, and what ends in it.
fn is_below(name: &str, top: &str) -> bool {
    name.strip_suffix(top).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn key(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(hosts: &Hosts, name: &str) -> Option<Vec<String>> {
        match hosts.find(name)? {
            Outcome::Found { addresses, .. } => {
                Some(addresses.iter().map(ToString::to_string).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_and_aliases_of_every_line_count() {
        let hosts = Hosts::parse(
            "192.0.2.1 Pets.example pets # a comment\n\n#192.0.2.9 no\nnonsense no\n\
             2001:db8::1\tpets.example\n192.0.2.1 pets.example\n192.0.2.5",
        );
        assert_eq!(
            found(&hosts, "pets.EXAMPLE."),
            Some(vec!["192.0.2.1".into(), "2001:db8::1".into()])
        );
        assert_eq!(found(&hosts, "pets"), Some(vec!["192.0.2.1".into()]));
        assert_eq!(found(&hosts, "no"), None);
    }

    #[test]
    fn localhost_is_this_machine() {
        let both = Some(vec!["127.0.0.1".to_owned(), "::1".to_owned()]);
        let hosts = Hosts::parse("192.0.2.1 localhost x.localhost\n127.0.0.2 y.localhost");
        for name in ["localhost", "LOCALHOST.", "x.localhost", "a.b.localhost"] {
            assert_eq!(found(&hosts, name), both, "{name}");
        }
        assert_eq!(found(&hosts, "y.localhost"), Some(vec!["127.0.0.2".into()]));
        assert_eq!(found(&hosts, "notlocalhost"), None);
        assert_eq!(found(&hosts, "localhost.example"), None);
    }

    #[test]
    fn invalid_names_do_not_exist() {
        let hosts = Hosts::default();
        for name in ["invalid", "no.such.Invalid."] {
            assert!(matches!(hosts.find(name), Some(Outcome::Nothing { .. })), "{name}");
        }
        assert_eq!(hosts.find("notinvalid"), None);
    }
}
