use crate::chunked::Chunked;
use crate::client::args::{Args, Check};

/// Bytes of a response head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Fields of a response head.
const FIELDS_MAX: usize = 100;

/// What a right answer looks like.
#[derive(Clone, Debug)]
pub struct Expected {
    status: u16,
    bytes: Option<u64>,
    body: Option<Vec<u8>>,
    /// The request was HEAD: no body follows whatever the head says.
    head_only: bool,
}

/// How an answer compares to what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Right,
    /// Another status.
    Status(u16),
    /// The status, but not the body.
    Body,
}

/// Reads one response after another, strictly (RFC 9112).
#[derive(Clone, Debug, Default)]
pub struct ResponseReader {
    state: State,
    /// A head that came in pieces, so far.
    head: Vec<u8>,
    status: u16,
    keep_alive: bool,
    body_bytes: u64,
    body_differs: bool,
    started: bool,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Head,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Done,
}

/// The response broke the protocol; the text says how.
type Fault = &'static str;

impl Expected {
    /// What the arguments ask for.
    pub fn new(args: &Args) -> Self {
        let text = args.expect_text.as_ref().map(|text| text.clone().into_bytes());
        let pattern = args.expect_bytes.filter(|_| args.check == Check::Pattern);
        let pattern = pattern.map(|n| crate::pattern::body(usize::try_from(n).unwrap_or(0)));
        Self {
            status: args.expect_status,
            bytes: args.expect_bytes.or(text.as_ref().map(|text| text.len() as u64)),
            body: text.or(pattern),
            head_only: args.method == "HEAD",
        }
    }

    /// Body bytes matter only by their number.
    pub fn is_length_only(&self) -> bool {
        self.body.is_none()
    }

    /// Whether body bytes that stand at `offset` are right.
    pub(super) fn accepts(&self, offset: u64, data: &[u8]) -> bool {
        let Some(body) = &self.body else { return true };
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        body.get(start..start.saturating_add(data.len())) == Some(data)
    }

    /// Judges an answer with so many body bytes, of which some differ or none.
    pub(super) fn judge(&self, status: u16, body_bytes: u64, body_differs: bool) -> Verdict {
        if status != self.status {
            return Verdict::Status(status);
        }
        let length_differs = !self.head_only && self.bytes.is_some_and(|bytes| bytes != body_bytes);
        if body_differs || length_differs { Verdict::Body } else { Verdict::Right }
    }
}

impl ResponseReader {
    /// Makes ready for the next response.
    pub fn reset(&mut self) {
        self.state = State::Head;
        self.head.clear();
        self.body_bytes = 0;
        self.body_differs = false;
        self.started = false;
    }

    /// A byte of the response has come.
    pub fn has_started(&self) -> bool {
        self.started
    }

    /// The response has ended.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The server lets the connection be used again.
    pub fn keeps_alive(&self) -> bool {
        self.keep_alive
    }

    /// Body bytes that must still come and may be dropped unread, by [`Self::skip`].
    pub fn skippable(&self) -> u64 {
        if let State::Length(left) = self.state { left } else { 0 }
    }

    /// Counts `n` body bytes that came and were dropped.
    pub fn skip(&mut self, n: u64) {
        if let State::Length(left) = &mut self.state {
            *left = left.saturating_sub(n);
            self.body_bytes += n;
            if *left == 0 {
                self.state = State::Done;
            }
        }
    }

