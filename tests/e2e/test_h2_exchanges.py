"""Requests and responses over HTTP/2: streams side by side, windows, both bodies (RFC 9113)."""

import hashlib
import threading
import time

import pytest

from harness import h2frames as h2
from harness import origin as origins
from harness.h2raw import H2, Gone
from harness.waiting import until
from harness.wire import build, chunked

MIB = 1 << 20
POST = "POST"


def fields(path="/x", method="GET", host="a.test"):
    return ((":method", method), (":scheme", "http"), (":authority", host), (":path", path))


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


@pytest.fixture
def client(gateway, api):
    with H2(gateway.http) as client:
        client.host = api.host
        yield client


def ask(client, path="/x", method="GET", body=None):
    return client.request(fields(path, method, client.host), body)


def test_both_versions_on_one_port(gateway, api, client):
    assert ask(client).status == 200
    assert api.ask("/x").status == 200


def test_many_requests_on_one_connection(client):
    for number in range(200):
        answer = ask(client, f"/{number}", POST, b"b" * number)
        assert answer.status == 200 and b'"length": %d' % number in answer.body


def test_a_hundred_streams_side_by_side(client, origin):
    hold = threading.Barrier(50, timeout=10)

    def together(peer, seen):
        hold.wait()
        peer.send(origins.response(body=seen.target.encode()))

    origin.reply = together
    client.roundtrip()
    streams = [client.open(fields(f"/{n}", host=client.host)) for n in range(50)]
    for number, stream in enumerate(streams):
        assert client.response(stream).body == b"/%d" % number


def test_a_slow_stream_holds_no_other_up(client, origin):
    release = threading.Event()

    def reply(peer, seen):
        if seen.target == "/slow":
            release.wait(40)
        peer.send(origins.response(body=seen.target.encode()))

    origin.reply = reply
    slow = client.open(fields("/slow", host=client.host))
    for _ in range(20):
        assert ask(client, "/fast").body == b"/fast"
    release.set()
    assert client.response(slow).body == b"/slow"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_large_body_down(client, origin, framing):
    data = bytes(range(256)) * (4 * MIB // 256)

    def stream(peer, seen):
        if framing == "chunked":
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(data))
            return True
        length = b"Content-Length: %d\r\n" % len(data) if framing == "length" else b""
        peer.send(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + data)
        return framing == "length"

    origin.reply = stream
    answer = ask(client)
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(data).digest()


def test_a_large_body_up_obeys_the_windows(gateway, api):
    """This client sends no more than it is allowed; 2 MB arrive."""
    data, sent, stream = bytes(range(256)) * 8192, 0, 1
    with H2(gateway.http) as client:
        client.roundtrip()
        client.send(h2.headers(stream, fields(method=POST, host=api.host), end=False))
        while sent < len(data):
            window = client.settings.get(h2.INITIAL_WINDOW_SIZE, 65_535)
            room = min(65_535 + client.opened[0], window + client.opened[stream]) - sent
            room = min(room, 16_384, len(data) - sent)
            if room <= 0:
                client.frame()
                continue
            client.send(h2.data(stream, data[sent:sent + room], end=sent + room == len(data)))
            sent += room
        answer = client.response(stream)
        assert hashlib.sha256(data).hexdigest().encode() in answer.body


def test_head_204_and_304_have_no_body(client, origin):
    for status, method in ((200, "HEAD"), (204, "GET"), (304, "GET")):
        origin.always(b"HTTP/1.1 %d x\r\nEtag: \"1\"\r\n%s\r\n"
                      % (status, b"Content-Length: 5\r\n" if method == "HEAD" else b""))
        answer = ask(client, method=method)
        assert (answer.status, answer.body, answer.ended) == (status, b"", True), answer


def test_fields_of_the_response_are_legal(client, origin):
    """RFC 9113 sections 8.2.1 and 8.2.2."""
    origin.always(body=b"ok", headers=[("X-Upper", "A"), ("Connection", "X-Hop"), ("X-Hop", "1"),
                                       ("Keep-Alive", "timeout=5"), ("Set-Cookie", "a=b"),
                                       ("Set-Cookie", "c=d"), ("Upgrade", "h2c")])
    answer = ask(client)
    names = [name for name, _ in answer.headers]
    assert all(name == name.lower() for name in names), names
    assert not {"connection", "x-hop", "keep-alive", "upgrade", "transfer-encoding"} & set(names)
    assert names.count("set-cookie") == 2 and answer.get("x-upper") == "A"


