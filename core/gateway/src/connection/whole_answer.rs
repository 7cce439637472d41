//! An origin's answer that is needed whole before the client gets anything of it.

use ringgate_http1::{Body, Framing, Parsed, ResponseHead, ResponseSlots, parse_response};
use ringgate_runtime::{Buf, Watch};

use super::pump::give;
use crate::held::Held;
use crate::limits::INTERIM_RESPONSES_MAX;
use crate::rescue::{Fault, Kind};
use crate::upstream::Lease;
use crate::worker::Core;

/// An answer, read to its end.
pub(super) struct WholeAnswer {
    head: Vec<u8>,
    /// The content, without any transfer coding.
    pub content: Vec<u8>,
}

impl WholeAnswer {
    /// What `look` sees in the head; none if it is no head, which cannot be.
    pub(super) fn head<T>(&self, look: impl FnOnce(&ResponseHead<'_, '_>) -> T) -> Option<T> {
        let mut slots = ResponseSlots::new();
        match parse_response(&self.head, &mut slots, "GET") {
            Ok(Parsed::Complete(head)) => Some(look(&head)),
            _ => None,
        }
    }
}

/// Sends a request whose `head` and `content` are whole, and reads the answer to its end, within
/// the deadline that `watch` has. The connection goes back to its pool where it is clean; one whose
/// client has gone, or whose time is up, is closed.
///
/// # Errors
/// [`Kind::ClientGone`], [`Kind::UpstreamTimeout`]; [`Kind::AnswerTooLarge`] for content of more
/// than `bytes_max`; those of [`Held::grow_to`]; else [`Kind::BadUpstream`], also where a kept
/// connection had ended: whether the request was acted on is then not known, so it is not sent
/// again (`upstream::retry`).
pub(super) async fn ask(
    core: &Core,
    watch: &Watch,
    lease: Lease,
    head: &mut Buf,
    mut content: Buf,
    (bytes_max, held): (usize, &mut Held),
) -> Result<WholeAnswer, Fault> {
    watch.set_upstream(lease.link.upstream());
    if content.prepend(head.filled()) {
        head.clear();
    }
    // A write that fails is no failure yet: the answer may be there already.
    let (_, back) = lease.link.write_all(std::mem::take(head)).await;
    *head = back;
    let _ = lease.link.write_all(content).await;
    let mut reply = core.buffers.take();
    let mut reading = Reading::new(bytes_max);
    let read = read(core, watch, &lease, (&mut reading, held), &mut reply).await;
    let clean = reading.keep_alive && reply.is_empty();
    give(core, reply);
    watch.set_upstream(None);
    match read {
        Ok(()) => {
            lease.succeeded();
            if clean {
                core.pools.give_back(lease);
            }
            Ok(WholeAnswer { head: reading.head, content: reading.content })
        }
        Err(fault) => {
            lease.failed(fault.kind);
            Err(fault)
        }
    }
}

async fn read(
    core: &Core,
    watch: &Watch,
    lease: &Lease,
    (reading, held): (&mut Reading, &mut Held),
    reply: &mut Buf,
) -> Result<(), Fault> {
    let mut turns = 0;
    loop {
        core.breathe(&mut turns).await;
        let (result, buf) = lease.link.read(std::mem::take(reply)).await;
        *reply = buf;
        if watch.client_gone() {
            return Err(Fault::new(Kind::ClientGone, "the client went away before the answer"));
        }
        if watch.expired() {
            return Err(Fault::new(Kind::UpstreamTimeout, "no whole answer in time"));
        }
        let ended = match result {
            Ok(1..) => reading.take(reply)?,
            Ok(_) => return reading.end(),
            Err(error) => return Err(Fault::new(Kind::BadUpstream, error.to_string())),
        };
        held.grow_to(reading.content.len())?;
        if ended {
            return Ok(());
        }
        if reply.spare() == 0 {
            reply.make_room();
        }
    }
}

/// What has come of an answer.
struct Reading {
    head: Vec<u8>,
    /// Once the head is whole.
    body: Option<Body>,
    content: Vec<u8>,
    keep_alive: bool,
    interims: usize,
    bytes_max: usize,
}

