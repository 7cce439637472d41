//! Any bytes from a client through guard, pipe and `h2`'s server: nothing panics, everything comes
//! to rest, and a head that was written is one whole head to the parser of HTTP/1.1.
#![no_main]
#![allow(dead_code)]

#[path = "../../../protocols/http2/tests/support/app.rs"]
mod app;
#[path = "../../../protocols/http2/tests/support/executor.rs"]
mod executor;

use app::{App, Seen, Shared, serve};
use executor::Executor;
use libfuzzer_sys::fuzz_target;
use ringgate_http1::{Parsed, RequestSlots, parse_request};
use ringgate_http2::limits::{FRAME_BYTES_MAX, OUTBOUND_BYTES_MAX};
use ringgate_http2::{Framing, Guard, PREFACE, Pipe, RequestHead};

/// Longest request head.
const REQUEST_HEAD_BYTES_MAX: usize = 10_240;

/// An empty SETTINGS frame, and the acknowledgement of ours.
const SETTINGS: [u8; 18] = [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];

// The first two bytes say how the rest is used.
fuzz_target!(|input: &[u8]| {
    let [options, piece, bytes @ ..] = input else { return };
    let app = if options & 1 == 0 { App::Answer(usize::from(options / 2)) } else { App::Stall };
    let mut connection = Connection::new(app);
    if options & 0x80 == 0 {
        connection.send(PREFACE);
        connection.send(&SETTINGS);
    }
    for bytes in bytes.chunks(usize::from(*piece) + 1) {
        connection.send(bytes);
    }
    connection.end();
    for seen in connection.shared.seen.borrow().iter() {
        check_head(seen);
    }
});

struct Connection {
    pipe: Pipe,
    executor: Executor,
    shared: Shared,
    ended: bool,
    now_ms: u64,
}

impl Connection {
    fn new(app: App) -> Self {
        let (pipe, io) = Pipe::new();
        let (executor, shared) = (Executor::default(), Shared::default());
        *shared.guard.borrow_mut() = Some(Guard::new());
        executor.spawn(serve(io, executor.clone(), app, shared.clone()));
        let mut connection = Self { pipe, executor, shared, ended: false, now_ms: 0 };
        connection.run();
        connection
    }

    fn send(&mut self, mut bytes: &[u8]) {
        self.now_ms += 10;
        let now_ms = self.now_ms;
        let judged = self.guard(|guard| guard.inbound(bytes, now_ms));
        self.ended |= judged.is_err();
        while !bytes.is_empty() && !self.ended {
            bytes = &bytes[self.pipe.push(bytes)..];
            self.run();
        }
    }

    /// Polls until nothing more happens; `Executor::run` panics when something spins.
    fn run(&mut self) {
        loop {
            self.executor.run();
            let mut out = Vec::new();
            self.pipe.take_output(&mut out);
            assert!(out.len() <= OUTBOUND_BYTES_MAX + 2 * FRAME_BYTES_MAX as usize);
            if out.is_empty() {
                return;
            }
            let now_ms = self.now_ms;
            let counted = self.guard(|guard| {
                let counted = guard.outbound(&out, now_ms);
                let mut goaway = Vec::new();
                guard.goaway(h2::Reason::NO_ERROR, &mut goaway);
                // The pipe cuts no frame; a guard that has ended counts no more.
                assert!(counted.is_err() || goaway.len() == 17);
                counted
            });
            self.ended |= counted.is_err();
        }
    }

    fn guard<R>(&self, look: impl FnOnce(&mut Guard) -> R) -> R {
        look(self.shared.guard.borrow_mut().as_mut().unwrap())
    }

    fn end(&mut self) {
        self.pipe.close_inbound();
        self.run();
        assert!(self.ended || self.shared.end.borrow().is_some(), "not at its end");
    }
}

fn check_head(seen: &Seen) {
    let Some(Ok(written)) = seen.written else { return };
    let head = match written {
        RequestHead::Request(_) => seen.head.clone(),
        RequestHead::Connect => format!("{}sec-websocket-key: k\r\n\r\n", seen.head),
    };
    assert_eq!(head.matches("\r\n\r\n").count(), 1, "{head:?}");
    let bytes: Vec<u8> = head.chars().map(|latin1| latin1 as u8).collect();
    let mut slots = RequestSlots::new();
    let parsed = match parse_request(&bytes, REQUEST_HEAD_BYTES_MAX, &mut slots) {
        Ok(Parsed::Partial) => panic!("not whole: {head:?}"),
        Ok(Parsed::Complete(parsed)) => parsed,
        Err(_) => return,
    };
    assert_eq!(parsed.len, bytes.len());
    assert_eq!(parsed.fields.len(), head.matches("\r\n").count() - 2);
    let expected = match written {
        RequestHead::Connect => {
            assert!(parsed.upgrade && parsed.method == "GET");
            ringgate_http1::Framing::None
        }
        RequestHead::Request(framing) => {
            assert!(!parsed.upgrade);
            match framing {
                Framing::None => ringgate_http1::Framing::None,
                Framing::Length(length) => ringgate_http1::Framing::Length(length),
                Framing::Chunked => ringgate_http1::Framing::Chunked,
            }
        }
    };
    assert_eq!(parsed.body, expected);
    assert!(parsed.host.is_some_and(|host| !host.is_empty()));
}
