use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SendFlags};

use super::answer::{Answers, Wanted};
use super::echo::{self, Echo};
use crate::chunked::Chunked;

/// Bytes of a request head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Fields of a request head.
const FIELDS_MAX: usize = 100;
/// Answers waiting for a client that reads none.
const ANSWERS_WAITING_MAX: usize = 64;

/// One connection to the origin.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) socket: OwnedFd,
    /// Bytes of a head that is not whole yet.
    head: Vec<u8>,
    /// The request whose body is being read.
    request: Option<Request>,
    /// What is done with all bytes since a WebSocket's handshake.
    echo: Option<Echo>,
    answers: VecDeque<Rc<[u8]>>,
    /// Bytes of the first answer that are sent.
    sent: usize,
    last: bool,
}

#[derive(Debug)]
struct Request {
    wanted: Wanted,
    head_only: bool,
    body: Body,
    body_bytes: u64,
    /// The client asked for the connection to be closed behind it.
    last: bool,
}

#[derive(Debug)]
enum Body {
    Length(u64),
    Chunked(Chunked),
}

/// What a connection wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Read,
    Write,
    Close,
}

impl Connection {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            head: Vec::new(),
            request: None,
            echo: None,
            answers: VecDeque::new(),
            sent: 0,
            last: false,
        }
    }

    /// Reads what there is, answers what is whole.
    pub(super) fn read(&mut self, buffer: &mut [u8], answers: &mut Answers) -> Next {
        loop {
            let n = match net::recv(&self.socket, &mut *buffer, RecvFlags::empty()) {
                Ok((0, _)) => return Next::Close,
                Ok((n, _)) => n,
                Err(Errno::AGAIN | Errno::INTR) => return Next::Read,
                Err(_) => return Next::Close,
            };
            let bytes = buffer.get(..n).unwrap_or_default();
            if self.take(bytes, answers).is_err() {
                return Next::Close;
            }
            let next = self.write();
            if next != Next::Read || n < buffer.len() {
                return next;
            }
        }
    }

    /// Sends answers until none waits or the socket is full.
    pub(super) fn write(&mut self) -> Next {
        while let Some(rest) = self.answers.front().and_then(|answer| answer.get(self.sent..)) {
            if rest.is_empty() {
                self.answers.pop_front();
                self.sent = 0;
                continue;
            }
            match net::send(&self.socket, rest, SendFlags::NOSIGNAL) {
                Ok(n) => self.sent += n,
                Err(Errno::AGAIN) => return Next::Write,
                Err(_) => return Next::Close,
            }
        }
        if self.last { Next::Close } else { Next::Read }
    }

    fn take(&mut self, mut bytes: &[u8], answers: &mut Answers) -> Result<(), ()> {
        while !bytes.is_empty() && !self.last {
            if let Some(echo) = &mut self.echo {
                let mut frames = Vec::new();
                self.last = echo.take(bytes, &mut frames, &mut answers.stats)?;
                return self.answer(Rc::from(frames));
            }
            let used = match &mut self.request {
                Some(request) => request.take(bytes)?,
                None => self.take_head(bytes)?,
            };
            bytes = bytes.get(used..).unwrap_or_default();
            if let Some(request) = self.request.take_if(|request| request.is_whole()) {
                let Request { wanted, body_bytes, head_only, last, .. } = request;
                self.last = last;
                self.answer(answers.give(wanted, body_bytes, head_only))?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, bytes: Rc<[u8]>) -> Result<(), ()> {
        self.answers.push_back(bytes);
        if self.answers.len() > ANSWERS_WAITING_MAX { Err(()) } else { Ok(()) }
    }

    fn take_head(&mut self, bytes: &[u8]) -> Result<usize, ()> {
        let before = self.head.len();
        if before > 0 {
            self.head.extend_from_slice(bytes);
        }
        let head = if before > 0 { self.head.as_slice() } else { bytes };
        let mut slots = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut parsed = httparse::Request::new(&mut slots);
        let len = match parsed.parse(head) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) if head.len() <= HEAD_BYTES_MAX => {
                if before == 0 {
                    self.head.extend_from_slice(bytes);
                }
                return Ok(bytes.len());
            }
            _ => return Err(()),
        };
        if let Some(accepted) = echo::accept(&parsed) {
            self.echo = Some(Echo::default());
            self.head.clear();
            self.answer(accepted)?;
            return Ok(len - before);
        }
        let request = Request::of(&parsed)?;
        let expects = parsed.headers.iter().any(|field| {
            field.name.eq_ignore_ascii_case("expect")
                && field.value.eq_ignore_ascii_case(b"100-continue")
        });
        if expects {
            self.answers.push_back(Rc::from(&b"HTTP/1.1 100 Continue\r\n\r\n"[..]));
        }
        self.request = Some(request);
        self.head.clear();
        Ok(len - before)
    }
}

impl Request {
    fn of(head: &httparse::Request<'_, '_>) -> Result<Self, ()> {
        let mut last = head.version != Some(1);
        let mut length = None;
        let mut chunked = false;
        for field in head.headers.iter() {
            if field.name.eq_ignore_ascii_case("content-length") {
                let text = std::str::from_utf8(field.value).map_err(|_| ())?;
                if length.replace(text.parse().map_err(|_| ())?).is_some() {
                    return Err(());
                }
            } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
                if !field.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(());
                }
                chunked = true;
            } else if field.name.eq_ignore_ascii_case("connection") {
                let close = field.value.split(|&byte| byte == b',');
                last |= close.map(<[u8]>::trim_ascii).any(|o| o.eq_ignore_ascii_case(b"close"));
            }
        }
        let body = match (length, chunked) {
            (Some(_), true) => return Err(()),
            (_, true) => Body::Chunked(Chunked::default()),
            (length, false) => Body::Length(length.unwrap_or(0)),
        };
        let wanted = Wanted::of(head.path.unwrap_or_default());
        let head_only = head.method == Some("HEAD");
        Ok(Self { wanted, head_only, body, body_bytes: 0, last })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<usize, ()> {
        match &mut self.body {
            Body::Length(left) => {
                let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= used as u64;
                self.body_bytes += used as u64;
                Ok(used)
            }
            Body::Chunked(chunked) => {
                let body_bytes = &mut self.body_bytes;
                let used = chunked.feed(bytes, |data| *body_bytes += data.len() as u64);
                used.map_err(|_| ())
            }
        }
    }

    fn is_whole(&self) -> bool {
        match &self.body {
            Body::Length(left) => *left == 0,
            Body::Chunked(chunked) => chunked.is_done(),
        }
    }
}
