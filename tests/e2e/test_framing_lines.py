"""Line ends, folding, control bytes and field syntax: RFC 9112 sections 2.2 and 5, RFC 9110 5."""

import pytest

from harness.framing import PROBE, either, head, passes, play, post, refused, table

# Every byte that is neither HTAB, CR, LF nor printable, nor beyond ASCII.
CONTROLS = [byte for byte in (*range(0x20), 0x7f) if byte not in b"\t\r\n"]
DELIMITERS = b'"(),/;<=>?@[\\]{}'


def lines(name, raw, rule="9112 2.2", statuses=(400,)):
    return refused(name, rule, raw, statuses)


@table(
    passes("one empty line first", "9112 2.2", b"\r\n" + head(), ("GET", "/x")),
    passes("two empty lines first", "9112 2.2", b"\r\n\r\n" + head(), ("GET", "/x")),
    passes("an empty line between requests", "9112 2.2", head() + b"\r\n" + head(), ("GET", "/x"),
           ("GET", "/x")),
    passes("an empty line behind a body", "9112 2.2",
           post(b"Content-Length: 5", body=b"hello\r\n") + head(), ("POST", "/x", b"hello"),
           ("GET", "/x")),
    passes("an empty line behind chunks", "9112 2.2",
           post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n\r\n") + head(), ("POST", "/x"),
           ("GET", "/x")),
    passes("an empty value", "9110 5.5", head(b"X-A:"), ("GET", "/x"), fields={"x-a": b""}),
    passes("a value of white space", "9110 5.5", head(b"X-A: \t "), ("GET", "/x"),
           fields={"x-a": b""}),
    passes("no space behind the colon", "9112 5", head(b"X-A:b"), ("GET", "/x"),
           fields={"x-a": b"b"}),
    passes("tabs around a value", "9112 5", head(b"X-A:\tb\t"), ("GET", "/x"),
           fields={"x-a": b"b"}),
    passes("many spaces around a value", "9112 5",
           head(b"X-A:" + b" " * 500 + b"b" + b" " * 500), ("GET", "/x"), fields={"x-a": b"b"}),
    passes("a tab inside a value", "9110 5.5", head(b"X-A: a\tb"), ("GET", "/x"),
           fields={"x-a": b"a\tb"}),
    passes("spaces inside a value", "9110 5.5", head(b"X-A: a  b"), ("GET", "/x"),
           fields={"x-a": b"a  b"}),
    passes("colons in a value", "9110 5.5", head(b"X-A: :a:b:"), ("GET", "/x"),
           fields={"x-a": b":a:b:"}),
    passes("every printable byte in a value", "9110 5.5", head(b"X-A: " + bytes(range(0x21, 0x7f))),
           ("GET", "/x"), fields={"x-a": bytes(range(0x21, 0x7f))}),
    passes("every byte beyond ASCII in a value", "9110 5.5",
           head(b"X-A: " + bytes(range(0x80, 0x100))), ("GET", "/x"),
           fields={"x-a": bytes(range(0x80, 0x100))}),
    passes("every byte of a token in a name", "9110 5.6.2",
           head(b"!#$%&'*+-.^`|~0123456789AZaz: b"), ("GET", "/x"),
           fields={"!#$%&'*+-.^`|~0123456789AZaz": b"b"}),
    passes("a name of one byte", "9110 5.1", head(b"X: b"), ("GET", "/x"), fields={"x": b"b"}),
    passes("a name of 1,000 bytes", "9110 5.1", head(b"X" * 1000 + b": b"), ("GET", "/x"),
           fields={"x" * 1000: b"b"}),
    passes("the same name thrice, in order", "9110 5.3", head(b"X-A: 1", b"x-a: 2", b"X-A: 3"),
           ("GET", "/x"), fields={"x-a": [b"1", b"2", b"3"]}),
    passes("a cookie twice", "9110 5.3", head(b"Cookie: a=1", b"Cookie: b=2"), ("GET", "/x")),
    passes("quoted text that looks like a line end", "9110 5.5", head(b'X-A: "\\r\\n"'),
           ("GET", "/x"), fields={"x-a": b'"\\r\\n"'}),
    either("a name with an underscore", "9110 5.1", head(b"X_A: b"), (400,), ("GET", "/x")),
    either("five empty lines first", "9112 2.2", b"\r\n" * 5 + head(), (400,), ("GET", "/x")),
    lines("a bare LF behind the request line", b"GET /x HTTP/1.1\nHost: a.test\r\n\r\n"),
    lines("a bare LF behind Host", b"GET /x HTTP/1.1\r\nHost: a.test\n\r\n"),
    lines("a bare LF behind a field", head(b"X-A: b\nX-B: c")),
    lines("a bare LF inside a value", head(b"X-A: a\nb")),
    lines("a bare LF before a value", head(b"X-A:\nb: c")),
    lines("a bare LF for the empty line", b"GET /x HTTP/1.1\r\nHost: a.test\r\n\n"),
    lines("two bare LFs", b"GET /x HTTP/1.1\nHost: a.test\n\n"),
    lines("bare LFs throughout, and a request", b"GET /x HTTP/1.1\nHost: a.test\n\n" + PROBE),
    lines("a bare LF first", b"\n" + head()),
    lines("two bare LFs first", b"\n\n" + head()),
    lines("a bare CR first", b"\r" + head()),
    lines("CR CR LF first", b"\r\r\n" + head()),
    lines("a bare CR behind the request line", b"GET /x HTTP/1.1\rHost: a.test\r\n\r\n"),
    lines("a bare CR behind Host", b"GET /x HTTP/1.1\r\nHost: a.test\r\r\n\r\n"),
    lines("a bare CR behind a field", head(b"X-A: b\rX-B: c")),
    lines("a bare CR at the end of a value", head(b"X-A: b\r")),
    lines("a bare CR at the start of a value", head(b"X-A: \rb")),
    lines("a bare CR in a name", head(b"X\rA: b")),
    lines("a bare CR before a name", head(b"\rX-A: b")),
    lines("a bare CR before the colon", head(b"X-A\r: b")),
    lines("a bare CR for the empty line", b"GET /x HTTP/1.1\r\nHost: a.test\r\n\r\r\n" + PROBE),
    lines("CR CR for the empty line", b"GET /x HTTP/1.1\r\nHost: a.test\r\r" + PROBE),
    lines("a bare CR in the target", head(target=b"/x\ry")),
    lines("a bare CR before the version", b"GET /x \rHTTP/1.1\r\nHost: a.test\r\n\r\n"),
    lines("a bare CR behind the method", b"GET\r /x HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    lines("LF CR behind the request line", b"GET /x HTTP/1.1\n\rHost: a.test\r\n\r\n"),
    lines("LF CR behind a field", head(b"X-A: b\n\rX-B: c")),
    lines("CR CR LF behind a field", head(b"X-A: b\r\r\nX-B: c")),
    lines("a NUL for the line end", b"GET /x HTTP/1.1\0Host: a.test\r\n\r\n"),
    lines("a vertical tab for the line end", b"GET /x HTTP/1.1\x0bHost: a.test\r\n\r\n"),
    lines("a next-line byte behind a field", b"GET /x HTTP/1.1\x85Host: a.test\r\n\r\n"),
    lines("a line separator in UTF-8", "GET /x HTTP/1.1\u2028Host: a.test\r\n\r\n".encode()),
    lines("a folded field", head(b"X-A: a\r\n b"), "9112 5.2"),
    lines("a field folded by a tab", head(b"X-A: a\r\n\tb"), "9112 5.2"),
    lines("a field folded thrice", head(b"X-A: a\r\n b\r\n c\r\n d"), "9112 5.2"),
    lines("a fold of nothing", head(b"X-A: a\r\n "), "9112 5.2"),
    lines("a fold with a field in it", head(b"X-A: a\r\n Content-Length: 5"), "9112 5.2"),
    lines("a fold of an empty value", head(b"X-A:\r\n b"), "9112 5.2"),
    lines("a folded Host", b"GET /x HTTP/1.1\r\nHost:\r\n a.test\r\n\r\n", "9112 5.2"),
    lines("a folded request line", b"GET /x\r\n HTTP/1.1\r\nHost: a.test\r\n\r\n", "9112 5.2"),
    lines("a fold behind the request line", b"GET /x HTTP/1.1\r\n X-A: b\r\nHost: a.test\r\n\r\n",
          "9112 2.2"),
    lines("a space before the request line", b" " + head(), "9112 3"),
    lines("a tab before the request line", b"\t" + head(), "9112 3"),
    lines("a byte-order mark before the request line", b"\xef\xbb\xbf" + head(), "9112 3"),
    lines("a NUL before the request line", b"\0" + head(), "9112 3"),
    lines("a space before the colon", head(b"X-A : b"), "9112 5.1"),
    lines("a tab before the colon", head(b"X-A\t: b"), "9112 5.1"),
    lines("two spaces before the colon", head(b"X-A  : b"), "9112 5.1"),
    lines("a space before Host's colon", b"GET /x HTTP/1.1\r\nHost : a.test\r\n\r\n", "9112 5.1"),
    lines("a space before the colon of an unknown field", head(b"Unknown : b"), "9112 5.1"),
    lines("a space inside a name", head(b"X A: b"), "9110 5.1"),
    lines("no colon", head(b"nonsense"), "9112 5"),
    lines("no colon, but two words", head(b"X-A b"), "9112 5"),
    lines("no name", head(b": b"), "9112 5"),
    lines("no name and no value", head(b":"), "9112 5"),
    lines("two colons first", head(b"::b"), "9112 5"),
    lines("a name beyond ASCII, Latin-1", head(b"X-\xe9: b"), "9110 5.1"),
    lines("a name beyond ASCII, UTF-8", head(b"X-\xc3\xa9: b"), "9110 5.1"),
    lines("an overlong UTF-8 colon", head(b"X-A\xc0\xba b"), "9112 5"),
    lines("a second request line", head(b"GET /smuggled HTTP/1.1"), "9112 5"),
    lines("a pseudo-field", head(b":path: /smuggled"), "9112 5"),
    lines("an empty line with a space", b"GET /x HTTP/1.1\r\nHost: a.test\r\n \r\n\r\n",
          "9112 5.2"),
    lines("a length behind the end of the head's fields", head(b"X-A: b\r\n \r\nX-B: c"),
          "9112 5.2"),
    refused("garbage behind a request", "9112 2.2", head() + b"\x00\x01\x02\r\n\r\n",
            after=[("GET", "/x")]),
    refused("a body without a length, taken for a request", "9112 6.3", post(body=b"a=b\r\n\r\n"),
            after=[("POST", "/x")]),
    refused("more body than the length", "9112 6.3",
            post(b"Content-Length: 2", body=b"hello\r\n\r\n"), after=[("POST", "/x", b"he")]),
    refused("a bare LF between requests", "9112 2.2", head() + b"\n" + head(),
            after=[("GET", "/x")]),
)
def test_line(rig, case):
    play(rig, case)


@pytest.mark.parametrize("byte", CONTROLS, ids=lambda byte: f"{byte:#04x}")
def test_a_control_byte_anywhere_in_a_head(rig, byte):
    """RFC 9110 section 5.5 and RFC 9112 section 3: refused wherever it stands."""
    odd = bytes([byte])
    for raw in (head(b"X-A: a" + odd + b"b"), head(b"X-A: " + odd), head(b"X-A: b" + odd),
                head(b"X-A:" + odd + b"b"), head(b"X" + odd + b"A: b"), head(odd + b"X-A: b"),
                head(b"X-A" + odd + b": b"), head(target=b"/x" + odd), head(target=odd + b"/x"),
                head(method=b"GE" + odd + b"T"), head(host=b"a.test" + odd),
                head(host=odd + b"a.test"), head(version=b"HTTP/1.1" + odd)):
        play(rig, refused(repr(odd), "9110 5.5", raw, (400, 501, 505)))


@pytest.mark.parametrize("byte", DELIMITERS, ids=chr)
def test_a_delimiter_in_a_name_or_a_method(rig, byte):
    """RFC 9110 section 5.6.2: what no token holds."""
    odd = bytes([byte])
    for raw in (head(b"X" + odd + b"A: b"), head(odd + b"X: b"), head(b"X" + odd + b": b"),
                head(method=b"GE" + odd + b"T"), head(method=b"GET" + odd)):
        play(rig, refused(repr(odd), "9110 5.6.2", raw, (400, 501)))
