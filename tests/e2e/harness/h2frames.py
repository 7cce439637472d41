"""HTTP/2 frames in bytes (RFC 9113 section 4), valid or not: nothing here checks anything. Header
blocks are HPACK literals without indexing (RFC 7541 section 6.2.2), so no table is involved."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, PRIORITIZED = 0x4, 0x8, 0x20

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 2, 3, 4
MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE, ENABLE_CONNECT_PROTOCOL = 5, 6, 8

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT = range(5)
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = range(5, 10)
CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED = range(10, 14)

GET = ((":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/x"))
POST = ((":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/x"))


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """One frame; `length` lies about the payload's."""
    count = len(payload) if length is None else length
    return struct.pack(">I", count)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, prefix, first=0):
    """RFC 7541 section 5.1."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytearray([first | most]), value - most
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def raw(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def string(text):
    """RFC 7541 section 5.2, without Huffman coding."""
    return integer(len(raw(text)), 7) + raw(text)


def literal(name, value):
    return b"\x00" + string(name) + string(value)


def indexed_literal(name, value):
    """A literal that goes into the dynamic table."""
    return b"\x40" + string(name) + string(value)


def indexed(index):
    return integer(index, 7, 0x80)


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


def headers(stream, fields, end=True, flags=END_HEADERS):
    """`fields` are pairs, or a header block in bytes."""
    payload = fields if isinstance(fields, bytes) else block(fields)
    return frame(HEADERS, flags | (END_STREAM if end else 0), stream, payload)


def data(stream, payload=b"", end=True):
    return frame(DATA, END_STREAM if end else 0, stream, payload)


def settings(*pairs):
    payload = b"".join(struct.pack(">HI", name, value) for name, value in pairs)
    return frame(SETTINGS, 0, 0, payload)


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def rst_stream(stream, code=8):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def ping(payload=b"12345678", ack=False):
    return frame(PING, ACK if ack else 0, 0, payload)


def goaway(last=0, code=0, text=b""):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + text)


def priority(stream, on=0, weight=15, exclusive=False):
    payload = struct.pack(">IB", on | (1 << 31 if exclusive else 0), weight)
    return frame(PRIORITY, 0, stream, payload)
