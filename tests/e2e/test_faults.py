"""Backends that refuse, dawdle, lie or die, and the waits that end them (spec 2.7, 8)."""

import socket
import threading
import time

import pytest

from harness import origin as origins
from harness.answers import (
    ORIGIN_BROKEN,
    ORIGIN_REFUSED,
    ORIGIN_TIMED_OUT,
    assert_answer,
)
from harness.places import free_port
from harness.site import Site
from harness.wire import Truncated, build, chunked


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def test_a_backend_that_refuses_the_connection(gateway):
    api = gateway.make_api({"ANY /x": f"http://127.0.0.1:{free_port()}/"})
    with api.wire() as wire:
        assert_answer(wire.request("/x"), ORIGIN_REFUSED)
        assert_answer(wire.request("/x", method="POST", body=b"x" * 1000), ORIGIN_REFUSED)
        assert_answer(wire.request("/x"), ORIGIN_REFUSED)


def test_a_name_that_does_not_resolve(gateway):
    api = gateway.make_api({"GET /x": "http://no-such-name.invalid/"})
    assert_answer(api.ask("/x"), ORIGIN_REFUSED)


def test_a_name_that_resolves(gateway, nginx):
    api = gateway.make_api({"GET /x": f"http://localhost:{nginx.port}/named"})
    assert api.ask("/x").body == b"GET /named"


def test_a_backend_that_comes_back_is_used_again(gateway):
    port = free_port()
    api = gateway.make_api({"GET /x": f"http://127.0.0.1:{port}/"})
    with api.wire() as wire:
        assert_answer(wire.request("/x"), ORIGIN_REFUSED)
        listener = socket.create_server(("127.0.0.1", port))
        with listener:
            def serve():
                peer, _ = listener.accept()
                peer.recv(65536)
                peer.sendall(origins.response(body=b"back"))
                peer.close()

            threading.Thread(target=serve, daemon=True).start()
            assert wire.request("/x").body == b"back"


def test_the_integrations_timeout_gives_503_after_that_long(gateway, origin):
    api = gateway.make_api({"ANY /x": {"IntegrationUri": f"{origin.url}/", "TimeoutInMillis": 300}})
    given_up = threading.Event()

    def silent(peer, seen):
        if peer.closed_by_peer(30):
            given_up.set()
        return True

    origin.on_head = silent
    with api.wire() as wire:
        began = time.monotonic()
        assert_answer(wire.request("/x"), ORIGIN_TIMED_OUT)
        took = time.monotonic() - began
        assert 0.28 < took < 15, took
        assert given_up.wait(40), "the abandoned upstream connection is closed, not pooled"
        origin.on_head = lambda peer, seen: False
        assert wire.request("/x").status == 200, "the client's connection goes on"


def test_a_timeout_counts_the_head_that_drips(gateway, origin):
    api = gateway.make_api({"GET /x": {"IntegrationUri": f"{origin.url}/", "TimeoutInMillis": 400}})

    def drip(peer, seen):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: " + b"v" * 500:
            peer.send(bytes([byte]))
            time.sleep(0.05)
        return False

    origin.reply = drip
    began = time.monotonic()
    assert_answer(api.ask("/x"), ORIGIN_TIMED_OUT)
    assert time.monotonic() - began < 15


def test_a_slow_backend_holds_nobody_else_up(gateway, origin):
    api = gateway.make_proxy(origin)
    release = threading.Event()

    def reply(peer, seen):
        if seen.target == "/slow":
            release.wait(40)
        peer.send(origins.response(body=seen.target.encode()))

    origin.reply = reply
    with api.wire() as slow:
        slow.send(build("/slow", host=api.host))
        origin.wait_for(lambda o: o.requests)
        for _ in range(20):
            assert api.ask("/fast").body == b"/fast"
        release.set()
        assert slow.response().body == b"/slow"


GARBAGE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "an unknown version": b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
    "a field without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 0\r\n\r\n",
    "a folded field": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n",
    "a NUL": b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a bare CR": b"HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n",
    "both framings": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"5\r\nhello\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "a length beyond 64 bits": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nuryyb",
}


