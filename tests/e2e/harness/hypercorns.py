"""Hypercorn, which speaks HTTP/2 with prior knowledge and WebSocket over it (RFC 8441), with an
application that sends every message back."""

import asyncio
import socket
import sys

from .programs import Program


class Hypercorn(Program):
    """That program, as a test has it."""

    def __init__(self):
        super().__init__("hypercorns")

    @property
    def url(self):
        return f"h2c://127.0.0.1:{self.port}"


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


async def main():
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config, ended = Config(), asyncio.Event()
    config.bind, config.accesslog = [f"fd://{listener.detach()}"], None
    config.websocket_max_message_size = 64 << 20
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    await serve(app, config, shutdown_trigger=ended.wait)


if __name__ == "__main__":
    asyncio.run(main())
