"""Running harness/load.py around a block."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("load.py")
# Every protocol that clients speak; `websocket` wants an API whose /ws echoes.
ALL_KINDS = {"clear": 12, "fresh": 4, "tls": 8, "h2": 6, "websocket": 8}
END_S_MAX = 60.0


@contextlib.contextmanager
def load(site, host, clients=None, rate=1000, **more):
    """Load for as long as the block runs; the yielded dict holds its account afterwards. `clients`
    says how many of which kind; 64 in clear by default."""
    where = {"http": site.http, "https": site.https, "host": host}
    settings = {"where": where, "clients": clients or {"clear": 64}, "rate": rate} | more
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
        process.wait(END_S_MAX)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def assert_none_lost(account):
    """Every request of the load was answered in full, or cut off as had been announced; no
    connection was closed, or broken where none may be."""
    assert account["lost"] == 0 and account["closed"] == 0, account
    assert account["answered"] > 0, account
    answered = account["answered"] + account["cut"] + account["broken"]
    assert answered == account["sent"], account
    assert all(account["byKind"].values()), account
