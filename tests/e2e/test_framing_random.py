"""Valid requests with random changes, against the strict reader as the model.

What the model calls malformed must not reach the origin; what it calls plain and whole must; and
whatever does reach the origin must mean one thing to every reader. RINGGATE_FRAMING_SEED repeats a
run, RINGGATE_FRAMING_ROUNDS lengthens it.
"""

import contextlib
import os
import random
import re
import socket
import time

from harness import strict
from harness.mutate import mutated
from harness.wire import Truncated

ROUNDS = int(os.environ.get("RINGGATE_FRAMING_ROUNDS", "300"))
SEED = int(os.environ.get("RINGGATE_FRAMING_SEED", random.randrange(1 << 32)))
BUDGET_S = 12.0 if "RINGGATE_FRAMING_ROUNDS" not in os.environ else 3600.0
IDLE_S = 0.02
PATIENCE_S = 5.0
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def plain(request):
    """Nothing about it gives the gateway a choice."""
    names = [name.lower() for name, _ in request.fields]
    return (request.method in METHODS and request.minor == 1 and len(names) < 50
            and re.fullmatch(r"/[A-Za-z0-9/-]*", request.target)
            and re.fullmatch(rb"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*", request.all("host")[0])
            and not {"connection", "expect", "upgrade"} & set(names)
            and all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
            and all(re.fullmatch(r"x-[a-z]+", name.lower()) for name, _ in request.trailers))


def model(raw):
    """Requests that must pass, and the most that may."""
    try:
        requests, _ = strict.split(raw, empty_lines=True)
    except strict.Malformed as error:
        requests = error.requests
    must = 0
    while must < len(requests) and plain(requests[must]):
        must += 1
    return [request.meaning for request in requests], must


def closing(found):
    return bool(found) and (found[-1].get("connection") or "").lower() == "close"


def answers(rig, wire, must):
    """Every final response until the gateway closes. A silence is taken for its last word once all
    that must be answered, or has reached the origin, is; a half-close then makes sure that nothing
    is left under way."""
    found, count, silent = [], rig.count, False
    while True:
        owed = max(must, rig.count - count) - len(found)
        waiting = owed > 0 or closing(found) or silent
        wire.sock.settimeout(PATIENCE_S if waiting else IDLE_S)
        try:
            if not wire.buffer:
                wire.fill()
            wire.sock.settimeout(PATIENCE_S)
            answer = wire.final_head()
            answer.body = wire.exactly(int(answer.get("content-length", "0")))
            found.append(answer)
        except TimeoutError:
            if waiting:
                raise AssertionError(f"nothing comes, nor a close, behind {found}") from None
            if rig.count - count <= len(found):
                silent = True
                with contextlib.suppress(OSError):
                    wire.sock.shutdown(socket.SHUT_WR)
        except (Truncated, ConnectionResetError):
            assert wire.buffer == b"", f"half a response: {wire.buffer[:200]!r}"
            return found


def play(rig, raw):
    may, must = model(raw)
    rig.mark()
    with rig.wire() as wire:
        wire.send_lossy(raw)
        found = answers(rig, wire, must)
    whole = rig.forwarded()
    served = [answer for answer in found if answer.get("x-origin")]
    refused = [answer for answer in found if not answer.get("x-origin")]
    assert [request.meaning for request in whole] == may[:len(whole)], "not what the client sent"
    assert must <= len(whole), f"{must} of these are valid beyond doubt: {found}"
    assert len(served) == len(whole), (found, whole)
    assert [a.json()["target"] for a in served] == [r.target for r in whole]
    for answer in refused:
        assert answer.status in (400, 404, 405, 414, 431, 501, 505), answer
    assert len(refused) <= 1 and refused == found[len(found) - len(refused):], found


def test_random_changes(rig):
    print(f"RINGGATE_FRAMING_SEED={SEED}")
    began, rounds = time.monotonic(), 0
    while rounds < ROUNDS and time.monotonic() - began < BUDGET_S:
        raw = mutated(random.Random(f"{SEED}-{rounds}"), rounds)
        try:
            play(rig, raw)
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}, round {rounds}: {raw!r}: {error}") from error
        rounds += 1
    print(f"{rounds} rounds in {time.monotonic() - began:.1f} s")
    assert rounds > 50, "hardly anything was tried"
