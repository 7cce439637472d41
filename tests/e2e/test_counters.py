"""What is counted is shown: each counter is provoked and read from /metrics, by the parser that
Prometheus' own client has, and from `ringgate status`."""

import contextlib
import socket
import ssl

import pytest

from harness import wsraw as ws
from harness.names import Names
from harness.places import free_port
from harness.site import Site
from harness.waiting import until

LIMIT = 4


@pytest.fixture(scope="module")
def site(driver):
    names = Names("127.0.0.1", "127.0.0.2")
    flags = ["--connections-per-address", LIMIT, "--workers", "1", "--dns-server", names.address]
    made = Site(driver, flags=flags, https=free_port()).up()
    yield made
    made.close()
    names.close()


@pytest.fixture
def api(site, origin):
    """Closed connections give their address room a moment later."""
    until(lambda: site.metrics()["ringgate_connections"] == 0, "no connection of another test")
    return site.make_proxy(origin)


@contextlib.contextmanager
def counted(site, **added):
    """Waits until these counters have grown by so much."""
    before = site.metrics()
    yield
    wanted = {name: before["ringgate_" + name] + more for name, more in added.items()}
    seen = {}

    def reached():
        now = site.metrics()
        seen.update({name: now["ringgate_" + name] for name in wanted})
        return seen == wanted

    try:
        until(reached, "counters")
    except AssertionError:
        raise AssertionError(f"wanted {wanted}, got {seen}") from None


def test_tls_handshakes_and_failures(site, api):
    context = ssl._create_unverified_context()
    with counted(site, tls_handshakes_total=1, connections_total=1):
        with socket.create_connection(("127.0.0.1", site.https), 5) as sock:
            context.wrap_socket(sock, server_hostname=api.host).close()
    with counted(site, tls_handshakes_total=0, tls_failures_total=1):
        with socket.create_connection(("127.0.0.1", site.https), 5) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while sock.recv(1000):
                pass


def test_answers(site, api):
    with counted(site, requests_total=1, responses_4xx_total=0, responses_5xx_total=0):
        assert api.ask("/x").status == 200
    with counted(site, requests_total=1, responses_4xx_total=1, refused_total=0):
        assert api.ask("/").status == 404
    with counted(site, requests_total=1, responses_4xx_total=1, refused_total=1):
        with api.wire() as wire:
            wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            assert wire.response().status == 400
    nobody = site.make_api({"GET /x": f"http://127.0.0.1:{free_port()}/"})
    with counted(site, requests_total=1, responses_5xx_total=1):
        assert nobody.ask("/x").status == 503


def test_connections_over_the_limit_of_an_address(site, api):
    with counted(site, connections=LIMIT, over_address_limit_total=1), contextlib.ExitStack() as st:
        for _ in range(LIMIT):
            assert st.enter_context(api.wire()).request("/x").status == 200
        with pytest.raises((AssertionError, OSError)), api.wire() as one_more:
            one_more.request("/x")
        kept = st.pop_all()
    kept.close()


def test_websockets(site, api, origin):
    def echo(peer, seen):
        peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
        peer.until(b"\x01\x02\x03\x04")
        peer.send(ws.frame(ws.TEXT, b"back", key=None))
        peer.closed_by_peer()
        return True

    origin.on_head = echo
    with api.wire() as wire:
        with counted(site, websockets=1, websockets_total=1, websocket_messages_total=2):
            wire.send(ws.handshake("/ws", api.host, ws.new_key()))
            assert wire.head().status == 101
            wire.send(ws.frame(ws.TEXT, b"there"))
            assert ws.read(wire.exactly)[3] == b"back"
    until(lambda: site.metrics()["ringgate_websockets"] == 0, "the tunnel's end")


def test_a_request_that_is_sent_again(site, api, origin):
    """A kept connection that ends with the request on it (RFC 9112 section 9.3.1)."""
    heads = {}

    def close_on_second(peer, seen):
        heads[peer.number] = heads.get(peer.number, 0) + 1
        return heads[peer.number] > 1

    origin.on_head = close_on_second
    with counted(site, upstream_retries_total=1, upstream_connections_total=2, requests_total=2):
        with api.wire() as wire:
            assert wire.request("/one").status == 200
            assert wire.request("/two").status == 200


def test_an_ejection(site, api, origin):
    """One of two addresses refuses: three times in a row, and it is left alone."""
    both = site.make_api({"GET /x": f"http://both.test:{origin.port}/"})

    def ejected():
        assert both.ask("/x").status == 200
        return site.metrics()["ringgate_upstream_ejections_total"]

    assert until(ejected, "an ejection") == 1


def test_every_counter_is_shown(site):
    """In /metrics, in the native status, and for people."""
    stats = site.data_plane()["stats"]
    shown = {name.removeprefix("ringgate_").replace("_", "") for name in site.metrics()}
    assert {name.lower() for name in stats} <= shown
    for name in ("panics_total", "log_records_dropped_total", "shed_total"):
        assert site.metrics()["ringgate_" + name] == 0
    text = site.cli("status").stdout
    for row in ("TLS handshakes", "TLS failures", "over an address's limit", "WebSockets ever",
                "shed for want of memory", "requests sent again", "ejections of backends"):
        assert row in text, text
