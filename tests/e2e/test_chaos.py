"""Chaos between client and gateway and between gateway and origin: whatever comes whole is right,
nothing waits for ever, and afterwards everything is as before. Clients speak HTTP/1.1, TLS, HTTP/2
and WebSocket; of the origins one speaks TLS and one WebSocket.

RINGGATE_CHAOS_SEED repeats another seed than the fixed one, RINGGATE_CHAOS_S lasts longer.
"""

import asyncio
import collections
import os
import random
import ssl
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from harness.authority import authority, leaf
from harness.chaos import Relay
from harness.checked import Broken, Checked, body_of
from harness.keeping import Cut, Where, believing
from harness.keeping_h2 import Http2
from harness.memory import resident_bytes
from harness.places import free_port
from harness.site import Site
from harness.waiting import until

SEED = os.environ.get("RINGGATE_CHAOS_SEED", "1")
LASTS_S = float(os.environ.get("RINGGATE_CHAOS_S", "5"))
CLIENTS = 32
KINDS = ("clear", "tls", "h2", "websocket")
# Of each kind, and of each relay.
WHOLE_MIN, HARMED_MIN = 15, 2
# Longer than every wait of the gateway below and every stall of a relay after one another.
EXCHANGE_S_MAX = 40.0
GROWTH_BYTES_MAX = 48 << 20
WAITS = ["--head-timeout-ms", "1500", "--idle-timeout-ms", "2000", "--body-timeout-ms", "1000",
         "--connect-timeout-ms", "1000", "--response-head-timeout-ms", "1500",
         "--upstream-idle-timeout-ms", "1500", "--websocket-idle-timeout-ms", "4000"]


class Chaos:
    """Origins, relays, gateway, relays, clients."""

    def __init__(self, driver, echo, folder):
        self.driver, self.echo, self.folder = driver, echo, folder
        self.outcomes, self.whole, self.hung = collections.Counter(), collections.Counter(), []

    async def run(self):
        loop = asyncio.get_running_loop()
        ca = authority(self.folder)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*leaf(self.folder, ca, "IP:127.0.0.1"))
        self.origins = {"": await Checked().start(), "/secure": await Checked().start(tls)}
        self.back = {name: await Relay(name, port, SEED).start() for name, port in (
            ("back", self.origins[""].port), ("back-tls", self.origins["/secure"].port),
            ("back-websocket", self.echo.port))}
        self.site = Site(self.driver, flags=[*WAITS, "--upstream-ca", ca[1]], https=free_port())
        try:
            await loop.run_in_executor(None, self.make)
            self.front = [await Relay(name, port, SEED).start() for name, port in (
                ("front", self.site.http), ("front-tls", self.site.https))]
            self.ports = [relay.port for relay in self.front]
            pid = self.site.pid("ringgated")
            before = resident_bytes(pid)
            end = time.monotonic() + LASTS_S
            await asyncio.gather(*[self.client(number, end) for number in range(CLIENTS)])
            await self.calm()
            await loop.run_in_executor(None, self.settled)
            self.growth = resident_bytes(pid) - before
            assert self.site.pid("ringgated") == pid, "it died and was started again"
            self.log = self.site.logs(1 << 20)
        finally:
            for relay in self.back.values():
                await relay.close()
            await loop.run_in_executor(None, self.site.close)

    def make(self):
        """The gateway: who names no API gets the plain origin, the API has the other two."""
        urls = {name: f"127.0.0.1:{relay.port}" for name, relay in self.back.items()}
        self.site.up("--target", f"http://{urls['back']}")
        self.host = self.site.make_api({
            "ANY /secure/{proxy+}": f"https://{urls['back-tls']}/secure/{{proxy}}",
            "GET /ws": f"http://{urls['back-websocket']}"}).host

    async def client(self, number, end):
        """Exchanges on one connection after another: for the time, and for longer where the machine
        is slow."""
        dice, count, last = random.Random(f"{SEED}-{number}"), 0, end + 6 * LASTS_S
        kind = KINDS[number % len(KINDS)]
        while (now := time.monotonic()) < end or (self.too_few() and now < last):
            client = Client(kind, self)
            try:
                await self.bounded(number, client.open())
                for _ in range(dice.randrange(1, 8)):
                    count += 1
                    await self.one(client, number * 1_000_000 + count)
            except (OSError, EOFError, Broken, Cut, ConnectionClosed):
                pass
            finally:
                client.close()

    def too_few(self):
        return (min(self.whole[kind] for kind in KINDS) < WHOLE_MIN
                or min(relay.harmed for relay in self.relays()) < HARMED_MIN)

    def relays(self):
        return [*self.back.values(), *self.front]

    async def bounded(self, number, work):
        try:
            await asyncio.wait_for(work, EXCHANGE_S_MAX)
        except TimeoutError:
            self.hung.append(number)
            raise EOFError from None

    async def one(self, client, number):
        try:
            await self.bounded(number, client.exchange(number))
            self.whole[client.kind] += 1
        except Broken as error:
            self.outcomes[error.args[0]] += 1
            raise
        except (OSError, EOFError, Cut, ConnectionClosed):
            self.outcomes["broken"] += 1
            raise
        except ValueError as error:
            client.origin(number).wrong.append(f"no response to {number}: {error!r}")
            raise EOFError from None

    async def calm(self):
        """The same exchanges without harm: every one is whole."""
        for relay in self.back.values():
            relay.calm = True
        for relay in self.front:
            await relay.close()
        self.ports = [self.site.http, self.site.https]
        for number in range(2 * len(KINDS)):
            client = Client(KINDS[number % len(KINDS)], self)
            await self.bounded(number, client.open())
            for step in range(5):
                # An upstream connection that was harmed before may still be in a pool.
                await self.bounded(number, client.exchange(number * 10 + step + 1))
            client.close()

    def settled(self):
        """Connections of both sides are given back."""
        stats = self.site.stats
        until(lambda: stats()["connections"] == 0, "client connections to be gone", 60)
        until(lambda: stats()["upstreamConnections"] == 0, "idle upstream connections to go", 60)


