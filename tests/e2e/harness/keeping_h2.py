"""HTTP/2 under TLS, several streams at a time, over a connection that is kept. Made of frames
(h2frames.py) because the `h2` package takes nothing any more after a GOAWAY, and what is under way
then is just what counts here (RFC 9113 section 6.8).
"""

import asyncio
import struct

import hpack

from . import h2frames as h2
from .keeping import CONNECT_S_MAX, Cut, believing

WINDOW_BYTES = (1 << 31) - 1


class Answer:
    """What came on one stream; `done` is set at its end."""

    def __init__(self):
        self.headers, self.body = {}, bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def end(self, error=None):
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)


class Http2:
    """One connection."""

    width = 3

    def __init__(self, where, port=None):
        self.where, self.port, self.writer, self.reading = where, port or where.https, None, None
        self.over, self.error = False, None

    async def open(self):
        self.over, self.error, self.streams, self.next_stream = False, None, {}, 1
        self.decoder, self.block = hpack.Decoder(), None
        self.room, self.initial, self.opened = {0: 65535}, 65535, asyncio.Event()
        self.decoder.max_allowed_table_size = 65536
        opening = asyncio.open_connection("127.0.0.1", self.port, ssl=believing("h2"),
                                          server_hostname=self.where.host)
        self.reader, self.writer = await asyncio.wait_for(opening, CONNECT_S_MAX)
        if self.writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            raise ValueError("no HTTP/2")
        self.writer.write(h2.PREFACE + h2.settings((h2.INITIAL_WINDOW_SIZE, WINDOW_BYTES))
                          + h2.window_update(0, WINDOW_BYTES - 65535))
        self.reading = asyncio.create_task(self.read())

    @property
    def gone(self):
        return self.error is not None and not self.over

    def close(self):
        if self.reading:
            self.reading.cancel()
        if self.writer:
            self.writer.close()

    async def exchange(self, mark):
        while self.over:
            # Said before anything was asked here; what is asked after a GOAWAY goes nowhere.
            self.close()
            await self.open()
        marks = [b"%s.%d" % (mark, at) for at in range(self.width)]
        fields = [(":method", "POST"), (":scheme", "https"), (":authority", self.where.host),
                  (":path", self.where.path)]
        answers = [self.ask([*fields, ("x-request-id", one)], b"b" * 64) for one in marks]
        results = await asyncio.gather(*(a.done for a in answers), return_exceptions=True)
        for error in results:
            if error:
                raise error
        for one, answer in zip(marks, answers, strict=True):
            if answer.headers.get(":status") != "200" or answer.body != one:
                raise ValueError(f"{answer.headers} {bytes(answer.body[:80])!r}")

    def begin(self, fields):
        """Sends a request's head; its stream, and its answer to be."""
        answer = Answer()
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        if self.error:
            answer.end(self.error)
        else:
            self.streams[stream] = answer
            self.writer.write(h2.headers(stream, fields, end=False))
        return stream, answer

    def ask(self, fields, body):
        """A request whose body fits the gateway's windows and a frame; its answer to be."""
        stream, answer = self.begin(fields)
        self.writer.write(h2.data(stream, body))
        return answer

    async def post(self, fields, body):
        """A request of any size; its answer, whole."""
        stream, answer = self.begin(fields)
        while not answer.done.done():
            room = min(self.room[0], self.room.get(stream, self.initial), 16384)
            if room <= 0 and body:
                self.opened.clear()
                opened = asyncio.ensure_future(self.opened.wait())
                await asyncio.wait([opened, answer.done], return_when=asyncio.FIRST_COMPLETED)
                opened.cancel()
                continue
            piece, body = body[:room], body[room:]
            for number in (0, stream):
                self.room[number] = self.room.get(number, self.initial) - len(piece)
            self.writer.write(h2.data(stream, piece, end=not body))
            await self.writer.drain()
            if not body:
                break
        await answer.done
        return answer

    async def read(self):
        """Takes frames to the connection's end, which ends whatever still waits."""
        try:
            while True:
                head = await self.reader.readexactly(9)
                payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
                self.take(head[3], head[4], int.from_bytes(head[5:], "big"), payload)
        except (OSError, EOFError) as error:
            self.error = error
        except (ValueError, KeyError, hpack.HPACKError) as error:
            self.error = ValueError(f"no HTTP/2: {error!r}")
        for answer in self.streams.values():
            answer.end(self.error)

    def take(self, kind, flags, stream, payload):
        if kind in (h2.HEADERS, h2.CONTINUATION):
            self.block = payload if kind == h2.HEADERS else self.block + payload
            if kind == h2.HEADERS:
                self.ends = flags & h2.END_STREAM
            if flags & h2.END_HEADERS:
                self.streams[stream].headers.update(self.decoder.decode(self.block))
                self.end(stream, self.ends)
        elif kind == h2.DATA:
            self.streams[stream].body += payload
            if payload:
                self.writer.write(h2.window_update(0, len(payload)))
            self.end(stream, flags & h2.END_STREAM)
        elif kind == h2.SETTINGS and not flags & h2.ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack_from(">HI", payload, at)
                if name == h2.INITIAL_WINDOW_SIZE:
                    self.initial = value
            self.writer.write(h2.frame(h2.SETTINGS, h2.ACK))
        elif kind == h2.WINDOW_UPDATE:
            room = self.room.get(stream, self.initial)
            self.room[stream] = room + int.from_bytes(payload, "big")
            self.opened.set()
        elif kind == h2.PING and not flags & h2.ACK:
            self.writer.write(h2.ping(payload, ack=True))
        elif kind == h2.RST_STREAM:
            code = int.from_bytes(payload, "big")
            self.end(stream, True, ConnectionError(f"stream {stream} reset: {code}"))
        elif kind == h2.GOAWAY:
            self.go_away(*struct.unpack_from(">II", payload))

    def go_away(self, last, code):
        """Streams up to `last` are still answered; the others nobody has touched."""
        self.over = code == h2.NO_ERROR
        for stream in [stream for stream in self.streams if stream > last]:
            self.end(stream, True, Cut())

    def end(self, stream, really, error=None):
        if really and stream in self.streams:
            self.streams.pop(stream).end(error)
