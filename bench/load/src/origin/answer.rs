use std::collections::HashMap;
use std::rc::Rc;

use serde::Serialize;

/// Bytes of the longest body.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Answers kept ready.
const ANSWERS_MAX: usize = 64;
/// As a real origin's: a proxy need not add them.
const FIELDS: &str = "Server: ringgate-origin\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

/// What the origin has seen; the JSON of `GET /stats`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Stats {
    /// Requests answered, without those for `/stats`.
    pub requests: u64,
    /// Requests with a body among them.
    pub with_body: u64,
    /// Connections accepted.
    pub connections_total: u64,
    /// Connections open now.
    pub connections: u64,
    /// WebSocket messages echoed.
    pub messages: u64,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// So many bytes of the pattern.
    Bytes(usize),
    /// The length of the request's body, in decimal.
    EchoLength,
    /// [`Stats`].
    Stats,
    /// Nothing that is here.
    Unknown,
}

/// Makes answers, and keeps those of bodies asked for again.
#[derive(Debug, Default)]
pub struct Answers {
    ready: HashMap<(usize, bool), Rc<[u8]>>,
    /// Counters.
    pub stats: Stats,
}

impl Wanted {
    /// Reads the path's last segment: a number of bytes, `echo-length`, or `/stats`.
    pub(super) fn of(target: &str) -> Self {
        let path = target.split('?').next().unwrap_or(target);
        match path.rsplit('/').next() {
            Some("echo-length") => Self::EchoLength,
            Some("stats") if path == "/stats" => Self::Stats,
            Some(last) => match last.parse() {
                Ok(bytes) if bytes <= BODY_BYTES_MAX => Self::Bytes(bytes),
                _ => Self::Unknown,
            },
            None => Self::Unknown,
        }
    }
}

impl Answers {
    /// The whole answer, head and body.
    pub(super) fn give(&mut self, wanted: Wanted, body_bytes: u64, head_only: bool) -> Rc<[u8]> {
        if wanted != Wanted::Stats {
            self.stats.requests += 1;
            self.stats.with_body += u64::from(body_bytes > 0);
        }
        match wanted {
            Wanted::Bytes(bytes) => self.pattern(bytes, head_only),
            Wanted::EchoLength => answer("200 OK", body_bytes.to_string().as_bytes(), head_only),
            Wanted::Unknown => answer("404 Not Found", b"no such thing here\n", head_only),
            Wanted::Stats => {
                let json = serde_json::to_vec(&self.stats).unwrap_or_default();
                answer("200 OK", &json, head_only)
            }
        }
    }

    fn pattern(&mut self, bytes: usize, head_only: bool) -> Rc<[u8]> {
        if let Some(ready) = self.ready.get(&(bytes, head_only)) {
            return Rc::clone(ready);
        }
        if self.ready.len() >= ANSWERS_MAX {
            self.ready.clear();
        }
        let made = answer("200 OK", &crate::pattern::body(bytes), head_only);
        self.ready.insert((bytes, head_only), Rc::clone(&made));
        made
    }
}

fn answer(status: &str, body: &[u8], head_only: bool) -> Rc<[u8]> {
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\n{FIELDS}Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    if !head_only {
        bytes.extend_from_slice(body);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::{Answers, Wanted};

    #[test]
    fn the_last_segment_says_what_is_wanted() {
        assert_eq!(Wanted::of("/128"), Wanted::Bytes(128));
        assert_eq!(Wanted::of("/a/b/7?x=/9"), Wanted::Bytes(7));
        assert_eq!(Wanted::of("/a/echo-length"), Wanted::EchoLength);
        assert_eq!(Wanted::of("/stats"), Wanted::Stats);
        for target in ["/", "", "*", "/x", "/a/stats", "/99999999999999"] {
            assert_eq!(Wanted::of(target), Wanted::Unknown, "{target}");
        }
    }

    #[test]
    fn answers_are_whole() {
        let mut answers = Answers::default();
        let body = answers.give(Wanted::Bytes(17), 0, false);
        assert!(body.ends_with(b"Content-Length: 17\r\n\r\n000000000000000\n0"));
        let head = answers.give(Wanted::Bytes(17), 0, true);
        assert!(head.ends_with(b"Content-Length: 17\r\n\r\n"));
        assert!(answers.give(Wanted::EchoLength, 4096, false).ends_with(b"\r\n\r\n4096"));
        let stats = answers.give(Wanted::Stats, 0, false);
        assert!(String::from_utf8_lossy(&stats).contains(r#""requests":3,"with_body":1"#));
    }
}
