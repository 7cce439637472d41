"""Limits of requests per second, by stage, route and account: spec sections 2.7 and 2.16."""

import threading
import time

import pytest

# So slow that no token comes back while a test runs.
NEVER = 0.000001
SETTINGS = {"ThrottlingRateLimit": NEVER}


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def limit(api, defaults=None, **routes):
    """Sets the limits of the API's `$default` stage."""
    members = {"DefaultRouteSettings": defaults} if defaults else {}
    if routes:
        members["RouteSettings"] = routes
    answer = api.site.v2.update_stage(ApiId=api.id, StageName="$default", **members)
    assert "x-ringgate-not-yet" not in answer["ResponseMetadata"]["HTTPHeaders"]


def statuses(api, count, path="/a"):
    """Of so many requests on connections of their own, so that every worker gets some."""
    return [api.ask(path).status for _ in range(count)]


def test_a_burst_passes_and_not_one_more(api, origin):
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 20})
    before = len(origin.requests)
    got = statuses(api, 60)
    assert got == [200] * 20 + [429] * 40
    assert len(origin.requests) == before + 20


def test_what_a_client_sees(api):
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 0})
    answer = api.ask("/a")
    assert (answer.status, answer.body) == (429, b'{"message":"Too Many Requests"}')
    assert answer.get("content-type") == "application/json"
    assert answer.get("apigw-requestid")
    with api.wire() as wire:
        # The connection goes on, a body is skipped, and HEAD has none.
        assert wire.request("/a", method="POST", body=b"x" * 5000).status == 429
        head = wire.request("/a", method="HEAD")
        assert (head.status, head.body) == (429, b"")
        assert wire.request("/a").status == 429


def test_limits_set_to_0_block_everything(api):
    for zero in ({"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 10},
                 {"ThrottlingRateLimit": 10.0, "ThrottlingBurstLimit": 0}):
        limit(api, zero)
        assert statuses(api, 5) == [429] * 5


def test_a_refusal_carries_the_cors_fields(api):
    v2 = api.site.v2
    v2.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": ["https://a.example"]})
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 0})
    with api.wire() as wire:
        answer = wire.request("/a", headers=[("origin", "https://a.example")])
    assert answer.status == 429
    assert answer.get("access-control-allow-origin") == "https://a.example"


def test_a_route_of_its_own_limit_has_a_bucket_of_its_own(api, origin):
    api.route("GET /own", f"{origin.url}/own")
    api.route("GET /shared", f"{origin.url}/shared")
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 4},
          **{"GET /own": SETTINGS | {"ThrottlingBurstLimit": 7}})
    assert statuses(api, 10, "/own") == [200] * 7 + [429] * 3
    # All others share the stage's.
    assert statuses(api, 2, "/shared") + statuses(api, 4) == [200] * 4 + [429] * 2


def test_half_a_limit_has_the_other_half_of_the_stage(api):
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 9},
          **{"ANY /{proxy+}": {"ThrottlingBurstLimit": 3}})
    assert statuses(api, 5) == [200] * 3 + [429] * 2


def test_stages_do_not_share(api):
    v2 = api.site.v2
    v2.create_stage(ApiId=api.id, StageName="other", AutoDeploy=True,
                    DefaultRouteSettings=SETTINGS | {"ThrottlingBurstLimit": 2})
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 3})
    assert statuses(api, 4, "/other/a") == [200] * 2 + [429] * 2
    assert statuses(api, 4) == [200] * 3 + [429]


def test_a_change_is_live_at_once_and_no_change_is_a_new_burst(api):
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 5})
    assert statuses(api, 6) == [200] * 5 + [429]
    # Something else changes: the bucket stays as it is.
    api.site.v2.update_stage(ApiId=api.id, StageName="$default", Description="x")
    assert statuses(api, 2) == [429] * 2
    limit(api, SETTINGS | {"ThrottlingBurstLimit": 0})
    assert statuses(api, 2) == [429] * 2
    api.site.v2.delete_stage(ApiId=api.id, StageName="$default")
    api.site.v2.create_stage(ApiId=api.id, StageName="$default", AutoDeploy=True)
    assert statuses(api, 10) == [200] * 10


def test_the_rate_is_kept_over_all_workers(api):
    """So many as the bucket held and as came meanwhile; two clients ask all the time, each on
    connections of its own to whichever worker takes them."""
    rate, burst = 100.0, 50
    limit(api, {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst})
    began = time.monotonic()
    end = began + 4.0
    passed = []

    def ask():
        while time.monotonic() < end:
            with api.wire() as wire:
                for _ in range(20):
                    passed.append(wire.request("/a").status)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.monotonic() - began
    count = passed.count(200)
    assert set(passed) == {200, 429}
    assert count <= burst + rate * took + 1
    # Clients that a busy machine holds back for longer than the burst lasts would lose tokens.
    assert count >= 0.9 * (burst + rate * 4.0)


def test_an_account_has_a_limit_where_one_is_set(driver, new_site, origin):
    site = new_site(driver, flags=["--account-rate-limit", NEVER, "--account-burst-limit", 6]).up()
    one, other = site.make_proxy(origin), site.make_proxy(origin)
    limit(one, SETTINGS | {"ThrottlingBurstLimit": 2})
    # What the stage refuses takes nothing from the account.
    assert statuses(one, 8) == [200] * 2 + [429] * 6
    assert statuses(other, 6) == [200] * 4 + [429] * 2
