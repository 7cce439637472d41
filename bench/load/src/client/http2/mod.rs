//! HTTP/2 (RFC 9113), the client's side of what a bench needs: GETs, many at a time.

mod block;
mod frame;
mod hpack;
mod huffman;
#[cfg(test)]
mod tests;

use block::Block;
use frame::Frame;
use hpack::Decoder;

use super::protocol::{Answer, Exchange, Fault, Protocol};
use super::request::RequestSource;

/// What a client says first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes of flow-control windows: so many that they never hold a server up.
const WINDOW_BYTES: u32 = 1 << 30;
/// What the connection's window begins with.
const WINDOW_BYTES_DEFAULT: u32 = 65_535;
/// Bytes taken before the connection's window is opened again.
const WINDOW_UPDATE_BYTES: u32 = WINDOW_BYTES / 2;
/// Bytes of a field block.
const BLOCK_BYTES_MAX: usize = 64 * 1024;

/// A connection's state. A server that ends a stream or the connection unasked has failed.
#[derive(Debug)]
pub(super) struct Http2 {
    block: Block,
    decoder: Decoder,
    /// Requests under way, by slot.
    streams: Vec<Option<Stream>>,
    next_stream: u32,
    /// The server's SETTINGS have come; until then requests wait.
    is_settled: bool,
    waiting: Vec<usize>,
    /// Bytes of a frame that is not whole.
    partial: Vec<u8>,
    /// A field block in pieces: its stream, whether that ends with it, what has come.
    headers: Option<(u32, bool, Vec<u8>)>,
    /// Bytes taken from the connection's window.
    taken: u32,
}

#[derive(Debug, Default)]
struct Stream {
    id: u32,
    status: Option<u16>,
    body_bytes: u64,
    body_differs: bool,
}

impl Http2 {
    pub(super) fn new(source: &RequestSource, streams: usize) -> Self {
        Self {
            block: Block::new(source),
            decoder: Decoder::default(),
            streams: (0..streams).map(|_| None).collect(),
            next_stream: 1,
            is_settled: false,
            waiting: Vec::new(),
            partial: Vec::new(),
            headers: None,
            taken: 0,
        }
    }

    fn send(&mut self, slot: usize, out: &mut Vec<u8>) {
        let mut block = Vec::new();
        self.block.put(&mut block);
        let flags = frame::END_STREAM | frame::END_HEADERS;
        let stream = self.next_stream;
        Frame { kind: frame::HEADERS, flags, stream, payload: &block }.put(out);
        if let Some(place) = self.streams.get_mut(slot) {
            *place = Some(Stream { id: stream, ..Stream::default() });
        }
        self.next_stream += 2;
    }

