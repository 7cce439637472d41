"""Where the built programs are, and free ports and folders to run them in."""

import itertools
import os
import socket
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
BINARIES = Path(os.environ.get("RINGGATE_BINARIES", TARGET / "release"))
E2E = ROOT / "tests" / "e2e"
# tests/run copies package.json there and installs beside it, so that the tree stays clean.
NODE_PROJECT = TARGET / "e2e-js"


def binary(name):
    path = BINARIES / name
    assert path.exists(), f"{path} is not built: run tests/run, or cargo build --release"
    return str(path)


# Below the ports that the kernel gives to clients: one of those could be a client's by the time a
# server wants it.
ALL_PORTS = range(18_000, 32_000)
# Where several processes run tests at once each has its own share.
AT = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = ALL_PORTS[AT::int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
TURNS = itertools.count(os.getpid() * 97)


def free_port():
    """A loopback port nobody listens on now; another one each time."""
    for turn in itertools.islice(TURNS, len(PORTS)):
        port = PORTS[turn % len(PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def new_folder():
    """A short path: a Unix socket's name holds 108 bytes."""
    return Path(tempfile.mkdtemp(prefix="rg-"))
