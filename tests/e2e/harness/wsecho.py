"""A WebSocket server by the `websockets` package that sends every message back."""

import asyncio
import contextlib
import sys

from .programs import Program


class Echo(Program):
    """That program, as a test has it."""

    def __init__(self):
        super().__init__("wsecho")


async def main():
    from websockets.asyncio.server import serve
    from websockets.exceptions import ConnectionClosed

    async def echo(socket):
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
