"""A raw HTTP/1.1 client: it sends the bytes it is given and reads responses strictly."""

import json
import re
import socket

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)


class Truncated(AssertionError):
    """The peer closed in the middle of a message."""


class Response:
    def __init__(self, status, reason, headers, interim):
        self.status, self.reason, self.headers, self.interim = status, reason, headers, interim
        self.body, self.trailers, self.framing = b"", [], "none"

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json()["message"]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Wire:
    """One connection."""

    def __init__(self, port, timeout_s=30.0, receive_buffer=None):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout_s)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)
        return self

    def send_lossy(self, data):
        """For requests that are answered, and their connection closed, before they end."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def request(self, *args, method="GET", **kwargs):
        """Sends a well-formed request (see `build`) and reads its response."""
        self.send(build(*args, method=method, **kwargs))
        return self.response(method)

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Truncated(f"closed with {self.buffer[:200]!r} unread")
        self.buffer += data

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            assert len(self.buffer) < 1 << 20, "an endless line"
            self.fill()
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        assert b"\n" not in line and b"\r" not in line and b"\0" not in line, line
        return line

    def fields(self):
        fields = []
        while line := self.line():
            match = FIELD.fullmatch(line)
            assert match, f"not a field line: {line!r}"
            fields.append((match[1].decode(), match[2].decode("latin-1")))
        return fields

    def head(self):
        """One response head, an interim one too."""
        line = self.line()
        match = STATUS_LINE.fullmatch(line)
        assert match, f"not a status line: {line!r}"
        return Response(int(match[1]), match[2].decode("latin-1"), self.fields(), [])

    def final_head(self):
        interim = []
        while (response := self.head()).status < 200 and response.status != 101:
            interim.append(response)
        response.interim = interim
        return response

    def exactly(self, count):
        parts, self.buffer = [self.buffer[:count]], self.buffer[count:]
        missing = count - len(parts[0])
        while missing:
            data = self.sock.recv(min(missing, 1 << 18))
            if not data:
                raise Truncated(f"closed {missing} of {count} bytes too early")
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def response(self, method="GET"):
        """A whole final response; its framing must be one that RFC 9112 section 6 allows."""
        response = self.final_head()
        lengths, codings = response.all("content-length"), response.all("transfer-encoding")
        assert len(lengths) <= 1, response
        assert not (lengths and codings), f"both framings: {response}"
        if method == "HEAD" or response.status in (204, 304):
            return response
        if codings:
            assert codings == ["chunked"], response
            response.framing = "chunked"
            self.chunks(response)
        elif lengths:
            response.framing = "length"
            response.body = self.exactly(int(lengths[0]))
        else:
            response.framing = "close"
            response.body = self.rest()
        return response

    def chunks(self, response):
        parts = []
        while size := int(self.line(), 16):
            parts.append(self.exactly(size))
            assert self.exactly(2) == b"\r\n"
        response.trailers = self.fields()
        response.body = b"".join(parts)

    def rest(self):
        """Everything until the peer closes in order."""
        parts = [self.buffer]
        self.buffer = b""
        while data := self.sock.recv(65536):
            parts.append(data)
        return b"".join(parts)

    def assert_closed(self):
        """The peer closes, and sends nothing more."""
        try:
            left = self.rest()
        except ConnectionResetError:
            left = self.buffer
        except TimeoutError as error:
            raise AssertionError("the connection was left open") from error
        assert left == b"", f"bytes after the last response: {left[:200]!r}"


def build(path="/", *, method="GET", host="localhost", headers=(), body=None, version="HTTP/1.1"):
    """A well-formed request. `headers` is a list of pairs or a dict; a body gets its length."""
    fields = list(headers.items() if isinstance(headers, dict) else headers)
    lines = [f"{method} {path} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in fields]
    if body is not None and not any(n.lower() == "transfer-encoding" for n, _ in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def chunked(*parts, trailers=b""):
    """Parts in the chunked coding."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
    return coded + b"0\r\n" + trailers + b"\r\n"
