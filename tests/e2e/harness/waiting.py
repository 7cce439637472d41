"""Polling instead of sleeping."""

import time

POLL_S = 0.005


def until(condition, what, timeout_s=30.0):
    """The first true value of `condition()`; the failure names what was waited for."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        time.sleep(POLL_S)
