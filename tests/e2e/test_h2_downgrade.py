"""From HTTP/2 to HTTP/1.1: what cannot be said in HTTP/1.1 is refused, never said in part (RFC 9113
sections 8.1 to 8.3 and 10.3). The judge is the rig's: every byte that reaches the origin."""

import pytest

from harness import h2frames as h2
from harness.h2cases import connect, serves_on, stream_error, table
from harness.h2cases import play as play_frames
from harness.h2frames import PROTOCOL_ERROR

INNER = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
TRAILERS = (("x-sum", "1"),)


def request(*more, method="GET", scheme="http", authority="a.test", path="/x", first=()):
    """Pseudo-fields and fields; None leaves one out."""
    pseudo = [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
    return (*first, *[field for field in pseudo if field[1] is not None], *more)


def bad(name, rule, fields, body=None, trailers=None, codes=(PROTOCOL_ERROR,)):
    """Malformed: a stream error, or a 4xx; nothing at the origin."""
    raw = h2.headers(1, fields, end=body is None and trailers is None)
    if body is not None:
        raw += h2.data(1, body, end=trailers is None)
    if trailers is not None:
        raw += h2.headers(1, trailers)
    return stream_error(name, rule, raw, *codes)


def field(name, field_name, value="v", rule="9113 8.2.1"):
    return bad(f"field: {name}", rule, request((field_name, value)))


def hop(name, value):
    return bad(f"hop: {name} {value}", "9113 8.2.2", request((name, value)))


def pseudo(name, fields, rule="9113 8.3.1"):
    return bad(f"pseudo: {name}", rule, fields)


@table(
    field("upper case", "X-A"),
    field("one letter in upper case", "x-aB"),
    field("empty name", ""),
    field("a space in the name", "x a"),
    field("a space behind the name", "x-a "),
    field("a tab in the name", "x\ta"),
    field("a colon in the name", "x:a"),
    field("a colon behind the name", "x-a:"),
    field("a CRLF in the name", "x: y\r\nx-b"),
    field("a LF in the name", "x\nb"),
    field("a NUL in the name", "x\0b"),
    field("a control byte in the name", "x\x01b"),
    field("a DEL in the name", "x\x7fb"),
    field("beyond ASCII in the name", b"x-\xc3\xa9"),
    field("a request in the name", f"x: y\r\n\r\n{INNER}x"),
    field("a delimiter in the name", "x(a)"),
    field("a CRLF in the value", "x-a", "b\r\nx-b: c"),
    field("a CRLF and a length in the value", "x-a", "b\r\ncontent-length: 100"),
    field("a CRLF and a coding in the value", "x-a", "b\r\ntransfer-encoding: chunked"),
    field("a request in the value", "x-a", f"b\r\n\r\n{INNER}"),
    field("a LF in the value", "x-a", "b\nc"),
    field("a CR in the value", "x-a", "b\rc"),
    field("a NUL in the value", "x-a", "b\0c"),
    field("a CRLF at the end of the value", "x-a", "b\r\n"),
    field("a space before the value", "x-a", " b"),
    field("a space behind the value", "x-a", "b "),
    field("a tab before the value", "x-a", "\tb"),
    field("a tab behind the value", "x-a", "b\t"),
    hop("connection", "keep-alive"),
    hop("connection", "close"),
    hop("connection", "x-a"),
    hop("keep-alive", "timeout=5"),
    hop("proxy-connection", "keep-alive"),
    hop("transfer-encoding", "chunked"),
    hop("transfer-encoding", "identity"),
    hop("upgrade", "websocket"),
    hop("te", "gzip"),
    hop("te", "trailers, gzip"),
    hop("te", "trailers;q=0.5"),
    bad("transfer-encoding with chunks for a body", "9113 8.2.2",
        request(("transfer-encoding", "chunked"), method="POST"), b"0\r\n\r\n" + INNER.encode()),
    pseudo("no method", request(method=None)),
    pseudo("no scheme", request(scheme=None)),
    pseudo("no path", request(path=None)),
    pseudo("none at all", (("host", "a.test"),)),
    pseudo("an empty path", request(path="")),
    pseudo("an empty method", request(method="")),
    pseudo("method twice", request(first=((":method", "POST"),))),
    pseudo("path twice", request(first=((":path", "/y"),))),
    pseudo("scheme twice", request(first=((":scheme", "https"),))),
    pseudo("authority twice", request(first=((":authority", "b.test"),))),
    pseudo("behind a field", request(first=(("x-a", "b"),)), "9113 8.3"),
    pseudo("an unknown one", request(first=((":x", "y"),)), "9113 8.3"),
    pseudo("status", request(first=((":status", "200"),)), "9113 8.3"),
    pseudo("protocol that was not offered", request(first=((":protocol", "websocket"),),
                                                    method="CONNECT"), "8441 3"),
    pseudo("in upper case", (*request(), (":Path", "/y")), "9113 8.3"),
    pseudo("a method with a space", request(method="GET /smuggled HTTP/1.1\r\nx")),
    pseudo("a method with a CRLF", request(method="GET\r\n")),
    pseudo("a method of another grammar", request(method="G(T")),
    pseudo("a path with a space", request(path="/x y")),
    pseudo("a path with a version", request(path="/x HTTP/1.1\r\nx-a: b")),
    pseudo("a path with a CRLF", request(path="/x\r\n")),
    pseudo("a path with a LF", request(path="/x\ny")),
    pseudo("a path with a NUL", request(path="/x\0")),
    pseudo("a path with a tab", request(path="/x\ty")),
    pseudo("a path with a backslash", request(path="/x\\y")),
    pseudo("a path beyond ASCII", request(path=b"/\xc3\xa9")),
    pseudo("a path without a slash", request(path="x")),
    pseudo("a path that is a URL", request(path="http://b.test/x")),
    pseudo("a path that is a query", request(path="?x")),
    pseudo("a path of an asterisk", request(path="*")),
    pseudo("an authority with userinfo", request(authority="u:p@a.test")),
    pseudo("an authority with a path", request(authority="a.test/y")),
    pseudo("an authority with a space", request(authority="a.test b.test")),
    pseudo("an authority with a CRLF", request(authority="a.test\r\nx-a: b")),
    pseudo("an authority with a NUL", request(authority="a.test\0")),
    pseudo("an authority with a bad port", request(authority="a.test:65536")),
    pseudo("an authority with a backslash", request(authority="a.test\\b")),
    pseudo("an authority of two", request(authority="a.test, b.test")),
    pseudo("a scheme with a CRLF", request(scheme="http\r\nx-a: b")),
    pseudo("a scheme with a URL", request(scheme="http://b.test/x?")),
    pseudo("no authority and no host", request(authority=None)),
    pseudo("another host than the authority", request(("host", "b.test"))),
    pseudo("two hosts", request(("host", "a.test"), ("host", "a.test"), authority=None)),
    pseudo("two hosts beside the authority", request(("host", "a.test"), ("host", "b.test"))),
    bad("CONNECT with a path", "9113 8.5", request(method="CONNECT")),
    bad("a length beside no body", "9113 8.1.1", request(("content-length", "5"), method="POST")),
    bad("a length longer than the body", "9113 8.1.1",
        request(("content-length", "6"), method="POST"), b"hello"),
    bad("a length shorter than the body", "9113 8.1.1",
        request(("content-length", "4"), method="POST"), b"hello"),
    bad("a length of 0 beside a body", "9113 8.1.1",
        request(("content-length", "0"), method="POST"), INNER.encode()),
    bad("two lengths", "9113 8.1.1",
        request(("content-length", "5"), ("content-length", "6"), method="POST"), b"hello"),
    bad("a list of lengths", "9113 8.1.1",
        request(("content-length", "5, 6"), method="POST"), b"hello"),
    bad("a signed length", "9113 8.1.1", request(("content-length", "+5"), method="POST"),
        b"hello"),
    bad("a length in hexadecimal", "9113 8.1.1",
        request(("content-length", "0x5"), method="POST"), b"hello"),
    bad("a length that is no number", "9113 8.1.1",
        request(("content-length", "x"), method="POST"), b"hello"),
    bad("a length too long before trailers", "9113 8.1.1",
        request(("content-length", "6"), method="POST"), b"hello", TRAILERS),
    bad("an underscore length", "9110 17.10", request(("content_length", "5"), method="POST"),
        b"hello"),
    bad("an underscore coding", "9110 17.10", request(("transfer_encoding", "chunked"),
                                                      method="POST"), b"hello"),
    bad("a fragment", "9113 8.3.1", request(path="/x#y")),
    bad("a fragment behind a query", "9113 8.3.1", request(path="/x?y#z")),
    bad("a pseudo-field in trailers", "9113 8.1", request(method="POST"), b"hello",
        ((":path", "/y"),)),
    bad("a status in trailers", "9113 8.1", request(method="POST"), b"hello",
        ((":status", "200"),)),
    bad("upper case in trailers", "9113 8.2.1", request(method="POST"), b"hello",
        (("X-Sum", "1"),)),
    bad("a CRLF in trailers", "9113 8.2.1", request(method="POST"), b"hello",
        (("x-sum", f"1\r\n\r\n{INNER}"),)),
    bad("Connection in trailers", "9113 8.2.2", request(method="POST"), b"hello",
        (("connection", "close"),)),
    bad("a head of 14,000 bytes", "9113 10.5.1", request(*[("x-a", "v" * 1000)] * 14)),
)
def test_malformed(rig, case):
    play_frames(rig, case)


def test_connect_is_not_served(rig):
    """501, as in HTTP/1.1; it is well-formed (RFC 9113 section 8.5)."""
    rig.mark()
    with connect(rig) as client:
        answer = client.request(((":method", "CONNECT"), (":authority", "a.test:80")))
        assert answer.status == 501, answer
        serves_on(client)
    assert [request.target for request in rig.forwarded()] == ["/probe"]


CLEAN = {
    "a GET": (request(), None, ("GET", "/x"), {}),
    "a query": (request(path="/x?a=b&c=%20"), None, ("GET", "/x?a=b&c=%20"), {}),
    "two slashes": (request(path="//b.test/y"), None, ("GET", "//b.test/y"), {}),
    "a POST without a body": (request(method="POST"), b"", ("POST", "/x"), {}),
    "a POST with a length": (request(("content-length", "5"), method="POST"), b"hello",
                             ("POST", "/x"), {"content-length": [b"5"]}),
    "a POST without a length": (request(method="POST"), b"hello", ("POST", "/x"), {}),
    "a body that looks like chunks": (request(method="POST"), b"0\r\n\r\n" + INNER.encode(),
                                      ("POST", "/x"), {}),
    "a GET with a body": (request(), b"hello", ("GET", "/x"), {}),
    "a HEAD": (request(method="HEAD"), None, ("HEAD", "/x"), {}),
    "a host for the authority": (request(("host", "a.test"), authority=None), None,
                                 ("GET", "/x"), {}),
    "the same host as the authority": (request(("host", "a.test")), None, ("GET", "/x"), {}),
    "TE: trailers": (request(("te", "trailers")), None, ("GET", "/x"),
                     {"te": [b"trailers"], "connection": [b"TE"]}),
    "cookie crumbs": (request(("cookie", "a=b"), ("cookie", "c=d"), ("cookie", "e=f")), None,
                      ("GET", "/x"), {"cookie": [b"a=b; c=d; e=f"]}),
    "fields twice": (request(("x-a", "1"), ("x-b", "2"), ("x-a", "3")), None, ("GET", "/x"),
                     {"x-a": [b"1", b"3"], "x-b": [b"2"]}),
    "an empty value": (request(("x-a", "")), None, ("GET", "/x"), {"x-a": [b""]}),
    "a tab inside a value": (request(("x-a", "b\tc")), None, ("GET", "/x"), {"x-a": [b"b\tc"]}),
    "UTF-8 in a value": (request(("x-a", b"\xc3\xa9")), None, ("GET", "/x"),
                         {"x-a": [b"\xc3\xa9"]}),
    "the scheme of the other port": (request(scheme="https"), None, ("GET", "/x"), {}),
    "another priority scheme": (request(("priority", "u=3, i")), None, ("GET", "/x"), {}),
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean(rig, name):
    fields, body, (method, target), wanted = CLEAN[name]
    rig.mark()
    with connect(rig) as client:
        answer = client.request(fields, body)
        assert answer.status == 200 and answer.ended, answer
        serves_on(client)
    seen = rig.forwarded()
    assert [request.target for request in seen] == [target, "/probe"]
    assert (seen[0].method, seen[0].body) == (method, body or b"")
    for field_name, values in wanted.items():
        assert seen[0].all(field_name) == values, seen[0]


@pytest.mark.parametrize("trailers", [TRAILERS, (("x-a", "1"), ("x-b", "2")),
                                      (("content-length", "5"),), (("host", "b.test"),),
                                      (("transfer_encoding", "chunked"),)])
def test_trailers_are_sent_on_as_trailers_or_not_at_all(rig, trailers):
    """RFC 9110 section 6.5.1."""
    rig.mark()
    with connect(rig) as client:
        answer = client.request(request(method="POST"), b"hello", trailers)
        assert answer.status == 200 or answer.status in range(400, 500) or answer.reset, answer
    for seen in rig.forwarded():
        assert seen.body == b"hello"
        assert len(seen.all("host")) == 1 and not seen.all("x-sum")


def test_a_reset_before_the_end_is_no_whole_request(rig):
    """RFC 9113 section 5.4.2: an aborted body must not look whole in HTTP/1.1."""
    rig.mark()
    with connect(rig) as client:
        client.send(h2.headers(1, request(method="POST"), end=False)
                    + h2.data(1, b"x" * 100_00, end=False) + h2.rst_stream(1))
        serves_on(client)
    assert [seen.target for seen in rig.forwarded()] == ["/probe"]


def test_a_closed_connection_is_no_whole_request(rig):
    rig.mark()
    with connect(rig) as client:
        client.send(h2.headers(1, request(method="POST"), end=False)
                    + h2.data(1, b"hello", end=False))
        client.roundtrip()
    assert rig.forwarded() == []
