"""An origin server that records what it is sent and misbehaves on command.

Every test has its own. By default a request is answered 200 with a JSON account of it. A test sets
`reply` (called when the whole request is there) or `on_head` (called when its head is there; a
true result means that the script has dealt with the connection and it is to be closed).
"""

import hashlib
import json
import socket
import threading
import time

KEPT_BODY_BYTES = 1 << 20


class Gone(Exception):
    """The peer closed."""


class Seen:
    """A request as it came over the wire."""

    def __init__(self, head, connection, kept_bytes=KEPT_BODY_BYTES):
        lines = head.decode("latin-1").split("\r\n")
        self.line, self.connection, self.complete = lines[0], connection, False
        self.method, self.target, self.version = lines[0].split(" ")
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body, self.length, self.trailers = b"", 0, []
        self.hash, self.kept_bytes = hashlib.sha256(), kept_bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def take(self, data):
        self.hash.update(data)
        self.length += len(data)
        self.body += data[: max(0, self.kept_bytes - len(self.body))]

    def account(self):
        return json.dumps(
            {
                "method": self.method,
                "target": self.target,
                "version": self.version,
                "headers": self.headers,
                "body": self.body[:4096].decode("latin-1"),
                "length": self.length,
                "sha256": self.hash.hexdigest(),
            }
        ).encode()


class Peer:
    """The origin's side of one connection."""

    def __init__(self, sock, number):
        self.sock, self.number, self.buffer = sock, number, b""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.sock.sendall(data)

    def fill(self):
        data = self.sock.recv(1 << 18)
        if not data:
            raise Gone
        self.buffer += data

    def until(self, mark):
        while (end := self.buffer.find(mark)) < 0:
            self.fill()
        data, self.buffer = self.buffer[:end], self.buffer[end + len(mark) :]
        return data

    def pieces(self, count):
        """`count` bytes, in the pieces they come in."""
        while count:
            if not self.buffer:
                self.fill()
            piece, self.buffer = self.buffer[:count], self.buffer[count:]
            count -= len(piece)
            yield piece

    def read_body(self, seen):
        if "chunked" in (seen.get("transfer-encoding") or "").lower():
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                for piece in self.pieces(size):
                    seen.take(piece)
                assert b"".join(self.pieces(2)) == b"\r\n", "a chunk longer than its size"
            while line := self.until(b"\r\n"):
                seen.trailers.append(line.decode("latin-1"))
        else:
            for piece in self.pieces(int(seen.get("content-length") or 0)):
                seen.take(piece)
        seen.complete = True

    def closed_by_peer(self, timeout_s=10.0):
        """True once the gateway has given this connection up."""
        self.sock.settimeout(timeout_s)
        try:
            while self.sock.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True


def response(status=200, body=b"", headers=(), reason="OK"):
    """A well-formed response with a Content-Length."""
    lines = [f"HTTP/1.1 {status} {reason}"] + [f"{name}: {value}" for name, value in headers]
    if status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Origin:
    kept_bytes = KEPT_BODY_BYTES

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.heads, self.requests, self.connections, self.errors = [], [], 0, []
        self.reply = lambda peer, seen: peer.send(
            response(body=seen.account(), headers=[("Content-Type", "application/json")])
        )
        self.on_head = lambda peer, seen: False
        self.on_connect = lambda peer: False
        self.wrap = lambda sock: sock
        self.peers, self.lock, self.open = [], threading.Lock(), True
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def always(self, *args, **kwargs):
        """Answers every request with this response, or with these raw bytes."""
        data = args[0] if args and isinstance(args[0], bytes) else response(*args, **kwargs)
        self.reply = lambda peer, seen: peer.send(data)

    def accept(self):
        while self.open:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                peer = Peer(sock, self.connections)
                self.peers.append(peer)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            peer.sock = self.wrap(peer.sock)
            if self.on_connect(peer):
                return
            while True:
                seen = Seen(peer.until(b"\r\n\r\n"), peer.number, self.kept_bytes)
                with self.lock:
                    self.heads.append(seen)
                if self.on_head(peer, seen):
                    return
                peer.read_body(seen)
                with self.lock:
                    self.requests.append(seen)
                if self.reply(peer, seen) is False:
                    return
        except (Gone, OSError):
            pass
        except Exception as error:  # noqa: BLE001 (shown by the test that owns this origin)
            self.errors.append(repr(error))
        finally:
            peer.sock.close()

    def last(self):
        return self.requests[-1]

    def wait_for(self, condition, timeout_s=30.0):
        end = time.monotonic() + timeout_s
        while not condition(self):
            assert time.monotonic() < end, f"the origin saw {[s.line for s in self.heads]}"
            time.sleep(0.005)

    def close(self):
        self.open = False
        self.listener.close()
        for peer in self.peers:
            try:
                peer.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
