"""WebSocket and other upgrades through an HTTP integration: RFC 9110 section 7.8, RFC 6455."""

import contextlib
import hashlib
import socket
import threading

import pytest

from harness import origin as origins
from harness import wsraw as ws
from harness.memory import resident_bytes
from harness.waiting import until
from harness.wire import Truncated, build
from harness.wsorigin import Echo

RESET = b"\1\0\0\0\0\0\0\0"
MIB = 1 << 20


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def opened(wire, api, *more, then=b"", **how):
    """Sends the handshake (and what is given behind it, in the same segment); the key, the head."""
    key = ws.new_key()
    wire.send(ws.handshake("/ws", api.host, key, *more, **how) + then)
    return key, wire.head()


def switched(wire, api, *more, **how):
    key, head = opened(wire, api, *more, **how)
    assert head.status == 101, head
    assert head.get("sec-websocket-accept").encode() == ws.accept_of(key)
    assert head.get("upgrade").lower() == "websocket"
    assert head.get("connection").lower() == "upgrade"
    assert head.get("content-length") is None and head.get("transfer-encoding") is None
    return head


def receive(wire):
    opcode, fin, rsv, payload, key = ws.read(wire.exactly)
    assert key is None, "a server does not mask"
    return opcode, fin, rsv, payload


def test_the_handshake_reaches_the_origin(api, origin):
    Echo(origin)
    with api.wire() as wire:
        switched(wire, api, b"Origin: http://a.test", b"X-A: b")
        seen = origin.heads[-1]
        assert seen.get("upgrade").lower() == "websocket"
        assert "upgrade" in seen.get("connection").lower()
        assert seen.get("sec-websocket-version") == "13"
        assert (seen.get("origin"), seen.get("x-a")) == ("http://a.test", "b")
        assert len(seen.all("host")) == 1


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, MIB])
@pytest.mark.parametrize("opcode", [ws.TEXT, ws.BINARY])
def test_messages_of_every_size(api, origin, opcode, size):
    Echo(origin)
    payload = b"x" * size
    with api.wire() as wire:
        switched(wire, api)
        for _ in range(2):
            wire.send(ws.frame(opcode, payload))
            assert receive(wire) == (opcode, True, 0, payload)


def test_fragments_pings_and_masks_pass_as_they_are(api, origin):
    echo = Echo(origin)
    keys = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"abcd", b"\x01\x02\x03\x04"]
    frames = [(ws.TEXT, b"he", False), (ws.PING, b"between", True),
              (ws.CONTINUATION, b"l", False), (ws.CONTINUATION, b"lo", True)]
    with api.wire() as wire:
        switched(wire, api)
        for (opcode, payload, fin), key in zip(frames, keys, strict=True):
            wire.send(ws.frame(opcode, payload, fin, key))
        for opcode, payload, fin in frames:
            wanted = ws.PONG if opcode == ws.PING else opcode
            assert receive(wire) == (wanted, fin, 0, payload)
    assert echo.keys[:4] == keys, "a mask is the client's; nobody else has to choose one"


def test_a_frame_in_the_segment_of_the_request_is_not_lost(api, origin):
    Echo(origin)
    with api.wire() as wire:
        switched(wire, api, then=ws.frame(ws.TEXT, b"early") + ws.frame(ws.TEXT, b"second"))
        assert receive(wire)[3] == b"early"
        assert receive(wire)[3] == b"second"


def test_a_frame_in_the_segment_of_the_101_is_not_lost(api, origin):
    Echo(origin, first=ws.frame(ws.TEXT, b"welcome", key=None))
    with api.wire() as wire:
        switched(wire, api)
        assert receive(wire)[3] == b"welcome"


def test_one_byte_segments(api, origin):
    Echo(origin)
    key = ws.new_key()
    with api.wire() as wire:
        for byte in ws.handshake("/ws", api.host, key) + ws.frame(ws.TEXT, b"hello"):
            wire.send(bytes([byte]))
        assert wire.head().status == 101
        assert receive(wire)[3] == b"hello"


@pytest.mark.parametrize("connection,upgrade", [
    (b"upgrade", b"WebSocket"), (b"UPGRADE", b"WEBSOCKET"), (b"keep-alive, Upgrade", b"websocket"),
    (b"Upgrade,keep-alive", b"websocket"), (b"\tUpgrade ,x", b"websocket")])
def test_tokens_in_any_case_and_among_others(api, origin, connection, upgrade):
    Echo(origin)
    with api.wire() as wire:
        switched(wire, api, connection=connection, upgrade=upgrade)
        wire.send(ws.frame(ws.TEXT, b"hello"))
        assert receive(wire)[3] == b"hello"


