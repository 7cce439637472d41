"""WebSocket frames in bytes (RFC 6455), valid or not, and the two ends of a connection that send
and read them raw. Nothing here checks what it sends."""

import base64
import hashlib
import os
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80
MASK = 0x80
ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def masked(payload, key):
    whole = key * (len(payload) // 4 + 1)
    return (int.from_bytes(payload, "big")
            ^ int.from_bytes(whole[:len(payload)], "big")).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, key=b"\x01\x02\x03\x04", rsv=0, width=None):
    """One frame. `key` None leaves it unmasked; `width` forces 7, 16 or 64 bits of length."""
    size, mask = len(payload), MASK if key else 0
    width = width or (7 if size < 126 else 16 if size < 1 << 16 else 64)
    head = bytes([(FIN if fin else 0) | rsv << 4 | opcode])
    if width == 7:
        head += bytes([mask | size])
    else:
        head += bytes([mask | (126 if width == 16 else 127)])
        head += struct.pack(">H" if width == 16 else ">Q", size)
    return head + (key + masked(payload, key) if key else payload)


def close(code=None, reason=b"", **how):
    payload = b"" if code is None else struct.pack(">H", code) + reason
    return frame(CLOSE, payload, **how)


def new_key():
    return base64.b64encode(os.urandom(16))


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + ACCEPT).digest())


def handshake(path, host, key, *more, version=b"HTTP/1.1", connection=b"Upgrade",
              upgrade=b"websocket"):
    """The opening request; None leaves a field out."""
    lines = [b"GET %s %s" % (path.encode(), version), b"Host: " + host.encode(),
             connection and b"Connection: " + connection, upgrade and b"Upgrade: " + upgrade,
             key and b"Sec-WebSocket-Key: " + key, b"Sec-WebSocket-Version: 13", *more]
    return b"\r\n".join(line for line in lines if line) + b"\r\n\r\n"


def switching(key, *more, upgrade=b"websocket", connection=b"Upgrade"):
    """The response that accepts it."""
    lines = [b"HTTP/1.1 101 Switching Protocols", connection and b"Connection: " + connection,
             upgrade and b"Upgrade: " + upgrade, b"Sec-WebSocket-Accept: " + accept_of(key), *more]
    return b"\r\n".join(line for line in lines if line) + b"\r\n\r\n"


def read(exactly):
    """One frame by a function that reads so many bytes: opcode, fin, rsv, payload and its key."""
    first, second = exactly(2)
    size = second & 0x7f
    if size >= 126:
        size = int.from_bytes(exactly(2 if size == 126 else 8), "big")
    key = exactly(4) if second & MASK else None
    payload = exactly(size)
    return (first & 0x0f, bool(first & FIN), first >> 4 & 7,
            masked(payload, key) if key else payload, key)


def peer_exactly(peer):
    """`exactly` of an origin's side (harness/origin.py)."""
    return lambda count: b"".join(peer.pieces(count))
