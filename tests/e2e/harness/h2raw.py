"""A raw HTTP/2 client over a socket, plain or TLS: it sends the frames it is given and sorts what
comes back by stream. It acknowledges SETTINGS and PING and keeps windows open unless it is
quiet."""

import collections
import socket
import ssl
import struct
import time

import hpack

from . import h2frames as h2

WAIT_S = 30.0
WINDOW_BYTES = (1 << 31) - 1


class Gone(AssertionError):
    """The gateway closed the connection."""


class Stream:
    """What came back on one stream."""

    def __init__(self):
        self.headers, self.interim, self.trailers = None, [], None
        self.body, self.ended, self.reset = b"", False, None

    @property
    def status(self):
        return int(dict(self.headers)[":status"]) if self.headers else None

    @property
    def over(self):
        return self.ended or self.reset is not None

    def get(self, name, default=None):
        return dict(self.headers or ()).get(name, default)

    def __repr__(self):
        return f"<{self.headers} {self.body[:200]!r} ended={self.ended} reset={self.reset}>"


def tls_context(alpn=("h2",)):
    """A client that believes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class H2:
    """One connection. `sock` may be given ready (a rig's); the preface is sent at once."""

    def __init__(self, port=None, sock=None, tls=False, host="a.execute-api.localhost", settings=(),
                 preface=True, timeout_s=WAIT_S, quiet=False):
        self.sock = sock or socket.create_connection(("127.0.0.1", port), timeout_s)
        if sock is None:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self.sock = tls_context().wrap_socket(self.sock, server_hostname=host)
                assert self.sock.selected_alpn_protocol() == "h2"
            self.sock.settimeout(timeout_s)
        self.timeout_s, self.quiet, self.buffer = timeout_s, quiet, b""
        self.streams, self.settings, self.pongs = {}, {}, []
        self.goaway, self.decoder, self.next_stream = None, hpack.Decoder(), 1
        self.decoder.max_allowed_table_size = 65536
        self.partial, self.settings_acks, self.frames = None, 0, []
        # How far the gateway has opened its windows, by stream; 0 is the connection.
        self.opened = collections.defaultdict(int)
        if preface:
            self.send(h2.PREFACE + h2.settings(*settings))
            if not quiet:
                self.send(h2.window_update(0, WINDOW_BYTES - 65535))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    # Sending

    def send(self, data):
        self.sock.sendall(data)
        return self

    def send_lossy(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass
        return self

    def open(self, fields=h2.GET, body=None, trailers=None):
        """Sends a whole request; the number of its stream."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        out = h2.headers(stream, fields, end=body is None and trailers is None)
        if body is not None:
            pieces = [body[at:at + 16384] for at in range(0, len(body), 16384)] or [b""]
            out += b"".join(h2.data(stream, piece, end=False) for piece in pieces[:-1])
            out += h2.data(stream, pieces[-1], end=trailers is None)
        if trailers is not None:
            out += h2.headers(stream, trailers, end=True)
        self.send_lossy(out)
        return stream

    def request(self, fields=h2.GET, body=None, trailers=None):
        return self.response(self.open(fields, body, trailers))

    # Receiving

    def exactly(self, count):
        while len(self.buffer) < count:
            try:
                data = self.sock.recv(65536)
            except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                data = b""
            if not data:
                raise Gone(f"closed; goaway {self.goaway}")
            self.buffer += data
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def frame(self):
        """The next frame, after this client's duties."""
        head = self.exactly(9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream = int.from_bytes(head[5:], "big") & 0x7fffffff
        payload = self.exactly(length)
        self.frames.append((kind, flags, stream, length))
        TAKE.get(kind, H2.ignore)(self, flags, stream, payload)
        return kind, flags, stream, payload

    def ignore(self, flags, stream, payload):
        pass

    def take_settings(self, flags, stream, payload):
        if flags & h2.ACK:
            self.settings_acks += 1
            return
        for at in range(0, len(payload), 6):
            name, value = struct.unpack_from(">HI", payload, at)
            self.settings[name] = value
        if not self.quiet:
            self.send_lossy(h2.frame(h2.SETTINGS, h2.ACK))

    def take_ping(self, flags, stream, payload):
        if flags & h2.ACK:
            self.pongs.append(payload)
        elif not self.quiet:
            self.send_lossy(h2.ping(payload, ack=True))

    def take_window(self, flags, stream, payload):
        self.opened[stream] += int.from_bytes(payload, "big")

    def take_goaway(self, flags, stream, payload):
        last, code = struct.unpack_from(">II", payload)
        self.goaway = (last, code)

    def take_reset(self, flags, stream, payload):
        self.of(stream).reset = struct.unpack(">I", payload)[0]

    def of(self, stream):
        return self.streams.setdefault(stream, Stream())

    def take_headers(self, flags, stream, payload):
        if flags & h2.PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if flags & h2.PRIORITIZED:
            payload = payload[5:]
        self.partial = [stream, flags & h2.END_STREAM, payload]
        if flags & h2.END_HEADERS:
            self.take_block()

    def take_continuation(self, flags, stream, payload):
        self.partial[2] += payload
        if flags & h2.END_HEADERS:
            self.take_block()

    def take_block(self):
        stream, end, payload = self.partial
        fields = [tuple(field) for field in self.decoder.decode(payload)]
        seen = self.of(stream)
        if seen.headers is not None:
            seen.trailers = fields
        elif dict(fields)[":status"].startswith("1"):
            seen.interim.append(fields)
        else:
            seen.headers = fields
        seen.ended = seen.ended or bool(end)

    def take_data(self, flags, stream, payload):
        size = len(payload)
        if flags & h2.PADDED:
            payload = payload[1:size - payload[0]]
        seen = self.of(stream)
        seen.body += payload
        seen.ended = bool(flags & h2.END_STREAM)
        if size and not self.quiet and not seen.ended:
            self.send_lossy(h2.window_update(stream, size))

    def until(self, condition, what, timeout_s=None):
        """Reads frames until the condition holds."""
        end = time.monotonic() + (timeout_s or self.timeout_s)
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no {what}: {self.streams} {self.frames[-20:]}")
            self.sock.settimeout(left)
            try:
                self.frame()
            except TimeoutError:
                raise TimeoutError(f"no {what}: {self.streams} {self.frames[-20:]}") from None

    def response(self, stream, timeout_s=None):
        """The stream's whole response, or its reset."""
        self.until(lambda: self.of(stream).over, f"response on {stream}", timeout_s)
        return self.of(stream)

    def drained(self, timeout_s=None):
        """Reads until the gateway closes; the GOAWAY it sent, if any."""
        try:
            self.until(lambda: False, "close", timeout_s)
        except Gone:
            return self.goaway

    def roundtrip(self, payload=b"roundtrp"):
        """Everything sent before is dealt with once this returns."""
        self.send(h2.ping(payload))
        self.until(lambda: payload in self.pongs, "PING acknowledged")
        self.pongs.remove(payload)


TAKE = {h2.SETTINGS: H2.take_settings, h2.PING: H2.take_ping, h2.GOAWAY: H2.take_goaway,
        h2.RST_STREAM: H2.take_reset, h2.HEADERS: H2.take_headers, h2.DATA: H2.take_data,
        h2.CONTINUATION: H2.take_continuation, h2.WINDOW_UPDATE: H2.take_window}
