"""`--memory-limit-mb` under real pressure: responses that are not read fill the gateway's buffers
until new work is shed. What is under way goes on to its end, then everything is served again."""

import contextlib

import pytest

from harness.memory import resident_bytes
from harness.origin import response
from harness.waiting import until

MIB = 1 << 20
# Far more than sockets hold, so that a response which is not read fills a buffer of the gateway.
BODY = b"x" * (6 * MIB)
# What is to be filled, in buffers of 256 KiB, of which there is one for each such response.
ROOM_MB = 24
RESPONSES_MAX = 600
RECOVERY_S = 60


@pytest.fixture
def tight(driver, new_site, origin):
    """A gateway whose limit is somewhat above what it needs when it is idle."""
    big, small = response(body=BODY), response()
    origin.reply = lambda peer, seen: peer.send(big if "big" in seen.target else small)
    idle = new_site(driver, flags=["--workers", "1"]).up()
    needed_mb = resident_bytes(idle.pid("ringgated")) // MIB
    idle.close()
    site = new_site(driver, flags=["--workers", "1", "--body-timeout-ms", "120000",
                                   "--memory-limit-mb", needed_mb + ROOM_MB])
    site.limit_bytes = (needed_mb + ROOM_MB) * MIB
    return site.up("--target", origin.url)


def rest(wire):
    """How much of a body comes, to its last byte."""
    size = len(wire.buffer)
    while size < len(BODY) and (data := wire.sock.recv(1 << 18)):
        size += len(data)
    return size


def test_new_work_is_shed_first_and_nothing_is_killed(tight):
    pid = tight.pid("ringgated")
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(tight.wire())
        assert kept.request("/small").status == 200
        held = []
        while resident_bytes(pid) < tight.limit_bytes:
            assert len(held) < RESPONSES_MAX, f"{resident_bytes(pid)} of {tight.limit_bytes} bytes"
            wire = stack.enter_context(tight.wire(timeout_s=60, receive_buffer=65536))
            wire.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
            assert wire.head().status == 200
            held.append(wire)
        until(lambda: "new requests are answered 503" in tight.logs(), "shedding")
        assert tight.ask("/small").status == 503, "on a new connection"
        assert kept.request("/small").status == 503, "on one that was there"
        assert tight.metrics()["ringgate_shed_total"] >= 2
        assert [rest(wire) for wire in held] == [len(BODY)] * len(held), "what was under way"
    until(lambda: tight.ask("/small").status == 200, "everything to be served again", RECOVERY_S)
    assert tight.pid("ringgated") == pid
    assert "panicked" not in tight.logs(MIB)
