"""Requests that RFC 9112 forbids: a clear 4xx, the connection closed, nothing passed on, and
nobody else the worse for it. One case a rule; the status stands beside it."""

import time

import pytest

from harness.wire import build, chunked

BAD = (400,)

# Each is a whole request; HOST stands for the API's own, so that only the one rule is broken.
HEADS = {
    # Framing, RFC 9112 section 6
    "length and chunked": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n"
                                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunked and length": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n"
                                b"Content-Length: 5\r\n\r\n0\r\n\r\n"),
    "two different lengths": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n"
                                   b"Content-Length: 6\r\n\r\nhello!"),
    "two equal lengths": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n"
                               b"Content-Length: 5\r\n\r\nhello"),
    "transfer coding of HTTP/1.0": (BAD, b"POST /x HTTP/1.0\r\nHost: HOST\r\n"
                                         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "two codings lines": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n"
                               b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "underscore for hyphen, coding": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5"
                                           b"\r\nTransfer_Encoding: chunked\r\n\r\nhello"),
    "underscore for hyphen, length": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\n"
                                           b"Content_Length: 5\r\n\r\n"),
    # Lines, RFC 9112 sections 2.2 and 5
    "bare LF after the request line": (BAD, b"GET /x HTTP/1.1\nHost: HOST\r\n\r\n"),
    "bare LF after a field": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\nX-A: b\r\n\r\n"),
    "bare LF at the end": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: b\n\n"),
    "bare CR in a value": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\rb\r\n\r\n"),
    "bare CR in the request line": (BAD, b"GET /x\r HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "CR in place of CRLF": (BAD, b"GET /x HTTP/1.1\rHost: HOST\r\r\r\n\r\n"),
    "folded field": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\r\n b\r\n\r\n"),
    "folded field by a tab": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\r\n\tb\r\n\r\n"),
    "fold before the first field": (BAD, b"GET /x HTTP/1.1\r\n Host: HOST\r\nHost: HOST\r\n\r\n"),
    "space before the colon": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A : b\r\n\r\n"),
    "tab before the colon": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A\t: b\r\n\r\n"),
    "space before the colon of a length": (BAD, b"POST /x HTTP/1.1\r\nHost: HOST\r\n"
                                                b"Content-Length : 5\r\n\r\nhello"),
    "no colon": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nnonsense\r\n\r\n"),
    "empty field name": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\n: b\r\n\r\n"),
    "NUL in a value": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\0b\r\n\r\n"),
    "NUL in a name": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX\0A: b\r\n\r\n"),
    "NUL in the target": (BAD, b"GET /x\0 HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "control byte in a value": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\x01b\r\n\r\n"),
    "escape byte in a value": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: \x1b[1m\r\n\r\n"),
    "DEL in a value": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: a\x7fb\r\n\r\n"),
    "space in a name": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX A: b\r\n\r\n"),
    "odd byte in a name": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX(A): b\r\n\r\n"),
    "non-ASCII in a name": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-\xc3\xa9: b\r\n\r\n"),
    # Request line, RFC 9112 section 3
    "no version": (BAD, b"GET /x\r\nHost: HOST\r\n\r\n"),
    "no target": (BAD, b"GET HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "two spaces": (BAD, b"GET  /x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "space at the end": (BAD, b"GET /x HTTP/1.1 \r\nHost: HOST\r\n\r\n"),
    "tab for a space": (BAD, b"GET\t/x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "space in the target": (BAD, b"GET /x y HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "no method": (BAD, b" /x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "odd byte in the method": (BAD, b"G(T /x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "lower-case protocol": (BAD, b"GET /x http/1.1\r\nHost: HOST\r\n\r\n"),
    "no such protocol": (BAD, b"GET /x HTCPCP/1.1\r\nHost: HOST\r\n\r\n"),
    "junk behind the version": (BAD, b"GET /x HTTP/1.1x\r\nHost: HOST\r\n\r\n"),
    "version without a dot": ((400, 505), b"GET /x HTTP/11\r\nHost: HOST\r\n\r\n"),
    "three-digit version": (BAD, b"GET /x HTTP/1.10\r\nHost: HOST\r\n\r\n"),
    "version 2.0": ((505,), b"GET /x HTTP/2.0\r\nHost: HOST\r\n\r\n"),
    "version 3.0": ((505,), b"GET /x HTTP/3.0\r\nHost: HOST\r\n\r\n"),
    "version 0.9": ((400, 505), b"GET /x HTTP/0.9\r\nHost: HOST\r\n\r\n"),
    "broken HTTP/2 preface": ((400, 505), b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n"),
    "TLS hello": (BAD, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n"),
    # Target, RFC 9112 section 3.2
    "userinfo": (BAD, b"GET http://u:p@HOST/x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "backslash": (BAD, b"GET /x\\y HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "backslash in the authority": (BAD, b"GET http://HOST\\@evil/x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "fragment": (BAD, b"GET /x#y HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "raw UTF-8": (BAD, b"GET /\xc3\xa9 HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "control byte": (BAD, b"GET /x\x01 HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "DEL": (BAD, b"GET /x\x7f HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "no slash": (BAD, b"GET x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "asterisk of GET": (BAD, b"GET * HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "CONNECT": ((400, 405, 501), b"CONNECT HOST:443 HTTP/1.1\r\nHost: HOST:443\r\n\r\n"),
    "CONNECT of a path": ((400, 405, 501), b"CONNECT /x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    # Host, RFC 9112 section 3.2
    "no Host": (BAD, b"GET /x HTTP/1.1\r\nX-A: b\r\n\r\n"),
    "two Hosts": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n"),
    "two different Hosts": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\r\nHost: evil\r\n\r\n"),
    "two Hosts in one": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST, evil\r\n\r\n"),
    "userinfo in Host": (BAD, b"GET /x HTTP/1.1\r\nHost: u@HOST\r\n\r\n"),
    "path in Host": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST/y\r\n\r\n"),
    "space in Host": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST x\r\n\r\n"),
    "non-ASCII in Host": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST\xc3\xa9\r\n\r\n"),
    "port of letters": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST:http\r\n\r\n"),
    "port too large": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST:65536\r\n\r\n"),
    "two ports": (BAD, b"GET /x HTTP/1.1\r\nHost: HOST:80:80\r\n\r\n"),
    "two Hosts of HTTP/1.0": (BAD, b"GET /x HTTP/1.0\r\nHost: HOST\r\nHost: evil\r\n\r\n"),
    "bad Host beside an absolute target": (
        BAD, b"GET http://HOST/x HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "no Host beside an absolute target": (BAD, b"GET http://HOST/x HTTP/1.1\r\nX-A: b\r\n\r\n"),
    # Sizes (spec 2.18)
    "a target beyond the head": (
        (414,), b"GET /" + b"x" * 11_000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    "one large field": (
        (431,), b"GET /x HTTP/1.1\r\nHost: HOST\r\nX-A: " + b"v" * 11_000 + b"\r\n\r\n"),
    "many small fields": (
        (431,), b"GET /x HTTP/1.1\r\nHost: HOST\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    "an endless head": ((431,), b"GET /x HTTP/1.1\r\nHost: HOST\r\n" + b"X-Filler: y\r\n" * 5000),
    "an endless request line": ((414, 431, 400), b"GET /" + b"x" * 200_000),
    "an endless method": ((400, 414, 431), b"X" * 20_000),
    "many empty lines first": (BAD, b"\r\n" * 2_000 + b"GET /x HTTP/1.1\r\nHost: HOST\r\n\r\n"),
}

LENGTHS = [b"", b" ", b"+5", b"-5", b"0x5", b"5a", b"five", b"5 5", b"5,5", b"5, 5", b"5;", b"5.0",
           b"1e1", b"18446744073709551616", b"99999999999999999999999", b"\xb2", b"'5'"]

CODINGS = {
    b"gzip": (501, 400), b"gzip, chunked": (501,), b"identity": (501, 400), b"rot13": (501, 400),
    b"chunked, gzip": (501, 400), b"chunked, chunked": (400, 501), b"xchunked": (501, 400),
    b"rot13, chunked": (501,), b"chunkedx": (501, 400), b"": (400,), b",": (400,),
    b",chunked": (400,), b"chunked,": (400,),
    b"chunked;q=1": (400, 501), b'"chunked"': (400, 501), b"chun ked": (400, 501),
    b"\x0bchunked": (400,), b"chunked\x00": (400,), b"identity, chunked": (501, 400),
}

CHUNKS = {
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "hexadecimal prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "plus sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "minus sign": b"-5\r\nhello\r\n0\r\n\r\n",
    "letters beyond f": b"5g\r\nhello\r\n0\r\n\r\n",
    "underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "junk after the size": b"5 junk\r\nhello\r\n0\r\n\r\n",
    "comma": b"5,5\r\nhello\r\n0\r\n\r\n",
    "beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a very long size": b"0" * 5_000 + b"5\r\nhello\r\n0\r\n\r\n",
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "bare CR after the size": b"5\rhello\r\n0\r\n\r\n",
    "data longer than its size": b"4\r\nhello\r\n0\r\n\r\n",
    "data shorter than its size": b"6\r\nhello\r\n0\r\n\r\n",
    "NUL in an extension": b"5;a=\0\r\nhello\r\n0\r\n\r\n",
    "bare LF in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "bare CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "an endless extension": b"5;" + b"e" * 200_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a trailer that frames": b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
    "a trailer that codes": b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a trailer that routes": b"5\r\nhello\r\n0\r\nHost: evil\r\n\r\n",
    "a malformed trailer": b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n",
    "an endless trailer": b"5\r\nhello\r\n0\r\n" + b"X-Filler: y\r\n" * 20_000,
}


@pytest.fixture
def api(gateway, origin):
    return gateway.make_api({"ANY /{proxy+}": f"{origin.url}/{{proxy}}", "$default": origin.url})


@pytest.fixture
def bystander(api):
    """Another client's connection, in use before and after."""
    with api.wire() as wire:
        assert wire.request("/before").status == 200
        yield wire
        assert wire.request("/after").status == 200, "another connection came to harm"


def assert_refused(api, origin, request, statuses):
    """Refused with the status, closed, and none of it seen by the origin."""
    before = len(origin.heads)
    with api.wire() as wire:
        wire.send_lossy(request)
        answer = wire.response()
        assert answer.status in statuses, answer
        assert answer.json()["message"], "people are told what was wrong"
        assert (answer.get("connection") or "").lower() == "close", answer
        wire.assert_closed()
    assert len(origin.heads) == before, f"passed on: {origin.heads[-1].line}"


@pytest.mark.parametrize("rule", HEADS)
def test_a_head_that_breaks_a_rule(api, origin, bystander, rule):
    statuses, request = HEADS[rule]
    assert_refused(api, origin, request.replace(b"HOST", api.host.encode()), statuses)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_no_number(api, origin, bystander, length):
    """One that only is too large may be called that."""
    request = (b"POST /x HTTP/1.1\r\nHost: %s\r\nContent-Length: %s\r\n\r\nhello"
               % (api.host.encode(), length))
    assert_refused(api, origin, request, (400, 413) if len(length) > 19 else (400,))


@pytest.mark.parametrize("coding", CODINGS)
def test_a_coding_that_is_not_chunked(api, origin, bystander, coding):
    request = (b"POST /x HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: %s\r\n\r\n0\r\n\r\n"
               % (api.host.encode(), coding))
    assert_refused(api, origin, request, CODINGS[coding])


@pytest.mark.parametrize("separately", [False, True], ids=["with the head", "after the head"])
@pytest.mark.parametrize("rule", CHUNKS)
def test_a_chunked_body_that_breaks_a_rule(api, origin, bystander, rule, separately):
    """The head may be at the origin already; a whole request must never be."""
    head = build("/x", method="POST", host=api.host, headers={"Transfer-Encoding": "chunked"})
    before = len(origin.requests)
    with api.wire() as wire:
        if separately:
            wire.send(head)
            # Time for the head to go on alone, where the gateway does so.
            time.sleep(0.01)
            wire.send_lossy(CHUNKS[rule])
        else:
            wire.send_lossy(head + CHUNKS[rule])
        answer = wire.response("POST")
        assert answer.status in ((400, 431) if "endless" in rule else (400,)), answer
        wire.assert_closed()
    assert len(origin.requests) == before, "the origin took a broken body for a whole one"


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"CHUNKED", b"\tchunked \t"])
def test_chunked_in_any_case_is_legal(api, origin, coding):
    request = (b"POST /x HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: %s\r\n\r\n"
               % (api.host.encode(), coding))
    with api.wire() as wire:
        wire.send(request + chunked(b"hello"))
        assert wire.response("POST").json()["body"] == "hello"
    sent = origin.last()
    assert not (sent.all("content-length") and sent.all("transfer-encoding"))


@pytest.mark.parametrize("size", [b"5", b"05", b"0000000005", b"5;a", b"5;a=b", b'5;a="b c"'])
def test_odd_but_legal_chunk_sizes(api, origin, size):
    head = build("/x", method="POST", host=api.host, headers={"Transfer-Encoding": "chunked"})
    with api.wire() as wire:
        wire.send(head + size + b"\r\nhello\r\n000\r\n\r\n")
        assert wire.response("POST").json()["body"] == "hello"
        assert wire.request("/again").status == 200


@pytest.mark.parametrize("length", [b"5", b"005", b"\t5", b"5 \t"])
def test_odd_but_legal_lengths(api, origin, length):
    request = (b"POST /x HTTP/1.1\r\nHost: %s\r\nContent-Length:%s\r\n\r\nhello"
               % (api.host.encode(), length))
    with api.wire() as wire:
        wire.send(request)
        assert wire.response("POST").json()["body"] == "hello"


def test_a_refusal_in_the_middle_of_a_pipeline(api, origin):
    """What came before it is answered, what came after it is not."""
    good = build("/one", host=api.host)
    bad = b"GET /two HTTP/1.1\r\nHost: %s\r\nX-A : b\r\n\r\n" % api.host.encode()
    with api.wire() as wire:
        wire.send_lossy(good + bad + build("/three", host=api.host))
        assert wire.response().json()["target"] == "/one"
        assert wire.response().status == 400
        wire.assert_closed()
    assert [seen.target for seen in origin.heads] == ["/one"]


def test_a_smuggled_request_stays_in_its_body(api, origin):
    inner = build("/smuggled", host=api.host)
    with api.wire() as wire:
        answer = wire.request("/outer", method="POST", body=inner)
        assert answer.json()["length"] == len(inner)
        wire.send(build("/outer", method="POST", host=api.host,
                        headers={"Transfer-Encoding": "chunked"}) + chunked(inner))
        assert wire.response("POST").json()["length"] == len(inner)
    assert [seen.target for seen in origin.heads] == ["/outer", "/outer"]


def test_a_get_with_a_body_is_framed_like_any_other(api, origin):
    inner = build("/smuggled", host=api.host)
    with api.wire() as wire:
        assert wire.request("/outer", body=inner).json()["length"] == len(inner)
        assert wire.request("/next").json()["target"] == "/next"
    assert [seen.target for seen in origin.heads] == ["/outer", "/next"]


def test_the_body_of_an_unanswered_route_is_not_taken_for_a_request(gateway, api, origin):
    empty = gateway.make_api({"GET /only": f"{origin.url}/only"})
    inner = build("/only", host=empty.host)
    with empty.wire() as wire:
        wire.send_lossy(build("/none", method="POST", host=empty.host, body=inner))
        assert wire.response("POST").status == 404
        wire.send_lossy(build("/only", host=empty.host))
        try:
            assert wire.response().status == 200
        except (AssertionError, ConnectionResetError):
            pass
    assert len(origin.heads) <= 1


def test_a_thousand_refusals_leave_the_gateway_as_it_was(gateway, api, origin, bystander):
    pid = gateway.pid("ringgated")
    for number in range(1000):
        with api.wire() as wire:
            rule = list(HEADS)[number % len(HEADS)]
            wire.send_lossy(HEADS[rule][1][:4096].replace(b"HOST", b"h"))
    assert gateway.pid("ringgated") == pid, "the same process still serves"
    assert api.ask("/x").status == 200
