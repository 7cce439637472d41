//! Frames as bytes (RFC 9113 section 4.1): nine bytes of header, then the payload.

use h2::Reason;

pub(crate) const HEADER_BYTES: usize = 9;

pub(crate) const DATA: u8 = 0x0;
pub(crate) const HEADERS: u8 = 0x1;
pub(crate) const PRIORITY: u8 = 0x2;
pub(crate) const RST_STREAM: u8 = 0x3;
pub(crate) const SETTINGS: u8 = 0x4;
pub(crate) const PUSH_PROMISE: u8 = 0x5;
pub(crate) const PING: u8 = 0x6;
pub(crate) const GOAWAY: u8 = 0x7;
pub(crate) const WINDOW_UPDATE: u8 = 0x8;
pub(crate) const CONTINUATION: u8 = 0x9;

pub(crate) const ACK: u8 = 0x1;
pub(crate) const END_STREAM: u8 = 0x1;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const PRIORITY_FIELDS: u8 = 0x20;

/// The highest bit of a stream id or a window increment is reserved and ignored.
pub(crate) const LOW_31_BITS: u32 = u32::MAX >> 1;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Bytes of the payload.
    pub(crate) length: u32,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

impl FrameHeader {
    pub(crate) fn parse(bytes: [u8; HEADER_BYTES]) -> Self {
        let [l2, l1, l0, kind, flags, s3, s2, s1, s0] = bytes;
        Self {
            length: u32::from_be_bytes([0, l2, l1, l0]),
            kind,
            flags,
            stream: u32::from_be_bytes([s3, s2, s1, s0]) & LOW_31_BITS,
        }
    }

    pub(crate) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Appends a GOAWAY frame (RFC 9113 section 6.8): streams up to `last_stream_id` may have been
/// acted on.
pub(crate) fn goaway(last_stream_id: u32, code: Reason, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0, 8, GOAWAY, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&last_stream_id.to_be_bytes());
    out.extend_from_slice(&u32::from(code).to_be_bytes());
}

/// Cuts a stream of bytes into frame headers and pieces of payload, however the bytes arrive.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    header: [u8; HEADER_BYTES],
    /// Bytes of `header` that are there.
    have: usize,
    /// Bytes of the payload that are still to come.
    left: usize,
    in_payload: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    Header(FrameHeader),
    /// A piece of the payload; an empty payload is one empty piece.
    Payload {
        bytes: &'b [u8],
        /// The frame ends here.
        last: bool,
    },
}

impl Splitter {
    /// Takes the next piece off the front of `bytes`; `None` when more bytes are needed.
    #[inline]
    pub(crate) fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Option<Piece<'b>> {
        if self.in_payload {
            let (piece, rest) = bytes.split_at_checked(self.left).unwrap_or((bytes, &[]));
            if piece.is_empty() && self.left > 0 {
                return None;
            }
            *bytes = rest;
            self.left = self.left.saturating_sub(piece.len());
            self.in_payload = self.left > 0;
            return Some(Piece::Payload { bytes: piece, last: !self.in_payload });
        }
        let wanted = self.header.get_mut(self.have..)?;
        let count = wanted.len().min(bytes.len());
        let (piece, rest) = bytes.split_at_checked(count)?;
        wanted.get_mut(..count)?.copy_from_slice(piece);
        *bytes = rest;
        self.have = self.have.saturating_add(count);
        if self.have < HEADER_BYTES {
            return None;
        }
        let header = FrameHeader::parse(self.header);
        self.have = 0;
        self.left = header.length as usize;
        self.in_payload = true;
        Some(Piece::Header(header))
    }

    /// Whether the bytes so far are whole frames.
    pub(crate) fn at_boundary(&self) -> bool {
        self.have == 0 && !self.in_payload
    }
}
