"""What APIs did, by stage and by route: AWS's metrics of HTTP APIs on /metrics."""

import pytest

from harness.waiting import until


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def figures(api, stage="$default", route=None):
    """Every sample of a stage, or of a route, by the name after `ringgate_api_`."""
    kind = "api" if route is None else "route"
    wanted = {"api": api.id, "stage": stage} | ({} if route is None else {"route": route})
    found = {}
    for family in api.site.metric_families():
        for sample in family.samples:
            labels = dict(sample.labels)
            bound = labels.pop("le", None)
            if sample.name.startswith(f"ringgate_{kind}_") and labels == wanted:
                name = sample.name.removeprefix(f"ringgate_{kind}_")
                found[(name, bound) if bound else name] = sample.value
    return found


def test_counts_errors_bytes_and_times(api, origin):
    assert figures(api) == {}
    api.route("GET /nothing", None)
    origin.always(body=b"x" * 100)
    for _ in range(3):
        assert api.ask("/a").status == 200
    with api.wire() as wire:
        assert wire.request("/a", method="POST", body=b"y" * 50).status == 200
    origin.always(status=404, body=b"")
    assert api.ask("/a").status == 404
    assert api.ask("/nothing").status == 500
    told = figures(api)
    assert told["requests_total"] == 6
    assert (told["responses_4xx_total"], told["responses_5xx_total"]) == (1, 1)
    # The message of a 500 of our own is content too.
    own = len(b'{"message":"Internal Server Error"}')
    assert told["data_processed_bytes_total"] == 4 * 100 + 50 + own
    assert told["latency_seconds_count"] == told["latency_seconds_bucket", "+Inf"] == 6
    assert told["integration_latency_seconds_count"] == 5
    assert 0 < told["integration_latency_seconds_sum"] <= told["latency_seconds_sum"]
    bounds = [value for (name, *_), value in
              ((k if isinstance(k, tuple) else (k,), v) for k, v in told.items())
              if name == "latency_seconds_bucket"]
    assert bounds == sorted(bounds) and len(bounds) == 16


def test_stages_are_told_apart_and_a_route_where_it_is_asked_for(api, origin):
    v2 = api.site.v2
    v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True)
    api.route("GET /own", f"{origin.url}/own")
    v2.update_stage(ApiId=api.id, StageName="prod",
                    RouteSettings={"GET /own": {"DetailedMetricsEnabled": True}})
    for path in ("/prod/own", "/prod/own", "/prod/x", "/own"):
        assert api.ask(path).status == 200
    assert figures(api, "prod")["requests_total"] == 3
    assert figures(api)["requests_total"] == 1
    assert figures(api, "prod", "GET /own")["requests_total"] == 2
    assert figures(api, "prod", "ANY /{proxy+}") == figures(api, route="GET /own") == {}
    # By default for a whole stage; what was counted goes on.
    v2.update_stage(ApiId=api.id, StageName="prod",
                    DefaultRouteSettings={"DetailedMetricsEnabled": True})
    for path in ("/prod/own", "/prod/x"):
        assert api.ask(path).status == 200
    assert figures(api, "prod", "GET /own")["requests_total"] == 3
    assert figures(api, "prod", "ANY /{proxy+}")["requests_total"] == 1
    assert figures(api, "prod")["requests_total"] == 5


def test_what_is_deleted_is_forgotten(api):
    api.site.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True)
    for path in ("/a", "/prod/a"):
        assert api.ask(path).status == 200
    assert figures(api)["requests_total"] == figures(api, "prod")["requests_total"] == 1
    api.site.v2.delete_stage(ApiId=api.id, StageName="prod")
    until(lambda: figures(api, "prod") == {}, "the stage's figures to go")
    assert figures(api)["requests_total"] == 1
    api.site.v2.delete_api(ApiId=api.id)
    until(lambda: figures(api) == {}, "its figures to go")


def test_the_control_socket_has_whole_distributions(api):
    for _ in range(5):
        assert api.ask("/a").status == 200
    status, body = api.site.control_socket("GET", "/ringgate/v1/meters")
    assert status == 200
    [mine] = [meter for meter in body["meters"] if meter["apiId"] == api.id]
    assert (mine["stage"], mine["routeKey"], mine["requests"]) == ("$default", None, 5)
    assert sum(count for _, count in mine["latencyUs"]) == 5
    assert mine["latencyUs"] == sorted(mine["latencyUs"])
