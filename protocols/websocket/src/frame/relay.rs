use super::close::Close;
use super::fault::FrameFault;
use super::header::{Header, Opcode};
use crate::{Extensions, Limits};

/// Which way frames go: who must mask them (RFC 6455 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Masked, every one.
    ClientToServer,
    /// Not masked, any one.
    ServerToClient,
}

/// One direction of a connection: walks over its frames, in any slicing, and tells what may be sent
/// on. What is sent on is what came, byte by byte.
#[derive(Clone, Debug)]
pub struct Relay {
    direction: Direction,
    extensions: Extensions,
    limits: Limits,
    /// Bytes of a data frame's payload that have not passed.
    payload_left: u64,
    /// Whether the latest data frame ends its message; if not, a message is open.
    is_final: bool,
    /// Payload of the open message, the whole of its last frame included.
    message_bytes: u64,
    closed: bool,
}

/// What one call let pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// `bytes[..len]` is to be sent on.
    pub len: usize,
    /// Frames whose last byte is among these, control frames as well.
    pub frames: usize,
    /// Data messages whose last byte is among these.
    pub messages: usize,
    /// How many of these bytes are payload of data frames.
    pub payload_bytes: usize,
    /// Ping frames among these.
    pub pings: usize,
    /// Pong frames among these, whoever asked for them.
    pub pongs: usize,
    /// The close frame that ends these. Nothing may follow it, so nothing passes any more.
    pub close: Option<Close>,
}

impl Relay {
    /// At the first byte after the handshake.
    pub fn new(direction: Direction, extensions: Extensions, limits: Limits) -> Self {
        Self {
            direction,
            extensions,
            limits,
            payload_left: 0,
            is_final: true,
            message_bytes: 0,
            closed: false,
        }
    }

    /// Walks over the frames in `bytes`, which follow what passed before. The first `len` of them
    /// are to be sent on. Call again with the rest until all have passed or `len` is 0: then an
    /// unfinished header or control frame, [`crate::limits::HELD_BYTES_MAX`] bytes at most, waits
    /// for more to be added. Control frames pass whole or not at all, payload of data frames as it
    /// comes.
    ///
    /// # Errors
    /// The frame at the start of `bytes` must not be sent on; everything before it has passed. The
    /// same frame gives the same fault, however it is sliced.
    pub fn inspect(&mut self, bytes: &[u8]) -> Result<Passed, FrameFault> {
        let mut passed = Passed::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let step = match self.step(rest, &mut passed) {
                Err(fault) if passed.len == 0 => return Err(fault),
                // Next time it stands at the start.
                Err(_) => break,
                Ok(step) => step,
            };
            if step == 0 {
                break;
            }
            passed.len += step;
            rest = rest.get(step..).unwrap_or_default();
        }
        Ok(passed)
    }

    /// Whether what has passed ends where a frame ends: only there may a frame of the gateway's own
    /// follow. It may be a control frame even where a message is open (section 5.4).
    pub fn at_frame_boundary(&self) -> bool {
        self.payload_left == 0
    }

    /// Whether a close frame has passed: the gateway may send none of its own any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// One piece of payload or one header, with its control frame: how many bytes it has, 0 when
    /// more are needed. A fault changes nothing.
    fn step(&mut self, bytes: &[u8], passed: &mut Passed) -> Result<usize, FrameFault> {
        if self.payload_left > 0 {
            return Ok(self.payload(bytes, passed));
        }
        if self.closed {
            return Err(FrameFault::AfterClose);
        }
        let Some(header) = Header::parse(bytes)? else { return Ok(0) };
        self.check_bits(&header)?;
        match header.opcode {
            Opcode::Continuation | Opcode::Data => self.data(&header, bytes, passed),
            Opcode::Close | Opcode::Ping | Opcode::Pong => self.control(&header, bytes, passed),
        }
    }

    /// What a header says that depends on the direction and the handshake.
    fn check_bits(&self, header: &Header) -> Result<(), FrameFault> {
        match (self.direction, header.mask) {
            (Direction::ClientToServer, None) => return Err(FrameFault::Unmasked),
            (Direction::ServerToClient, Some(_)) => return Err(FrameFault::Masked),
            _ => {}
        }
        let deflated = self.extensions.permessage_deflate && header.opcode == Opcode::Data;
        if header.rsv23 || (header.rsv1 && !deflated) {
            return Err(FrameFault::ReservedBit);
        }
        Ok(())
    }

    fn data(
        &mut self,
        header: &Header,
        bytes: &[u8],
        passed: &mut Passed,
    ) -> Result<usize, FrameFault> {
        let before = match (header.opcode, self.is_final) {
            (Opcode::Continuation, true) => return Err(FrameFault::ContinuationUnexpected),
            (Opcode::Continuation, false) => self.message_bytes,
            (_, true) => 0,
            (_, false) => return Err(FrameFault::ContinuationMissing),
        };
        let message_bytes = before.saturating_add(header.payload);
        if self.limits.frame_bytes_max.is_some_and(|max| header.payload > max) {
            return Err(FrameFault::FrameTooLarge);
        }
        if self.limits.message_bytes_max.is_some_and(|max| message_bytes > max) {
            return Err(FrameFault::MessageTooLarge);
        }
        self.is_final = header.is_final;
        self.message_bytes = message_bytes;
        self.payload_left = header.payload;
        let payload = bytes.get(header.len..).unwrap_or_default();
        Ok(header.len + self.payload(payload, passed))
    }

    /// Lets pass what `bytes` has of the current payload.
    fn payload(&mut self, bytes: &[u8], passed: &mut Passed) -> usize {
        let available = bytes.len();
        let taken = usize::try_from(self.payload_left).map_or(available, |n| n.min(available));
        self.payload_left = self.payload_left.saturating_sub(taken as u64);
        passed.payload_bytes += taken;
        if self.payload_left == 0 {
            passed.frames += 1;
            passed.messages += usize::from(self.is_final);
        }
        taken
    }

    fn control(
        &mut self,
        header: &Header,
        bytes: &[u8],
        passed: &mut Passed,
    ) -> Result<usize, FrameFault> {
        // At most 125, by `Header::parse`.
        let end = header.len + header.payload as usize;
        let Some(payload) = bytes.get(header.len..end) else { return Ok(0) };
        match header.opcode {
            Opcode::Ping => passed.pings += 1,
            Opcode::Pong => passed.pongs += 1,
            _ => {
                passed.close = Some(Close::read(payload, header.mask)?);
                self.closed = true;
            }
        }
        passed.frames += 1;
        Ok(end)
    }
}
