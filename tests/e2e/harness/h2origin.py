"""An origin of HTTP/2 with prior knowledge, frame by frame: it answers every request with
`reply(peer, seen)`, which may send what no server would. Threads; one connection each."""

import socket
import struct
import threading
import traceback

import hpack

from . import h2frames as h2
from .sockets import end

WINDOW_BYTES = (1 << 31) - 1
OK = ((":status", "200"),)
# What a client of HTTP/1.1 says to be given trailers.
TE = (("TE", "trailers"), ("Connection", "TE"))


class Seen:
    """A request, as far as it has come."""

    def __init__(self, stream, fields):
        self.stream, self.fields = stream, fields
        self.body, self.trailers, self.ended, self.reset = b"", None, False, None

    def get(self, name):
        return dict(self.fields).get(name)

    @property
    def path(self):
        return self.get(":path")


class Peer:
    """A connection from the gateway."""

    def __init__(self, origin, sock):
        self.origin, self.sock = origin, sock
        self.streams, self.settings, self.goaway = {}, {}, None
        self.decoder, self.partial = hpack.Decoder(), None
        self.ended, self.most_open, self.lock = False, 0, threading.Lock()

    def send(self, data):
        with self.lock:
            self.sock.sendall(data)

    def respond(self, stream, body=b"", fields=OK, trailers=None):
        """A whole answer."""
        out = h2.headers(stream, fields, end=not body and trailers is None)
        if body:
            out += h2.data(stream, body, end=trailers is None)
        if trailers is not None:
            out += h2.headers(stream, trailers)
        self.send(out)

    def close(self):
        self.ended = True
        end(self.sock)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.sock.recv(count - len(data))
            if not piece:
                raise ConnectionResetError
            data += piece
        return data

    def run(self):
        try:
            if self.origin.greet(self):
                return
            assert self.exactly(len(h2.PREFACE)) == h2.PREFACE
            while not self.ended:
                self.frame()
        except OSError:
            pass
        except Exception:  # noqa: BLE001
            self.origin.errors.append(traceback.format_exc())
        finally:
            self.ended = True
            self.sock.close()

    def frame(self):
        head = self.exactly(9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream = int.from_bytes(head[5:], "big")
        payload = self.exactly(length)
        if kind == h2.SETTINGS and not flags & h2.ACK:
            for at in range(0, length, 6):
                name, value = struct.unpack_from(">HI", payload, at)
                self.settings[name] = value
            self.send(h2.frame(h2.SETTINGS, h2.ACK))
        elif kind == h2.PING and not flags & h2.ACK:
            self.send(h2.ping(payload, ack=True))
        elif kind == h2.GOAWAY:
            self.goaway = struct.unpack_from(">II", payload)
        elif kind in (h2.HEADERS, h2.CONTINUATION):
            self.headers(kind, flags, stream, payload)
        elif kind == h2.DATA:
            seen = self.streams[stream]
            seen.body += payload
            if length and not self.origin.holds_windows:
                self.send(h2.window_update(0, length) + h2.window_update(stream, length))
            self.origin.on_data(self, seen)
            self.ends(flags, seen)
        elif kind == h2.RST_STREAM:
            self.streams[stream].reset = struct.unpack(">I", payload)[0]

    def headers(self, kind, flags, stream, payload):
        if kind == h2.HEADERS:
            assert not flags & (h2.PADDED | h2.PRIORITIZED)
            self.partial = (flags, b"")
        self.partial = (self.partial[0], self.partial[1] + payload)
        if not flags & h2.END_HEADERS:
            return
        flags, fields = self.partial[0], self.decoder.decode(self.partial[1])
        if stream in self.streams:
            self.streams[stream].trailers = fields
        else:
            self.streams[stream] = Seen(stream, fields)
            open_now = sum(not s.ended or s.reset is not None for s in self.streams.values())
            self.most_open = max(self.most_open, open_now)
            if self.origin.on_head(self, self.streams[stream]):
                return
        self.ends(flags, self.streams[stream])

    def ends(self, flags, seen):
        if flags & h2.END_STREAM:
            seen.ended = True
            self.origin.requests.append(seen)
            self.origin.reply(self, seen)


def echo(peer, seen):
    """What came, back again."""
    peer.respond(seen.stream, seen.body or b"nothing", OK + (("x-path", seen.path),))


class H2Origin:
    """Listens; `peers` are the connections so far, `requests` the whole requests."""

    def __init__(self, *settings):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.peers, self.requests, self.errors = [], [], []
        self.settings, self.holds_windows = settings, False
        self.reply, self.on_head = echo, lambda peer, seen: False
        self.on_data = lambda peer, seen: None
        self.greet = self.say_settings
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"h2c://127.0.0.1:{self.port}"

    def say_settings(self, peer):
        """True where the rest is not to be read."""
        peer.send(h2.settings(*self.settings))

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peers.append(Peer(self, sock))
            threading.Thread(target=self.peers[-1].run, daemon=True).start()

    def close(self):
        end(self.listener)
        for peer in self.peers:
            peer.close()