def test_subprotocols_and_extensions_are_the_ends_own(api, origin):
    echo = Echo(origin, b"Sec-WebSocket-Protocol: chat",
                b"Sec-WebSocket-Extensions: permessage-deflate")
    with api.wire() as wire:
        head = switched(wire, api, b"Sec-WebSocket-Protocol: chat, other",
                        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        assert head.get("sec-websocket-protocol") == "chat"
        assert head.get("sec-websocket-extensions") == "permessage-deflate"
        wire.send(ws.frame(ws.TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00", rsv=4))
        assert receive(wire) == (ws.TEXT, True, 4, b"\xf2\x48\xcd\xc9\xc9\x07\x00")
    seen = origin.heads[-1]
    assert seen.get("sec-websocket-protocol") == "chat, other"
    assert "client_max_window_bits" in seen.get("sec-websocket-extensions")
    assert echo.frames[0][2] == 4


@pytest.mark.parametrize("code,reason", [(1000, b""), (1001, b"going"), (1011, b"\xc3\xa9" * 50),
                                         (4000, b"own"), (None, b"")])
def test_a_close_passes_with_code_and_reason(api, origin, code, reason):
    echo = Echo(origin)
    with api.wire() as wire:
        switched(wire, api)
        sent = ws.close(code, reason)
        wire.send(sent)
        opcode, _, _, payload = receive(wire)
        assert opcode == ws.CLOSE
        assert payload == ws.read(iter_bytes(sent))[3]
        wire.assert_closed()
    assert echo.frames[-1][0] == ws.CLOSE


def iter_bytes(data):
    """`exactly` over bytes."""
    rest = [data]

    def exactly(count):
        piece, rest[0] = rest[0][:count], rest[0][count:]
        return piece

    return exactly


ODD = {
    "RSV bits without an extension": ws.frame(ws.TEXT, b"x", rsv=7),
    "an unmasked frame of a client": ws.frame(ws.TEXT, b"x", key=None),
    "a reserved opcode": ws.frame(3, b"x"),
    "a reserved control opcode": ws.frame(11, b"x"),
    "a ping in fragments": ws.frame(ws.PING, b"x", fin=False),
    "a ping of 126 bytes": ws.frame(ws.PING, b"x" * 126),
    "a continuation of nothing": ws.frame(ws.CONTINUATION, b"x"),
    "text that is no UTF-8": ws.frame(ws.TEXT, b"\xff\xfe"),
    "a close of one byte": ws.frame(ws.CLOSE, b"\x03"),
    "a close of 1005": ws.close(1005),
    "a close of 999": ws.close(999),
    "a length in more bits than needed": ws.frame(ws.TEXT, b"x", width=64),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_frame_passes_untouched_or_ends_the_connection(api, origin, name):
    """A tunnel adds no failure of its own: the origin sees the very bytes, or nothing."""
    raw = []

    def collect(peer, seen):
        peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
        with contextlib.suppress(origins.Gone, OSError):
            while True:
                raw.append(b"".join(peer.pieces(1)))
        return True

    origin.on_head = collect
    with api.wire() as wire:
        switched(wire, api)
        wire.send(ODD[name])
        with contextlib.suppress(AssertionError):
            until(lambda: len(b"".join(raw)) >= len(ODD[name]), "the bytes", 1)
    assert b"".join(raw) in (ODD[name], b"") or b"".join(raw).startswith(b"\x88"), raw


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
    b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket, other\r\n\r\n",
    b"HTTP/1.1 101 x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 101 x\r\n\r\n",
], ids=["another protocol", "two protocols", "no Upgrade", "no Connection", "neither"])
def test_a_101_that_was_not_asked_for_does_not_switch(api, origin, answer):
    """RFC 9110 section 7.8: a server MUST NOT switch to a protocol that was not indicated."""
    def send(peer, seen):
        peer.send(answer)
        peer.closed_by_peer(30)
        return True

    origin.on_head = send
    with api.wire() as wire:
        _, head = opened(wire, api)
        assert head.status == 502, head
    origin.on_head = lambda peer, seen: False
    assert api.ask("/after").status == 200


def test_a_wrong_accept_is_no_matter_of_the_tunnel_or_a_502(api, origin):
    def send(peer, seen):
        peer.send(ws.switching(b"another key"))
        peer.closed_by_peer(30)
        return True

    origin.on_head = send
    with api.wire() as wire:
        assert opened(wire, api)[1].status in (101, 502)


@pytest.mark.parametrize("how", [
    {"connection": None}, {"connection": b"keep-alive"}, {"connection": b"upgraded"},
    {"upgrade": None}, {"version": b"HTTP/1.0"}], ids=lambda how: str(how))
def test_what_is_no_upgrade_is_an_ordinary_request(api, origin, how):
    """RFC 9110 section 7.8: Upgrade needs its connection option, and HTTP/1.1."""
    with api.wire() as wire:
        key = ws.new_key()
        wire.send(ws.handshake("/ws", api.host, key, **how))
        answer = wire.response()
        assert answer.status in (200, 400, 426), answer
    if answer.status == 200:
        seen = origin.last()
        assert seen.get("upgrade") is None
        assert "upgrade" not in (seen.get("connection") or "").lower()


def test_an_upgrade_of_a_post_frames_its_body(api, origin):
    """RFC 6455 section 4.1 wants GET; whatever is made of it, the body is no request."""
    inner = build("/smuggled", host=api.host)
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key(), b"Content-Length: %d" % len(inner))
                  .replace(b"GET", b"POST", 1) + inner)
        assert wire.response("POST").status in (200, 400, 501)
    assert all(seen.target != "/smuggled" for seen in origin.heads)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 426, 503])