impl Reading {
    fn new(bytes_max: usize) -> Self {
        let (head, content) = (Vec::new(), Vec::new());
        Self { head, body: None, content, keep_alive: false, interims: 0, bytes_max }
    }

    /// Takes what has come; true at the answer's end.
    fn take(&mut self, input: &mut Buf) -> Result<bool, Fault> {
        while self.body.is_none() {
            if !self.take_head(input)? {
                return Ok(false);
            }
        }
        let Some(body) = &mut self.body else { return Ok(false) };
        let piece = body.decode(input.filled_mut()).map_err(|fault| bad(fault.reason()))?;
        if self.content.len().saturating_add(piece.len) > self.bytes_max {
            let reason = format!("the answer is longer than {} bytes", self.bytes_max);
            return Err(Fault::new(Kind::AnswerTooLarge, reason));
        }
        self.content.extend_from_slice(input.filled().get(..piece.len).unwrap_or_default());
        input.consume(piece.consumed);
        Ok(piece.done)
    }

    /// Takes one head, an interim one too; false where it is not whole.
    fn take_head(&mut self, input: &mut Buf) -> Result<bool, Fault> {
        if input.is_empty() {
            return Ok(false);
        }
        let mut slots = ResponseSlots::new();
        let head = match parse_response(input.filled(), &mut slots, "GET") {
            Ok(Parsed::Complete(head)) => head,
            Ok(Parsed::Partial) => return Ok(false),
            Err(fault) => return Err(bad(fault.reason())),
        };
        let (len, framing) = (head.len, head.body);
        if head.switches_protocols() {
            return Err(bad("a 101 that nobody asked for"));
        }
        if head.is_interim() {
            self.interims += 1;
            if self.interims > INTERIM_RESPONSES_MAX {
                return Err(bad("too many interim responses"));
            }
        } else {
            self.keep_alive = head.keep_alive && framing != Framing::UntilClose;
            self.body = Some(Body::new(framing));
            self.head = input.filled().get(..len).unwrap_or_default().to_vec();
        }
        input.consume(len);
        Ok(true)
    }

    /// The connection ended.
    fn end(&self) -> Result<(), Fault> {
        match &self.body {
            None => Err(bad("the connection ended before a response head")),
            Some(body) if body.end_of_input().is_err() => Err(bad("the answer was cut short")),
            Some(_) => Ok(()),
        }
    }
}

fn bad(reason: &'static str) -> Fault {
    Fault::new(Kind::BadUpstream, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of an answer that comes in pieces of `step` bytes and then ends.
    fn read_in(bytes: &[u8], step: usize, bytes_max: usize) -> Result<Vec<u8>, Fault> {
        let mut reading = Reading::new(bytes_max);
        let mut input = Buf::with_capacity(1024);
        for piece in bytes.chunks(step) {
            input.extend(piece);
            if reading.take(&mut input)? {
                return Ok(reading.content);
            }
        }
        reading.end().map(|()| reading.content)
    }

    #[test]
    fn an_answer_is_whole_however_it_comes() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n\
             0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.0 200 OK\r\n\r\nhello",
        ] {
            for step in 1..=answer.len() {
                let read = read_in(answer.as_bytes(), step, 5);
                assert_eq!(read.as_deref(), Ok(&b"hello"[..]), "{step}: {answer}");
            }
            let read = read_in(answer.as_bytes(), 7, 4).unwrap_err();
            assert_eq!(read.kind, Kind::AnswerTooLarge);
            for len in 0..answer.len() - 5 {
                let read = read_in(&answer.as_bytes()[..len], 9, 5);
                assert!(read.is_err() || answer.starts_with("HTTP/1.0"), "{len}: {answer}");
            }
        }
    }

    #[test]
    fn what_is_no_answer() {
        for bytes in ["", "garbage\r\n\r\n", "HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n"] {
            assert_eq!(read_in(bytes.as_bytes(), 3, 9).unwrap_err().kind, Kind::BadUpstream);
        }
        let interims = "HTTP/1.1 103 Early\r\n\r\n".repeat(INTERIM_RESPONSES_MAX + 1);
        assert!(read_in(interims.as_bytes(), 8, 9).is_err());
    }
}
