"""Kept connections of requests at a fixed rate, none of which is ever retried: a program of its
own, so that the test's own work does not slow it down. One argument, JSON; one line "started",
then, when its input closes, one line of JSON: what was sent, what was lost and why, which
connections were closed.

A request is lost when its connection ends before its whole answer, when the status is not 200 or
when what comes back is not what was sent. With `may_close` a connection may announce its end (by
Connection: close, GOAWAY, or a close frame of "going away"); the next request then has a new one,
and a message of a WebSocket that crosses such a frame unanswered is `cut`. With `may_break` any
connection may break, as when its gateway is killed: what it had under way is `broken`, and a new
one is tried for until there is one; `awaySMax` is how long that took.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.keeping import Cut, Http1, WebSocket, Where
from harness.keeping_h2 import Http2

REPLY_S_MAX = 30.0
RETRY_S = 0.02
KINDS = {"clear": Http1, "fresh": lambda where: Http1(where, fresh=True),
         "tls": lambda where: Http1(where, tls=True), "h2": Http2, "websocket": WebSocket}
BREAKS = (OSError, EOFError, TimeoutError)


class Load:
    def __init__(self, where, clients, rate, may_close=False, may_break=False):
        self.may_close, self.may_break = may_close, may_break
        self.clients = [(kind, KINDS[kind](Where(**where)))
                        for kind, count in clients.items() for _ in range(count)]
        self.period = len(self.clients) / rate
        self.sent = self.answered = self.cut = self.broken = self.closed = 0
        self.kinds, self.reopened = dict.fromkeys(clients, 0), dict.fromkeys(clients, 0)
        self.losses, self.slowest, self.away = [], 0.0, 0.0
        self.stop = asyncio.Event()

    def lose(self, what, error):
        self.losses.append(f"{what}: {error!r}")
        self.closed += isinstance(error, BREAKS)

    async def open(self, client):
        """A new connection; with `may_break`, as soon as one can be had."""
        began = time.monotonic()
        while True:
            try:
                await client.open()
                break
            except BREAKS as error:
                client.close()
                if not self.may_break or time.monotonic() - began > REPLY_S_MAX:
                    raise
                if self.stop.is_set():
                    raise Cut from error
                await asyncio.sleep(RETRY_S)
        self.away = max(self.away, time.monotonic() - began)

    async def reopen(self, kind, client):
        client.close()
        self.reopened[kind] += 1
        await self.open(client)

    async def rest(self, due):
        """Idle until the next request is due; true when there is none any more."""
        delay = due - time.monotonic()
        if delay > 0:
            try:
                await asyncio.wait_for(self.stop.wait(), delay)
            except TimeoutError:
                pass
        return self.stop.is_set()

    async def connection(self, number):
        kind, client = self.clients[number]
        await self.open(client)
        due = time.monotonic() + self.period * number / len(self.clients)
        count = 0
        while not await self.rest(due):
            due += self.period
            count += 1
            what = f"{kind} {number}, request {count}"
            if client.gone and not self.may_break:
                self.lose(what, EOFError("closed while idle"))
            if client.over and not self.may_close:
                self.lose(what, EOFError("told to close while idle"))
            if client.gone or client.over:
                await self.reopen(kind, client)
            await self.one(kind, client, what, b"%d-%d" % (number, count))
        client.close()

    async def one(self, kind, client, what, mark):
        began = time.monotonic()
        self.sent += client.width
        try:
            await asyncio.wait_for(client.exchange(mark), REPLY_S_MAX)
        except Cut as error:
            self.cut += client.width
            if not self.may_close or kind != "websocket":
                self.lose(what, error)
        except TimeoutError as error:
            # Waiting in vain is never right, whatever broke.
            self.lose(what, error)
            await self.reopen(kind, client)
            return
        except (OSError, EOFError) as error:
            self.broken += client.width
            if not self.may_break:
                self.lose(what, error)
        except ValueError as error:
            self.lose(what, error)
        else:
            self.answered += client.width
            self.kinds[kind] += client.width
            self.slowest = max(self.slowest, time.monotonic() - began)
            if client.over and not self.may_close and kind not in ("fresh", "websocket"):
                self.lose(what, EOFError("told to close"))
            if not client.over:
                return
        await self.reopen(kind, client)

    async def guarded(self, number):
        try:
            await self.connection(number)
        except Cut:
            pass  # Stopped while no connection could be had.
        except BREAKS as error:
            self.lose(f"{self.clients[number][0]} {number} ended", error)

    async def run(self):
        tasks = [asyncio.create_task(self.guarded(n)) for n in range(len(self.clients))]
        while self.answered + len(self.losses) < len(tasks):
            await asyncio.sleep(0.01)
        print("started", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        self.stop.set()
        await asyncio.gather(*tasks)
        print(json.dumps(self.account()), flush=True)

    def account(self):
        return {"sent": self.sent, "answered": self.answered, "lost": len(self.losses),
                "closed": self.closed, "cut": self.cut, "broken": self.broken,
                "slowestMs": round(self.slowest * 1000, 1), "awaySMax": round(self.away, 2),
                "byKind": self.kinds, "reopened": self.reopened, "losses": self.losses[:20]}


if __name__ == "__main__":
    asyncio.run(Load(**json.loads(sys.argv[1])).run())
