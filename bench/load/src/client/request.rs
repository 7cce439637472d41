use std::fmt;
use std::fs;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use super::args::Args;
use super::protocol::Language;
use super::tls::TlsClient;

/// Where requests go and what they say.
#[derive(Debug)]
pub struct RequestSource {
    /// The server.
    pub address: SocketAddr,
    scheme: Scheme,
    /// What TLS connections share, where TLS is spoken.
    pub(super) tls: Option<TlsClient>,
    method: String,
    host: String,
    path: String,
    /// From the end of the Host line to the end of the body.
    rest: Vec<u8>,
    targets: Targets,
    random: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    Ws,
    Wss,
}

impl Scheme {
    fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }

    fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }
}

/// The lines of `--path-list`: one text and the ends of its lines.
#[derive(Debug, Default)]
struct Targets {
    text: String,
    ends: Vec<usize>,
}

/// Why the arguments make no requests.
#[derive(Debug)]
pub enum SourceError {
    /// The URL is not SCHEME://HOST:PORT/PATH.
    Url(String),
    /// Options that do not go together.
    Options(&'static str),
    /// The certificate cannot be used.
    Certificate(String),
    /// A line of the path list has no path.
    Target(String),
    /// The path list cannot be read.
    List(io::Error),
}

impl RequestSource {
    /// Reads URL, headers and path list.
    ///
    /// # Errors
    /// [`SourceError`] names what is wrong.
    pub fn new(args: &Args) -> Result<Self, SourceError> {
        let bad_url = || SourceError::Url(args.url.clone());
        let (scheme, after) = args.url.split_once("://").ok_or_else(bad_url)?;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            "ws" => Scheme::Ws,
            "wss" => Scheme::Wss,
            _ => return Err(bad_url()),
        };
        let (authority, path) = match after.find('/') {
            Some(at) => after.split_at(at),
            None => (after, "/"),
        };
        let with_port =
            if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        let address = with_port.to_socket_addrs().map_err(|_| bad_url())?.next();
        check(args, scheme).map_or(Ok(()), |words| Err(SourceError::Options(words)))?;
        let mut source = Self {
            address: address.ok_or_else(bad_url)?,
            scheme,
            tls: None,
            method: args.method.clone(),
            host: args.host.clone().unwrap_or_else(|| authority.to_owned()),
            path: path.to_owned(),
            rest: rest_of_request(args),
            targets: Targets::default(),
            random: args.seed.max(1),
        };
        if let Some(file) = &args.path_list {
            source.targets = Targets::read(&fs::read_to_string(file).map_err(SourceError::List)?)?;
        }
        if let Some(file) = args.certificate.as_deref().filter(|_| scheme.is_tls()) {
            let alpn = source.language(args).alpn();
            source.tls = Some(TlsClient::new(file, &args.server_name, alpn)?);
        }
        Ok(source)
    }

    /// The path and the host that all requests have.
    pub(super) fn target(&self) -> (&str, &str) {
        (&self.path, &self.host)
    }

    /// What is spoken, over TLS or not.
    pub(super) fn language(&self, args: &Args) -> Language {
        if self.scheme.is_websocket() {
            Language::WebSocket { message_bytes: args.body_bytes }
        } else if args.http2 {
            Language::Http2 { streams: args.streams.max(1) }
        } else {
            Language::Http1
        }
    }

    /// Puts the next request into `out`.
    pub fn next_into(&mut self, out: &mut Vec<u8>) {
        out.clear();
        let chosen = self.targets.at(xorshift(&mut self.random));
        let (host, path) = match chosen.and_then(|line| line.split_once(' ')) {
            Some(both) => both,
            None => (self.host.as_str(), chosen.unwrap_or(&self.path)),
        };
        let pieces = [self.method.as_str(), " ", path, " HTTP/1.1\r\nHost: ", host];
        for piece in pieces {
            out.extend_from_slice(piece.as_bytes());
        }
        out.extend_from_slice(&self.rest);
    }
}

