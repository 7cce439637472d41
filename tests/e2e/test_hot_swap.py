"""Changes under load: nothing is lost, and each is visible when its call has returned.

RINGGATE_RELOADS sets how many changes the long test makes, RINGGATE_RELOADS_S how long it may take;
within that time it makes all on any machine that is not very slow, and says how many it made.
"""

import os
import random
import threading
import time

import pytest

from harness.loading import ALL_KINDS, assert_none_lost, load
from harness.memory import resident_bytes
from harness.origin import response
from harness.places import free_port
from harness.waiting import until
from harness.wire import build

CHANGES = 1000
RATE = 1000
RELOADS = int(os.environ.get("RINGGATE_RELOADS", "10000"))
RELOADS_MIN = min(RELOADS, 2000)
RELOADS_S = float(os.environ.get("RINGGATE_RELOADS_S", "90"))
# Before memory is looked at for the first time: what a table and its delta need is warm then.
WARM_UP = 500
GENERATIONS_MAX = 50
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
    with load(gateway, api.host, rate=RATE) as account, api.wire() as wire:
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


class Reloads:
    """Changes of one integration by the control socket, one after another."""

    def __init__(self, site, api, nginx):
        self.site, self.api, self.nginx, self.count, self.most = site, api, nginx, 0, 0
        self.path = f"/v2/apis/{api.id}/integrations/{api.integrations['GET /probe']}"

    def make(self, change, count, until_s=float("inf")):
        while count and time.monotonic() < until_s:
            count, self.count = count - 1, self.count + 1
            uri = f"{self.nginx.url}/{self.count}"
            assert change("PATCH", self.path, {"integrationUri": uri}), "not live yet"
            if self.count % 100 == 0:
                assert self.api.ask("/probe").body == f"GET /{self.count}".encode()
                self.most = max(self.most, self.site.stats()["liveGenerations"])

    def resident(self):
        return [resident_bytes(self.site.pid(name)) for name in ("ringgated", "ringgate-control")]


@pytest.mark.timeout(RELOADS_S + 120)
def test_ten_thousand_changes_under_every_protocol(driver, new_site, nginx, echo):
    """As fast as control takes them, while HTTP/1.1, TLS, HTTP/2 and WebSocket connections are kept
    and used: none of their requests is lost, no table stays, and memory does not grow."""
    site = new_site(driver, https=free_port()).up()
    api = site.make_api({"POST /id": f"{nginx.url}/id", "GET /probe": f"{nginx.url}/0",
                         "GET /ws": echo.url})
    reloads, began = Reloads(site, api, nginx), time.monotonic()
    with load(site, api.host, ALL_KINDS, rate=300) as account, site.changing() as change:
        reloads.make(change, WARM_UP)
        before = reloads.resident()
        reloads.make(change, RELOADS - WARM_UP, began + RELOADS_S)
        grown = [now - then for now, then in zip(reloads.resident(), before, strict=True)]
    took = time.monotonic() - began
    assert_none_lost(account)
    print(f"{reloads.count} changes in {took:.0f} s, at most {reloads.most} tables; memory grew by "
          f"{' and '.join(f'{size / MIB:.1f}' for size in grown)} MiB; {account}")
    assert reloads.count >= RELOADS_MIN, f"only {reloads.count} changes in {took:.0f} s"
    # Control goes on growing for a while: 10 MiB after 10,000 changes, 11 after 30,000.
    assert max(grown) < 20 * MIB, grown
    assert reloads.most < GENERATIONS_MAX, f"{reloads.most} tables wait to be freed"
    until(lambda: site.stats()["liveGenerations"] == 1, "one live generation")
    kept = (site.data / "table.last-good").stat().st_size
    assert kept < 4 * MIB, f"table.last-good has {kept} bytes"


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
        release.wait(40)
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
