"""Exchanges whose every byte is known beforehand: a client and an origin that check each other.

The request's body and the response's follow from its number; both carry their hashes. What came
whole and is not what it must be is kept in `wrong`.
"""

import asyncio
import hashlib
import random


class Broken(Exception):
    """The connection ended, or the peer said an error, before a whole response."""


def body_of(number, side):
    dice = random.Random(f"{number}-{side}")
    size = dice.choice([0, 1, 100, 5000, 70_000, 300_000])
    return dice.randbytes(dice.randrange(size + 1))


def framed(body, chunked, dice):
    """Header lines and bytes of a body in one of the two framings."""
    if not chunked:
        return b"Content-Length: %d\r\n\r\n" % len(body) + body
    coded = b"Transfer-Encoding: chunked\r\n\r\n"
    while body:
        size = dice.randrange(1, len(body) + 1)
        coded += b"%x\r\n%s\r\n" % (size, body[:size])
        body = body[size:]
    return coded + b"0\r\n\r\n"


async def head(reader):
    """The start line and the fields of a message."""
    lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    fields = {name.lower(): value.strip()
              for name, _, value in (line.partition(b":") for line in lines[1:])}
    return lines[0], fields


async def body(reader, fields):
    if fields.get(b"transfer-encoding") == b"chunked":
        parts = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            if await reader.readexactly(2) != b"\r\n":
                raise ValueError("a chunk of another size")
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return b"".join(parts)
    return await reader.readexactly(int(fields.get(b"content-length", b"0")))


class Checked:
    """The origin; `exchange` is the client's part."""

    def __init__(self):
        self.wrong, self.received, self.open = [], 0, 0

    async def start(self, tls=None):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=tls)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        self.open += 1
        try:
            while True:
                line, fields = await head(reader)
                data = await body(reader, fields)
                number = int(line.split()[1].rsplit(b"/", 1)[1])
                if hashlib.sha256(data).hexdigest().encode() != fields[b"x-sum"]:
                    self.wrong.append(f"the request's body of {number} has {len(data)} bytes")
                self.received += 1
                writer.write(self.answer(number))
                await writer.drain()
        except (OSError, EOFError):
            pass
        except ValueError as error:
            self.wrong.append(f"no request: {error!r}")
        finally:
            self.open -= 1
            writer.close()

    def answer(self, number):
        data, dice = body_of(number, "response"), random.Random(number)
        return (b"HTTP/1.1 200 OK\r\nX-Number: %d\r\n" % number
                + framed(data, dice.random() < 0.5, dice))

    async def exchange(self, reader, writer, number, host="a.test", folder=""):
        """In HTTP/1.1."""
        data, dice = body_of(number, "request"), random.Random(-number)
        writer.write(b"POST %s/%d HTTP/1.1\r\nHost: %s\r\nX-Sum: %s\r\n"
                     % (folder.encode(), number, host.encode(), digest(data))
                     + framed(data, dice.random() < 0.5, dice))
        line, fields = await head(reader)
        got = await body(reader, fields)
        self.judge(number, int(line.split()[1]), fields.get(b"x-number"), got)

    async def exchange_h2(self, client, number, host="a.test", folder=""):
        """On a stream of HTTP/2 (keeping_h2.py)."""
        data = body_of(number, "request")
        answer = await client.post(
            [(":method", "POST"), (":scheme", "https"), (":authority", host),
             (":path", f"{folder}/{number}"), ("x-sum", digest(data).decode())], data)
        fields = answer.headers
        self.judge(number, int(fields[":status"]), fields.get("x-number", "").encode(), answer.body)

    def judge(self, number, status, mark, got):
        if status != 200:
            raise Broken(status)
        if mark != b"%d" % number or got != body_of(number, "response"):
            self.wrong.append(f"the response of {number}: {mark} and {len(got)} bytes")


def digest(data):
    return hashlib.sha256(data).hexdigest().encode()
