"""An origin that breaks every rule: the client sees a fault or a response that is visibly broken,
never another's response and never half of one that looks whole (RFC 9110 section 15.6, RFC 9112
sections 6.3 and 8)."""

import random
import threading
import time

import pytest

from harness.marked import (
    FAULTS,
    allowed,
    assert_own,
    assert_unmixed,
    mark,
    misbehaving,
    see,
)
from harness.misbehave import BEHAVIOURS, BROKEN, UNASKED
from harness.wire import Truncated, build

LONGEST_S = 15.0


@pytest.fixture(scope="module")
def bad(driver):
    with misbehaving(driver) as site:
        yield site


@pytest.mark.parametrize("name", [name for name in BEHAVIOURS if name not in UNASKED])
def test_behaviour(bad, name):
    behaviour = BEHAVIOURS[name]
    body = b"once" if behaviour.method == "POST" else None
    with bad.wire() as wire:
        path = mark()
        assert_own(wire.request(path), path)
        began = time.monotonic()
        wire.send(build(f"/{name}", method=behaviour.method, body=body))
        seen = see(wire, behaviour)
        assert seen in allowed(behaviour), seen
        assert time.monotonic() - began < LONGEST_S
        assert_unmixed(bad, wire, still_open=seen != BROKEN)


# Of those that answer and go on, the next request would be under way already.
ALONE = [name for name, behaviour in BEHAVIOURS.items()
         if behaviour.method == "GET" and name not in UNASKED]


@pytest.mark.parametrize("name", ALONE)
def test_behaviour_in_a_pipeline(bad, name):
    """One good request before it and two behind it, all sent at once."""
    before, after, last = mark(), mark(), mark()
    with bad.wire() as wire:
        wire.send(build(before) + build(f"/{name}") + build(after) + build(last))
        assert_own(wire.response(), before)
        seen = see(wire, BEHAVIOURS[name])
        assert seen in allowed(BEHAVIOURS[name]), seen
        if seen == BROKEN:
            return wire.assert_closed() if not wire.buffer else None
        assert_own(wire.response(), after)
        assert_own(wire.response(), last)


@pytest.mark.parametrize("size", [10, 300_000, 3_000_000])
@pytest.mark.parametrize("name", ["early-response", "early-response-then-close", "early-error",
                                  "early-response-then-reset"])
def test_an_answer_before_the_body_is_read(bad, name, size):
    """RFC 9112 section 9.3: the client gets it, and the body left over is nobody's request."""
    inner = build("/echo/smuggled")
    body = (inner * (size // len(inner) + 1))[:size]
    before = len(bad.origin.heads)
    with bad.wire() as wire:
        wire.send_lossy(build(f"/{name}", method="POST", body=body))
        try:
            answer = wire.response("POST")
            assert answer.status in (200, 413, *FAULTS), answer
            if answer.status in (200, 413):
                assert answer.body == b"hello"
        except (Truncated, ConnectionResetError):
            assert name == "early-response-then-reset", "the answer was lost"
        assert_unmixed(bad, wire, still_open=False)
    assert all(seen.target != "/echo/smuggled" for seen in bad.origin.heads[before:])


def test_an_origin_that_never_reads(bad):
    """A large upload into a full socket ends by the body's time-out, not never."""
    began = time.monotonic()
    with bad.wire() as wire:
        wire.send_lossy(build("/never-reads-body", method="POST",
                              headers={"Content-Length": str(1 << 30)}))
        wire.sock.settimeout(0.3)
        try:
            while time.monotonic() - began < LONGEST_S * 2:
                wire.sock.sendall(b"x" * 65536)
        except (TimeoutError, OSError):
            pass
        wire.sock.settimeout(LONGEST_S)
        try:
            assert wire.response("POST").status in (408, *FAULTS)
        except (Truncated, ConnectionResetError):
            pass
    assert time.monotonic() - began < LONGEST_S * 2
    assert_unmixed(bad, None, still_open=False)


def test_a_post_is_sent_once(bad):
    """RFC 9110 section 9.2.2: what is not idempotent is not tried again by itself."""
    for name in ("close-at-once-post", "close-at-once", "reset-at-once"):
        before = len(bad.origin.heads)
        with bad.wire() as wire:
            path = mark()
            assert_own(wire.request(path), path)
            assert wire.request(f"/{name}", method="POST", body=b"once").status in FAULTS
        sent = [seen for seen in bad.origin.heads[before:] if seen.target == f"/{name}"]
        assert len(sent) == 1, f"{name}: sent {len(sent)} times"


def test_faults_beside_other_clients(bad):
    """Clients with good requests and clients with faults share the pools: nobody gets another's."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    quick = [name for name in ALONE if not name.startswith(
        ("drip", "silent", "stop", "interim", "1mb", "20000", "chunk-ext", "trailers-1mb"))]
    stop, wrong, served = threading.Event(), [], [0]

    def good(dice):
        while not stop.is_set():
            with bad.wire() as wire:
                for _ in range(dice.randrange(1, 20)):
                    path = mark()
                    assert_own(wire.request(path), path)
                    served[0] += 1

    def evil(dice):
        while not stop.is_set():
            name = dice.choice(quick)
            with bad.wire() as wire:
                wire.send(build(f"/{name}"))
                seen = see(wire, BEHAVIOURS[name])
                assert seen in allowed(BEHAVIOURS[name]), f"{name}: {seen}"

    def run(work, number):
        try:
            work(random.Random(f"{seed}-{number}"))
        except Exception as error:  # noqa: BLE001 (shown below)
            wrong.append(repr(error))
            stop.set()

    threads = [threading.Thread(target=run, args=(work, number))
               for number, work in enumerate([good, evil] * 4)]
    for thread in threads:
        thread.start()
    stop.wait(2.5)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not wrong, f"seed {seed}: {wrong[:3]}"
    assert served[0] > 50, served
