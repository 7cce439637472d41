"""An origin of HTTP/2 that breaks rules, refuses and goes away: what it has not acted on is asked
again, what is malformed is a 502, and what is cut short is visibly so (RFC 9113 sections 5.4, 6.8,
8.1.1 and 8.7)."""

import os
import threading
import time

import pytest

from harness import h2frames as h2
from harness.h2origin import OK, TE, echo
from harness.h2raw import H2
from harness.site import Site
from harness.waiting import until
from harness.wire import Truncated, build

BROKEN, WHOLE = "broken", "whole"


@pytest.fixture(scope="module")
def hasty(driver):
    """A gateway that waits for no head longer than a second, nor for a connection."""
    site = Site(driver, flags=["--response-head-timeout-ms", "1000",
                               "--connect-timeout-ms", "1000"]).up()
    yield site
    site.close()


@pytest.fixture
def api(hasty, backend):
    return hasty.make_proxy(backend)


def once(first, then=echo):
    """The first request gets `first`, all others `then`."""
    left = [first]

    def reply(peer, seen):
        (left.pop() if left else then)(peer, seen)

    return reply


def see(api, body=None, headers=()):
    """A status, or what became of an answer after its head."""
    with api.wire() as wire:
        try:
            method = "POST" if body else "GET"
            return wire.request("/x", method=method, body=body, headers=headers).status
        except Truncated:
            return BROKEN


def rst(code):
    return lambda peer, seen: peer.send(h2.rst_stream(seen.stream, code))


@pytest.mark.parametrize("body", [None, b"a body that was whole"])
def test_what_is_refused_is_asked_again(api, backend, body):
    backend.reply = once(rst(h2.REFUSED_STREAM))
    assert see(api, body) == 200
    assert [seen.body for seen in backend.requests] == [body or b""] * 2


def test_what_is_refused_twice_is_not(api, backend):
    backend.reply = rst(h2.REFUSED_STREAM)
    assert see(api, b"body") == 502
    assert len(backend.requests) == 2


def test_a_body_that_is_not_whole_is_not_sent_again(api, backend):
    def refuse(peer, seen):
        peer.send(h2.rst_stream(seen.stream, h2.REFUSED_STREAM))
        return True

    backend.on_head = refuse
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host, headers=[("Content-Length", "100")])
                  + b"half")
        assert wire.response("POST").status == 502
    assert sum(len(peer.streams) for peer in backend.peers) == 1


CODES = [h2.NO_ERROR, h2.PROTOCOL_ERROR, h2.INTERNAL_ERROR, h2.CANCEL, h2.ENHANCE_YOUR_CALM,
         h2.HTTP_1_1_REQUIRED, 0xffffffff]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("body", [None, b"body"])
def test_another_reset_is_no_answer(api, backend, code, body):
    """Nobody knows what was done."""
    backend.reply = rst(code)
    assert see(api, body) == 502 and len(backend.requests) == 1


@pytest.mark.parametrize("sent", [
    h2.headers(1, OK, end=False),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False),
    h2.headers(1, OK + (("content-length", "10"),), end=False) + h2.data(1, b"half", end=False),
], ids=["head", "content", "length"])
@pytest.mark.parametrize("how", ["reset", "close", "refused"])
def test_an_answer_cut_short(api, backend, sent, how):
    def cut(peer, seen):
        peer.send(sent)
        if how == "close":
            return peer.close()
        peer.send(h2.rst_stream(1, h2.REFUSED_STREAM if how == "refused" else h2.INTERNAL_ERROR))

    backend.reply = once(cut)
    # A reset that comes with the head may win over it: h2 gives what came first.
    assert see(api) in (BROKEN, 502) and len(backend.requests) == 1
    assert see(api) == 200


@pytest.mark.parametrize("sent", [
    h2.headers(1, OK + (("content-length", "10"),), end=False) + h2.data(1, b"half"),
    h2.headers(1, OK + (("content-length", "2"),), end=False) + h2.data(1, b"half"),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False)
    + h2.headers(1, ((":status", "200"),)),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False)
    + h2.headers(1, (("content-length", "4"),)),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False)
    + h2.headers(1, (("x-sum", "1"),), end=False),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False)
    + h2.headers(1, (("X-Sum", "1"),)),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False) + h2.data(3, b"nobody's"),
    h2.headers(1, OK, end=False) + h2.data(1, b"half", end=False) + h2.frame(h2.DATA, 0, 1, b"",
                                                                            1 << 20),
], ids=["short", "long", "two-heads", "framing-trailer", "trailers-without-end", "upper-trailer",
        "idle-stream", "large-frame"])
def test_malformed_content(api, backend, sent):
    backend.reply = once(lambda peer, seen: peer.send(sent))
    assert see(api, headers=TE) in (BROKEN, 502)
    assert see(api) == 200