def test_a_refusal_of_the_origin_passes_and_the_connection_goes_on(api, origin, status):
    origin.on_head = lambda peer, seen: False
    origin.reply = lambda peer, seen: peer.send(origins.response(
        status, b"no", [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13, 8")], "x"))
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        answer = wire.response()
        assert (answer.status, answer.body) == (status, b"no")
        if status == 426:
            assert answer.get("sec-websocket-version") == "13, 8"
            assert answer.get("upgrade") == "websocket", "RFC 9110 section 15.5.22"
        origin.always(body=b"after")
        assert wire.request("/after").body == b"after"


def test_an_interim_response_before_the_switch(api, origin):
    def hint(peer, seen):
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        return echo.open(peer, seen)

    echo = Echo(origin)
    origin.on_head = hint
    with api.wire() as wire:
        key = ws.new_key()
        wire.send(ws.handshake("/ws", api.host, key))
        assert wire.final_head().status == 101
        wire.send(ws.frame(ws.TEXT, b"hello"))
        assert receive(wire)[3] == b"hello"


def test_a_request_behind_the_upgrade_is_no_request(api, origin):
    """It is no frame either, so it goes nowhere: both ends are told of a protocol error."""
    raw, inner = [], build("/smuggled", host=api.host)

    def collect(peer, seen):
        peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
        with contextlib.suppress(origins.Gone, OSError):
            while True:
                raw.append(b"".join(peer.pieces(1)))
        return True

    origin.on_head = collect
    with api.wire() as wire:
        switched(wire, api, then=inner)
        opcode, _, _, payload = receive(wire)
        assert (opcode, payload[:2]) == (ws.CLOSE, (1002).to_bytes(2, "big"))
    assert len(origin.heads) == 1
    assert b"smuggled" not in b"".join(raw)


@pytest.mark.parametrize("who", ["client", "origin"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_end_without_a_close_frame_reaches_the_other_side(api, origin, who, how):
    ended, go = threading.Event(), threading.Event()

    def serve(peer, seen):
        peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
        if who == "origin":
            go.wait(40)
            if how == "reset":
                peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return True
        if peer.closed_by_peer(30):
            ended.set()
        return True

    origin.on_head = serve
    with api.wire() as wire:
        switched(wire, api)
        go.set()
        if who == "origin":
            with contextlib.suppress(ConnectionResetError, Truncated):
                assert wire.rest() == b""
            return
        if how == "reset":
            wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert ended.wait(40), "the origin still waits"


def test_a_tunnel_is_not_pooled(api, origin):
    Echo(origin)
    with api.wire() as wire:
        switched(wire, api)
        wire.send(ws.close(1000))
        receive(wire)
        wire.assert_closed()
    for _ in range(5):
        assert api.ask("/after").status == 200


def test_two_hundred_tunnels(gateway, api, origin):
    Echo(origin)
    pid = gateway.pid("ringgated")
    before = resident_bytes(pid)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(api.wire()) for _ in range(200)]
        for wire in wires:
            switched(wire, api)
        for number, wire in enumerate(wires):
            wire.send(ws.frame(ws.TEXT, b"%d" % number))
        for number, wire in enumerate(wires):
            assert receive(wire)[3] == b"%d" % number
        assert (resident_bytes(pid) - before) / 200 < 96 << 10, "bytes a tunnel"
    until(lambda: gateway.stats()["connections"] == 0, "tunnels to be gone")


def test_a_large_message_streams_and_a_slow_reader_holds_it_back(gateway, api, origin):
    payload, sent = bytes(range(256)) * (16 * MIB // 256), []
    pid = gateway.pid("ringgated")

    def push(peer, seen):
        peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
        peer.send(ws.frame(ws.BINARY, payload, key=None))
        sent.append(True)
        peer.closed_by_peer(30)
        return True

    origin.on_head = push
    before = resident_bytes(pid)
    with api.wire(receive_buffer=65_536) as wire:
        switched(wire, api)
        threading.Event().wait(0.3)
        assert resident_bytes(pid) - before < 12 * MIB
        assert hashlib.sha256(receive(wire)[3]).digest() == hashlib.sha256(payload).digest()
        until(lambda: sent, "the origin to be done")
