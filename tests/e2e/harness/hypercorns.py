"""Hypercorn, which speaks HTTP/2 with prior knowledge and WebSocket over it (RFC 8441), with an
application that sends every message back: a program of its own. It ends with its input."""

import asyncio
import subprocess
import sys
from pathlib import Path

from .places import free_port
from .site import answers
from .waiting import until


class Hypercorn:
    """That program, as a test has it."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness.hypercorns", str(self.port)], stdin=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent)
        until(lambda: self.process.poll() is not None or answers(self.port), "hypercorn to listen")
        assert self.process.poll() is None

    @property
    def url(self):
        return f"h2c://127.0.0.1:{self.port}"

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def app(scope, receive, send):
    """Says its HTTP version, then everything it hears."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["http_version"].encode()})
    if scope["type"] != "websocket":
        return
    await receive()
    wanted = scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": wanted[0] if wanted else None})
    await send({"type": "websocket.send", "text": scope["http_version"]})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event.get("text"),
                    "bytes": event.get("bytes")})


async def main(port):
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config, ended = Config(), asyncio.Event()
    config.bind, config.accesslog = [f"127.0.0.1:{port}"], None
    config.websocket_max_message_size = 64 << 20
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    await serve(app, config, shutdown_trigger=ended.wait)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
