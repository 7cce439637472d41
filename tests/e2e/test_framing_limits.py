"""Sizes at, just under and just over the limits: RFC 9110 section 15.5, RFC 9112 section 3, RFC
6585 section 5; AWS's 10,240 bytes of request line and fields."""

import socket

import pytest

from harness.framing import cut, either, head, passes, play, post, refused, table

HEAD_BYTES_MAX = 10_240
FIELDS_MAX = 100
METHOD_BYTES_MAX = 64
TOO_LARGE = (431,)
LAST = b"0\r\n\r\n"


def filled(size, name=b"X-A", **how):
    """A head of exactly this many bytes, by one long value."""
    fixed = len(head(name + b": ", **how))
    return head(name + b": " + b"v" * (size - fixed), **how)


def long_target(size):
    fixed = len(head(target=b"/"))
    return b"/" + b"t" * (size - fixed)


def many(count, each=b"X-A: b"):
    """A head of so many fields, Host among them."""
    return head(*[each] * (count - 1))


def trailers(size):
    """A chunked request whose trailer section has so many bytes."""
    line = b"X-A: " + b"v" * (size - 9) + b"\r\n"
    return post(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n" + line + b"\r\n")


@table(
    passes("a head of the limit", "9110 5.4", filled(HEAD_BYTES_MAX), ("GET", "/x")),
    passes("a head one byte under the limit", "9110 5.4", filled(HEAD_BYTES_MAX - 1),
           ("GET", "/x")),
    passes("a POST whose head has the limit", "9110 5.4",
           filled(HEAD_BYTES_MAX, method=b"POST", name=b"Content-Length: 5\r\nX-A") + b"hello",
           ("POST", "/x", b"hello")),
    passes("two heads of the limit", "9110 5.4", filled(HEAD_BYTES_MAX) * 2, ("GET", "/x"),
           ("GET", "/x")),
    passes("a head of the limit behind empty lines", "9112 2.2",
           b"\r\n\r\n" + filled(HEAD_BYTES_MAX), ("GET", "/x")),
    refused("a head one byte over the limit", "6585 5", filled(HEAD_BYTES_MAX + 1), TOO_LARGE),
    refused("a head of twice the limit", "6585 5", filled(2 * HEAD_BYTES_MAX), TOO_LARGE),
    refused("a head of a megabyte", "6585 5", filled(1 << 20), TOO_LARGE),
    refused("a head of the limit that does not end", "6585 5",
            filled(2 * HEAD_BYTES_MAX)[:HEAD_BYTES_MAX + 1], TOO_LARGE),
    refused("a valid request before a head over the limit", "6585 5",
            head() + filled(HEAD_BYTES_MAX + 1), TOO_LARGE, after=[("GET", "/x")]),
    refused("one over the limit by a long name", "6585 5",
            head(b"N" * HEAD_BYTES_MAX + b": v"), TOO_LARGE),
    refused("one over the limit by Host", "6585 5", head(host=b"a" * HEAD_BYTES_MAX), (400, 431)),
    refused("one over the limit by white space", "6585 5",
            head(b"X-A:" + b" " * HEAD_BYTES_MAX + b"b"), TOO_LARGE),
    passes("a target of the limit", "9110 4.1", head(target=long_target(HEAD_BYTES_MAX)),
           ("GET", long_target(HEAD_BYTES_MAX).decode())),
    refused("a target one byte over the limit", "9110 15.5.15",
            head(target=long_target(HEAD_BYTES_MAX + 1)), (414, 431)),
    refused("a target of a megabyte", "9110 15.5.15", head(target=long_target(1 << 20)), (414,)),
    refused("a request line that does not end", "9112 3", b"GET /" + b"t" * 100_000,
            (400, 414, 431)),
    refused("a method that does not end", "9112 3", b"G" * 100_000, (400, 414, 431, 501)),
    passes("as many fields as the limit", "9110 5.4", many(FIELDS_MAX), ("GET", "/x")),
    passes("as many empty fields as the limit", "9110 5.4", many(FIELDS_MAX, b"X:"),
           ("GET", "/x")),
    passes("as many fields of one byte as the limit", "9110 5.4", many(FIELDS_MAX, b"X:y"),
           ("GET", "/x")),
    refused("one field over the limit", "6585 5", many(FIELDS_MAX + 1), TOO_LARGE),
    refused("one empty field over the limit", "6585 5", many(FIELDS_MAX + 1, b"X:"), TOO_LARGE),
    refused("1,000 fields", "6585 5", many(1000), TOO_LARGE),
    refused("50,000 fields", "6585 5", many(50_000), TOO_LARGE),
    either("a method of the limit", "9112 3", head(method=b"M" * METHOD_BYTES_MAX), (405, 501),
           ("M" * METHOD_BYTES_MAX, "/x")),
    refused("a method one byte over the limit", "9112 3",
            head(method=b"M" * (METHOD_BYTES_MAX + 1)), (501,)),
    passes("100 cookies", "9110 5.4", head(b"Cookie: " + b"; ".join([b"a=b"] * 100)),
           ("GET", "/x")),
    passes("a chunk line of 1,000 bytes", "9112 7.1.1",
           post(b"Transfer-Encoding: chunked", body=b"5;a=" + b"b" * 996 + b"\r\nhello\r\n" + LAST),
           ("POST", "/x", b"hello")),
    cut("a chunk line of 4,000 bytes", "9112 7.1.1",
        post(b"Transfer-Encoding: chunked", body=b"5;a=" + b"b" * 3996 + b"\r\nhello\r\n" + LAST),
        (400, 413, 431)),
    passes("trailers of 8,000 bytes", "9112 7.1.2", trailers(8000), ("POST", "/x", b"hello")),
    cut("trailers of 9,000 bytes", "9112 7.1.2", trailers(9000), (400, 413, 431)),
    either("32 options of Connection", "9110 7.6.1",
           head(b"Connection: " + b", ".join(b"x-%d" % n for n in range(32))), (400, 431),
           ("GET", "/x")),
    either("500 options of Connection", "9110 7.6.1",
           head(b"Connection: " + b",".join(b"x-%d" % n for n in range(500))), (400, 431),
           ("GET", "/x")),
    either("Connection 90 times", "9110 7.6.1", head(*[b"Connection: x-a"] * 90), (400, 431),
           ("GET", "/x")),
)
def test_size(rig, case):
    play(rig, case)


@pytest.mark.parametrize("at", [1, 100, 8192, HEAD_BYTES_MAX - 2, HEAD_BYTES_MAX - 1])
def test_a_head_of_the_limit_in_two_segments(rig, at):
    """The limit is of the head, not of a read."""
    raw = filled(HEAD_BYTES_MAX)
    rig.mark()
    with rig.wire() as wire:
        wire.send(raw[:at])
        rig.settle()
        wire.send(raw[at:])
        assert wire.response().status == 200
    assert len(rig.forwarded()) == 1


HUGE = {
    "the largest length": (b"Content-Length: %d" % (2**63 - 1), b""),
    "a length of 2^32 + 5": (b"Content-Length: %d" % (2**32 + 5), b""),
    "a chunk of 2^63 - 1": (b"Transfer-Encoding: chunked", b"7fffffffffffffff\r\n"),
    "a chunk of 2^32 + 5": (b"Transfer-Encoding: chunked", b"100000005\r\n"),
}


@pytest.mark.parametrize("what", HUGE)
def test_a_huge_but_legal_size_is_taken_and_its_end_waited_for(rig, what):
    """Neither wrapped to a small one nor refused: what comes of it goes on, and stays one body."""
    line, size = HUGE[what]
    sent = bytes(range(256)) * 512
    rig.mark()
    with rig.wire() as wire:
        wire.send(post(line, body=size + sent))
        while not any(sent in stream.replace(b"\r\n", b"") or sent in stream
                      for stream in rig.streams()):
            assert rig.serve(5), f"only {[len(stream) for stream in rig.streams()]} came"
        assert rig.forwarded() == [], "it is not over"
        wire.sock.shutdown(socket.SHUT_RDWR)
    assert rig.forwarded() == [], "an aborted body is no whole one"
