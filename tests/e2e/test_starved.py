"""Too few descriptors, and clients that are slow on purpose: who is served goes on being served."""

import contextlib
import os
import socket
import threading
import time

import pytest

from harness import origin as origins
from harness.busy import busy
from harness.waiting import until
from harness.wire import Wire, build

DESCRIPTORS = 256
KEPT = 60
CROWD = 400
CORE_SHARE_MAX = 0.5
DRIPPERS = 50
OWN_DESCRIPTORS_MAX = 30


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.fixture
def starved(driver, new_site):
    """A data plane that may hold 256 descriptors, hard limit and all."""
    site = new_site(driver)
    site.through["ringgated"] = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]
    return site.start_control().start_data()


@pytest.fixture
def api(starved, origin):
    return starved.make_proxy(origin)


def crowd(site, host, count):
    """Connections that have sent a request, and wait: served, or in the backlog."""
    clients = contextlib.ExitStack()
    socks = []
    for _ in range(count):
        sock = clients.enter_context(socket.socket())
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", site.http))
        socks.append(sock)
    request = build("/crowd", host=host)
    for sock in socks:
        with contextlib.suppress(OSError):
            sock.send(request)
    return clients, socks


def unaccounted(site):
    """Descriptors that are neither a client's nor an origin's: its own, and what leaks."""
    stats = site.stats()
    held = stats["connections"] + stats["upstreamConnections"]
    return descriptors(site.pid("ringgated")) - held


def wait_for_quiet(site):
    """Until no more requests are answered: who has been let in has had his answer."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 0.5:
        count = site.stats()["requestsTotal"]
        if count != last:
            last, since = count, time.monotonic()
        time.sleep(0.05)


def test_kept_connections_go_on_while_descriptors_are_out(starved, api):
    pid = starved.pid("ringgated")
    with contextlib.ExitStack() as kept:
        wires = [kept.enter_context(api.wire()) for _ in range(KEPT)]
        for wire in wires:
            assert wire.request("/before").status == 200
        clients, _ = crowd(starved, api.host, CROWD)
        with clients:
            until(lambda: descriptors(pid) > DESCRIPTORS // 2, "descriptors to be used up")
            wait_for_quiet(starved)
            for wire in wires:
                assert wire.request("/full").status == 200
            share = busy(pid, 2.0)
            print(f"{share:.2f} of a core while full, {descriptors(pid)} descriptors")
            assert share < CORE_SHARE_MAX, f"{share:.2f} of a core with nothing to do"
            for wire in wires:
                assert wire.request("/still-full").status == 200
        # The crowd is gone: who comes now is served at once, and nothing is left of it.
        until(lambda: api.ask("/after").status == 200, "a new client to be served")
        for wire in wires:
            assert wire.request("/after").status == 200
    until(lambda: unaccounted(starved) < OWN_DESCRIPTORS_MAX, "descriptors to come back")
    assert starved.pid("ringgated") == pid


def test_the_crowd_itself_is_served_in_turn(starved, api):
    """Who waits in the backlog is not lost: as those before leave, all 400 are answered."""
    answered, failed = [], []

    def one():
        try:
            with Wire(starved.http, timeout_s=20) as wire:
                answer = wire.request("/x", host=api.host, headers={"Connection": "close"})
                (answered if answer.status == 200 else failed).append(answer.status)
        except (OSError, AssertionError) as error:
            failed.append(repr(error))

    threads = [threading.Thread(target=one) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answered) == CROWD, failed[:5]


def test_idle_origin_connections_give_way_to_clients(starved, api, origin):
    """The reserve aside, all descriptors are for clients: an idle connection to an origin is closed
    when one is wanted, and does not keep a client in the backlog until it times out."""
    release = threading.Event()

    def hold(peer, seen):
        if seen.target == "/held":
            release.wait(40)
        peer.send(origins.response(body=b"ok"))

    origin.reply = hold
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(api.wire()) for _ in range(100)]
        for wire in held:
            wire.send(build("/held", host=api.host))
        origin.wait_for(lambda o: len(o.heads) == len(held))
        release.set()
        for wire in held:
            assert wire.response().status == 200
        # 100 clients, 100 idle connections to the origin, and 40 more clients of the 192. No more:
        # the kernel may give one of two workers more than its half.
        more = [stack.enter_context(api.wire(timeout_s=30)) for _ in range(40)]
        for wire in more:
            wire.send(build("/x", host=api.host))
        for wire in more:
            assert wire.response().status == 200


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_slow_uploads_hold_no_origin_connection_each(gateway, origin, framing):
    """50 clients that send a byte a second: the origin must not wait for them with 50 sockets."""
    api = gateway.make_proxy(origin)
    length = framing == "length"
    fields = {"Content-Length": "1000"} if length else {"Transfer-Encoding": "chunked"}
    piece = b"x" if length else b"1\r\nx\r\n"
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(api.wire()) for _ in range(DRIPPERS)]
        for wire in wires:
            wire.send(build("/slow", method="POST", host=api.host, headers=fields))
        for _ in range(3):
            for wire in wires:
                wire.send(piece)
            time.sleep(0.5)
        held = origin.connections
        # Others are served meanwhile, and a slow one that ends is answered too.
        assert api.ask("/quick").status == 200
        wires[0].send(b"x" * 997 if length else b"0\r\n\r\n")
        answer = wires[0].response("POST")
        assert answer.json()["length"] == (1000 if length else 3)
        assert held <= DRIPPERS // 5, f"{held} origin connections for {DRIPPERS} slow uploads"


def test_slow_heads_hold_no_origin_connection(gateway, origin):
    api = gateway.make_proxy(origin)
    raw = build("/slow", host=api.host)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(api.wire()) for _ in range(DRIPPERS)]
        for at in range(len(raw) - 1):
            for wire in wires:
                wire.send(raw[at:at + 1])
        assert origin.connections == 0
        for wire in wires:
            wire.send(raw[-1:])
        for wire in wires:
            assert wire.response().status == 200


def test_an_aborted_crowd_leaves_nothing_behind(gateway, origin):
    """400 clients that send half a request or a whole one, and reset."""
    api = gateway.make_proxy(origin)
    pid = gateway.pid("ringgated")
    assert api.ask("/x").status == 200
    raw = build("/x", method="POST", host=api.host, body=b"b" * 500)
    for number in range(CROWD):
        with api.wire() as wire:
            wire.send(raw[:number * len(raw) // CROWD + 1])
            wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    until(lambda: gateway.stats()["connections"] == 0, "connections to be gone")
    assert gateway.pid("ringgated") == pid
    assert api.ask("/after").status == 200
