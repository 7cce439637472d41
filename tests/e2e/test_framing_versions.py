"""Versions and methods: RFC 9112 sections 2.3 and 3, RFC 9110 sections 2.5 and 9."""

import pytest

from harness.framing import either, head, passes, play, post, refused, table

BAD_VERSION = (400, 505)
NO_METHOD = (400, 405, 501)


def version(name, text, statuses=BAD_VERSION):
    return refused(f"version: {name}", "9112 2.3", head(version=text), statuses)


def method(name, text, statuses=NO_METHOD):
    return refused(f"method: {name}", "9110 9.1", head(method=text), statuses)


def any_method(text, rule="9110 9.1"):
    """A token: passed on as it is, or said not to be known."""
    return either(f"method: {text.decode()[:40]}", rule, head(method=text), (404, 405, 501),
                  (text.decode(), "/x"))


@table(
    passes("version: 1.1", "9112 2.3", head(), ("GET", "/x")),
    passes("version: 1.2", "9110 2.5", head(version=b"HTTP/1.2"), ("GET", "/x")),
    passes("version: 1.9", "9110 2.5", head(version=b"HTTP/1.9"), ("GET", "/x")),
    version("0.9", b"HTTP/0.9"),
    version("0.0", b"HTTP/0.0"),
    version("2.0", b"HTTP/2.0"),
    version("2", b"HTTP/2"),
    version("3.0", b"HTTP/3.0"),
    version("9.9", b"HTTP/9.9"),
    version("1", b"HTTP/1"),
    version("1.", b"HTTP/1."),
    version(".1", b"HTTP/.1"),
    version("1.10", b"HTTP/1.10"),
    version("1.01", b"HTTP/1.01"),
    version("01.1", b"HTTP/01.1"),
    version("11.1", b"HTTP/11.1"),
    version("11", b"HTTP/11"),
    version("1,1", b"HTTP/1,1"),
    version("1.1.1", b"HTTP/1.1.1"),
    version("-1.1", b"HTTP/-1.1"),
    version("+1.1", b"HTTP/+1.1"),
    version("1.-1", b"HTTP/1.-1"),
    version("hexadecimal", b"HTTP/1.a"),
    version("a wide digit", "HTTP/1.\uff11".encode()),
    version("a space behind the slash", b"HTTP/ 1.1"),
    version("a space before the slash", b"HTTP /1.1"),
    version("a space in the number", b"HTTP/1 .1"),
    version("lower case", b"http/1.1"),
    version("mixed case", b"Http/1.1"),
    version("a letter more", b"HTTPS/1.1"),
    version("a letter less", b"HTT/1.1"),
    version("another protocol", b"RTSP/1.0"),
    version("another protocol of the same length", b"HTTQ/1.1"),
    version("ICY", b"ICY/1.1"),
    version("no name", b"/1.1"),
    version("no slash", b"HTTP1.1"),
    version("a backslash", b"HTTP\\1.1"),
    version("two slashes", b"HTTP//1.1"),
    version("a letter behind it", b"HTTP/1.1x"),
    version("a space behind it", b"HTTP/1.1 "),
    version("a tab behind it", b"HTTP/1.1\t"),
    version("a word behind it", b"HTTP/1.1 x"),
    version("twice", b"HTTP/1.1 HTTP/1.1"),
    version("1.0 and 1.1", b"HTTP/1.0 HTTP/1.1"),
    version("none but a space", b""),
    version("a space alone", b" "),
    version("quoted", b'"HTTP/1.1"'),
    refused("version: none", "9112 3", b"GET /x\r\nHost: a.test\r\n\r\n", BAD_VERSION),
    refused("version: none and no fields", "9112 3", b"GET /x\r\n\r\n", BAD_VERSION),
    refused("HTTP/0.9 before a request", "9112 3", b"GET /x\r\n" + head(), BAD_VERSION),
    refused("the preface of HTTP/2 with a 1 in it", "9113 3.4", b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n",
            (400, 405, 501, 505)),
    passes("method: POST without a body", "9110 9.3.3", post(), ("POST", "/x")),
    *[passes(f"method: {name}", "9110 9.3", head(method=name.encode()), (name, "/x"))
      for name in ("GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH")],
    *[any_method(name) for name in (
        b"get", b"Get", b"post", b"TRACE", b"LINK", b"PURGE", b"PROPFIND", b"MKCOL", b"LOCK",
        b"M-SEARCH", b"VERSION-CONTROL", b"REPORT", b"QUERY", b"SEARCH", b"X", b"GETX", b"GE",
        b"!#$%&'*+-.^_`|~", b"0", b"G" * 32, b"G" * 64)],
    method("65 bytes and more", b"G" * 500, (400, 405, 414, 501)),
    method("8,000 bytes", b"G" * 8000, (400, 405, 414, 431, 501)),
    method("none", b"", (400,)),
    method("a space first", b" GET", (400,)),
    method("a space inside", b"G ET", (400,)),
    method("a tab behind it", b"GET\t", (400, 501)),
    method("a slash", b"GET/", (400, 501)),
    method("a colon", b"GET:", (400, 501)),
    method("a comma", b"GET,POST", (400, 501)),
    method("quotes", b'"GET"', (400, 501)),
    method("beyond ASCII", b"G\xcbT", (400, 501)),
    method("UTF-8", "G\u00cbT".encode(), (400, 501)),
    method("full-width", "\uff27ET".encode(), (400, 501)),
    method("a TLS hello", b"\x16\x03\x01\x00\xc0", (400, 501)),
    method("SSH", b"SSH-2.0-x\r\n", (400, 501)),
    method("a field for the request line", b"Host: a.test\r\nGET", (400, 501)),
    method("CONNECT", b"CONNECT", (400, 405, 501)),
)
def test_version_or_method(rig, case):
    play(rig, case)


@pytest.mark.parametrize("lines", [(), (b"Connection: close",), (b"Connection: keep-alive",)],
                         ids=["as it is", "close", "keep-alive"])
def test_http_1_0_reaches_the_origin_as_1_1(rig, lines):
    """RFC 9110 section 2.5: the gateway sends on its own version; its answer frames for 1.0."""
    rig.mark()
    with rig.wire() as wire:
        wire.send(head(*lines, version=b"HTTP/1.0"))
        answer = wire.response()
        assert answer.status == 200 and answer.framing in ("length", "close"), answer
        if (answer.get("connection") or "").lower() != "keep-alive":
            wire.assert_closed()
    [request] = rig.forwarded()
    assert request.minor == 1