@pytest.mark.parametrize("what", GARBAGE)
def test_an_answer_that_is_no_http_is_a_502(api, origin, what):
    def nonsense(peer, seen):
        peer.send(GARBAGE[what])
        return False

    origin.reply = nonsense
    with api.wire() as wire:
        assert_answer(wire.request("/x"), ORIGIN_BROKEN)
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"
    assert len(origin.requests) == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Large: " + b"v" * (1 << 20) + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: v\r\n" * 20_000 + b"\r\n",
    ],
    ids=["1 MB", "20,000 fields"],
)
def test_a_response_head_beyond_the_limits_is_a_502(api, origin, head):
    def large(peer, seen):
        try:
            peer.send(head)
        except OSError:
            pass
        return False

    origin.reply = large
    with api.wire() as wire:
        assert_answer(wire.request("/x"), ORIGIN_BROKEN)
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"


@pytest.mark.parametrize("how", ["nothing", "half a head", "a reset"])
def test_a_backend_that_dies_before_its_head_ends(api, origin, how):
    def die(peer, seen):
        if how == "half a head":
            peer.send(b"HTTP/1.1 200 OK\r\nContent-")
        if how == "a reset":
            peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return False

    origin.reply = die
    with api.wire() as wire:
        assert_answer(wire.request("/x", method="POST", body=b"once"), ORIGIN_BROKEN)
        assert len(origin.requests) == 1, "a POST is not retried"
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"


