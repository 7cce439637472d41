use std::rc::Rc;

use h2::Reason;
use ringgate_http2::{Fault, Guard, Pipe};

use super::app::{App, Seen, Shared, serve};
use super::executor::Executor;
use super::frames::{self, GOAWAY, HEADERS, RST_STREAM};

/// A frame that the server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// A client's view of a server: what it sends is pumped as a gateway would pump it.
pub(crate) struct Server {
    pub(crate) pipe: Pipe,
    pub(crate) executor: Executor,
    pub(crate) shared: Shared,
    pub(crate) fault: Option<Fault>,
    pub(crate) now_ms: u64,
    /// Everything that was sent.
    pub(crate) sent: Vec<u8>,
    /// The client reads what the server sends.
    pub(crate) reading: bool,
}

/// What became of the bytes that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A connection error.
    Goaway(Reason),
    /// A stream error.
    Reset(u32, Reason),
    /// A response on this stream.
    Answer(u32),
    /// Nothing that a client would see.
    Silence,
}

impl Server {
    pub(crate) fn new(app: App) -> Self {
        let server = Self::bare(app);
        *server.shared.guard.borrow_mut() = Some(Guard::new());
        server
    }

    /// `h2` alone.
    pub(crate) fn bare(app: App) -> Self {
        let (pipe, io) = Pipe::new();
        let (executor, shared) = (Executor::default(), Shared::default());
        executor.spawn(serve(io, executor.clone(), app, shared.clone()));
        let mut server =
            Self { pipe, executor, shared, fault: None, now_ms: 0, sent: vec![], reading: true };
        server.executor.run();
        server.collect();
        server
    }

    /// A server that has exchanged SETTINGS.
    pub(crate) fn greeted(app: App) -> Self {
        let mut server = Self::new(app);
        server.send(&frames::hello());
        server
    }

    /// Sends bytes. What `h2` does not take, because the client does not read, is returned.
    pub(crate) fn send<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        if self.fault.is_some() {
            return &[];
        }
        let judged =
            self.shared.guard.borrow_mut().as_mut().map(|guard| guard.inbound(bytes, self.now_ms));
        if let Some(Err(fault)) = judged {
            self.fail(fault);
            return &[];
        }
        while !bytes.is_empty() && self.fault.is_none() {
            let taken = self.pipe.push(bytes);
            bytes = &bytes[taken..];
            self.executor.run();
            let sent = if self.reading { self.collect() } else { 0 };
            if taken == 0 && sent == 0 {
                return bytes;
            }
        }
        &[]
    }

    fn fail(&mut self, fault: Fault) {
        self.fault = Some(fault);
        self.shared.guard.borrow().as_ref().unwrap().goaway(fault.code, &mut self.sent);
    }

    /// Takes what there is to send, and lets `h2` go on, until there is no more.
    pub(crate) fn collect(&mut self) -> usize {
        let before = self.sent.len();
        loop {
            let mut out = Vec::new();
            self.pipe.take_output(&mut out);
            if out.is_empty() {
                return self.sent.len() - before;
            }
            self.sent.extend_from_slice(&out);
            let counted = self
                .shared
                .guard
                .borrow_mut()
                .as_mut()
                .map(|guard| guard.outbound(&out, self.now_ms));
            // A guard that has found a fault says so again.
            if let (Some(Err(fault)), None) = (counted, self.fault) {
                self.fail(fault);
                return self.sent.len() - before;
            }
            self.executor.run();
        }
    }

    /// The frames sent so far.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        parse(&self.sent)
    }

    /// The requests that came through.
    pub(crate) fn seen(&self) -> Vec<Rc<Seen>> {
        self.shared.seen.borrow().clone()
    }

    /// Lets time pass for the guard.
    pub(crate) fn wait_ms(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// The code of the connection error, if there was one.
    pub(crate) fn connection_error(&self) -> Option<Reason> {
        if let Some(fault) = self.fault {
            return Some(fault.code);
        }
        let end = self.shared.end.borrow();
        end.as_ref()?.as_ref().err().and_then(h2::Error::reason)
    }

    /// The first error, or else the last response.
    pub(crate) fn outcome(&self) -> Outcome {
        let frames = self.frames();
        let code = |bytes: &[u8]| Reason::from(u32::from_be_bytes(bytes.try_into().unwrap()));
        let goaway = |frame: &Frame| {
            let reason = (frame.kind == GOAWAY).then(|| code(&frame.payload[4..8]))?;
            (reason != Reason::NO_ERROR).then_some(Outcome::Goaway(reason))
        };
        let reset = |frame: &Frame| {
            (frame.kind == RST_STREAM).then(|| Outcome::Reset(frame.stream, code(&frame.payload)))
        };
        let answer =
            |frame: &Frame| (frame.kind == HEADERS).then_some(Outcome::Answer(frame.stream));
        frames
            .iter()
            .find_map(|frame| goaway(frame).or_else(|| reset(frame)))
            .or_else(|| frames.iter().rev().find_map(answer))
            .unwrap_or(Outcome::Silence)
    }
}

/// Cuts whole frames.
pub(crate) fn parse(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        let stream = u32::from_be_bytes(bytes[5..9].try_into().unwrap());
        let payload = bytes[9..9 + length].to_vec();
        frames.push(Frame { kind: bytes[3], flags: bytes[4], stream, payload });
        bytes = &bytes[9 + length..];
    }
    frames
}
