"""Changes under load: nothing is lost, and each is visible when its call has returned."""

import random
import threading
import time

import pytest

from harness.loading import assert_none_lost, load
from harness.memory import resident_bytes
from harness.origin import response
from harness.waiting import until
from harness.wire import build

CHANGES = 1000
RATE = 1000
MIB = 1024 * 1024


@pytest.mark.timeout(180)
def test_a_thousand_route_changes_under_load_lose_nothing(gateway, nginx):
    """64 keep-alive connections of POSTs that are never retried, 1,000 changes of the same API."""
    v2, seed = gateway.v2, random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    api = gateway.make_api({"POST /id": f"{nginx.url}/id", "GET /probe": f"{nginx.url}/0"})
    probe = api.integrations["GET /probe"]
    extra, waits = [], []
    with load(gateway.http, api.host, rate=RATE) as account, api.wire() as wire:
        for number in range(1, CHANGES + 1):
            began = time.monotonic()
            kind = dice.choice(["uri", "uri", "make", "remove"])
            if kind == "make" or (kind == "remove" and not extra):
                made = v2.create_route(ApiId=api.id, RouteKey=f"GET /extra/{number}",
                                       Target=f"integrations/{probe}")
                extra.append((number, made["RouteId"]))
                answer, wanted = wire.request(f"/extra/{number}"), 200
            elif kind == "remove":
                gone, route_id = extra.pop(dice.randrange(len(extra)))
                v2.delete_route(ApiId=api.id, RouteId=route_id)
                answer, wanted = wire.request(f"/extra/{gone}"), 404
            else:
                v2.update_integration(ApiId=api.id, IntegrationId=probe,
                                      IntegrationUri=f"{nginx.url}/{number}")
                answer, wanted = wire.request("/probe"), 200
                assert answer.body == f"GET /{number}".encode(), f"change {number} is not visible"
            assert answer.status == wanted, f"change {number} ({kind}) is not visible: {answer}"
            waits.append(time.monotonic() - began)
    assert_none_lost(account)
    waits.sort()
    print(f"{CHANGES} changes, median {waits[len(waits) // 2] * 1000:.1f} ms, "
          f"{account['answered']} requests, slowest {account['slowestMs']} ms")
    until(lambda: gateway.data_plane()["stats"]["liveGenerations"] == 1, "one live generation")


def test_changes_of_one_api_do_not_grow_memory(gateway, nginx):
    api = gateway.make_api({"GET /probe": f"{nginx.url}/0"})
    probe = api.integrations["GET /probe"]
    pid = gateway.pid("ringgated")

    def change(count):
        for number in range(count):
            gateway.v2.update_integration(ApiId=api.id, IntegrationId=probe,
                                          IntegrationUri=f"{nginx.url}/{number}")

    change(100)
    before = resident_bytes(pid)
    change(400)
    growth = resident_bytes(pid) - before
    assert growth < 4 * MIB, f"{growth / MIB:.1f} MiB after 400 changes"
    live = gateway.data_plane()["stats"]["liveGenerations"]
    assert live < 50, f"{live} generations wait to be freed"
    until(lambda: gateway.data_plane()["stats"]["liveGenerations"] == 1, "the last to be freed")


def test_every_worker_shows_a_change_at_once(gateway, nginx):
    """New connections land on any worker: none may show the old table."""
    api = gateway.make_api({"GET /probe": f"{nginx.url}/0"})
    for number in range(1, 40):
        gateway.v2.update_integration(ApiId=api.id, IntegrationId=api.integrations["GET /probe"],
                                      IntegrationUri=f"{nginx.url}/{number}")
        for _ in range(6):
            assert api.ask("/probe").body == f"GET /{number}".encode()


def test_a_request_under_way_keeps_the_table_it_began_with(gateway, origin):
    """A route deleted while its response is awaited still answers, then is gone."""
    release = threading.Event()

    def wait(peer, seen):
        release.wait(20)
        peer.send(response(body=b"late"))

    origin.reply = wait
    api = gateway.make_api({"GET /x": f"{origin.url}/x"})
    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        origin.wait_for(lambda o: o.requests)
        gateway.v2.delete_route(ApiId=api.id, RouteId=api.routes["GET /x"])
        assert api.ask("/x").status == 404
        release.set()
        assert wire.response().body == b"late"
        assert wire.request("/x").status == 404
