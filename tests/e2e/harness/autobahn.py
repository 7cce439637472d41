"""Autobahn|Testsuite (RFC 6455 and 7692), which is a program for Python 2.7: its fuzzing client
against servers, and its fuzzing server for the `websockets` client.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from .places import TARGET, free_port, new_folder
from .waiting import until

FOLDER = TARGET / "e2e-autobahn"
START = ("import site, sys; site.addsitedir(sys.argv.pop(1)); "
         "from autobahntestsuite.wstest import run; run()")
RUN_S_MAX = 3000.0
# Framing, pings, reserved bits, opcodes, fragments, UTF-8, closes, and fragments that are split on
# the wire; of those about size and compression, which take hours, one or two of each kind.
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*", "9.1.1", "9.1.2", "9.2.1",
         "9.2.2", "9.3.9", "9.4.9", "9.7.1", "9.8.1", "12.1.1", "12.2.1", "12.3.1", "12.4.1",
         "12.5.1", "13.1.1", "13.2.1", "13.3.1", "13.5.1", "13.7.1"]


def obstacle():
    """Why it cannot be run here; None where it can."""
    if (FOLDER / "python").exists():
        return None
    return f"Autobahn|Testsuite is not in {FOLDER}: it needs a Python 2.7 (see tests/run)"


def cases():
    """What is run: RINGGATE_AUTOBAHN names other cases, `*` for all."""
    named = os.environ.get("RINGGATE_AUTOBAHN")
    return named.split(",") if named else CASES


def start(mode, spec):
    """The program in one of its modes; the process and its folder with the reports."""
    folder = new_folder()
    (folder / "spec.json").write_text(json.dumps(
        {"outdir": str(folder), "cases": cases(), "exclude-cases": [], "exclude-agent-cases": {},
         "options": {"failByDrop": False}} | spec))
    python = (FOLDER / "python").read_text().strip()
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [python, "-c", START, FOLDER, "-m", mode, "-s", folder / "spec.json", "-u", "0"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    return process, folder


def reports(folder):
    """What it found, by agent and case."""
    path = folder / "index.json"
    assert path.exists(), (folder / "log").read_text(errors="replace")[-3000:]
    return json.loads(path.read_text())


def fuzz_server(url):
    """Its client's findings about a server that echoes."""
    process, folder = start("fuzzingclient", {"servers": [{"agent": "server", "url": url}]})
    try:
        process.wait(RUN_S_MAX)
        return reports(folder)["server"]
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


class FuzzingServer:
    """Its server, as an origin."""

    def __init__(self):
        self.port = free_port()
        self.process, self.folder = start("fuzzingserver", {
            "url": f"ws://127.0.0.1:{self.port}"})
        until(self.listens, "the fuzzing server", 60)

    def listens(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def findings(self, agent, url, port):
        """About the `websockets` client, which reaches this server at that URL and port."""
        asyncio.run(echo_all(agent, url, port))
        return reports(self.folder)[agent]

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


async def echo_all(agent, url, port):
    """The cases one by one, each message sent back; then the reports are written."""
    def opened(path):
        return connect(f"{url}{path}", host="127.0.0.1", port=port, proxy=None, max_size=None,
                       ping_interval=None, open_timeout=60, close_timeout=20)

    async with opened("/getCaseCount") as client:
        count = int(await client.recv())
    for number in range(1, count + 1):
        with contextlib.suppress(ConnectionClosed, InvalidHandshake):
            async with opened(f"/runCase?case={number}&agent={agent}") as client:
                async for message in client:
                    await client.send(message)
    with contextlib.suppress(ConnectionClosed):
        async with opened(f"/updateReports?agent={agent}") as client:
            await client.recv()
