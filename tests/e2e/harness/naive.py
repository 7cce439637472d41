"""Readers of HTTP/1.1 requests that are wrong in the ways real origins are wrong.

Each is lenient in one way of its own. A proxy is safe before all of them when what it sends on
means the same to each: where two cut a stream differently, one request can hide inside another.
"""

import re

CONTROLS = bytes(range(0x21)) + b"\x7f"


class Naive:
    """The common ground; the leniencies below override one step each."""

    def lines_end(self, stream, at):
        """Where the line at `at` ends, and where the next begins."""
        end = stream.find(b"\r\n", at)
        return (None, None) if end < 0 else (end, end + 2)

    def name(self, name):
        return name.lower()

    def unfold(self, lines):
        return lines

    def body_is(self, fields):
        """`chunked` or a length; this one prefers Transfer-Encoding."""
        if any(b"chunked" in value.lower() for value in fields.get(b"transfer-encoding", ())):
            return "chunked"
        lengths = fields.get(b"content-length", (b"0",))
        return self.number(self.choose(lengths), 10)

    def choose(self, lengths):
        return lengths[0]

    def number(self, text, base):
        """The digits at the start, as C's strtol has it."""
        digits = rb"[0-9]*" if base == 10 else rb"[0-9A-Fa-f]*"
        return int(re.match(digits, text.strip())[0] or b"0", base)

    # The reading itself

    def line(self, stream, at):
        end, following = self.lines_end(stream, at)
        return (None, len(stream)) if end is None else (stream[at:end], following)

    def block(self, stream, at):
        """Lines up to an empty one."""
        lines = []
        while True:
            line, at = self.line(stream, at)
            if line is None:
                return None, at
            if not line:
                return self.unfold(lines), at
            lines.append(line)

    def chunks(self, stream, at):
        parts = []
        while True:
            line, at = self.line(stream, at)
            if line is None:
                return None, at
            size = self.number(line, 16)
            if not size:
                break
            if len(stream) < at + size + 2:
                return None, at
            parts.append(stream[at:at + size])
            at += size + 2
        trailers, at = self.block(stream, at)
        return (None if trailers is None else b"".join(parts)), at

    def one(self, stream, at):
        while stream[at:at + 2] == b"\r\n":
            at += 2
        lines, at = self.block(stream, at)
        if not lines:
            return None, at
        first = lines[0].split()
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            fields.setdefault(self.name(name), []).append(value.strip())
        what = self.body_is(fields)
        if what == "chunked":
            body, at = self.chunks(stream, at)
        elif len(stream) < at + what:
            return None, at
        else:
            body, at = stream[at:at + what], at + what
        if body is None:
            return None, at
        target = first[1] if len(first) > 1 else b""
        return (first[0].decode("latin-1"), target.decode("latin-1"), body), at

    def split(self, stream):
        """Whole requests, and where the first that is not whole begins."""
        requests, at = [], 0
        while at < len(stream):
            request, after = self.one(stream, at)
            if request is None:
                break
            requests.append(request)
            at = after
        return requests, at


class LengthFirst(Naive):
    """Content-Length wins over Transfer-Encoding."""

    def body_is(self, fields):
        if b"content-length" in fields:
            return self.number(self.choose(fields[b"content-length"]), 10)
        return super().body_is(fields)


class LastLength(LengthFirst):
    """The last Content-Length counts, in a list too."""

    def choose(self, lengths):
        return lengths[-1].split(b",")[-1]


class LastCoding(Naive):
    """Only a Transfer-Encoding whose last value is exactly chunked counts."""

    def body_is(self, fields):
        codings = b",".join(fields.get(b"transfer-encoding", ())).lower().split(b",")
        if codings[-1].strip() == b"chunked":
            return "chunked"
        return self.number(fields.get(b"content-length", (b"0",))[0], 10)


class Underscores(Naive):
    """CGI's environment: `_` and `-` are the same."""

    def name(self, name):
        return name.lower().replace(b"_", b"-")


class BareLf(Naive):
    """A line ends at LF; a CR before it is dropped."""

    def lines_end(self, stream, at):
        end = stream.find(b"\n", at)
        if end < 0:
            return None, None
        return (end - 1 if end > at and stream[end - 1:end] == b"\r" else end), end + 1


class BareCr(Naive):
    """A line ends at CR; an LF behind it belongs to it."""

    def lines_end(self, stream, at):
        end = stream.find(b"\r", at)
        if end < 0:
            return None, None
        return end, end + (2 if stream[end + 1:end + 2] == b"\n" else 1)


class Stripping(Naive):
    """Names lose every byte that is not printable, and spaces; numbers their signs and prefixes."""

    def name(self, name):
        return bytes(byte for byte in name.lower() if byte not in CONTROLS and byte < 0x80)

    def number(self, text, base):
        text = bytes(byte for byte in text if byte not in CONTROLS).lstrip(b"+")
        if base == 16 and text[:2].lower() == b"0x":
            text = text[2:]
        return super().number(text, base)


class Folding(Naive):
    """Lines that begin with white space go on the line before."""

    def unfold(self, lines):
        whole = []
        for line in lines:
            if line[:1] in (b" ", b"\t") and whole:
                whole[-1] += b" " + line.strip()
            else:
                whole.append(line)
        return whole


class CString(Naive):
    """A line ends, for this one, at its first NUL."""

    def line(self, stream, at):
        line, at = super().line(stream, at)
        return (line and line.split(b"\0")[0]), at


READERS = [kind() for kind in (Naive, LengthFirst, LastLength, LastCoding, Underscores, BareLf,
                               BareCr, Stripping, Folding, CString)]


def assert_one_meaning(stream, wanted):
    """Every reader cuts the stream as `wanted` (whole requests, where the rest begins) has it."""
    for reader in READERS:
        found = reader.split(stream)
        assert found == wanted, (
            f"{type(reader).__name__} reads {found} where others read {wanted}: {stream[:2000]!r}")
