"""WebSocket over HTTP/2 (RFC 8441): the same tunnel as over HTTP/1.1, on a stream."""

import time

import pytest

from harness import h2frames as h2
from harness import wsraw as ws
from harness.h2raw import H2
from harness.wsorigin import Echo, silent


class Tunnel:
    """A stream that a client has opened for a WebSocket."""

    def __init__(self, client, api, *fields):
        self.client, self.read = client, 0
        client.until(lambda: 8 in client.settings, "settings")
        assert client.settings[8] == 1, "SETTINGS_ENABLE_CONNECT_PROTOCOL"
        self.stream, client.next_stream = client.next_stream, client.next_stream + 2
        client.send(h2.headers(self.stream, [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"),
            (":path", "/ws"), (":authority", api.host), ("sec-websocket-version", "13"), *fields,
        ], end=False))
        self.seen = client.of(self.stream)
        client.until(lambda: self.seen.headers or self.seen.over, "an answer")

    def send(self, data, end=False):
        pieces = [data[at:at + 16384] for at in range(0, len(data), 16384)] or [b""]
        for piece in pieces:
            self.client.send(h2.data(self.stream, piece, end=end and piece is pieces[-1]))

    def exactly(self, count):
        have = lambda: len(self.seen.body) - self.read >= count
        self.client.until(lambda: have() or self.seen.over, f"{count} bytes")
        assert have(), self.seen
        self.read += count
        return bytes(self.seen.body[self.read - count:self.read])

    def receive(self):
        opcode, _, _, payload, key = ws.read(self.exactly)
        assert key is None, "a server does not mask"
        return opcode, payload


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def opened(gateway, api, *fields):
    client = H2(gateway.http, host=api.host)
    tunnel = Tunnel(client, api, *fields)
    assert tunnel.seen.status == 200, tunnel.seen
    return tunnel


def test_messages_go_both_ways_and_a_close_ends_the_stream(gateway, api, origin):
    Echo(origin)
    tunnel = opened(gateway, api, ("x-a", "b"))
    seen = origin.heads[-1]
    assert (seen.get("upgrade").lower(), seen.get("x-a")) == ("websocket", "b")
    # Within the first window of a stream, which nobody here waits for.
    for opcode, size in [(ws.TEXT, 0), (ws.TEXT, 5), (ws.BINARY, 20_000), (ws.PING, 4)]:
        tunnel.send(ws.frame(opcode, b"x" * size))
        answered = ws.PONG if opcode == ws.PING else opcode
        assert tunnel.receive() == (answered, b"x" * size)
    tunnel.send(ws.close(1000))
    assert tunnel.receive() == (ws.CLOSE, (1000).to_bytes(2, "big"))
    tunnel.client.until(lambda: tunnel.seen.over, "end of the stream")
    with tunnel.client as client:
        fields = [*h2.GET[:2], (":authority", api.host), (":path", "/x")]
        assert client.request(fields).status == 200


def test_a_message_after_a_quiet_time_passes(gateway, api, origin):
    """A quiet tunnel holds no buffer: what comes then must find one."""
    Echo(origin)
    tunnel = opened(gateway, api)
    with tunnel.client as client:
        for _ in range(2):
            time.sleep(2.5)
            tunnel.send(ws.frame(ws.TEXT, b"still here"))
            assert tunnel.receive() == (ws.TEXT, b"still here")


def test_an_origin_that_refuses_is_the_answer(gateway, api, origin):
    with H2(gateway.http, host=api.host) as client:
        tunnel = Tunnel(client, api)
        assert tunnel.seen.status == 502, "a 200 is no handshake"


def test_no_websocket_seems_to_stand_with_a_function(lambda_site, lambda_apis, functions):
    """A 2xx to a CONNECT says that it does, also where it is a function's answer."""
    with H2(lambda_site.http, host=lambda_apis["2.0"].host) as client:
        assert Tunnel(client, lambda_apis["2.0"]).seen.status == 501
        assert functions.requests == []
        fields = [*h2.GET[:2], (":authority", lambda_apis["2.0"].host), (":path", "/x")]
        assert client.request(fields).status == 200


def test_a_quiet_client_is_pinged_and_one_that_stays_silent_is_gone(driver, new_site, origin):
    site = new_site(driver, flags=["--ping-interval-ms", "1000"]).up()
    api = site.make_proxy(origin)
    origin.on_head = silent
    tunnel = opened(site, api)
    for _ in range(2):
        assert tunnel.receive() == (ws.PING, b"")
    with tunnel.client as client:
        client.until(lambda: tunnel.seen.over, "end of the stream")
