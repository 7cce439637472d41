"""The judges of the framing tests can fail: the readers differ where origins differ, and the strict
reader refuses what the grammar does."""

import pytest

from harness import naive, strict

HOST = b"Host: a.test\r\n"
POST = b"POST /x HTTP/1.1\r\n" + HOST
INNER = b"GET /y HTTP/1.1\r\n" + HOST + b"\r\n"
ENDED = b"0\r\n\r\n"

# The reader that is taken in, and a stream that it alone cuts differently.
DIFFERENCES = {
    naive.LengthFirst: POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    + ENDED + INNER,
    naive.LastLength: POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(INNER)
    + INNER,
    naive.LastCoding: POST + b"Transfer-Encoding: chunked, x\r\nContent-Length: %d\r\n\r\n"
    % len(ENDED + INNER) + ENDED + INNER,
    naive.Underscores: POST + b"Transfer_Encoding: chunked\r\nContent-Length: %d\r\n\r\n"
    % len(ENDED + INNER) + ENDED + INNER,
    naive.BareLf: POST + b"X-A: b\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
    naive.BareCr: POST + b"X-A: b\rContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
    naive.Stripping: POST + b"Content-Length : %d\r\n\r\n" % len(INNER) + INNER,
    naive.Folding: POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: %d\r\n\r\n"
    % len(ENDED + INNER) + ENDED + INNER,
    naive.CString: POST + b"X-A: b\r\n\0\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
}

MALFORMED = [stream for kind, stream in DIFFERENCES.items() if kind is not naive.Underscores] + [
    b"GET /x HTTP/1.1\r\n\r\n",
    b"GET /x HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    b"GET /x\\y HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /x#y HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"\r\nGET /x HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /x HTTP/1.1 \r\n" + HOST + b"\r\n",
    b"GET /x HTTP/2.0\r\n" + HOST + b"\r\n",
    b"GET /x HTTP/1.1\r\n" + HOST + b"X-A: \x01\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n" + ENDED,
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX" + ENDED,
    POST + b"Transfer-Encoding: chunked\r\n\r\n5;a=\0\r\nhello\r\n" + ENDED,
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + ENDED,
    POST + b"Content-Length: +5\r\n\r\nhello",
]


@pytest.mark.parametrize("kind", DIFFERENCES, ids=lambda kind: kind.__name__)
def test_each_reader_is_taken_in_by_what_it_is_lenient_about(kind):
    stream = DIFFERENCES[kind]
    assert kind().split(stream) != naive.Naive().split(stream)
    with pytest.raises(AssertionError):
        naive.assert_one_meaning(stream, naive.Naive().split(stream))


@pytest.mark.parametrize("stream", MALFORMED)
def test_the_strict_reader_refuses(stream):
    with pytest.raises(strict.Malformed):
        strict.split(stream)


@pytest.mark.parametrize("stream", [
    DIFFERENCES[naive.Underscores],
    POST + b"Content_Length: 5\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTransfer_Encoding: chunked\r\n\r\n",
    b"GET http://b.test/x HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /x HTTP/1.0\r\n" + HOST + b"\r\n",
])
def test_well_formed_is_not_enough_for_what_is_sent_on(stream):
    requests, _ = strict.split(stream)
    with pytest.raises(strict.Malformed):
        strict.require_sent_on(requests[0])


def test_all_agree_about_a_well_formed_stream():
    stream = (POST + b"Content-Length: %d\r\n\r\n" % len(INNER) + INNER + INNER + POST
              + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n"
              % (len(INNER), INNER) + INNER)
    requests, end = strict.split(stream + b"GET /half")
    assert [request.body for request in requests] == [INNER, b"", INNER, b""]
    assert end == len(stream)
    naive.assert_one_meaning(stream + b"GET /half", ([r.meaning for r in requests], end))