/// What is wrong with the options together.
fn check(args: &Args, scheme: Scheme) -> Option<&'static str> {
    let fixed = !args.keepalive || !args.headers.is_empty() || args.path_list.is_some();
    if scheme.is_tls() && args.certificate.is_none() {
        return Some("https:// and wss:// need --certificate");
    }
    if scheme.is_websocket() && (args.http2 || fixed || args.expect_bytes.is_some()) {
        return Some(
            "ws:// and wss:// take no --http2, --header, --keepalive no, --path-list, \
                     --expect-bytes",
        );
    }
    if args.http2 && (fixed || args.method != "GET" || args.body_bytes > 0) {
        return Some(
            "--http2 sends GETs without bodies, and takes no --header, --path-list, \
                     --keepalive no",
        );
    }
    (args.streams > 1 && !args.http2).then_some("--streams needs --http2")
}

fn rest_of_request(args: &Args) -> Vec<u8> {
    let mut rest = String::from("\r\nUser-Agent: ringgate-load\r\nAccept: */*\r\n");
    for header in &args.headers {
        rest.push_str(header);
        rest.push_str("\r\n");
    }
    if args.body_bytes > 0 {
        rest.push_str(&format!("Content-Length: {}\r\n", args.body_bytes));
    }
    if !args.keepalive {
        rest.push_str("Connection: close\r\n");
    }
    rest.push_str("\r\n");
    let mut bytes = rest.into_bytes();
    bytes.extend_from_slice(&crate::pattern::body(args.body_bytes));
    bytes
}

impl Targets {
    fn read(text: &str) -> Result<Self, SourceError> {
        let mut targets = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let path = line.split_once(' ').map_or(line, |(_, path)| path);
            if !path.starts_with('/') || path.contains(' ') {
                return Err(SourceError::Target(line.to_owned()));
            }
            targets.text.push_str(line);
            targets.ends.push(targets.text.len());
        }
        if targets.ends.is_empty() {
            return Err(SourceError::Target("(the list is empty)".to_owned()));
        }
        Ok(targets)
    }

    fn at(&self, random: u64) -> Option<&str> {
        let count = self.ends.len() as u64;
        let index = usize::try_from(random.checked_rem(count)?).ok()?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        self.text.get(start.unwrap_or(0)..*self.ends.get(index)?)
    }
}

fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => {
                write!(f, "--url {url}: expected http, https, ws or wss://HOST:PORT/PATH")
            }
            Self::Options(words) => f.write_str(words),
            Self::Certificate(words) => write!(f, "--certificate: {words}"),
            Self::Target(line) => write!(f, "--path-list: {line}: expected PATH or HOST PATH"),
            Self::List(error) => write!(f, "--path-list: {error}"),
        }
    }
}

impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::{Args, RequestSource, Targets};
    use clap::Parser as _;

    #[test]
    fn a_request_is_written_as_asked() {
        let line = "x --url http://127.0.0.1:81/a?b --method POST --body-bytes 3 --keepalive no";
        let args = Args::parse_from(line.split(' '));
        let mut source = RequestSource::new(&args).unwrap();
        let mut out = Vec::new();
        source.next_into(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:81\r\n"), "{text}");
        assert!(text.ends_with("Content-Length: 3\r\nConnection: close\r\n\r\n000"), "{text}");
    }

    #[test]
    fn targets_are_lines() {
        let targets = Targets::read("/a\nh.test /b\n\n/c\n").unwrap();
        assert_eq!(
            [0, 1, 2, 3].map(|n| targets.at(n)),
            [Some("/a"), Some("h.test /b"), Some("/c"), Some("/a")]
        );
        assert!(Targets::read("a\n").is_err());
        assert!(Targets::read("").is_err());
        assert_eq!(Targets::default().at(1), None);
    }
}
