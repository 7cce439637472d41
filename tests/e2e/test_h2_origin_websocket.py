"""WebSocket to an origin of HTTP/2 (RFC 8441): an extended CONNECT where its SETTINGS allow one."""

import contextlib
import os
import socket as sockets
import threading
import time

import pytest
from websockets.sync.client import connect

from harness import h2frames as h2
from harness import wsraw as ws
from harness.h2origin import H2Origin
from harness.h2raw import H2
from harness.hypercorns import Hypercorn
from harness.waiting import until
from test_h2_websocket import Tunnel

ENABLE_CONNECT_PROTOCOL = 8
WORKERS = len(os.sched_getaffinity(0))


class Echo:
    """What a scripted origin does as a WebSocket server on a stream: it sends everything back."""

    def __init__(self, origin, *fields):
        self.fields, self.asked, self.read, self.quiet = fields, [], {}, False
        origin.on_head, origin.on_data, origin.reply = self.open, self.echo, self.reply

    def open(self, peer, seen):
        if seen.get(":method") != "CONNECT":
            return False
        self.asked.append(seen)
        peer.send(h2.headers(seen.stream, ((":status", "200"), *self.fields), end=False))
        return True

    def reply(self, peer, seen):
        if seen not in self.asked:
            peer.respond(seen.stream, b"ok")

    def echo(self, peer, seen):
        at = self.read.get(id(seen), 0)

        def exactly(count):
            nonlocal at
            if len(seen.body) - at < count:
                raise EOFError
            at += count
            return seen.body[at - count:at]

        while not self.quiet:
            try:
                opcode, fin, rsv, payload, _ = ws.read(exactly)
            except EOFError:
                return
            self.read[id(seen)] = at
            opcode = ws.PONG if opcode == ws.PING else opcode
            raw = ws.frame(opcode, payload, fin, None, rsv)
            pieces = [raw[at:at + 16_384] for at in range(0, len(raw), 16_384)]
            peer.send(b"".join(h2.data(seen.stream, piece, end=False) for piece in pieces))
            if opcode == ws.CLOSE:
                peer.send(h2.data(seen.stream))


@pytest.fixture
def backend():
    server = H2Origin((ENABLE_CONNECT_PROTOCOL, 1))
    yield server
    server.close()
    assert not server.errors, server.errors


@pytest.fixture
def api(gateway, backend):
    return gateway.make_proxy(backend)


@pytest.fixture(scope="module")
def hypercorn():
    server = Hypercorn()
    yield server
    server.close()


def opened(wire, api, *more):
    """A WebSocket by HTTP/1.1; its handshake's answer."""
    key = ws.new_key()
    wire.send(ws.handshake("/ws?a=b", api.host, key, *more))
    head = wire.head()
    assert head.status == 101 and head.get("sec-websocket-accept") == ws.accept_of(key).decode()
    assert (head.get("connection"), head.get("upgrade")) == ("Upgrade", "websocket")
    return head


def receive(wire):
    opcode, _, _, payload, key = ws.read(wire.exactly)
    assert key is None, "a server does not mask"
    return opcode, payload


def test_messages_go_both_ways_and_a_close_ends_the_stream(api, backend):
    echo = Echo(backend, ("sec-websocket-protocol", "chat"), ("x-a", "b"))
    with api.wire() as wire:
        head = opened(wire, api, b"Sec-WebSocket-Protocol: chat", b"X-Mine: 1")
        assert (head.get("sec-websocket-protocol"), head.get("x-a")) == ("chat", "b")
        for opcode, size in [(ws.TEXT, 0), (ws.TEXT, 5), (ws.BINARY, 40_000), (ws.PING, 4)]:
            wire.send(ws.frame(opcode, b"x" * size))
            answered = ws.PONG if opcode == ws.PING else opcode
            assert receive(wire) == (answered, b"x" * size)
        wire.send(ws.close(1000))
        assert receive(wire) == (ws.CLOSE, (1000).to_bytes(2, "big"))
        assert wire.rest() == b""
    [seen] = echo.asked
    assert dict(seen.fields[:5]) == {
        ":method": "CONNECT", ":scheme": "http", ":protocol": "websocket", ":path": "/ws?a=b",
        ":authority": f"127.0.0.1:{backend.port}"}
    names = {name for name, _ in seen.fields}
    assert not names & {"upgrade", "connection", "host", "sec-websocket-key"}
    assert (seen.get("sec-websocket-version"), seen.get("x-mine")) == ("13", "1")
    until(lambda: seen.ended, "the stream to be ended")
    assert seen.reset is None
    for _ in range(20):
        assert api.ask("/x").status == 200
    assert len(backend.peers) <= WORKERS, "the connection stays"


def test_from_http2_to_http2(gateway, api, backend):
    Echo(backend)
    with H2(gateway.http, host=api.host) as client:
        tunnel = Tunnel(client, api)
        assert tunnel.seen.status == 200
        for message in [b"one", b"two" * 5_000]:
            tunnel.send(ws.frame(ws.TEXT, message))
            assert tunnel.receive() == (ws.TEXT, message)
        tunnel.send(ws.close(1000))
        assert tunnel.receive() == (ws.CLOSE, (1000).to_bytes(2, "big"))
        client.until(lambda: tunnel.seen.over, "end of the stream")


