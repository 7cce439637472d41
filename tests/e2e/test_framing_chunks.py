"""The chunked coding of requests: RFC 9112 section 7.1; trailers: RFC 9110 section 6.5."""

import pytest

from harness.framing import cut, passes, play, post, table

LAST = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"


def coded(body):
    return post(b"Transfer-Encoding: chunked", body=body)


def legal(name, body, carries=b"hello", rule="9112 7.1"):
    return passes(name, rule, coded(body), ("POST", "/x", carries))


def size(name, line, data=b"hello\r\n" + LAST):
    """A size line that is none."""
    return cut(f"size: {name}", "9112 7.1", coded(line + b"\r\n" + data))


def extension(name, text, statuses=(400,)):
    body = b"5" + text + b"\r\nhello\r\n" + LAST
    return cut(f"extension: {name}", "9112 7.1.1", coded(body), statuses)


def trailer(name, lines, rule="9110 6.5.1", statuses=(400,)):
    return cut(f"trailer: {name}", rule, coded(b"5\r\nhello\r\n0\r\n" + lines + b"\r\n"), statuses)


@table(
    legal("one chunk", b"5\r\nhello\r\n" + LAST),
    legal("five chunks", b"".join(b"1\r\n%c\r\n" % byte for byte in b"hello") + LAST),
    legal("no chunk", LAST, b""),
    legal("leading zeros", b"0000000000000005\r\nhello\r\n" + LAST),
    legal("many zeros at the end", b"5\r\nhello\r\n00000000\r\n\r\n"),
    legal("upper-case hexadecimal", b"A\r\n0123456789\r\n" + LAST, b"0123456789"),
    legal("lower-case hexadecimal", b"a\r\n0123456789\r\n" + LAST, b"0123456789"),
    legal("mixed hexadecimal", b"1a\r\n%s\r\n1A\r\n%s\r\n" % (b"x" * 26, b"y" * 26) + LAST,
          b"x" * 26 + b"y" * 26),
    legal("data of CRLFs", b"6\r\n\r\n\r\n\r\n\r\n" + LAST, b"\r\n\r\n\r\n"),
    legal("data of a last chunk", b"5\r\n0\r\n\r\n\r\n" + LAST, LAST),
    legal("data of a request", b"%x\r\n%s\r\n" % (len(SMUGGLED), SMUGGLED) + LAST, SMUGGLED),
    legal("data of every byte", b"100\r\n%s\r\n" % bytes(range(256)) + LAST, bytes(range(256))),
    legal("a large chunk", b"30d40\r\n%s\r\n" % (b"z" * 200_000) + LAST, b"z" * 200_000),
    legal("a thousand small chunks", b"2\r\nab\r\n" * 1000 + LAST, b"ab" * 1000),
    legal("an extension by name", b"5;a\r\nhello\r\n" + LAST, rule="9112 7.1.1"),
    legal("an extension of one token", b"5;a=b\r\nhello\r\n" + LAST, rule="9112 7.1.1"),
    legal("a quoted extension", b'5;a="b"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("an empty quoted extension", b'5;a=""\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("a quoted semicolon", b'5;a="b;c=d"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("a quoted quote", b'5;a="b\\"c"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("a quoted backslash", b'5;a="\\\\"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("a quoted tab", b'5;a="b\tc"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("quoted bytes beyond ASCII", b'5;a="\xc3\xa9"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("three extensions", b'5;a;b=c;d="e"\r\nhello\r\n' + LAST, rule="9112 7.1.1"),
    legal("white space around an extension", b"5 ; a = b\r\nhello\r\n" + LAST, rule="9112 7.1.1"),
    legal("an extension of the last chunk", b"5\r\nhello\r\n0;a=b\r\n\r\n", rule="9112 7.1.1"),
    legal("an extension of 900 bytes", b"5;a=" + b"b" * 896 + b"\r\nhello\r\n" + LAST,
          rule="9112 7.1.1"),
    legal("an extension on each of 50 chunks", b"1;n=v\r\nx\r\n" * 50 + LAST, b"x" * 50,
          rule="9112 7.1.1"),
    legal("a trailer", b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", rule="9112 7.1.2"),
    legal("many trailers", b"5\r\nhello\r\n0\r\n" + b"X-Sum: 1\r\n" * 20 + b"\r\n",
          rule="9112 7.1.2"),
    legal("an empty trailer", b"5\r\nhello\r\n0\r\nX-Sum:\r\n\r\n", rule="9112 7.1.2"),
    legal("a trailer with tabs", b"5\r\nhello\r\n0\r\nX-Sum:\t1\t\r\n\r\n", rule="9112 7.1.2"),
    legal("a trailer that looks like a request line",
          b"5\r\nhello\r\n0\r\nX-Sum: GET /smuggled HTTP/1.1\r\n\r\n", rule="9112 7.1.2"),
    size("no size", b""),
    size("a space alone", b" "),
    size("a plus sign", b"+5"),
    size("a minus sign", b"-5"),
    size("minus zero", b"-0"),
    size("a hexadecimal prefix", b"0x5"),
    size("an upper-case hexadecimal prefix", b"0X5"),
    size("a prefix alone", b"0x"),
    size("an h behind it", b"5h"),
    size("a letter beyond f", b"5g"),
    size("letters alone", b"xyz"),
    size("an underscore", b"0_5"),
    size("a dot", b"5.0"),
    size("a comma", b"5,0"),
    size("a quote", b'"5"'),
    size("a colon", b"5:"),
    size("an equals sign", b"5=5"),
    size("a space before it", b" 5"),
    size("a tab before it", b"\t5"),
    size("a space inside", b"0 5"),
    size("junk behind a space", b"5 x"),
    size("a second size behind a space", b"5 5"),
    size("a vertical tab before it", b"\x0b5"),
    size("a form feed behind it", b"5\x0c"),
    size("a NUL before it", b"\x005"),
    size("a NUL behind it", b"5\0"),
    size("a NUL inside", b"0\x005"),
    size("a DEL behind it", b"5\x7f"),
    size("a no-break space behind it", b"5\xa0"),
    size("full-width digit", "\uff15".encode()),
    size("2^64 + 5", b"10000000000000005"),
    size("2^63 + 5", b"8000000000000005"),
    size("2^64 - 1", b"ffffffffffffffff"),
    size("2^128 + 5", b"100000000000000000000000000000005"),
    size("5,000 digits", b"f" * 5000),
    size("5,000 zeros before it", b"0" * 5000 + b"5"),
    cut("junk behind a space in the last size", "9112 7.1", coded(b"5\r\nhello\r\n0 x\r\n\r\n")),
    cut("a minus sign in the last size", "9112 7.1", coded(b"5\r\nhello\r\n-0\r\n\r\n")),
    cut("a NUL in the last size", "9112 7.1", coded(b"5\r\nhello\r\n0\0\r\n\r\n")),
    cut("no CRLF behind the data", "9112 7.1", coded(b"5\r\nhello0\r\n\r\n" + SMUGGLED)),
    cut("a bare LF behind the data", "9112 7.1", coded(b"5\r\nhello\n0\r\n\r\n")),
    cut("a bare CR behind the data", "9112 7.1", coded(b"5\r\nhello\r0\r\n\r\n")),
    cut("LF CR behind the data", "9112 7.1", coded(b"5\r\nhello\n\r0\r\n\r\n")),
    cut("two bytes for the CRLF", "9112 7.1", coded(b"5\r\nhelloXX0\r\n\r\n")),
    cut("a CR and a byte for the CRLF", "9112 7.1", coded(b"5\r\nhello\rX0\r\n\r\n")),
    cut("data one byte longer", "9112 7.1", coded(b"4\r\nhello\r\n0\r\n\r\n")),
    cut("data one byte shorter", "9112 7.1", coded(b"6\r\nhello\r\n0\r\n\r\n")),
    cut("data two bytes shorter", "9112 7.1", coded(b"7\r\nhello\r\n0\r\n\r\n")),
    cut("data much longer", "9112 7.1", coded(b"1\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n")),
    cut("an empty line before the size", "9112 7.1", coded(b"\r\n5\r\nhello\r\n0\r\n\r\n")),
    cut("an empty line behind the data", "9112 7.1", coded(b"5\r\nhello\r\n\r\n0\r\n\r\n")),
    cut("a bare LF behind the size", "9112 2.2", coded(b"5\nhello\r\n0\r\n\r\n")),
    cut("a bare CR behind the size", "9112 2.2", coded(b"5\rhello\r\n0\r\n\r\n")),
    cut("CR CR LF behind the size", "9112 2.2", coded(b"5\r\r\nhello\r\n0\r\n\r\n")),
    cut("LF LF behind the size", "9112 2.2", coded(b"5\n\nhello\r\n0\r\n\r\n")),
    cut("bare LFs throughout", "9112 2.2", coded(b"5\nhello\n0\n\n")),
    cut("a bare LF behind the last size", "9112 2.2", coded(b"5\r\nhello\r\n0\n\r\n")),
    cut("a bare LF for the last line", "9112 2.2", coded(b"5\r\nhello\r\n0\r\n\n")),
    cut("a bare CR behind the last size", "9112 2.2", coded(b"5\r\nhello\r\n0\r\r\n\r\n")),
    extension("a NUL", b";a=\0"),
    extension("a NUL in a quoted extension", b';a="\0"'),
    extension("a control byte", b";a=\x01"),
    extension("a control byte in a quoted extension", b';a="\x01"'),
    extension("a DEL", b";a=\x7f"),
    extension("a bare LF", b";a\nb"),
    extension("a bare LF that ends the size for some", b";\nxx"),
    extension("a bare LF in a quoted extension", b';a="b\nc"'),
    extension("a bare CR", b";a\rb"),
    extension("a bare CR in a quoted extension", b';a="b\rc"'),
    extension("a CRLF in a quoted extension", b';a="b\r\nc"'),
    extension("a CRLF that is quoted as a pair", b';a="b\\\r\nc"'),
    extension("a quote that never ends", b';a="b'),
    extension("junk behind a quoted extension", b';a="b"c'),
    extension("two equals signs", b";a==b"),
    extension("two values", b";a=b=c"),
    extension("no name", b";=b"),
    extension("no value", b";a="),
    extension("a space inside", b";a b"),
    extension("a slash in the name", b";a/b"),
    extension("bytes beyond ASCII unquoted", b";a=\xc3\xa9"),
    extension("a comma for the semicolon", b",a=b"),
    extension("2,000 bytes", b";a=" + b"b" * 2000, (400, 413, 431)),
    extension("a megabyte", b";a=" + b"b" * (1 << 20), (400, 413, 431)),
    extension("20,000 semicolons", b";" * 20_000, (400, 413, 431)),
    cut("extensions on each of 100,000 chunks", "9112 7.1.1",
        coded(b"1;name=value\r\nx\r\n" * 100_000 + LAST), (400, 413, 431)),
    trailer("Content-Length", b"Content-Length: 5\r\n"),
    trailer("Content-Length, lower case", b"content-length: 0\r\n"),
    trailer("Transfer-Encoding", b"Transfer-Encoding: chunked\r\n"),
    trailer("Transfer-Encoding behind others", b"X-A: 1\r\nX-B: 2\r\nTransfer-Encoding: x\r\n"),
    trailer("Host", b"Host: evil.test\r\n"),
    trailer("Content_Length", b"Content_Length: 5\r\n"),
    trailer("no colon", b"nonsense\r\n", "9112 5"),
    trailer("no name", b": v\r\n", "9112 5"),
    trailer("a space before the colon", b"X-Sum : 1\r\n", "9112 5.1"),
    trailer("folded", b"X-Sum: 1\r\n 2\r\n", "9112 5.2"),
    trailer("folded at once", b" X-Sum: 1\r\n", "9112 5.2"),
    trailer("a bare LF", b"X-Sum: 1\nX-B: 2\r\n", "9112 2.2"),
    trailer("a bare CR", b"X-Sum: 1\rX-B: 2\r\n", "9112 2.2"),
    trailer("a bare LF at the end", b"X-Sum: 1\n", "9112 2.2"),
    trailer("a NUL", b"X-Sum: \0\r\n", "9110 5.5"),
    trailer("a control byte", b"X-Sum: \x01\r\n", "9110 5.5"),
    trailer("a DEL", b"X-Sum: \x7f\r\n", "9110 5.5"),
    trailer("a NUL in the name", b"X\0Sum: 1\r\n", "9110 5.1"),
    trailer("an odd name", b"X(Sum): 1\r\n", "9110 5.1"),
    trailer("a name beyond ASCII", b"X-\xc3\xa9: 1\r\n", "9110 5.1"),
    trailer("a request line", b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n", "9112 7.1.2"),
    trailer("20,000 bytes in one", b"X-Sum: " + b"v" * 20_000 + b"\r\n", "9112 7.1.2",
            (400, 413, 431)),
    trailer("20,000", b"X-Sum: v\r\n" * 20_000, "9112 7.1.2", (400, 413, 431)),
)
def test_chunks(rig, case):
    play(rig, case)


TRAILERS_THAT_STEER = ["Authorization", "Cookie", "Set-Cookie", "Content-Type", "Content-Encoding",
                       "Content-Range", "Trailer", "TE", "Connection", "Upgrade", "Expect",
                       "Max-Forwards", "Cache-Control", "If-Match", "Range", "Forwarded",
                       "X-Forwarded-For", "Via"]


@pytest.mark.parametrize("name", TRAILERS_THAT_STEER)
def test_a_trailer_that_steers_is_refused_or_stays_here(rig, name):
    """RFC 9110 section 6.5.1: not to be merged into the head, whatever else becomes of it."""
    rig.mark()
    with rig.wire() as wire:
        wire.send_lossy(coded(b"5\r\nhello\r\n0\r\n%s: evil\r\n\r\n" % name.encode()))
        assert wire.response("POST").status in (200, 400)
    for request in rig.forwarded():
        assert b"evil" not in b"".join(request.all(name)), request
        assert request.body == b"hello"
