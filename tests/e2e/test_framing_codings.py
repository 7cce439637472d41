"""Transfer-Encoding of requests and its disguises: RFC 9112 sections 6.1, 6.3 and 11.2.

Each disguise comes beside a Content-Length that covers what a reader of chunks would take for
another request: CL.TE, TE.CL and TE.TE.
"""

import pytest

from harness.framing import head, passes, play, post, refused, table

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
ENDED = b"0\r\n\r\n"
NO_CODING = (400, 501)


def coded(*lines, body=CHUNKS, **how):
    return post(*lines, body=body, **how)


def chunked(name, *lines, body=CHUNKS, carries=b"hello", fields=None):
    return passes(name, "9112 6.1", coded(*lines, body=body), ("POST", "/x", carries),
                  fields=fields)


def strange(name, value, statuses=NO_CODING):
    """A coding that is not exactly chunked."""
    return refused(name, "9112 6.1", coded(b"Transfer-Encoding:" + value), statuses)


def harmless(name, line, **fields):
    """Looks like a coding and is none: the length counts, and covers a request."""
    body = ENDED + SMUGGLED
    return passes(name, "9112 6.3", post(line, b"Content-Length: %d" % len(body), body=body),
                  ("POST", "/x", body), fields=fields)


@table(
    chunked("chunked", b"Transfer-Encoding: chunked"),
    chunked("no space before it", b"Transfer-Encoding:chunked"),
    chunked("spaces around it", b"Transfer-Encoding:   chunked   "),
    chunked("tabs around it", b"Transfer-Encoding:\tchunked\t"),
    chunked("mixed case", b"Transfer-Encoding: ChUnKeD"),
    chunked("upper-case name", b"TRANSFER-ENCODING: chunked"),
    chunked("lower-case name", b"transfer-encoding: chunked"),
    chunked("an empty body", b"Transfer-Encoding: chunked", body=ENDED, carries=b""),
    chunked("a body that looks like a request", b"Transfer-Encoding: chunked",
            body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED), carries=SMUGGLED),
    chunked("a body that looks like its own end", b"Transfer-Encoding: chunked",
            body=b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", carries=b"0\r\n\r\n"),
    chunked("the last line of many", *[b"X-%d: y" % n for n in range(90)],
            b"Transfer-Encoding: chunked"),
    chunked("nominated by Connection", b"Connection: transfer-encoding",
            b"Transfer-Encoding: chunked"),
    passes("a GET in chunks", "9112 6.3", head(b"Transfer-Encoding: chunked") + CHUNKS,
           ("GET", "/x", b"hello")),
    passes("a DELETE in chunks", "9112 6.3",
           head(b"Transfer-Encoding: chunked", method=b"DELETE") + CHUNKS,
           ("DELETE", "/x", b"hello")),
    passes("two requests in chunks", "9112 9.3.2", coded(b"Transfer-Encoding: chunked") * 2,
           ("POST", "/x", b"hello"), ("POST", "/x", b"hello")),
    harmless("TE: chunked", b"TE: chunked", te=None),
    harmless("Content-Encoding: chunked", b"Content-Encoding: chunked"),
    harmless("X-Transfer-Encoding", b"X-Transfer-Encoding: chunked"),
    harmless("Transfer-Encodings", b"Transfer-Encodings: chunked"),
    harmless("TransferEncoding", b"TransferEncoding: chunked"),
    harmless("Transfer--Encoding", b"Transfer--Encoding: chunked"),
    harmless("Transfer.Encoding", b"Transfer.Encoding: chunked"),
    harmless("an escaped line end in a value", b"X-A: a\\r\\nTransfer-Encoding: chunked"),
    harmless("an encoded line end in a value", b"X-A: a%0d%0aTransfer-Encoding: chunked"),
    harmless("a coding in a quoted value", b'X-A: "Transfer-Encoding: chunked"'),
    strange("gzip", b" gzip"),
    strange("compress", b" compress"),
    strange("deflate", b" deflate"),
    strange("gzip, chunked", b" gzip, chunked"),
    strange("chunked, gzip", b" chunked, gzip"),
    strange("identity", b" identity"),
    strange("identity, chunked", b" identity, chunked"),
    strange("chunked, identity", b" chunked, identity"),
    strange("chunked, chunked", b" chunked, chunked"),
    strange("chunked,chunked", b" chunked,chunked"),
    strange("trailers", b" trailers"),
    strange("none", b" none"),
    strange("null", b" null"),
    strange("a number", b" 0"),
    strange("xchunked", b" xchunked"),
    strange("chunkedx", b" chunkedx"),
    strange("chunke", b" chunke"),
    strange("chunked twice, by a space", b" chunked chunked"),
    strange("chunked behind a space inside", b" x chunked"),
    strange("a space inside", b" chun ked"),
    strange("a tab inside", b" chun\tked"),
    strange("a parameter", b" chunked;q=1"),
    strange("an empty parameter", b" chunked;"),
    strange("in double quotes", b' "chunked"'),
    strange("in single quotes", b" 'chunked'"),
    strange("a comma behind it", b" chunked,"),
    strange("a comma before it", b" ,chunked"),
    strange("a comma alone", b" ,"),
    strange("a colon before it", b": chunked"),
    strange("an equals sign before it", b"=chunked"),
    strange("nothing", b""),
    strange("a space alone", b" "),
    strange("a dotless look-alike", " chun\u212aed".encode()),
    strange("full-width letters", " \uff43hunked".encode()),
    strange("a no-break space before it", b" \xa0chunked"),
    strange("a no-break space behind it", b" chunked\xa0"),
    strange("a byte-order mark before it", b" \xef\xbb\xbfchunked"),
    strange("a NUL before it", b" \0chunked", (400,)),
    strange("a NUL behind it", b" chunked\0", (400,)),
    strange("a NUL inside", b" chun\0ked", (400,)),
    strange("a vertical tab before it", b" \x0bchunked", (400,)),
    strange("a vertical tab behind it", b" chunked\x0b", (400,)),
    strange("a form feed behind it", b" chunked\x0c", (400,)),
    strange("a backspace behind it", b" chunked\x08", (400,)),
    strange("a DEL behind it", b" chunked\x7f", (400,)),
    strange("a bare CR behind it", b" chunked\r", (400,)),
    strange("a bare CR before it", b" \rchunked", (400,)),
    strange("percent encoding", b" chunke%64"),
    refused("of HTTP/1.0", "9112 6.1", coded(b"Transfer-Encoding: chunked", version=b"HTTP/1.0")),
    refused("of HTTP/1.0 with keep-alive", "9112 6.1",
            coded(b"Transfer-Encoding: chunked", b"Connection: keep-alive", version=b"HTTP/1.0")),
)
def test_coding(rig, case):
    play(rig, case)


