use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::limits::{ATTEMPTS, NDOTS, SEARCH_MAX, SERVERS_MAX, TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX};

/// The port of name servers.
const PORT: u16 = 53;

/// Whom to ask, and how: the settings of resolv.conf(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The name servers; never none.
    pub servers: Vec<SocketAddr>,
    /// Domains that a short name is tried in.
    pub search: Vec<String>,
    /// A name with at least so many dots is tried as it stands first.
    pub ndots: usize,
    /// How long one server has for one answer, in milliseconds.
    pub timeout_ms: u64,
    /// Rounds through all servers.
    pub attempts: usize,
    /// Each look-up begins with another server.
    pub rotate: bool,
    /// Always over TCP.
    pub use_tcp: bool,
}

impl Default for ResolvConf {
    /// What holds without a file: the name server of this machine.
    fn default() -> Self {
        Self {
            servers: vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT)],
            search: Vec::new(),
            ndots: NDOTS.0,
            timeout_ms: TIMEOUT_MS_DEFAULT,
            attempts: ATTEMPTS.0,
            rotate: false,
            use_tcp: false,
        }
    }
}

impl ResolvConf {
    /// Reads the text of the file. As other resolvers do, it passes over what it does not know and
    /// what makes no sense: the file is not ours.
    pub fn parse(text: &str) -> Self {
        let mut conf = Self::default();
        let mut servers = Vec::new();
        for line in text.lines() {
            // Comments begin in the first column alone.
            if line.starts_with(['#', ';']) {
                continue;
            }
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let ip = words.next().and_then(|word| word.parse::<IpAddr>().ok());
                    servers.extend(ip.map(|ip| SocketAddr::new(ip, PORT)));
                }
                // The last of the two counts, whichever it is.
                Some("search") => conf.search = domains(words),
                Some("domain") => conf.search = domains(words.take(1)),
                Some("options") => words.for_each(|word| conf.option(word)),
                _ => {}
            }
        }
        servers.truncate(SERVERS_MAX);
        if !servers.is_empty() {
            conf.servers = servers;
        }
        conf
    }

    fn option(&mut self, word: &str) {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        let value: Option<usize> = value.parse().ok();
        match (name, value) {
            ("ndots", Some(dots)) => self.ndots = dots.min(NDOTS.1),
            ("timeout", Some(seconds)) => {
                let ms = u64::try_from(seconds).unwrap_or(u64::MAX).saturating_mul(1000);
                self.timeout_ms = ms.clamp(1000, TIMEOUT_MS_MAX);
            }
            ("attempts", Some(attempts)) => self.attempts = attempts.clamp(1, ATTEMPTS.1),
            ("rotate", None) => self.rotate = true,
            ("use-vc", None) => self.use_tcp = true,
            _ => {}
        }
    }
}

fn domains<'t>(words: impl Iterator<Item = &'t str>) -> Vec<String> {
    let named = words.map(|word| word.trim_end_matches('.').to_ascii_lowercase());
    named.filter(|word| !word.is_empty()).take(SEARCH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_that_count_are_read() {
        let conf = ResolvConf::parse(
            "# nameserver 192.0.2.9\n; nameserver 192.0.2.8\n\
             domain one.example\nsearch svc.Cluster.local. cluster.local\n\
             nameserver 192.0.2.1 # the first\n  nameserver\t2001:db8::53\nnameserver bad\n\
             options ndots:5 timeout:1 attempts:3 rotate edns0 trust-ad use-vc nonsense:1\n",
        );
        assert_eq!(
            conf,
            ResolvConf {
                servers: vec![
                    "192.0.2.1:53".parse().unwrap(),
                    "[2001:db8::53]:53".parse().unwrap()
                ],
                search: vec!["svc.cluster.local".into(), "cluster.local".into()],
                ndots: 5,
                timeout_ms: 1000,
                attempts: 3,
                rotate: true,
                use_tcp: true,
            }
        );
    }

    #[test]
    fn without_a_name_server_this_machine_is_asked() {
        assert_eq!(ResolvConf::parse(""), ResolvConf::default());
        assert_eq!(ResolvConf::default().servers, ["127.0.0.1:53".parse().unwrap()]);
    }

    #[test]
    fn settings_are_bounded() {
        let conf = ResolvConf::parse("options ndots:99 timeout:99999999999999 attempts:0");
        assert_eq!((conf.ndots, conf.timeout_ms, conf.attempts), (15, 30_000, 1));
        let many = "nameserver 192.0.2.1\n".repeat(100);
        assert_eq!(ResolvConf::parse(&many).servers.len(), SERVERS_MAX);
        let many = format!("search {}", "a ".repeat(100));
        assert_eq!(ResolvConf::parse(&many).search.len(), SEARCH_MAX);
        assert_eq!(ResolvConf::parse("search a b\ndomain c d").search, ["c"]);
    }
}
