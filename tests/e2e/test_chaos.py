"""Chaos between client and gateway and between gateway and origin: whatever comes whole is right,
nothing waits for ever, and afterwards everything is as before.

RINGGATE_CHAOS_SEED repeats another seed than the fixed one, RINGGATE_CHAOS_S lasts longer.
"""

import asyncio
import collections
import os
import random
import time

import pytest

from harness.chaos import Relay
from harness.checked import Broken, Checked
from harness.memory import resident_bytes
from harness.site import Site
from harness.waiting import until

SEED = os.environ.get("RINGGATE_CHAOS_SEED", "1")
LASTS_S = float(os.environ.get("RINGGATE_CHAOS_S", "5"))
CLIENTS = 24
WHOLE_MIN, HARMED_MIN = 60, 5
# Longer than every wait of the gateway below and every stall of a relay after one another.
EXCHANGE_S_MAX = 12.0
GROWTH_BYTES_MAX = 48 << 20
WAITS = ["--head-timeout-ms", "1500", "--idle-timeout-ms", "2000", "--body-timeout-ms", "1000",
         "--connect-timeout-ms", "1000", "--response-head-timeout-ms", "1500",
         "--upstream-idle-timeout-ms", "1500"]


class Chaos:
    """Origin, relay, gateway, relay, clients."""

    def __init__(self, driver):
        self.driver, self.outcomes, self.hung = driver, collections.Counter(), []

    async def run(self):
        self.origin = await Checked().start()
        self.back = await Relay("back", self.origin.port, SEED).start()
        loop = asyncio.get_running_loop()
        self.site = Site(self.driver, flags=WAITS)
        try:
            await loop.run_in_executor(None, self.site.up, "--target",
                                       f"http://127.0.0.1:{self.back.port}")
            self.front = await Relay("front", self.site.http, SEED).start()
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
            await self.back.close()
            await loop.run_in_executor(None, self.site.close)

    async def client(self, number, end):
        """Exchanges on one connection after another: for the time, and for longer where the machine
        is slow."""
        dice, count, last = random.Random(f"{SEED}-{number}"), 0, end + 4 * LASTS_S
        while (now := time.monotonic()) < end or (self.too_few() and now < last):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.front.port)
            except OSError:
                continue
            try:
                for _ in range(dice.randrange(1, 8)):
                    count += 1
                    await self.one(reader, writer, number * 1_000_000 + count)
            except (OSError, EOFError, Broken):
                pass
            finally:
                writer.transport.abort()

    def too_few(self):
        return self.outcomes["whole"] < WHOLE_MIN or self.back.harmed < HARMED_MIN

    async def one(self, reader, writer, number):
        try:
            await asyncio.wait_for(self.origin.exchange(reader, writer, number), EXCHANGE_S_MAX)
            self.outcomes["whole"] += 1
        except TimeoutError:
            self.hung.append(number)
            raise EOFError from None
        except Broken as error:
            self.outcomes[error.args[0]] += 1
            raise
        except (OSError, EOFError):
            self.outcomes["broken"] += 1
            raise
        except ValueError as error:
            self.origin.wrong.append(f"no response to {number}: {error!r}")
            raise EOFError from None

    async def calm(self):
        """The same exchanges without harm: every one is whole."""
        self.back.calm = True
        await self.front.close()
        for number in range(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.site.http)
            for step in range(5):
                # An upstream connection that was harmed before may still be in a pool.
                await asyncio.wait_for(
                    self.origin.exchange(reader, writer, number * 10 + step + 1), EXCHANGE_S_MAX)
            writer.close()

    def settled(self):
        """Connections of both sides are given back."""
        def stats():
            return self.site.stats()

        until(lambda: stats()["connections"] == 0, "client connections to be gone", 60)
        until(lambda: stats()["upstreamConnections"] == 0, "idle upstream connections to go", 60)


@pytest.mark.timeout(120)
def test_chaos(driver):
    print(f"RINGGATE_CHAOS_SEED={SEED}")
    chaos = Chaos(driver)
    asyncio.run(chaos.run())
    print(f"{dict(chaos.outcomes)}; {chaos.front.harmed} and {chaos.back.harmed} harmed by the "
          f"relays; memory grew by {chaos.growth >> 20} MiB")
    assert not chaos.origin.wrong, chaos.origin.wrong[:5]
    assert not chaos.hung, f"no end within {EXCHANGE_S_MAX} s: {chaos.hung[:5]}"
    assert "panicked" not in chaos.log, chaos.log
    assert not chaos.too_few(), "hardly anything came through, or hardly any harm was done"
    assert chaos.growth < GROWTH_BYTES_MAX, f"memory grew by {chaos.growth >> 20} MiB"