DISGUISES = {
    "plain": b"Transfer-Encoding: chunked",
    "lower case": b"transfer-encoding: chunked",
    "no space": b"Transfer-Encoding:chunked",
    "a tab": b"Transfer-Encoding:\tchunked",
    "xchunked": b"Transfer-Encoding: xchunked",
    "a NUL behind": b"Transfer-Encoding: chunked\0",
    "a vertical tab before": b"Transfer-Encoding: \x0bchunked",
    "a form feed before": b"Transfer-Encoding:\x0cchunked",
    "a no-break space before": b"Transfer-Encoding:\xa0chunked",
    "a quote": b'Transfer-Encoding: "chunked"',
    "a semicolon": b"Transfer-Encoding: chunked;",
    "identity behind": b"Transfer-Encoding: chunked, identity",
    "identity before": b"Transfer-Encoding: identity, chunked",
    "identity": b"Transfer-Encoding: identity",
    "an empty element": b"Transfer-Encoding: ,chunked",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "twice, the second strange": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "twice, the first strange": b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    "twice, the second identity": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "twice, the first identity": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "twice, the second empty": b"Transfer-Encoding: chunked\r\nTransfer-Encoding:",
    "twice, in two cases": b"transfer-encoding: x\r\nTRANSFER-ENCODING: chunked",
    "a space before the colon": b"Transfer-Encoding : chunked",
    "a tab before the colon": b"Transfer-Encoding\t: chunked",
    "a vertical tab before the colon": b"Transfer-Encoding\x0b: chunked",
    "a NUL before the colon": b"Transfer-Encoding\0: chunked",
    "a CR before the colon": b"Transfer-Encoding\r: chunked",
    "a CRLF before the colon": b"Transfer-Encoding\r\n : chunked",
    "a LF before the colon": b"Transfer-Encoding\n : chunked",
    "a space before the name": b" Transfer-Encoding: chunked",
    "a tab before the name": b"\tTransfer-Encoding: chunked",
    "a CR before the name": b"\rTransfer-Encoding: chunked",
    "a LF before the name": b"\nTransfer-Encoding: chunked",
    "folded": b"Transfer-Encoding:\r\n chunked",
    "folded by a tab": b"Transfer-Encoding:\r\n\tchunked",
    "folded by LF": b"Transfer-Encoding:\n chunked",
    "folded behind": b"Transfer-Encoding: chunked\r\n ",
    "folded behind, a word": b"Transfer-Encoding: chunked\r\n x",
    "behind a bare LF": b"X-A: b\nTransfer-Encoding: chunked",
    "behind a bare CR": b"X-A: b\rTransfer-Encoding: chunked",
    "behind LF CR": b"X-A: b\n\rTransfer-Encoding: chunked",
    "behind a CR CR LF": b"X-A: b\r\r\nTransfer-Encoding: chunked",
    "behind a NUL": b"X-A: b\0Transfer-Encoding: chunked",
    "a bare LF behind": b"Transfer-Encoding: chunked\nX-A: b",
    "a bare CR behind": b"Transfer-Encoding: chunked\rX-A: b",
    "an underscore": b"Transfer_Encoding: chunked",
    "an underscore, upper case": b"TRANSFER_ENCODING: chunked",
    "a space for the hyphen": b"Transfer Encoding: chunked",
    "a dash in UTF-8": "Transfer\u2010Encoding: chunked".encode(),
    "an accent": "Tr\xe0nsfer-Encoding: chunked".encode("latin-1"),
    "an equals sign": b"Transfer-Encoding=chunked",
    "no colon": b"Transfer-Encoding chunked",
    "a slash": b"Transfer/Encoding: chunked",
    "a quoted name": b'"Transfer-Encoding": chunked',
}
ORDERS = {"before": lambda coding, length: (coding, length),
          "behind": lambda coding, length: (length, coding)}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_disguise_beside_a_length(rig, disguise, order):
    """Refused, however the two framings stand: no origin gets to choose (RFC 9112 11.2)."""
    body = ENDED + SMUGGLED
    lines = ORDERS[order](DISGUISES[disguise], b"Content-Length: %d" % len(body))
    play(rig, refused(disguise, "9112 11.2", post(*lines, body=body), NO_CODING))


@pytest.mark.parametrize("disguise", [name for name in DISGUISES if name not in (
    "plain", "lower case", "no space", "a tab")])
def test_disguise_without_a_length(rig, disguise):
    """What a reader without the coding would take for the next request must not be one."""
    play(rig, refused(disguise, "9112 6.1", coded(DISGUISES[disguise], body=SMUGGLED), NO_CODING))


@pytest.mark.parametrize("short", [0, 3, 5], ids=["zero", "the size line", "the last chunk"])
def test_a_length_shorter_than_the_chunks(rig, short):
    """TE.CL: the length ends inside the chunks."""
    inner = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    raw = post(b"Content-Length: %d" % short, b"Transfer-Encoding: chunked", body=inner)
    play(rig, refused("TE.CL", "9112 6.1", raw))