def test_interim_responses_and_trailers(client, origin):
    origin.always(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
                  b"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                  + chunked(b"data", trailers=b"X-Sum: 7\r\n"))
    answer = ask(client)
    assert answer.status == 200 and answer.body == b"data"
    assert [dict(fields)[":status"] for fields in answer.interim] in ([], ["103"])
    assert answer.trailers in (None, [("x-sum", "7")])


def test_expect_100_continue(client, origin):
    def polite(peer, seen):
        if (seen.get("expect") or "").lower() == "100-continue":
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return False

    origin.on_head = polite
    more = (("expect", "100-continue"), ("content-length", "5"))
    stream = client.next_stream
    client.next_stream += 2
    client.send(h2.headers(stream, fields(method=POST, host=client.host) + more, end=False))
    client.until(lambda: client.of(stream).interim, "100")
    client.send(h2.data(stream, b"hello"))
    assert b'"body": "hello"' in client.response(stream).body


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_truncated_response_is_a_reset(client, origin, framing):
    """RFC 9113 section 8.1.1: it must not look whole."""
    def cut(peer, seen):
        if framing == "length":
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        else:
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False

    origin.reply = cut
    answer = ask(client)
    assert answer.reset not in (None, 0) and not answer.ended, answer
    origin.always(body=b"after")
    assert ask(client).body == b"after"


def test_a_reset_reaches_the_origin(client, origin):
    gone = threading.Event()

    def watch(peer, seen):
        if peer.closed_by_peer(30):
            gone.set()
        return True

    origin.on_head = watch
    stream = client.open(fields(host=client.host))
    origin.wait_for(lambda o: o.heads)
    client.send(h2.rst_stream(stream))
    assert gone.wait(40), "the origin goes on for a stream that is gone"
    origin.on_head = lambda peer, seen: False
    assert ask(client).status == 200


def test_an_early_answer_to_a_body_that_still_comes(client, origin):
    """RFC 9113 section 8.1: a whole response, then RST_STREAM with NO_ERROR or nothing."""
    def refuse(peer, seen):
        peer.send(origins.response(413, b"too much", [("Connection", "close")], "Too Large"))
        peer.closed_by_peer(30)
        return True

    origin.on_head = refuse
    stream = client.next_stream
    client.next_stream += 2
    client.send(h2.headers(stream, fields(method=POST, host=client.host), end=False)
                + h2.data(stream, b"x" * 10_000, end=False))
    answer = client.response(stream)
    assert (answer.status, answer.body) == (413, b"too much")
    assert answer.reset in (None, 0)


def test_a_client_without_windows_holds_the_origin_back(gateway, api, origin):
    sent, stop = [0], threading.Event()

    def endless(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1 << 40))
        peer.sock.settimeout(0.3)
        while not stop.is_set():
            try:
                sent[0] += peer.sock.send(b"x" * 65_536)
            except TimeoutError:
                pass
        return False

    origin.reply = endless
    with H2(gateway.http, quiet=True) as client:
        stream = client.open(fields(host=api.host))
        client.until(lambda: client.of(stream).headers, "head")
        last, since = -1, time.monotonic()
        while time.monotonic() - since < 0.7:
            if sent[0] != last:
                last, since = sent[0], time.monotonic()
            assert last < 40 * MIB, f"{last} bytes were taken though nobody reads"
            time.sleep(0.02)
    stop.set()


def test_goaway_of_the_client_ends_the_connection_in_order(client):
    stream = client.open(fields(host=client.host))
    client.send(h2.goaway())
    assert client.response(stream).status == 200
    client.sock.settimeout(5)
    client.sock.shutdown(1)
    client.drained(5)


def test_a_drain_sends_goaway_and_finishes(driver, new_site, origin):
    """RFC 9113 section 6.8: streams under way are answered, and none is lost unannounced."""
    site = new_site(driver).up("--target", origin.url)
    release = threading.Event()

    def hold(peer, seen):
        release.wait(40)
        peer.send(origins.response(body=b"whole"))

    origin.reply = hold
    with H2(site.http) as client:
        stream = client.open(fields())
        origin.wait_for(lambda o: o.requests)
        site.processes["ringgate"].terminate()
        client.until(lambda: client.goaway, "GOAWAY")
        release.set()
        assert client.response(stream).body == b"whole"
        with pytest.raises(Gone):
            client.until(lambda: False, "close", 8)
    until(lambda: site.processes["ringgate"].poll() is not None, "the end", 60)


def test_a_request_of_http_1_that_looks_like_the_preface(gateway, api):
    """`PRI` alone is no HTTP/2: what is not the whole preface is a request of HTTP/1.1."""
    with api.wire() as wire:
        wire.send(build("/x", method="PRX", host=api.host))
        assert wire.response().status in (200, 404, 405, 501)
