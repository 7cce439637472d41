"""`--explain`: which phase answered, and why."""

import pytest


@pytest.fixture
def site(driver, new_site):
    return new_site(driver, flags=["--explain"]).up()


def test_each_phase_says_why(site, origin):
    api = site.make_proxy(origin)
    api.route("GET /nobody", "http://127.0.0.1:9/")
    api.route("GET /nothing", None)
    origin.always(body=b"x")
    told = lambda path, **how: api.ask(path, **how).get("x-ringgate-explain")  # noqa: E731
    assert told("/a") == "integrate: ANY /{proxy+}"
    assert told("/nobody").startswith("integrate: ")
    assert told("/nothing") == "integrate: the route has no integration"
    assert told("/") == "route: no route takes this method and path"
    unknown = site.ask("/", host="unknown.execute-api.localhost")
    assert unknown.get("x-ringgate-explain") == "route: the host names no API"
    site.v2.update_stage(ApiId=api.id, StageName="$default",
                         DefaultRouteSettings={"ThrottlingBurstLimit": 0})
    assert told("/a") == "throttle: over the limit of requests per second"


def test_nothing_is_told_unless_asked_for(gateway, origin):
    api = gateway.make_proxy(origin)
    assert api.ask("/a").get("x-ringgate-explain") is None
    assert api.ask("/").get("x-ringgate-explain") is None
