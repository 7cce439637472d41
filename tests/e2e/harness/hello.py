"""A TLS ClientHello in bytes, whatever is wanted in it, and what a server says first to it (RFC
8446 section 4.1, RFC 5246 section 7.4.1). It shows what a server chooses and refuses; it does not
finish the handshake."""

import os
import socket
import struct

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN = 0, 10, 11, 13, 16
EXTENDED_MASTER_SECRET, SESSION_TICKET, SUPPORTED_VERSIONS, KEY_SHARE = 23, 35, 43, 51
RENEGOTIATION_INFO = 0xff01
ALERT, HANDSHAKE = 21, 22

TLS13 = (0x1301, 0x1302, 0x1303)
ECDHE_GCM = (0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8)
X25519, P256, P384, X25519MLKEM768 = 29, 23, 24, 0x11ec
# The generator of P-256: a share that is a point of the curve.
P256_POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
SIGNATURE_ALGORITHMS = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0807)
# HelloRetryRequest is a ServerHello of this random.
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

ALERTS = {10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
          40: "handshake_failure", 47: "illegal_parameter", 50: "decode_error",
          70: "protocol_version", 80: "internal_error", 86: "inappropriate_fallback",
          109: "missing_extension", 112: "unrecognized_name", 120: "no_application_protocol"}


def sized(data, width):
    return len(data).to_bytes(width, "big") + data


def numbers(values, width=2):
    return sized(b"".join(struct.pack(">H", value) for value in values), width)


def extension(kind, data):
    return struct.pack(">H", kind) + sized(data, 2)


def extensions(versions, groups, shares, alpn, name, signatures):
    out = b""
    if name is not None:
        out += extension(SERVER_NAME, sized(b"\0" + sized(name, 2), 2))
    if groups:
        out += extension(GROUPS, numbers(groups)) + extension(POINT_FORMATS, b"\1\0")
    out += extension(SIGNATURES, numbers(signatures))
    out += extension(EXTENDED_MASTER_SECRET, b"") + extension(RENEGOTIATION_INFO, b"\0")
    if alpn is not None:
        out += extension(ALPN, sized(b"".join(sized(item, 1) for item in alpn), 2))
    if versions:
        out += extension(SUPPORTED_VERSIONS, numbers(versions, 1))
        keys = {X25519: os.urandom(32), P256: P256_POINT}
        out += extension(KEY_SHARE, sized(b"".join(
            struct.pack(">H", group) + sized(keys[group], 2) for group in shares), 2))
    return out


def client_hello(ciphers=TLS13 + ECDHE_GCM, versions=(0x0304, 0x0303), legacy=0x0303,
                 groups=(X25519, P256), shares=(X25519,), alpn=None,
                 name=b"a.execute-api.localhost", signatures=SIGNATURE_ALGORITHMS,
                 compressions=b"\0", more=b""):
    """The handshake message; `more` are extensions in bytes, `versions` () makes it TLS 1.2's."""
    body = struct.pack(">H", legacy) + os.urandom(32) + sized(os.urandom(32), 1)
    body += numbers(ciphers) + sized(compressions, 1)
    body += sized(extensions(versions, groups, shares, alpn, name, signatures) + more, 2)
    return b"\1" + sized(body, 3)


def record(data, kind=HANDSHAKE, version=0x0301):
    return bytes([kind]) + struct.pack(">H", version) + sized(data, 2)


def records(data, size):
    """One message in many records."""
    return b"".join(record(data[at:at + size]) for at in range(0, len(data), size))


class Answer:
    """The first thing a server says: an alert, a ServerHello, or a close."""

    def __init__(self, kind, data):
        self.alert = self.version = self.cipher = self.group = self.alpn = None
        self.retry, self.random, self.extensions = False, None, {}
        if kind == ALERT:
            self.alert = ALERTS.get(data[1], data[1])
        elif kind == HANDSHAKE:
            self.server_hello(data)

    def server_hello(self, data):
        assert data[0] == 2, f"no ServerHello: {data[:20].hex()}"
        self.version = int.from_bytes(data[4:6], "big")
        self.random = data[6:38]
        self.retry = self.random == RETRY
        at = 39 + data[38]
        self.cipher = int.from_bytes(data[at:at + 2], "big")
        end, at = 4 + int.from_bytes(data[1:4], "big"), at + 5
        while at < end:
            kind, size = struct.unpack_from(">HH", data, at)
            self.extensions[kind] = data[at + 4:at + 4 + size]
            at += 4 + size
        if SUPPORTED_VERSIONS in self.extensions:
            self.version = int.from_bytes(self.extensions[SUPPORTED_VERSIONS], "big")
        if KEY_SHARE in self.extensions:
            self.group = int.from_bytes(self.extensions[KEY_SHARE][:2], "big")
        if ALPN in self.extensions:
            self.alpn = self.extensions[ALPN][3:]

    @property
    def agreed(self):
        return self.cipher is not None

    def __repr__(self):
        if self.alert:
            return f"<alert {self.alert}>"
        if not self.agreed:
            return "<closed>"
        return f"<version {self.version:#x} cipher {self.cipher:#x} group {self.group}>"


def exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def first_answer(sock):
    """Reads the server's first record."""
    try:
        head = exactly(sock, 5)
        return Answer(head[0], exactly(sock, int.from_bytes(head[3:], "big")))
    except (EOFError, ConnectionResetError):
        return Answer(None, b"")


def say(port, data, timeout_s=20.0):
    """Sends bytes to a TLS port; what it says first."""
    with socket.create_connection(("127.0.0.1", port), timeout_s) as sock:
        try:
            sock.sendall(data)
        except OSError:
            pass
        return first_answer(sock)


def probe(port, **how):
    """Sends a ClientHello in one record; what the server says first."""
    return say(port, record(client_hello(**how)))
