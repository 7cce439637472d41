"""Bytes that an origin sends on a connection without a request: RFC 9112 section 9.2 has it that
they MUST NOT be taken for a response."""

import pytest

from harness.marked import assert_own, assert_unmixed, mark, misbehaving
from harness.misbehave import UNASKED


@pytest.mark.parametrize("name", UNASKED)
def test_bytes_that_nobody_asked_for(driver, name):
    """No response to the request that comes after them. A gateway of its own: once a connection is
    one response off it stays so, for whoever comes."""
    with misbehaving(driver) as bad:
        ask_around(bad, name)


def ask_around(bad, name):
    with bad.wire() as wire:
        for _ in range(3):
            bad.origin.unasked.clear()
            assert (answer := wire.request(f"/{name}")).body == b"hello", answer
            assert bad.origin.unasked.wait(40)
            path = mark()
            assert_own(wire.request(path), path)
        assert_unmixed(bad, wire, still_open=True)