def test_many_on_one_connection(gateway, api, backend):
    Echo(backend)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(api.wire()) for _ in range(20)]
        for wire in wires:
            opened(wire, api)
        for n, wire in enumerate(wires):
            wire.send(ws.frame(ws.TEXT, b"%d" % n))
            assert receive(wire) == (ws.TEXT, b"%d" % n)
    assert len(backend.peers) <= WORKERS, "a worker needs one"


def test_an_origin_whose_settings_do_not_allow_it(gateway):
    backend = H2Origin()
    api = gateway.make_proxy(backend)
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        assert wire.response().status == 501
        assert wire.request("/x").status == 200, "the client's connection stays"
    assert [seen.path for seen in backend.requests] == ["/x"]
    with H2(gateway.http, host=api.host) as client:
        assert Tunnel(client, api).seen.status == 501
    backend.close()


def test_an_origin_that_refuses_is_the_answer(api, backend):
    def refuse(peer, seen):
        peer.respond(seen.stream, b"not you", ((":status", "403"), ("x-why", "because")))
        return True

    backend.on_head = refuse
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        answer = wire.response()
        assert (answer.status, answer.body, answer.get("x-why")) == (403, b"not you", "because")


@pytest.mark.parametrize("fields", [
    ((":status", "200"), ("sec-websocket-protocol", "unasked")),
    ((":status", "200"), ("sec-websocket-extensions", "unasked")),
    ((":status", "200"), ("connection", "upgrade"))])
def test_an_answer_to_something_else_is_a_502(api, backend, fields):
    def answer(peer, seen):
        peer.send(h2.headers(seen.stream, fields, end=False))
        return True

    backend.on_head = answer
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        assert wire.response().status == 502


def test_a_client_that_vanishes_ends_the_stream(api, backend):
    echo = Echo(backend)
    with api.wire() as wire:
        opened(wire, api)
    [seen] = echo.asked
    until(lambda: seen.ended or seen.reset is not None, "the stream to be over")


@pytest.mark.parametrize("how", ["end", "reset"])
def test_an_origin_that_vanishes_ends_the_connection(api, backend, how):
    echo = Echo(backend)
    with api.wire() as wire:
        opened(wire, api)
        stream = echo.asked[0].stream
        backend.peers[-1].send(h2.data(stream) if how == "end" else h2.rst_stream(stream))
        assert wire.rest() == b"", "without a close frame of ours"


def test_a_message_after_a_quiet_time_passes(api, backend):
    """A quiet tunnel holds no buffer: what comes then must find one."""
    Echo(backend)
    with api.wire() as wire:
        opened(wire, api)
        for _ in range(2):
            time.sleep(2.5)
            wire.send(ws.frame(ws.TEXT, b"still here"))
            assert receive(wire) == (ws.TEXT, b"still here")


def test_an_idle_one_is_closed_at_both_ends(driver, new_site, backend):
    site = new_site(driver, flags=["--websocket-idle-timeout-ms", "1000"]).up()
    api = site.make_proxy(backend)
    echo = Echo(backend)
    echo.quiet = True
    closed = (1001).to_bytes(2, "big") + b"idle for too long"
    with api.wire() as wire:
        opened(wire, api)
        assert receive(wire) == (ws.CLOSE, closed)
    [seen] = echo.asked
    until(lambda: seen.ended or seen.reset is not None, "the stream to be over")
    assert ws.frame(ws.CLOSE, closed)[6:] and len(seen.body) == 6 + len(closed)


def talking(gateway, api, **how):
    sock = sockets.create_connection(("127.0.0.1", gateway.http), 20)
    return connect(f"ws://{api.host}/ws", sock=sock, max_size=None, **how)


@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_real_server_and_a_real_client(gateway, hypercorn, compression):
    api = gateway.make_proxy(hypercorn)
    with talking(gateway, api, compression=compression, subprotocols=["a", "b"]) as socket:
        assert socket.subprotocol == "a"
        assert socket.recv(20) == "2", "the version that the server was asked by"
        for message in ["", "text", b"\0" * 300_000, "é" * 70_000, bytes(range(256)) * 4_000]:
            socket.send(message)
            assert socket.recv(60) == message
    assert api.ask("/x").body == b"2"


def test_real_ones_at_once(gateway, hypercorn):
    api = gateway.make_proxy(hypercorn)
    failed, all_said = [], threading.Barrier(16)

    def talk(n):
        try:
            with talking(gateway, api) as socket:
                assert socket.recv(20) == "2"
                for turn in range(20):
                    socket.send(f"{n} {turn}")
                    assert socket.recv(20) == f"{n} {turn}"
                # Hypercorn breaks its connection off when a stream that it has ended ends.
                all_said.wait(60)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed[:3]
