"""Where the built programs are, and free ports and folders to run them in."""

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


def free_port():
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_folder():
    """A short path: a Unix socket's name holds 108 bytes."""
    return Path(tempfile.mkdtemp(prefix="rg-"))