def block(*fields):
    return h2.headers(1, fields)


HEADS = {
    "no status": block(("x-a", "1")),
    "empty": block(),
    "two statuses": block((":status", "200"), (":status", "200")),
    "a late status": block(("x-a", "1"), (":status", "200")),
    "status 99": block((":status", "99")),
    "status 600": block((":status", "600")),
    "status 101": block((":status", "101")),
    "status of words": block((":status", "fine")),
    "a request's": block((":status", "200"), (":path", "/")),
    "an unknown pseudo field": block((":status", "200"), (":x", "1")),
    "upper case": block((":status", "200"), ("X-A", "1")),
    "a name with a space": block((":status", "200"), ("x a", "1")),
    "an empty name": block((":status", "200"), ("", "1")),
    "a line end": block((":status", "200"), ("x-a", "1\r\nx-b: 2")),
    "a zero": block((":status", "200"), ("x-a", "1\0")),
    "space around": block((":status", "200"), ("x-a", " 1")),
    "connection": block((":status", "200"), ("connection", "close")),
    "transfer-encoding": block((":status", "200"), ("transfer-encoding", "chunked")),
    "upgrade": block((":status", "200"), ("upgrade", "h2c")),
    "content-length twice": block((":status", "200"), ("content-length", "0"),
                                  ("content-length", "0")),
    "content-length of words": block((":status", "200"), ("content-length", "x")),
    "content-length, no content": block((":status", "200"), ("content-length", "5")),
    "201 fields": block((":status", "200"), *((f"x-{n}", "1") for n in range(201))),
    "80 KB": h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.block(OK))
    + b"".join(h2.frame(h2.CONTINUATION, h2.END_HEADERS if n == 5 else 0, 1,
                        h2.literal(f"x-{n}", "v" * 15_000)) for n in range(6)),
    "1 MB": h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.block(OK))
    + b"".join(h2.frame(h2.CONTINUATION, 0, 1, h2.literal(f"x-{n}", "v" * 15_000))
               for n in range(70)),
    "only an interim one": h2.headers(1, ((":status", "103"),)),
    "a hundred interim ones": h2.headers(1, ((":status", "103"),), end=False) * 100 + block(*OK),
    "data first": h2.data(1, b"data"),
    "broken compression": h2.headers(1, b"\xff\xff\xff\xff\xff\xff"),
    "a promise": h2.frame(h2.PUSH_PROMISE, h2.END_HEADERS, 1, b"\0\0\0\2" + h2.block(h2.GET)),
    "a head within a head": h2.frame(h2.HEADERS, 0, 1, h2.block(OK)) + h2.ping(),
    "padding only": h2.frame(h2.HEADERS, h2.END_HEADERS | h2.PADDED, 1, b"\x05"),
    "a field cut in two": h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.block(OK) + b"\x00\x03X")
    + h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1, b"-A\x011"),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_malformed_head(api, backend, name):
    backend.reply = once(lambda peer, seen: peer.send(HEADS[name]))
    assert see(api, b"body") == 502
    assert len(backend.requests) == 1
    backend.reply = echo
    assert see(api) == 200


GREETINGS = {
    "http/1.1": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "a ping": h2.ping(),
    "an ack": h2.frame(h2.SETTINGS, h2.ACK),
    "half settings": h2.frame(h2.SETTINGS, 0, 0, b"\0\0\0", 6),
    "odd settings": h2.frame(h2.SETTINGS, 0, 0, b"\0\0\0"),
    "noise": os.urandom(4096),
    "nothing": b"",
    "no streams": h2.settings((h2.MAX_CONCURRENT_STREAMS, 0)),
    "a bad window": h2.settings((h2.INITIAL_WINDOW_SIZE, 1 << 31)),
}


def test_connections_that_end_at_once_are_not_made_for_ever(api, backend):
    def greet(peer):
        peer.send(h2.settings() + h2.goaway())
        return True

    backend.greet = greet
    assert see(api, b"body") == 503
    assert len(backend.peers) <= 9 and not backend.requests


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("name", GREETINGS)
def test_what_is_no_http_2_is_not_asked(api, backend, name, closes):
    """Nothing was sent that could have been acted on: 503, as for what cannot be reached."""
    def greet(peer):
        peer.send(GREETINGS[name])
        if not closes:
            until(lambda: peer.ended or not peer.sock.recv(4096), "the end of it", 20)
        return True

    backend.greet = greet
    assert see(api, b"body") == 503
    assert not backend.requests


