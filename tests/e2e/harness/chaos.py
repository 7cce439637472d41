"""A relay that harms what passes through it: delays, cuts into pieces, stalls, half-closes, resets.

Each connection's fate is drawn from a seed and its number, so a run can be repeated as far as the
kernel lets it.
"""

import asyncio
import random
import socket

RESET = b"\1\0\0\0\0\0\0\0"
PIECE_BYTES = 65536
# How often each harm comes over one direction of a connection; the rest passes unharmed.
HARMS = {"delay": 0.2, "chop": 0.25, "bytes": 0.05, "stall": 0.05, "half-close": 0.05,
         "reset": 0.1}
DELAY_S_MAX = 0.03
STALL_S_MAX = 2.5


class Harm:
    """What happens to one direction of one connection."""

    def __init__(self, dice):
        self.dice, self.kind, mark = dice, "none", dice.random()
        for kind, share in HARMS.items():
            if mark < share:
                self.kind = kind
                break
            mark -= share
        # Where in the stream a stall, a half-close or a reset comes: early ones most.
        ends = self.kind in ("stall", "half-close", "reset")
        self.at = int(dice.paretovariate(0.5)) if ends else 0

    def pieces(self, data):
        if self.kind not in ("chop", "bytes"):
            return [data]
        longest = 1 if self.kind == "bytes" else self.dice.choice([3, 50, 1500])
        pieces = []
        while data and len(pieces) < 400:
            size = self.dice.randrange(1, longest + 1)
            pieces.append(data[:size])
            data = data[size:]
        return pieces + [data] if data else pieces

    async def pause(self):
        if self.kind == "delay":
            await asyncio.sleep(self.dice.uniform(0, DELAY_S_MAX))
        elif self.kind in ("chop", "bytes"):
            await asyncio.sleep(0)


class Relay:
    """Listens on a port of its own and relays to another while the loop runs."""

    def __init__(self, name, port, seed):
        self.name, self.target, self.seed = name, port, seed
        self.count, self.calm, self.harmed, self.ends = 0, False, 0, set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=PIECE_BYTES)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        self.count += 1
        dice = random.Random(f"{self.seed}-{self.name}-{self.count}")
        ends = {writer}
        self.ends.add(writer)
        try:
            other_reader, other = await asyncio.open_connection("127.0.0.1", self.target,
                                                                limit=PIECE_BYTES)
            ends.add(other)
            self.ends.add(other)
            await asyncio.gather(self.pump(reader, other, writer, Harm(dice)),
                                 self.pump(other_reader, writer, other, Harm(dice)))
        except (OSError, EOFError):
            pass
        finally:
            self.ends -= ends
            for end in ends:
                end.transport.abort()

    async def pump(self, reader, writer, back, harm):
        """One direction; raises to end both."""
        passed = 0
        while data := await reader.read(PIECE_BYTES):
            if self.calm:
                harm.kind = "none"
            await harm.pause()
            if harm.at and passed + len(data) >= harm.at and not self.calm:
                keep = max(0, harm.at - passed)
                writer.write(data[:keep])
                self.harmed += 1
                if await self.end(writer, back, harm):
                    return
                data, harm.at = data[keep:], 0
            for piece in harm.pieces(data):
                writer.write(piece)
                await writer.drain()
                await harm.pause()
            passed += len(data)
        writer.write_eof()

    async def end(self, writer, back, harm):
        """True when this direction is over; a stall ends and it goes on."""
        if harm.kind == "stall":
            await asyncio.sleep(harm.dice.uniform(0.1, STALL_S_MAX))
            return False
        if harm.kind == "half-close":
            writer.write_eof()
            return True
        for end in (writer, back):
            sock = end.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        raise EOFError

    async def close(self):
        """Takes no more connections and ends those there are."""
        self.server.close()
        while self.ends:
            for end in list(self.ends):
                end.transport.abort()
            await asyncio.sleep(0.01)
