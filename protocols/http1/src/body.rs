use std::error::Error;
use std::fmt;

use crate::Framing;
use crate::chunked::{ChunkFault, Decoder, Relayed};

/// The content of one message on its way through: tells where it ends.
#[derive(Clone, Debug)]
pub struct Body(State);

#[derive(Clone, Debug)]
enum State {
    /// This many bytes are still to come; zero when done.
    Length(u64),
    Chunked(Decoder),
    UntilClose,
}

/// The connection ended before the content did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated;

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ended before the content did")
    }
}

impl Error for Truncated {}

impl Body {
    /// The content of a message framed like this.
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::None => State::Length(0),
            Framing::Length(bytes) => State::Length(bytes),
            Framing::Chunked => State::Chunked(Decoder::new()),
            Framing::UntilClose => State::UntilClose,
        })
    }

    /// Takes what is this content's from the front of `buf` and leaves in `buf[..len]` the bytes to
    /// send on in the same framing. See [`Decoder::relay`] for what stays unconsumed.
    pub fn relay(&mut self, buf: &mut [u8]) -> Result<Relayed, ChunkFault> {
        match &mut self.0 {
            State::Chunked(decoder) => decoder.relay(buf),
            _ => Ok(self.plain(buf.len())),
        }
    }

    /// The same, but `buf[..len]` is plain data, without chunked coding.
    pub fn decode(&mut self, buf: &mut [u8]) -> Result<Relayed, ChunkFault> {
        match &mut self.0 {
            State::Chunked(decoder) => decoder.decode(buf),
            _ => Ok(self.plain(buf.len())),
        }
    }

    fn plain(&mut self, available: usize) -> Relayed {
        let taken = match &mut self.0 {
            State::Length(left) => {
                let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
                *left = left.saturating_sub(taken as u64);
                taken
            }
            State::Chunked(_) => 0,
            State::UntilClose => available,
        };
        Relayed { consumed: taken, len: taken, data: taken, done: self.is_done() }
    }

    /// Whether all of it has passed. Never true while only the connection's end can tell.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            State::Length(left) => *left == 0,
            State::Chunked(decoder) => decoder.is_done(),
            State::UntilClose => false,
        }
    }

    /// The connection ended: was that the end of the content? (RFC 9112 section 8)
    pub fn end_of_input(&self) -> Result<(), Truncated> {
        match &self.0 {
            State::UntilClose => Ok(()),
            _ if self.is_done() => Ok(()),
            _ => Err(Truncated),
        }
    }
}
