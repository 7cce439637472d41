//! HTTP/2 as bytes, by hand.

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 0x1;
pub(crate) const END_STREAM: u8 = 0x1;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const PRIORITY_FIELDS: u8 = 0x20;
/// A request or a trailer section in one frame.
pub(crate) const END: u8 = END_STREAM | END_HEADERS;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

pub(crate) fn headers(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, flags, stream, block)
}

pub(crate) fn data(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(DATA, flags, stream, payload)
}

pub(crate) fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let one = |(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(SETTINGS, 0, 0, &settings.iter().map(one).collect::<Vec<_>>().concat())
}

pub(crate) fn settings_ack() -> Vec<u8> {
    frame(SETTINGS, ACK, 0, &[])
}

pub(crate) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(crate) fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

pub(crate) fn ping() -> Vec<u8> {
    frame(PING, 0, 0, &[7; 8])
}

/// Preface, empty SETTINGS, and the acknowledgement of the server's.
pub(crate) fn hello() -> Vec<u8> {
    [PREFACE, &settings(&[]), &settings_ack()].concat()
}

/// A literal field that goes into no table, in plain bytes.
pub(crate) fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0x00][..], &string(name), &string(value)].concat()
}

/// A literal field that goes into the dynamic table.
pub(crate) fn indexed(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0x40][..], &string(name), &string(value)].concat()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&integer(bytes.len(), 0x7f), bytes].concat()
}

/// An integer whose prefix has these bits (RFC 7541 section 5.1).
pub(crate) fn integer(value: usize, mask: u8) -> Vec<u8> {
    if value < usize::from(mask) {
        return vec![value as u8];
    }
    let mut bytes = vec![mask];
    let mut rest = value - usize::from(mask);
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// A header block of these fields.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().map(|(name, value)| literal(name.as_bytes(), value.as_bytes()));
    fields.collect::<Vec<_>>().concat()
}

/// The pseudo-header fields of `GET https://a/`, and these fields.
pub(crate) fn get(fields: &[(&str, &str)]) -> Vec<u8> {
    [&[0x82, 0x87, 0x84][..], &block(&[(":authority", "a")]), &block(fields)].concat()
}

/// The same of POST.
pub(crate) fn post(fields: &[(&str, &str)]) -> Vec<u8> {
    [&[0x83][..], &get(fields)[1..]].concat()
}
