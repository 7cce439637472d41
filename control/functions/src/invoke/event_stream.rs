//! Frames of `application/vnd.amazon.eventstream` ("Event stream encoding" of AWS).

use bytes::{BufMut, Bytes, BytesMut};

/// Most bytes of a payload in one frame: AWS allows 16 MB, clients like less.
pub(super) const FRAME_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// The header type of a text.
const TEXT: u8 = 7;
/// Lengths and the check of them, and the check of everything.
const AROUND_BYTES: usize = 16;

/// A frame of an event of this type.
pub(super) fn frame(event_type: &str, content_type: &str, payload: &[u8]) -> Bytes {
    let mut headers = BytesMut::new();
    for (name, value) in
        [(":message-type", "event"), (":event-type", event_type), (":content-type", content_type)]
    {
        headers.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        headers.put_slice(value.as_bytes());
    }
    let total = AROUND_BYTES + headers.len() + payload.len();
    let mut frame = BytesMut::with_capacity(total);
    frame.put_u32(u32::try_from(total).unwrap_or(u32::MAX));
    frame.put_u32(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    frame.put_u32(crc32fast::hash(&frame));
    frame.put_slice(&headers);
    frame.put_slice(payload);
    frame.put_u32(crc32fast::hash(&frame));
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_how_long_it_is_and_checks_itself() {
        let frame = frame("PayloadChunk", "application/octet-stream", b"hello");
        let number = |at: usize| u32::from_be_bytes(frame[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, frame.len());
        assert_eq!(number(8), crc32fast::hash(&frame[..8]));
        let end = frame.len() - 4;
        assert_eq!(number(end), crc32fast::hash(&frame[..end]));
        assert_eq!(&frame[12 + number(4) as usize..end], b"hello");
    }
}
