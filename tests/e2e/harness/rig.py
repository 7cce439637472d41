"""A client, the gateway, and an origin whose every byte is kept: client and origin in one thread.

While the client waits, the origin is served, so nothing races: when an exchange is over, what the
gateway sent on is all there. The origin answers each whole request that the strict reader finds
with its method, target and body, and with a number that counts its requests.
"""

import json
import selectors
import socket
import time

from . import naive, strict
from .site import Site
from .wire import Wire

WAIT_S = 30.0
PIECE_BYTES = 1 << 18


class Upstream:
    """The origin's side of one connection."""

    def __init__(self, sock):
        self.sock, self.stream, self.read, self.open = sock, b"", 0, True

    def whole(self):
        """Requests not answered yet; the rest stays for later."""
        requests, end = strict.split(self.stream[self.read:])
        self.read += end
        return requests


class Pumped:
    """The client's socket: what would block serves the origin meanwhile."""

    def __init__(self, rig, sock, timeout_s):
        self.rig, self.sock, self.timeout_s = rig, sock, timeout_s
        sock.setblocking(False)

    def until(self, attempt, event):
        end = time.monotonic() + self.timeout_s
        while True:
            try:
                return attempt()
            except BlockingIOError:
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("neither answered nor closed") from None
                self.rig.serve(min(left, 0.5), self.sock, event)

    def sendall(self, data):
        view = memoryview(data)
        while view:
            view = view[self.until(lambda: self.sock.send(view), selectors.EVENT_WRITE):]

    def recv(self, count):
        return self.until(lambda: self.sock.recv(count), selectors.EVENT_READ)

    def settimeout(self, timeout_s):
        self.timeout_s = timeout_s

    def shutdown(self, how):
        self.sock.shutdown(how)

    def close(self):
        self.sock.close()


class RigWire(Wire):
    def __init__(self, rig, timeout_s=WAIT_S):
        sock = socket.create_connection(("127.0.0.1", rig.site.http), 5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.buffer = Pumped(rig, sock, timeout_s), b""


class Rig:
    def __init__(self, driver, *flags):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.port = self.listener.getsockname()[1]
        self.upstreams, self.count, self.malformed = [], 0, []
        self.site = Site(driver, flags=flags).up("--target", f"http://127.0.0.1:{self.port}")

    def wire(self, **how):
        return RigWire(self, **how)

    # The origin

    def serve(self, timeout_s, client=None, event=0):
        """One round of the origin; ends early when the client's socket is ready."""
        if client is not None:
            self.selector.register(client, event)
        try:
            ready = self.selector.select(timeout_s)
        finally:
            if client is not None:
                self.selector.unregister(client)
        for key, _ in ready:
            if key.fileobj is self.listener:
                self.accept()
            elif key.data is not None:
                self.take(key.data)
        return len(ready)

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream = Upstream(sock)
        self.upstreams.append(upstream)
        self.selector.register(sock, selectors.EVENT_READ, upstream)

    def take(self, upstream):
        try:
            data = upstream.sock.recv(PIECE_BYTES)
        except OSError:
            data = b""
        upstream.stream += data
        if not data:
            return self.drop(upstream)
        try:
            requests = upstream.whole()
            for request in requests:
                self.count += 1
                upstream.sock.sendall(self.answer(request))
        except strict.Malformed as error:
            self.malformed.append(str(error))
            self.drop(upstream)
        except OSError:
            self.drop(upstream)

    def answer(self, request):
        body = json.dumps({"method": request.method, "target": request.target,
                           "body": request.body.decode("latin-1")[:5000],
                           "length": len(request.body), "number": self.count}).encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Origin: yes\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body)
                + (b"" if request.method == "HEAD" else body))

    def drop(self, upstream):
        if upstream.open:
            upstream.open = False
            self.selector.unregister(upstream.sock)
            upstream.sock.close()

    # The judge

    def mark(self):
        """Forgets what was sent on so far: what comes now is a new case's."""
        self.settle()
        self.upstreams = [upstream for upstream in self.upstreams if upstream.open]
        for upstream in self.upstreams:
            upstream.stream, upstream.read = b"", 0
        self.malformed = []

    def settle(self):
        """Serves until nothing more comes."""
        while self.serve(0.001):
            pass

    def forwarded(self):
        """What was sent on since the mark: whole requests, after every check of their bytes."""
        self.settle()
        assert not self.malformed, self.malformed
        whole = []
        for upstream in self.upstreams:
            requests, end = strict.split(upstream.stream)
            naive.assert_one_meaning(upstream.stream, ([r.meaning for r in requests], end))
            for request in requests:
                strict.require_sent_on(request)
                assert request.all("host") == [b"127.0.0.1:%d" % self.port], request
            whole += requests
        return whole

    def streams(self):
        return [upstream.stream for upstream in self.upstreams if upstream.stream]

    def close(self):
        for upstream in self.upstreams:
            self.drop(upstream)
        self.listener.close()
        self.selector.close()
        logs = self.site.logs(1 << 20)
        self.site.close()
        assert "panicked" not in logs, logs
