"""A strict reader of HTTP/1.1 requests, after the grammar of RFC 9110 and 9112 and nothing else.

It is the judge of what the gateway takes and of what it sends on: `split` cuts a byte stream into
requests, and raises `Malformed` where the grammar does not allow the bytes; `require_sent_on` asks
more of a request that a gateway itself has written.
"""

import re

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# VCHAR without what RFC 3986 gives another meaning (`#`) or some origins do (`\`).
TARGET = rb"[!\"$-\[\]-~]+"
REQUEST_LINE = re.compile(rb"(%s) (%s) HTTP/1\.([0-9])" % (TOKEN, TARGET))
FIELD = re.compile(rb"(%s):[ \t]*((?:[!-~\x80-\xff](?:[\t !-~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*"
                   % TOKEN)
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t !-~\x80-\xff])*"'
EXTENSION = rb"[ \t]*;[ \t]*%s(?:[ \t]*=[ \t]*(?:%s|%s))?" % (TOKEN, TOKEN, QUOTED)
CHUNK = re.compile(rb"([0-9A-Fa-f]+)((?:%s)*)" % EXTENSION)
HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
# What an origin that maps `_` to `-` (as CGI does) takes for one of the fields that frame or route.
LOOKALIKE = re.compile(rb"(?i)(?=.*_)(?:content[_-]length|transfer[_-]encoding|host)")
NOT_IN_TRAILERS = ("content-length", "transfer-encoding", "host", "trailer", "te", "connection",
                   "authorization", "content-type", "content-encoding")


class Malformed(AssertionError):
    """Bytes that the grammar forbids."""


class Incomplete(Exception):
    """The stream ends inside a message that is well-formed so far."""


def require(truth, what, where):
    if not truth:
        raise Malformed(f"{what}: {where[:200]!r}")


class Request:
    """One request: what every reader must agree on, and its fields."""

    def __init__(self, method, target, minor, fields):
        self.method, self.target, self.minor, self.fields = method, target, minor, fields
        self.body, self.trailers = b"", []

    @property
    def meaning(self):
        return self.method, self.target, self.body

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __repr__(self):
        return f"<{self.method} {self.target} {self.fields} {self.body[:100]!r}>"


class Reader:
    """A cursor over a stream."""

    def __init__(self, stream):
        self.stream, self.at = stream, 0

    def line(self):
        end = self.stream.find(b"\n", self.at)
        if end < 0:
            left = self.stream[self.at:]
            require(re.fullmatch(rb"[^\0\r]*\r?", left), "a control byte", left)
            raise Incomplete
        line = self.stream[self.at:end]
        require(line.endswith(b"\r"), "a bare LF", line)
        require(b"\r" not in line[:-1] and b"\0" not in line, "a bare CR or a NUL", line)
        self.at = end + 1
        return line[:-1]

    def take(self, count):
        if len(self.stream) - self.at < count:
            raise Incomplete
        self.at += count
        return self.stream[self.at - count:self.at]

    def fields(self):
        fields = []
        while line := self.line():
            match = FIELD.fullmatch(line)
            require(match, "no field line", line)
            fields.append((match[1].decode(), match[2]))
        return fields

    def chunks(self):
        parts = []
        while True:
            line = self.line()
            match = CHUNK.fullmatch(line)
            require(match, "no chunk size", line)
            size = int(match[1], 16)
            require(size < 1 << 63, "a chunk size beyond all bounds", line)
            if not size:
                return b"".join(parts)
            parts.append(self.take(size))
            require(self.take(2) == b"\r\n", "a chunk longer than its size", parts[-1])


def framing(request):
    """The length of the body, or None for chunked (RFC 9112 section 6.3)."""
    lengths, codings = request.all("content-length"), request.all("transfer-encoding")
    require(not (lengths and codings), "both framings", repr(request))
    require(len(lengths) < 2 and len(codings) < 2, "a framing twice", repr(request))
    if codings:
        require(codings[0].lower() == b"chunked", "an unknown coding", codings[0])
        require(request.minor, "a coding of HTTP/1.0", repr(request))
        return None
    if lengths:
        require(re.fullmatch(rb"[0-9]+", lengths[0]), "no length", lengths[0])
        require(int(lengths[0]) < 1 << 63, "a length beyond all bounds", lengths[0])
        return int(lengths[0])
    return 0


def one(reader):
    """The request at the cursor."""
    line = reader.line()
    match = REQUEST_LINE.fullmatch(line)
    require(match, "no request line", line)
    request = Request(match[1].decode(), match[2].decode(), int(match[3]), reader.fields())
    hosts = request.all("host")
    require(len(hosts) == 1 or (not hosts and not request.minor), "not one Host", repr(request))
    require(all(HOST.fullmatch(host) for host in hosts), "no host", repr(hosts))
    length = framing(request)
    if length is not None:
        request.body = reader.take(length)
        return request
    request.body, request.trailers = reader.chunks(), reader.fields()
    return request


def split(stream, empty_lines=False):
    """Whole requests of a stream, and where the first that is not whole begins. `Malformed` names
    the requests before it as its `requests`. A server has to take empty lines before a request
    (RFC 9112 section 2.2); nobody has to send them."""
    reader, requests = Reader(stream), []
    while reader.at < len(stream):
        while empty_lines and stream[reader.at:reader.at + 2] == b"\r\n":
            reader.at += 2
        start = reader.at
        try:
            requests.append(one(reader))
        except Incomplete:
            return requests, start
        except Malformed as error:
            error.requests = requests
            raise
    return requests, reader.at


def require_sent_on(request):
    """What a gateway writes is of its own version, of the origin form (RFC 9112 section 3.2.1), and
    has nothing in it that some origin takes for a framing or an authority."""
    require(request.minor == 1, "a version of the client's", repr(request))
    require(request.target.startswith("/"), "not the origin form", request.target)
    for name, _ in request.fields:
        require(not LOOKALIKE.fullmatch(name.encode()), "a lookalike", name)
    for name, _ in request.trailers:
        steers = name.lower() in NOT_IN_TRAILERS or LOOKALIKE.fullmatch(name.encode())
        require(not steers, "a trailer that steers", name)
