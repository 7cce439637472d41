"""Requests that each carry a mark, so that a response that is another's shows, and a gateway before
an origin that misbehaves (harness/misbehave.py)."""

import contextlib
import itertools

from .misbehave import BROKEN, FAULT, Misbehaving
from .site import Site
from .wire import Truncated

FAULTS = (502, 503, 504)
# Not so short that an origin of Python's, starved by its own clients, is taken for a silent one.
HURRIED = ["--response-head-timeout-ms", "1500", "--body-timeout-ms", "500",
           "--connect-timeout-ms", "1500"]
MARKS = itertools.count()


@contextlib.contextmanager
def misbehaving(driver):
    """A gateway with short waits before such an origin; neither may panic or fail on its own."""
    origin = Misbehaving()
    site = Site(driver, flags=HURRIED).up("--target", origin.url)
    site.origin = origin
    try:
        yield site
    finally:
        logs = site.logs(1 << 20)
        site.close()
        origin.close()
    assert "panicked" not in logs, logs
    assert not origin.errors, origin.errors


def mark():
    return f"/echo/{next(MARKS)}"


def assert_own(answer, path):
    """The response to this very request."""
    assert (answer.status, answer.body) == (200, path.encode()), f"for {path}: {answer}"


def see(wire, behaviour):
    """What the client sees: a fault, a broken response, or a status and a body."""
    try:
        answer = wire.response(behaviour.method)
    except (Truncated, ConnectionResetError):
        return BROKEN
    ours = answer.status in FAULTS and (answer.get("apigw-requestid") or "") != ""
    if ours and answer.body.startswith(b'{"message":'):
        return FAULT
    return answer.status, answer.body


def allowed(behaviour):
    seen = behaviour.seen
    several = isinstance(seen, tuple) and not isinstance(seen[0], int)
    allowed = list(seen) if several else [seen]
    return allowed + [FAULT] if BROKEN in allowed else allowed


def assert_unmixed(site, wire, still_open):
    """Whoever comes next, on this connection and on others, is served his own."""
    if still_open:
        for _ in range(2):
            path = mark()
            assert_own(wire.request(path), path)
    for _ in range(3):
        with site.wire() as other:
            for _ in range(2):
                path = mark()
                assert_own(other.request(path), path)