    fn take(&mut self, frame: Frame<'_>, exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        if !self.is_settled && (frame.kind != frame::SETTINGS || frame.has(frame::ACK)) {
            return Err("the first frame is not SETTINGS".to_owned());
        }
        if self.headers.is_some() && frame.kind != frame::CONTINUATION {
            return Err("a field block interrupted".to_owned());
        }
        match frame.kind {
            frame::DATA => self.data(frame, exchange),
            frame::HEADERS => {
                let block = frame.content()?.to_vec();
                self.headers = Some((frame.stream, frame.has(frame::END_STREAM), block));
                self.end_headers(frame, exchange)
            }
            frame::CONTINUATION => {
                match &mut self.headers {
                    Some((stream, _, block)) if *stream == frame.stream => {
                        block.extend_from_slice(frame.payload);
                    }
                    _ => return Err("CONTINUATION of nothing".to_owned()),
                }
                self.end_headers(frame, exchange)
            }
            frame::SETTINGS => self.settings(frame, exchange),
            frame::PING if !frame.has(frame::ACK) => {
                Frame { flags: frame::ACK, ..frame }.put(exchange.out);
                Ok(())
            }
            frame::RST_STREAM => Err(format!("RST_STREAM, error {}", error_code(frame.payload, 0))),
            frame::GOAWAY => Err(format!("GOAWAY, error {}", error_code(frame.payload, 4))),
            frame::PUSH_PROMISE => Err("PUSH_PROMISE, which was forbidden".to_owned()),
            // Requests have no bodies, so that WINDOW_UPDATE does not matter; frames of unknown
            // kinds are to be ignored.
            _ => Ok(()),
        }
    }

    fn settings(&mut self, frame: Frame<'_>, exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        if frame.has(frame::ACK) {
            return Ok(());
        }
        for (name, value) in frame.settings() {
            if name == frame::SETTINGS_HEADER_TABLE_SIZE {
                self.block.limit(value as usize);
            }
            let too_few = (value as usize) < self.streams.len();
            if name == frame::SETTINGS_MAX_CONCURRENT_STREAMS && too_few {
                return Err(format!("the server allows {value} streams only"));
            }
        }
        let (kind, flags) = (frame::SETTINGS, frame::ACK);
        Frame { kind, flags, stream: 0, payload: &[] }.put(exchange.out);
        self.is_settled = true;
        for slot in std::mem::take(&mut self.waiting) {
            self.send(slot, exchange.out);
        }
        Ok(())
    }

    fn data(&mut self, frame: Frame<'_>, exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        self.taken = self.taken.saturating_add(frame.payload.len() as u32);
        if self.taken >= WINDOW_UPDATE_BYTES {
            window_update(self.taken, exchange.out);
            self.taken = 0;
        }
        let content = frame.content()?;
        let stream = self.stream(frame.stream)?;
        if stream.status.is_none() {
            return Err("DATA before HEADERS".to_owned());
        }
        stream.body_differs |= !exchange.expected.accepts(stream.body_bytes, content);
        stream.body_bytes += content.len() as u64;
        self.end_stream(frame.stream, frame.has(frame::END_STREAM), exchange)
    }

    fn end_headers(&mut self, frame: Frame<'_>, exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        let Some((id, ends, block)) = self.headers.take() else { return Ok(()) };
        if block.len() > BLOCK_BYTES_MAX {
            return Err("a field block too long".to_owned());
        }
        if !frame.has(frame::END_HEADERS) {
            self.headers = Some((id, ends, block));
            return Ok(());
        }
        let status = self.decoder.status(&block)?;
        let stream = self.stream(id)?;
        match (stream.status, status) {
            (None, Some(100..=199)) if !ends => {}
            (None, Some(200..)) => stream.status = status,
            // Trailers.
            (Some(_), None) if ends => {}
            _ => return Err("HEADERS that are neither an answer's nor trailers".to_owned()),
        }
        self.end_stream(id, ends, exchange)
    }

    fn end_stream(
        &mut self,
        id: u32,
        ends: bool,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Fault> {
        let slot = self.slot(id)?;
        let ended = self.streams.get_mut(slot).and_then(|place| place.take_if(|_| ends));
        if let Some(stream) = ended {
            let status = stream.status.ok_or("a stream ended without an answer")?;
            let (expected, bytes) = (exchange.expected, stream.body_bytes);
            let verdict = expected.judge(status, bytes, stream.body_differs);
            exchange.answers.push(Answer { slot, verdict, last: false });
        }
        Ok(())
    }

    fn slot(&self, id: u32) -> Result<usize, Fault> {
        let slot = self.streams.iter().position(|s| s.as_ref().is_some_and(|s| s.id == id));
        slot.ok_or_else(|| format!("a frame on stream {id}, which is not open"))
    }

    fn stream(&mut self, id: u32) -> Result<&mut Stream, Fault> {
        let slot = self.slot(id)?;
        self.streams.get_mut(slot).and_then(Option::as_mut).ok_or_else(String::new)
    }
}

impl Protocol for Http2 {
    fn open(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(PREFACE);
        let payload = frame::settings(&[
            (frame::SETTINGS_ENABLE_PUSH, 0),
            (frame::SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES),
        ]);
        Frame { kind: frame::SETTINGS, flags: 0, stream: 0, payload: &payload }.put(out);
        window_update(WINDOW_BYTES - WINDOW_BYTES_DEFAULT, out);
    }

    fn begin(&mut self, slot: usize, _request: &[u8], out: &mut Vec<u8>) {
        if self.is_settled { self.send(slot, out) } else { self.waiting.push(slot) }
    }

    fn feed(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        let mut partial = std::mem::take(&mut self.partial);
        let joined = !partial.is_empty();
        if joined {
            partial.extend_from_slice(bytes);
        }
        let all = if joined { partial.as_slice() } else { bytes };
        let mut used = 0;
        while let Some(frame) = Frame::parse(all.get(used..).unwrap_or_default())? {
            self.take(frame, exchange)?;
            used += frame.len();
        }
        if joined {
            partial.drain(..used);
        } else {
            partial.extend_from_slice(bytes.get(used..).unwrap_or_default());
        }
        self.partial = partial;
        Ok(())
    }

    fn has_started(&self) -> bool {
        self.streams.iter().flatten().any(|stream| stream.status.is_some())
    }
}

fn window_update(bytes: u32, out: &mut Vec<u8>) {
    let payload = &bytes.to_be_bytes();
    Frame { kind: frame::WINDOW_UPDATE, flags: 0, stream: 0, payload }.put(out);
}

/// The error code that stands at `at` in a payload.
fn error_code(payload: &[u8], at: usize) -> u32 {
    let bytes = payload.get(at..).and_then(<[u8]>::first_chunk::<4>);
    bytes.map_or(u32::MAX, |bytes| u32::from_be_bytes(*bytes))
}
