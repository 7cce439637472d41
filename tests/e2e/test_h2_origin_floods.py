"""Floods by an origin of HTTP/2: it is told ENHANCE_YOUR_CALM and cut off, its requests get a 502,
other origins do not notice, memory stays what it was (RFC 9113 section 10.5)."""

import pytest

from harness import h2frames as h2
from harness.flood import Peak
from harness.h2origin import OK, H2Origin, echo
from harness.waiting import until
from harness.wire import Truncated

ENHANCE_YOUR_CALM = 11
GROWTH_BYTES_MAX = 8 << 20
FLOODS = {
    "RST_STREAM of a closed stream": lambda n: h2.rst_stream(n),
    "PING": lambda n: h2.ping(),
    "SETTINGS": lambda n: h2.settings((h2.INITIAL_WINDOW_SIZE, 65_535)),
    "WINDOW_UPDATE": lambda n: h2.window_update(0, 1),
    "unknown frames": lambda n: h2.frame(0xbe, 0xff, 0, b"x" * 100),
    "GOAWAY that leaves nothing out": lambda n: h2.goaway(last=(1 << 31) - 1),
    "PRIORITY": lambda n: h2.priority(n),
    "empty DATA": lambda n: h2.data(n, end=False),
    "empty CONTINUATION": lambda n: h2.frame(h2.CONTINUATION, 0, n),
}
# What stands before the flood on the stream of the request.
FIRST = {
    "RST_STREAM of a closed stream": lambda n: h2.rst_stream(n),
    "empty DATA": lambda n: h2.headers(n, OK, end=False),
    "empty CONTINUATION": lambda n: h2.headers(n, OK, end=False, flags=0),
}
# Those in which the answer has begun, and perhaps been passed on.
BEGUN = {"empty DATA"}


@pytest.mark.parametrize("name", FLOODS)
def test_flood(gateway, backend, origin, name):
    api, other = gateway.make_proxy(backend), gateway.make_proxy(origin)
    pid, calm = gateway.pid("ringgated"), H2Origin()
    third = gateway.make_proxy(calm)
    assert api.ask("/before").status == 200

    flooding = []

    def flood(peer, seen):
        flooding.append(peer)
        peer.send(FIRST.get(name, lambda n: b"")(seen.stream))
        while not peer.ended:
            peer.send(FLOODS[name](seen.stream) * 1000)

    backend.reply = flood
    peak = Peak(pid)
    peak.start()
    with third.wire() as kept:
        try:
            assert api.ask("/flooded").status == 502
        except Truncated:
            assert name in BEGUN
        assert kept.request("/kept").status == other.ask("/other").status == 200
    peak.stop()
    assert peak.growth_bytes <= GROWTH_BYTES_MAX, f"memory grew by {peak.growth_bytes >> 10} KiB"
    assert gateway.pid("ringgated") == pid
    backend.reply = echo
    assert api.ask("/after").status == 200, "by another connection"
    assert len(backend.peers) > 1
    until(lambda: flooding[0].ended, "the flooding connection to be over")
    calm.close()


def test_the_origin_is_told_why(gateway, backend):
    api = gateway.make_proxy(backend)

    def flood(peer, seen):
        for _ in range(300):
            peer.send(h2.ping())

    backend.reply = flood
    assert api.ask("/flooded").status == 502
    [peer] = backend.peers
    until(lambda: peer.goaway, "a GOAWAY")
    assert peer.goaway == (0, ENHANCE_YOUR_CALM)


def test_an_empty_frame_in_each_answer_is_no_flood(gateway, backend):
    """`h2` ends a connection with the hundredth in its life: another takes its place before."""
    api = gateway.make_proxy(backend)

    def reply(peer, seen):
        peer.send(h2.headers(seen.stream, OK, end=False) + h2.data(seen.stream, end=False)
                  + h2.data(seen.stream, b"ok"))

    backend.reply = reply
    with api.wire() as wire:
        for n in range(250):
            assert wire.request(f"/{n}").body == b"ok", n
