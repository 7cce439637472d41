//! Frames and their names (RFC 9113, section 6).

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 0x1;
pub(super) const ACK: u8 = 0x1;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const PADDED: u8 = 0x8;
pub(super) const PRIORITY: u8 = 0x20;

pub(super) const SETTINGS_HEADER_TABLE_SIZE: u16 = 1;
pub(super) const SETTINGS_ENABLE_PUSH: u16 = 2;
pub(super) const SETTINGS_MAX_CONCURRENT_STREAMS: u16 = 3;
pub(super) const SETTINGS_INITIAL_WINDOW_SIZE: u16 = 4;

/// Bytes of a frame's header.
pub(super) const HEAD_BYTES: usize = 9;
/// Bytes of a payload: what a peer may send unless it was told otherwise.
pub(super) const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the start of `bytes`; None if it is not whole.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Option<Self>, &'static str> {
        let Some(&[l2, l1, l0, kind, flags, ref stream @ ..]) = bytes.first_chunk::<HEAD_BYTES>()
        else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([0, l2, l1, l0]) as usize;
        if length > PAYLOAD_BYTES_MAX {
            return Err("a frame too long");
        }
        let payload = bytes.get(HEAD_BYTES..HEAD_BYTES + length);
        let stream = u32::from_be_bytes(*stream) & 0x7fff_ffff;
        Ok(payload.map(|payload| Self { kind, flags, stream, payload }))
    }

    /// Puts the frame behind what `out` holds.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let [_, l2, l1, l0] = (self.payload.len() as u32).to_be_bytes();
        out.extend_from_slice(&[l2, l1, l0, self.kind, self.flags]);
        out.extend_from_slice(&self.stream.to_be_bytes());
        out.extend_from_slice(self.payload);
    }

    /// Bytes of the whole frame.
    pub(super) fn len(&self) -> usize {
        HEAD_BYTES + self.payload.len()
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The payload of a DATA or HEADERS frame without padding and priority.
    pub(super) fn content(&self) -> Result<&'a [u8], &'static str> {
        let mut content = self.payload;
        if self.has(PADDED) {
            let (&padding, rest) = content.split_first().ok_or("padding without its length")?;
            let len = rest.len().checked_sub(usize::from(padding)).ok_or("too much padding")?;
            content = rest.get(..len).unwrap_or_default();
        }
        if self.kind == HEADERS && self.has(PRIORITY) {
            content = content.get(5..).ok_or("a priority cut short")?;
        }
        Ok(content)
    }

    /// The pairs of a SETTINGS frame.
    pub(super) fn settings(&self) -> impl Iterator<Item = (u16, u32)> {
        self.payload.chunks_exact(6).filter_map(|pair| {
            let &[n1, n0, ref value @ ..] = pair else { return None };
            Some((u16::from_be_bytes([n1, n0]), u32::from_be_bytes(*value.first_chunk()?)))
        })
    }
}

/// The payload of a SETTINGS frame.
pub(super) fn settings(pairs: &[(u16, u32)]) -> Vec<u8> {
    let bytes =
        |(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat();
    pairs.iter().flat_map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::{DATA, Frame, HEADERS, PADDED, PRIORITY, SETTINGS, settings};

    #[test]
    fn frames_are_read_as_written() {
        let payload = settings(&[(1, 0), (4, 70_000)]);
        let frame = Frame { kind: SETTINGS, flags: 0, stream: 0, payload: &payload };
        let mut bytes = Vec::new();
        frame.put(&mut bytes);
        assert_eq!(bytes[..9], [0, 0, 12, 4, 0, 0, 0, 0, 0]);
        assert_eq!(Frame::parse(&bytes), Ok(Some(frame)));
        assert_eq!(frame.settings().collect::<Vec<_>>(), [(1, 0), (4, 70_000)]);
        for cut in 0..bytes.len() {
            assert_eq!(Frame::parse(&bytes[..cut]), Ok(None));
        }
        assert!(Frame::parse(&[1, 0, 0, 0, 0, 0, 0, 0, 1]).is_err());
    }

    #[test]
    fn padding_and_priority_are_no_content() {
        let frame = |kind, flags, payload| Frame { kind, flags, stream: 1, payload };
        assert_eq!(frame(DATA, PADDED, b"\x02abc__").content(), Ok(&b"abc"[..]));
        assert_eq!(frame(HEADERS, PRIORITY, b"12345block").content(), Ok(&b"block"[..]));
        assert!(frame(DATA, PADDED, b"\x03ab").content().is_err());
        assert!(frame(DATA, PADDED, b"").content().is_err());
        assert!(frame(HEADERS, PRIORITY, b"1234").content().is_err());
    }
}