class Client:
    """One connection of one kind; every second exchange goes to the origin behind TLS."""

    def __init__(self, kind, chaos):
        self.kind, self.chaos, self.end = kind, chaos, None

    def origin(self, number):
        return self.chaos.origins["/secure" if number % 2 else ""]

    async def open(self):
        port, port_tls = self.chaos.ports
        if self.kind == "h2":
            self.end = Http2(Where(0, self.chaos.host), port_tls)
            await self.end.open()
        elif self.kind == "websocket":
            try:
                self.end = await connect(f"ws://{self.chaos.host}:{port}/ws", host="127.0.0.1",
                                         port=port, proxy=None, max_size=None, ping_interval=None)
            except (InvalidHandshake, InvalidMessage, TimeoutError) as error:
                raise ConnectionError(repr(error)) from error
        else:
            tls = {"ssl": believing("http/1.1"), "server_hostname": self.chaos.host}
            self.end = await asyncio.open_connection(
                "127.0.0.1", *((port_tls,) if self.kind == "tls" else (port,)),
                **(tls if self.kind == "tls" else {}))

    async def exchange(self, number):
        origin = self.origin(number)
        where = (self.chaos.host, "/secure") if number % 2 else ()
        if self.kind == "h2":
            await origin.exchange_h2(self.end, number, *where)
        elif self.kind == "websocket":
            await self.end.send(body_of(number, "request"))
            if await self.end.recv() != body_of(number, "request"):
                origin.wrong.append(f"another message than {number}")
        else:
            await origin.exchange(*self.end, number, *where)

    def close(self):
        if self.end is None:
            return
        if self.kind == "h2":
            self.end.close()
        elif self.kind == "websocket":
            self.end.transport.abort()
        else:
            self.end[1].transport.abort()


@pytest.mark.timeout(60 + 12 * LASTS_S + 120)
def test_chaos(driver, echo, tmp_path):
    print(f"RINGGATE_CHAOS_SEED={SEED}")
    chaos = Chaos(driver, echo, tmp_path)
    asyncio.run(chaos.run())
    print(f"whole: {dict(chaos.whole)}; else: {dict(chaos.outcomes)}; harmed: "
          f"{ {relay.name: relay.harmed for relay in chaos.relays()} }; memory grew by "
          f"{chaos.growth >> 20} MiB")
    wrong = [line for origin in chaos.origins.values() for line in origin.wrong]
    assert not wrong, wrong[:5]
    assert not chaos.hung, f"no end within {EXCHANGE_S_MAX} s: {chaos.hung[:5]}"
    assert "panicked" not in chaos.log, chaos.log
    assert not chaos.too_few(), "hardly anything came through, or hardly any harm was done"
    assert chaos.growth < GROWTH_BYTES_MAX, f"memory grew by {chaos.growth >> 20} MiB"