def test_streams_that_a_goaway_leaves_out_are_asked_again(api, backend):
    """Two of three streams; the first is answered on the old connection."""
    release = threading.Event()

    def go(peer, seen):
        waiting = [s for s in backend.requests if s.path != "/after"]
        if len(waiting) < 3:
            return
        backend.reply = echo
        peer.send(h2.goaway(last=1))
        release.wait(10)
        peer.respond(1, b"the first")
        peer.close()

    backend.reply = go
    with H2(api.site.http) as client:
        streams = [client.open(api.fields(f"/{n}", "POST"), b"body %d" % n) for n in range(3)]
        assert client.response(streams[1]).body == b"body 1"
        assert client.response(streams[2]).body == b"body 2"
        release.set()
        assert client.response(streams[0]).body == b"the first"
    assert len(backend.peers) == 2


@pytest.mark.parametrize("code", [h2.NO_ERROR, h2.ENHANCE_YOUR_CALM])
def test_a_goaway_that_leaves_nothing_out(api, backend, code):
    """What is under way is answered; the next request takes another connection."""
    def go(peer, seen):
        peer.send(h2.goaway(last=(1 << 31) - 1, code=code))
        peer.respond(seen.stream, b"last")

    with H2(api.site.http) as client:
        backend.reply = once(go)
        assert client.request(api.fields()).body == b"last"
        for _ in range(3):
            assert client.request(api.fields("/y")).status == 200
    assert len(backend.peers) == 2


def test_a_goaway_and_no_answer(api, backend):
    """The stream was not left out: nobody knows what became of the request."""
    def go(peer, seen):
        peer.send(h2.goaway(last=1, code=h2.INTERNAL_ERROR))
        peer.close()

    backend.reply = once(go)
    assert see(api, b"body") == 502 and len(backend.requests) == 1
    assert see(api) == 200


@pytest.mark.parametrize("method, times", [("GET", 2), ("POST", 1)])
def test_a_kept_connection_that_ends(api, backend, method, times):
    """As with HTTP/1.1: only what does no harm twice is asked again."""
    with api.wire() as wire:
        assert wire.request("/first").status == 200
        backend.reply = once(lambda peer, seen: peer.close())
        answer = wire.request("/x", method=method, body=b"b" if method == "POST" else None)
    assert answer.status == (200 if times == 2 else 502)
    assert len(backend.requests) == 1 + times


def test_one_that_has_ended_is_not_asked(api, backend):
    with api.wire() as wire:
        assert wire.request("/first").status == 200
        backend.peers[0].send(h2.goaway())
        backend.peers[0].close()
        assert wire.request("/x", method="POST", body=b"b").status == 200
    assert len(backend.peers) == 2


def test_no_answer_and_then_another_connection(api, backend):
    """Who says nothing at all is not asked again by those who come later."""
    silent = threading.Event()

    def nothing(peer, seen):
        silent.wait(20)

    backend.reply = nothing
    with api.wire() as wire:
        # Its SETTINGS are acknowledged, and so on: from here on there is silence.
        assert wire.request("/x").status == 503
        backend.reply = echo
        assert wire.request("/y").status == 200
    silent.set()
    assert len(backend.peers) == 2


def test_a_late_answer_is_nobodys(api, backend):
    """A stream that timed out is reset; its answer comes, and others are not mistaken for it."""
    late = []

    def talk(peer, seen):
        """The connection is alive, so it is kept."""
        late.append((peer, seen.stream))

        def ping():
            while seen.reset is None and not peer.ended:
                peer.send(h2.ping())
                time.sleep(0.02)

        threading.Thread(target=ping, daemon=True).start()

    backend.reply = talk
    with api.wire() as wire:
        assert wire.request("/x").status == 503
        until(lambda: backend.requests[0].reset == h2.CANCEL, "CANCEL")
        backend.reply = echo
        for peer, stream in late:
            peer.respond(stream, b"late")
        assert wire.request("/y").body == b"nothing"
    assert len(backend.peers) == 1


def test_many_streams_that_are_not_read(api, backend):
    """Clients without windows hold nobody else's answers up on the connection they share."""
    def reply(peer, seen):
        # As much as a stream may take without being read.
        peer.send(h2.headers(seen.stream, OK, end=False) + b"".join(
            h2.data(seen.stream, b"x" * 16_000, end=False) for _ in range(4)))

    with H2(api.site.http, settings=((h2.INITIAL_WINDOW_SIZE, 0),)) as slow:
        backend.reply = reply
        streams = [slow.open(api.fields()) for _ in range(60)]
        slow.until(lambda: all(slow.of(stream).headers for stream in streams), "heads")
        backend.reply = echo
        with H2(api.site.http) as client:
            for _ in range(10):
                assert client.request(api.fields()).body == b"nothing"
        slow.send(h2.window_update(streams[0], 5))
        slow.until(lambda: slow.of(streams[0]).body == b"xxxxx", "content")
