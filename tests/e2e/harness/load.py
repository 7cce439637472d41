"""Keep-alive connections of POSTs at a fixed rate, never retried: a program of its own, so that the
test's own work does not slow it down. One argument, JSON; one line "started", then, when its input
closes, one line of JSON: what was sent, what was lost and why, which connections were closed.

A request is lost when its connection ends before its whole response, when the status is not 200 or
when the body is not the id that was sent. With `may_close` an answer may say that its connection
ends; the next request then has a new one. `fresh` connections more make one for every request.
"""

import asyncio
import json
import sys
import time

REPLY_S_MAX = 20.0


class Load:
    def __init__(self, port, host, path, connections, rate, may_close=False, fresh=0):
        self.port, self.host, self.path, self.may_close = port, host, path, may_close
        self.kept, self.connections = connections, connections + fresh
        self.period = self.connections / rate
        self.sent = self.answered = self.closed = self.late = 0
        self.losses, self.slowest = [], 0.0
        self.stop = asyncio.Event()

    async def exchange(self, reader, writer, mark, fresh):
        """One request and its answer; true when the connection ends with it."""
        body = b"b" * 64
        connection = b"close" if fresh else b"keep-alive"
        writer.write(
            b"POST %s HTTP/1.1\r\nHost: %s\r\nX-Request-Id: %s\r\nConnection: %s\r\n"
            b"Content-Length: %d\r\n\r\n%s"
            % (self.path.encode(), self.host.encode(), mark, connection, len(body), body)
        )
        self.sent += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:"))
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200 ") or answer != mark:
            raise ValueError(f"{head[:60]!r} {answer[:80]!r}")
        closes = b"connection: close" in head.lower()
        if closes and not (self.may_close or fresh):
            raise ValueError("told to close")
        self.answered += 1
        return closes

    async def connection(self, number):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due = time.monotonic() + self.period * number / self.connections
        count = 0
        while not self.stop.is_set():
            delay = due - time.monotonic()
            if delay > 0:
                # Idle between requests: a close in this time counts too.
                try:
                    await asyncio.wait_for(self.stop.wait(), delay)
                    break
                except TimeoutError:
                    pass
            if reader.at_eof():
                self.closed += 1
                self.losses.append(f"connection {number} was closed while idle")
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            due += self.period
            began = time.monotonic()
            count += 1
            try:
                mark = b"%d-%d" % (number, count)
                exchange = self.exchange(reader, writer, mark, number >= self.kept)
                if await asyncio.wait_for(exchange, REPLY_S_MAX):
                    writer.close()
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.losses.append(f"connection {number} request {count}: {error!r}")
                self.closed += isinstance(error, (OSError, asyncio.IncompleteReadError))
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.slowest = max(self.slowest, time.monotonic() - began)
        writer.close()

    async def run(self):
        tasks = [asyncio.create_task(self.connection(n)) for n in range(self.connections)]
        while self.answered + len(self.losses) < self.connections:
            await asyncio.sleep(0.01)
            for task in tasks:
                if task.done():
                    task.result()
        print("started", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        self.stop.set()
        await asyncio.gather(*tasks)
        print(json.dumps({
            "sent": self.sent, "answered": self.answered, "lost": len(self.losses),
            "closed": self.closed, "slowestMs": round(self.slowest * 1000, 1),
            "losses": self.losses[:20],
        }), flush=True)


if __name__ == "__main__":
    asyncio.run(Load(**json.loads(sys.argv[1])).run())