def test_an_unasked_switch_of_protocols_is_a_502(api, origin):
    origin.always(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
    with api.wire() as wire:
        assert_answer(wire.request("/x"), ORIGIN_BROKEN)
        origin.always(body=b"after")
        for _ in range(5):
            assert wire.request("/x").body == b"after", "the switched connection is not reused"


def test_bytes_behind_a_response_poison_no_other_request(api, origin):
    origin.always(origins.response(body=b"real") + origins.response(body=b"smuggled"))
    with api.wire() as wire:
        for _ in range(5):
            assert wire.request("/x").body == b"real"
    assert all(api.ask("/x").body == b"real" for _ in range(5))


def test_a_body_behind_a_204_poisons_no_other_request(api, origin):
    origin.always(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad")
    with api.wire() as wire:
        for _ in range(4):
            assert wire.request("/x").status == 204


def test_a_body_behind_a_head_response_poisons_no_other_request(api, origin):
    origin.always(body=b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad")
    with api.wire() as wire:
        for _ in range(4):
            assert wire.request("/x", method="HEAD").status == 200
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"


@pytest.mark.parametrize(
    "coded", [b"zz\r\n", b"5\r\nhelloXX0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n", b"-1\r\n\r\n",
              b"FFFFFFFFFFFFFFFFFF\r\n", b"0\r\nContent-Length: 5\r\n\r\n"]
)
def test_bad_chunks_of_the_origin_end_the_response_visibly_broken(api, origin, coded):
    def send(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded)
        peer.closed_by_peer(30)
        return False

    origin.reply = send
    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        try:
            answer = wire.response()
        except (Truncated, ConnectionResetError):
            pass
        else:
            assert answer.status == 502, answer
    origin.always(body=b"after")
    assert api.ask("/x").body == b"after"


def test_an_idle_upstream_connection_that_was_closed_costs_no_request(api, origin):
    """The origin closes each connection a moment after its response, without saying so."""
    def reply(peer, seen):
        peer.send(origins.response(body=b"ok"))
        return False

    origin.reply = reply
    with api.wire() as wire:
        for number in range(20):
            answer = wire.request("/x", method="POST", body=b"x")
            assert (answer.status, answer.body) == (200, b"ok"), number
            # Its FIN is in the gateway's kernel before the next request begins.
            origin.wait_for(lambda o: o.peers[-1].sock.fileno() == -1)
            time.sleep(0.01)
    assert len(origin.requests) == 20, "each arrived once"


def test_a_restarted_backend_loses_no_request(gateway, origin):
    api = gateway.make_proxy(origin)
    with api.wire() as wire:
        for _ in range(5):
            assert wire.request("/x").status == 200
            for peer in origin.peers:
                try:
                    peer.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            time.sleep(0.02)


def test_a_response_without_framing_ends_with_the_connection(api, origin):
    def until_close(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\neverything until I close")
        return False

    origin.reply = until_close
    with api.wire() as wire:
        for _ in range(2):
            answer = wire.request("/x")
            assert answer.body == b"everything until I close"
            assert answer.framing == "chunked", "the client's connection goes on"


def test_an_origin_of_http_1_0(api, origin):
    def old(peer, seen):
        peer.send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")
        return False

    origin.reply = old
    with api.wire() as wire:
        for _ in range(3):
            assert wire.request("/x").body == b"old"


def test_a_very_long_chunk_extension_of_the_origin_is_refused(api, origin):
    def send(peer, seen):
        try:
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"e" * (1 << 20))
            peer.send(b"\r\nhello\r\n0\r\n\r\n")
        except OSError:
            pass
        return False

    origin.reply = send
    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        try:
            answer = wire.response()
        except (Truncated, ConnectionResetError):
            return
        assert answer.status == 502, answer


# Waits of the gateway itself, made short.


@pytest.fixture(scope="module")
def impatient(driver):
    site = Site(driver, flags=[
        "--head-timeout-ms", "2000", "--idle-timeout-ms", "2000", "--body-timeout-ms", "2000",
        "--connect-timeout-ms", "1500", "--response-head-timeout-ms", "1500",
    ]).up()
    yield site
    site.close()


@pytest.fixture
def hurried(impatient, origin):
    return impatient.make_proxy(origin)


# How much later than due an end may be seen on a slow machine.
LATE_S_MAX = 20.0


def assert_ends(wire, at_least_s, statuses=()):
    """The gateway ends this connection, with one of these statuses or without a word."""
    began = time.monotonic()
    try:
        answer = wire.response()
    except (Truncated, ConnectionResetError):
        answer = None
    took = time.monotonic() - began
    assert answer is None or answer.status in statuses, answer
    assert at_least_s * 0.8 < took < at_least_s + LATE_S_MAX, took
    wire.assert_closed()


def test_a_connection_that_sends_nothing_is_ended(hurried):
    with hurried.wire() as wire:
        assert_ends(wire, 2.0, (408,))


def test_half_a_head_is_ended(hurried, origin):
    with hurried.wire() as wire:
        wire.send(b"GET /x HTTP/1.1\r\nHost:")
        assert_ends(wire, 2.0, (408,))
    assert origin.heads == []


def test_a_dripping_head_is_ended_all_the_same(hurried, origin):
    with hurried.wire() as wire:
        began = time.monotonic()
        try:
            for byte in build("/x", host=hurried.host, headers={"X": "v" * 2000}):
                wire.send(bytes([byte]))
                time.sleep(0.02)
                if time.monotonic() - began > 30:
                    break
        except OSError:
            pass
        assert time.monotonic() - began < LATE_S_MAX
    assert origin.heads == []


def test_a_quiet_keep_alive_connection_is_closed_in_order(hurried):
    with hurried.wire() as wire:
        assert wire.request("/x").status == 200
        began = time.monotonic()
        wire.assert_closed()
        assert 1.5 < time.monotonic() - began < LATE_S_MAX


def test_a_body_that_stops_is_ended(hurried, origin):
    with hurried.wire() as wire:
        wire.send(build("/x", method="POST", host=hurried.host, headers={"Content-Length": "100"}))
        wire.send(b"x" * 10)
        assert_ends(wire, 2.0, (408,))
    assert origin.requests == []


def test_a_response_body_that_stops_is_ended_visibly_broken(hurried, origin):
    def stop(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes!")
        peer.closed_by_peer(30)
        return False

    origin.reply = stop
    with hurried.wire() as wire:
        wire.send(build("/x", host=hurried.host))
        began = time.monotonic()
        with pytest.raises((Truncated, ConnectionResetError)):
            wire.response()
        assert 1.5 < time.monotonic() - began < LATE_S_MAX


def test_a_silent_backend_is_ended_by_the_gateways_own_wait(hurried, origin):
    origin.on_head = lambda peer, seen: peer.closed_by_peer(30)
    began = time.monotonic()
    assert_answer(hurried.ask("/x"), ORIGIN_TIMED_OUT)
    assert 1.2 < time.monotonic() - began < LATE_S_MAX


def test_a_backend_that_does_not_accept_is_ended_by_the_connect_wait(impatient):
    """A listener whose backlog is full: connections to it are never made."""
    listener = socket.socket()
    fillers = []
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        api = impatient.make_api({"GET /x": f"http://127.0.0.1:{listener.getsockname()[1]}/"})
        began = time.monotonic()
        assert_answer(api.ask("/x"), ORIGIN_TIMED_OUT)
        assert 1.2 < time.monotonic() - began < LATE_S_MAX
    finally:
        for filler in fillers:
            filler.close()
        listener.close()


def test_a_slow_but_steady_body_is_not_ended(hurried, origin):
    with hurried.wire() as wire:
        wire.send(build("/x", method="POST", host=hurried.host,
                        headers={"Transfer-Encoding": "chunked"}))
        for _ in range(8):
            wire.send(b"%x\r\n%s\r\n" % (4096, b"x" * 4096))
            time.sleep(0.4)
        wire.send(chunked())
        assert wire.response("POST").json()["length"] == 8 * 4096
