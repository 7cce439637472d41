use super::protocol::{Answer, Exchange, Fault, Protocol, unasked};
use super::request::RequestSource;
use super::response::Verdict;
use crate::websocket as ws;

/// Bytes of an answer to the handshake.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Fields of that answer.
const FIELDS_MAX: usize = 100;
/// Random bytes of a handshake's key (RFC 6455, section 4.1).
const KEY_BYTES: usize = 16;

/// A WebSocket to an echo: a handshake, then a message at a time, each of which must come back as
/// it went (RFC 6455).
#[derive(Debug)]
pub(super) struct WebSocket {
    handshake: Vec<u8>,
    accept: String,
    is_open: bool,
    /// A message was begun before the handshake was answered.
    waits: bool,
    is_busy: bool,
    has_started: bool,
    /// Bytes of a head or frame that is not whole.
    partial: Vec<u8>,
    message: Vec<u8>,
    /// Payload of the frames of the answer so far.
    echo: Vec<u8>,
    /// The answer's last frame is yet to come.
    in_message: bool,
    number: u64,
    turn: u64,
}

impl WebSocket {
    pub(super) fn new(source: &RequestSource, message_bytes: usize, number: u64) -> Self {
        let mut random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1);
        let key: Vec<u8> = (0..KEY_BYTES)
            .map(|_| {
                random = random.rotate_left(7).wrapping_mul(0x2545_f491_4f6c_dd1d);
                random.to_le_bytes()[7]
            })
            .collect();
        let key = ws::base64(&key);
        let (path, host) = source.target();
        let handshake = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ringgate-load\r\n\
             Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: {key}\r\n\r\n"
        );
        Self {
            handshake: handshake.into_bytes(),
            accept: ws::accept_key(&key),
            is_open: false,
            waits: false,
            is_busy: false,
            has_started: false,
            partial: Vec::new(),
            message: crate::pattern::body(message_bytes),
            echo: Vec::new(),
            in_message: false,
            number,
            turn: 0,
        }
    }

    /// A message that no other of the run is like, as far as its length allows.
    fn send(&mut self, out: &mut Vec<u8>) {
        self.turn += 1;
        let mark = format!("{:015x}\n{:015x}\n", self.turn, self.number);
        for (byte, new) in self.message.iter_mut().zip(mark.bytes()) {
            *byte = new;
        }
        let mask = (self.turn as u32).wrapping_mul(0x9e37_79b9).to_be_bytes();
        let head = ws::FrameHead {
            fin: true,
            opcode: ws::BINARY,
            mask: Some(mask),
            payload_bytes: self.message.len(),
            len: 0,
        };
        head.put(out);
        let start = out.len();
        out.extend_from_slice(&self.message);
        ws::apply_mask(out.get_mut(start..).unwrap_or_default(), mask);
    }

    /// Reads one thing at the start of `bytes`; gives its length, 0 if it is not whole.
    fn take(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<usize, Fault> {
        if self.is_open {
            self.take_frame(bytes, exchange)
        } else {
            self.take_head(bytes, exchange)
        }
    }

    fn take_head(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<usize, Fault> {
        let mut slots = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut response = httparse::Response::new(&mut slots);
        let len = match response.parse(bytes) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) if bytes.len() < HEAD_BYTES_MAX => return Ok(0),
            _ => return Err("malformed answer to the handshake".to_owned()),
        };
        let status = response.code.unwrap_or(0);
        if status != 101 {
            return Err(format!("status {status} to the handshake"));
        }
        let field = |name: &str| {
            let found = response.headers.iter().find(|f| f.name.eq_ignore_ascii_case(name));
            found.map(|f| String::from_utf8_lossy(f.value).into_owned()).unwrap_or_default()
        };
        let upgrades = field("upgrade").eq_ignore_ascii_case(ws::UPGRADE)
            && field("connection").eq_ignore_ascii_case("upgrade");
        if !upgrades || field("sec-websocket-accept") != self.accept {
            return Err("an answer to the handshake that does not accept it".to_owned());
        }
        self.is_open = true;
        if std::mem::take(&mut self.waits) {
            self.send(exchange.out);
        }
        Ok(len)
    }

    fn take_frame(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<usize, Fault> {
        let Some(head) = ws::FrameHead::parse(bytes)? else { return Ok(0) };
        let whole = head.len.saturating_add(head.payload_bytes);
        let Some(payload) = bytes.get(head.len..whole) else { return Ok(0) };
        if head.mask.is_some() {
            return Err("a masked frame from a server".to_owned());
        }
        match head.opcode {
            ws::PONG => {}
            ws::PING => pong(payload, exchange.out),
            ws::BINARY | ws::CONTINUATION if self.is_busy => {
                if (head.opcode == ws::CONTINUATION) != self.in_message {
                    return Err("a frame out of its turn".to_owned());
                }
                self.echo.extend_from_slice(payload);
                self.in_message = !head.fin;
                if head.fin {
                    self.answered(exchange);
                }
            }
            ws::BINARY | ws::CONTINUATION => return Err(unasked(payload)),
            ws::CLOSE => return Err("a close frame".to_owned()),
            other => return Err(format!("a frame with opcode {other}")),
        }
        Ok(whole)
    }

    fn answered(&mut self, exchange: &mut Exchange<'_>) {
        let verdict = if self.echo == self.message { Verdict::Right } else { Verdict::Body };
        self.is_busy = false;
        self.echo.clear();
        exchange.answers.push(Answer { slot: 0, verdict, last: false });
    }
}

impl Protocol for WebSocket {
    fn open(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.handshake);
    }

    fn begin(&mut self, _slot: usize, _request: &[u8], out: &mut Vec<u8>) {
        self.is_busy = true;
        self.has_started = false;
        if self.is_open { self.send(out) } else { self.waits = true }
    }

    fn feed(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        self.has_started |= !bytes.is_empty();
        let mut partial = std::mem::take(&mut self.partial);
        partial.extend_from_slice(bytes);
        let mut used = 0;
        while let Some(rest) = partial.get(used..).filter(|rest| !rest.is_empty()) {
            match self.take(rest, exchange)? {
                0 => break,
                n => used += n,
            }
        }
        partial.drain(..used);
        self.partial = partial;
        Ok(())
    }

    fn has_started(&self) -> bool {
        self.has_started
    }
}

fn pong(payload: &[u8], out: &mut Vec<u8>) {
    // Masked with zeros, which changes nothing.
    let mask = Some([0; 4]);
    let payload_bytes = payload.len();
    ws::FrameHead { fin: true, opcode: ws::PONG, mask, payload_bytes, len: 0 }.put(out);
    out.extend_from_slice(payload);
}
