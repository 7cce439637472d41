"""Running harness/load.py around a block."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("load.py")


@contextlib.contextmanager
def load(port, host, path="/id", connections=64, rate=1000, **more):
    """Load for as long as the block runs; the yielded dict holds its account afterwards."""
    settings = {"port": port, "host": host, "path": path, "connections": connections, "rate": rate}
    settings |= more
    process = subprocess.Popen(
        [sys.executable, PROGRAM, json.dumps(settings)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )
    account = {}
    try:
        assert process.stdout.readline() == "started\n", "the load never got going"
        yield account
        process.stdin.close()
        account.update(json.loads(process.stdout.readline()))
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def assert_none_lost(account):
    """Every request of the load was answered in full, and no connection was closed."""
    assert account["lost"] == 0 and account["closed"] == 0, account
    assert account["answered"] == account["sent"] > 0, account