    /// Reads on; gives how many bytes were used, fewer than all only when the response has ended.
    ///
    /// # Errors
    /// What is wrong with the response's framing, in words.
    pub fn feed(&mut self, bytes: &[u8], expected: &Expected) -> Result<usize, Fault> {
        self.started |= !bytes.is_empty();
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            used += match &mut self.state {
                State::Done => break,
                State::Head => self.feed_head(rest, expected)?,
                State::Length(left) => {
                    let have = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    let data = rest.get(..have).unwrap_or(rest);
                    self.body_differs |= !expected.accepts(self.body_bytes, data);
                    self.skip(have as u64);
                    have
                }
                State::Chunked(chunked) => {
                    let (body_bytes, differs) = (&mut self.body_bytes, &mut self.body_differs);
                    let used = chunked.feed(rest, |data| {
                        *differs |= !expected.accepts(*body_bytes, data);
                        *body_bytes += data.len() as u64;
                    });
                    let done = chunked.is_done();
                    if done {
                        self.state = State::Done;
                    }
                    used.map_err(|fault| fault.0)?
                }
                State::UntilClose => {
                    self.body_differs |= !expected.accepts(self.body_bytes, rest);
                    self.body_bytes += rest.len() as u64;
                    rest.len()
                }
            };
        }
        Ok(used)
    }

    /// The connection ended: true if that ended the response rightly.
    pub fn end(&mut self) -> bool {
        if matches!(self.state, State::UntilClose) {
            self.state = State::Done;
        }
        self.is_done()
    }

    /// Judges a response that is done.
    pub fn verdict(&self, expected: &Expected) -> Verdict {
        expected.judge(self.status, self.body_bytes, self.body_differs)
    }

    fn feed_head(&mut self, bytes: &[u8], expected: &Expected) -> Result<usize, Fault> {
        let before = self.head.len();
        if before > 0 {
            self.head.extend_from_slice(bytes);
        }
        let head = if before > 0 { self.head.as_slice() } else { bytes };
        match parse_head(head)? {
            None if head.len() > HEAD_BYTES_MAX => Err("response head too large"),
            None => {
                if before == 0 {
                    self.head.extend_from_slice(bytes);
                }
                Ok(bytes.len())
            }
            Some(head) => {
                self.head.clear();
                // 1xx: the final head is still to come.
                if !(100..200).contains(&head.status) {
                    self.take_head(&head, expected)?;
                }
                Ok(head.len - before)
            }
        }
    }

    fn take_head(&mut self, head: &Head, expected: &Expected) -> Result<(), Fault> {
        self.status = head.status;
        self.keep_alive = head.keep_alive;
        let bodiless = expected.head_only || matches!(head.status, 204 | 304);
        self.state = match (head.length, head.chunked) {
            (Some(_), true) => return Err("Content-Length with Transfer-Encoding"),
            _ if bodiless => State::Done,
            (Some(0), false) => State::Done,
            (Some(length), false) => State::Length(length),
            (None, true) => State::Chunked(Chunked::default()),
            (None, false) => {
                self.keep_alive = false;
                State::UntilClose
            }
        };
        Ok(())
    }
}

struct Head {
    status: u16,
    length: Option<u64>,
    chunked: bool,
    keep_alive: bool,
    len: usize,
}

fn parse_head(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    let mut slots = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut response = httparse::Response::new(&mut slots);
    let len = match response.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err("malformed response head"),
    };
    if has_bare_line_feed(bytes.get(..len).unwrap_or(bytes)) {
        return Err("bare line feed in response head");
    }
    let mut head = Head {
        status: response.code.unwrap_or(0),
        length: None,
        chunked: false,
        keep_alive: response.version == Some(1),
        len,
    };
    for field in response.headers.iter() {
        if field.name.eq_ignore_ascii_case("content-length") {
            if head.length.is_some() {
                return Err("Content-Length repeated");
            }
            head.length = Some(decimal(field.value).ok_or("malformed Content-Length")?);
        } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
            if head.chunked || !field.value.eq_ignore_ascii_case(b"chunked") {
                return Err("unknown Transfer-Encoding");
            }
            head.chunked = true;
        } else if field.name.eq_ignore_ascii_case("connection") {
            if has_option(field.value, b"close") {
                head.keep_alive = false;
            } else if has_option(field.value, b"keep-alive") {
                head.keep_alive = true;
            }
        }
    }
    Ok(Some(head))
}

fn has_bare_line_feed(head: &[u8]) -> bool {
    let mut before = 0;
    head.iter().any(|&byte| {
        byte == b'\n' && std::mem::replace(&mut before, byte) != b'\r' || {
            before = byte;
            false
        }
    })
}

fn decimal(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn has_option(value: &[u8], option: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(option))
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
