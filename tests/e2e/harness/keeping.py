"""Clients that keep their connection: HTTP/1.1 in clear and under TLS, and WebSocket by the
`websockets` package (HTTP/2 is in keeping_h2.py). All have the same four things: `open`, `exchange`
(one mark there and back, checked), `over` (the connection has announced its end) and `gone` (it
ended without).
"""

import asyncio
import ssl

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

CONNECT_S_MAX = 10.0
GOING_AWAY = 1001


class Cut(Exception):
    """The connection ended, as it had announced, with this exchange not answered."""


def believing(*alpn):
    """A TLS client that believes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(list(alpn))
    return context


class Where:
    """What is asked: ports, host, and the paths that echo the mark."""

    def __init__(self, http, host, path="/id", https=None, socket_path="/ws"):
        self.http, self.https, self.host, self.path = http, https, host, path
        self.socket_path = socket_path


class Http1:
    """HTTP/1.1; with `fresh` every exchange has a connection of its own."""

    width = 1

    def __init__(self, where, tls=False, fresh=False):
        self.where, self.tls, self.fresh, self.over, self.writer = where, tls, fresh, False, None

    async def open(self):
        self.over = False
        more = {}
        if self.tls:
            more = {"ssl": believing("http/1.1"), "server_hostname": self.where.host}
        port = self.where.https if self.tls else self.where.http
        opening = asyncio.open_connection("127.0.0.1", port, **more)
        self.reader, self.writer = await asyncio.wait_for(opening, CONNECT_S_MAX)

    @property
    def gone(self):
        return self.reader.at_eof() or self.reader.exception() is not None

    async def exchange(self, mark):
        body = b"b" * 64
        connection = b"close" if self.fresh else b"keep-alive"
        self.writer.write(
            b"POST %s HTTP/1.1\r\nHost: %s\r\nX-Request-Id: %s\r\nConnection: %s\r\n"
            b"Content-Length: %d\r\n\r\n%s"
            % (self.where.path.encode(), self.where.host.encode(), mark, connection, len(body),
               body))
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:"))
        answer = await self.reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200 ") or answer != mark:
            raise ValueError(f"{head[:60]!r} {answer[:80]!r}")
        self.over = b"connection: close" in head.lower()

    def close(self):
        if self.writer:
            self.writer.close()


class WebSocket:
    """One message there and back; after some, a close of its own, which must be agreed to."""

    width, MESSAGES = 1, 50

    def __init__(self, where):
        self.where, self.over, self.left, self.socket = where, False, 0, None

    async def open(self):
        self.over, self.left = False, self.MESSAGES
        uri = f"ws://{self.where.host}:{self.where.http}{self.where.socket_path}"
        opening = connect(uri, host="127.0.0.1", port=self.where.http, proxy=None,
                          ping_interval=None, open_timeout=CONNECT_S_MAX)
        try:
            self.socket = await opening
        except (EOFError, TimeoutError, InvalidMessage) as error:
            raise ConnectionError(repr(error)) from error

    @property
    def gone(self):
        if self.socket.close_code == GOING_AWAY:
            self.over = True
        return self.socket.close_code is not None and not self.over

    async def exchange(self, mark):
        try:
            await self.socket.send(mark)
            answer = await self.socket.recv()
        except ConnectionClosed as error:
            if error.rcvd and error.rcvd.code == GOING_AWAY:
                raise Cut from error
            raise ConnectionError(repr(error)) from error
        if answer != mark:
            raise ValueError(f"{answer[:80]!r}")
        self.left -= 1
        if not self.left:
            await self.socket.close(1000, "enough")
            if not self.socket.close_code == 1000:
                raise ValueError(f"closed with {self.socket.close_code}")
            self.over = True

    def close(self):
        if self.socket:
            self.socket.transport.abort()
