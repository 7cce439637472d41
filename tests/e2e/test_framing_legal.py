"""Odd, legal requests that a strict gateway must not refuse: RFC 9110 and 9112."""

import pytest

from harness.framing import PROBE, answered, head, passes, play, post, table

GET = ("GET", "/x")


def option(name, *lines, **how):
    return passes(name, "9110 7.6.1", head(*lines), GET, **how)


@table(
    passes("no field but Host", "9112 3.2", head(), GET),
    passes("pipelined twice", "9112 9.3.2", head() * 2, GET, GET),
    passes("pipelined with bodies", "9112 9.3.2",
           post(b"Content-Length: 5", body=b"hello") * 3, *[("POST", "/x", b"hello")] * 3),
    passes("pipelined in both framings", "9112 9.3.2",
           post(b"Content-Length: 5", body=b"hello")
           + post(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n") + head(),
           ("POST", "/x", b"hello"), ("POST", "/x", b"hello"), GET),
    passes("pipelined behind HEAD", "9112 9.3.2", head(method=b"HEAD") + head(), ("HEAD", "/x"),
           GET),
    passes("pipelined methods of every kind", "9112 9.3.2",
           b"".join(head(method=name) for name in (b"GET", b"DELETE", b"PUT", b"OPTIONS")),
           GET, ("DELETE", "/x"), ("PUT", "/x"), ("OPTIONS", "/x")),
    passes("pipelined bodies that look like requests", "9112 6.3",
           post(b"Content-Length: %d" % len(PROBE), body=PROBE) * 2,
           *[("POST", "/x", PROBE)] * 2),
    option("keep-alive", b"Connection: keep-alive"),
    option("keep-alive in upper case", b"Connection: Keep-Alive"),
    option("keep-alive and its parameters", b"Connection: keep-alive",
           b"Keep-Alive: timeout=5, max=100", fields={"keep-alive": None}),
    option("an empty Connection", b"Connection:"),
    option("a Connection of commas", b"Connection: ,, ,"),
    option("a Connection of empty elements", b"Connection: , x-a ,, x-b ,",
           b"X-A: 1", b"X-B: 2", b"X-C: 3", fields={"x-a": None, "x-b": None, "x-c": b"3"}),
    option("a nominated field in another case", b"Connection: X-HOP", b"x-hop: 1",
           fields={"x-hop": None}),
    option("a nominated field that is not there", b"Connection: x-none"),
    option("a nominated field thrice", b"Connection: x-hop", b"X-Hop: 1", b"X-Hop: 2", b"X-Hop: 3",
           fields={"x-hop": None}),
    option("Connection twice", b"Connection: x-a", b"Connection: x-b", b"X-A: 1", b"X-B: 2",
           fields={"x-a": None, "x-b": None}),
    option("Connection nominates itself", b"Connection: connection"),
    option("Proxy-Connection", b"Proxy-Connection: keep-alive", fields={"proxy-connection": None}),
    # Amazon's HTTP APIs drop it; here it reaches the origin.
    option("TE: trailers", b"TE: trailers", b"Connection: TE", fields={"te": b"trailers"}),
    option("TE with weights", b"TE: deflate;q=0.5, trailers", b"Connection: TE"),
    option("TE without Connection", b"TE: trailers", fields={"te": b"trailers"}),
    option("an empty TE", b"TE:", b"Connection: TE"),
    option("Trailer without trailers", b"Trailer: X-Sum"),
    option("an unknown Upgrade", b"Upgrade: foo/2", b"Connection: upgrade",
           fields={"upgrade": None}),
    option("Upgrade without Connection", b"Upgrade: websocket", fields={"upgrade": None}),
    option("Upgrade to h2c", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings",
           b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", fields={"http2-settings": None}),
    option("Upgrade to HTTP/2.0 by name", b"Upgrade: HTTP/2.0, SHTTP/1.3, IRC/6.9",
           b"Connection: upgrade"),
    passes("an unknown expectation of a request without a body", "9110 10.1.1",
           head(b"Expect: 100-continue"), GET),
    passes("a negative Max-Forwards", "9110 7.6.2", head(b"Max-Forwards: -1"), GET),
    passes("a range that cannot be", "9110 14.1", head(b"Range: bytes=9-1"), GET),
    passes("a date that cannot be", "9110 5.6.7", head(b"If-Modified-Since: yesterday"), GET),
    passes("a content type of a GET", "9110 8.3", head(b"Content-Type: text/plain"), GET),
    passes("Authorization of an unknown scheme", "9110 11.6.2", head(b"Authorization: Foo bar"),
           GET, fields={"authorization": b"Foo bar"}),
    passes("Via of others", "9110 7.6.3", head(b"Via: 1.0 fred, 1.1 p.example.com"), GET),
    passes("many Accepts", "9110 5.3", head(*[b"Accept: text/%d" % n for n in range(50)]), GET),
    passes("JSON in a value", "9110 5.5", head(b'X-A: {"a": [1, 2], "b": "\\u00e9"}'), GET,
           fields={"x-a": b'{"a": [1, 2], "b": "\\u00e9"}'}),
    passes("UTF-8 in a value", "9110 5.5", head("X-A: caf\u00e9 \u20ac".encode()), GET,
           fields={"x-a": "caf\u00e9 \u20ac".encode()}),
    passes("a field named by a number", "9110 5.1", head(b"1: 2"), GET),
    passes("a lone trailer", "9110 6.5", post(b"Transfer-Encoding: chunked", b"Trailer: X-Sum",
                                              body=b"0\r\nX-Sum: 1\r\n\r\n"), ("POST", "/x")),
    passes("a trailer that was not announced", "9110 6.6.2",
           post(b"Transfer-Encoding: chunked", body=b"2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n"),
           ("POST", "/x", b"ab")),
    passes("GET, chunked, with nothing in it", "9112 6.3",
           head(b"Transfer-Encoding: chunked") + b"0\r\n\r\n", GET),
    passes("upper-case everything", "9110 5.1",
           b"GET /X HTTP/1.1\r\nHOST: A.TEST\r\nACCEPT: */*\r\nCONNECTION: KEEP-ALIVE\r\n\r\n",
           ("GET", "/X")),
    passes("lower-case names", "9110 5.1",
           b"GET /x HTTP/1.1\r\nhost: a.test\r\naccept: */*\r\nconnection: keep-alive\r\n\r\n",
           GET),
)
def test_legal(rig, case):
    play(rig, case)


def test_five_hundred_pipelined_requests(rig):
    """RFC 9112 section 9.3.2: answered in order, each by its own answer."""
    rig.mark()
    count = 500
    with rig.wire() as wire:
        wire.send(b"".join(head(target=b"/%d" % n) for n in range(count)))
        for number in range(count):
            answered(wire, ("GET", f"/{number}", b""))
    assert [request.target for request in rig.forwarded()] == [f"/{n}" for n in range(count)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 61, 4096])
def test_segments_of_any_size_mean_the_same(rig, size):
    """RFC 9112 section 2.2: a message is a stream of bytes, however it is cut."""
    raw = (b"\r\n" + head(b"X-A: b") + post(b"Content-Length: 5", body=b"hello")
           + post(b"Transfer-Encoding: chunked",
                  body=b'3;a="b;c"\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n') + head())
    rig.mark()
    with rig.wire() as wire:
        for at in range(0, len(raw), size):
            wire.send(raw[at:at + size])
            rig.serve(0)
        for request in (GET, ("POST", "/x", b"hello"), ("POST", "/x", b"hello"), GET):
            answered(wire, (*request, b"")[:3])
    assert [r.body for r in rig.forwarded()] == [b"", b"hello", b"hello", b""]


def test_every_split_of_a_request_in_two(rig):
    raw = post(b"Transfer-Encoding: chunked", b"X-A: b", body=b"5;a=b\r\nhello\r\n0\r\n\r\n")
    with rig.wire() as wire:
        for at in range(1, len(raw)):
            rig.mark()
            wire.send(raw[:at])
            rig.serve(0)
            wire.send(raw[at:])
            answered(wire, ("POST", "/x", b"hello"))
            assert len(rig.forwarded()) == 1, at
