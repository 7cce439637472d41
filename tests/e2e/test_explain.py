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
    reason = "route: the host names no API, or none for this path"
    assert unknown.get("x-ringgate-explain") == reason
    site.v2.update_stage(ApiId=api.id, StageName="$default",
                         DefaultRouteSettings={"ThrottlingBurstLimit": 0})
    assert told("/a") == "throttle: over the limit of requests per second"


def test_nothing_is_told_unless_asked_for(gateway, origin):
    api = gateway.make_proxy(origin)
    assert api.ask("/a").get("x-ringgate-explain") is None
    assert api.ask("/").get("x-ringgate-explain") is None


def test_a_value_that_cannot_be_mapped_is_named(site, origin):
    parameters = {"append:header.x-user": "$request.body.a", "overwrite:path": "/${request.body.p}"}
    answers = {"200": {"append:header.x-back": "$response.body.b"}}
    api = site.make_api({"POST /a": {"IntegrationUri": origin.url, "RequestParameters": parameters,
                                     "ResponseParameters": answers}})
    for sent, status, told in (
        (b'{"a":"1\\r\\nx: y"}', 400, "shape: header.x-user: a mapped value holds a control"),
        (b'{"p":"../x"}', 400, "shape: path: a mapped path holds a `.` or `..` segment"),
        (b'{"b":"\\u0000"}', 502, "integrate: header.x-back: a mapped value holds a control"),
    ):
        origin.always(200, sent)
        answer = api.ask("/a", method="POST", body=sent)
        assert answer.status == status
        assert answer.get("x-ringgate-explain").startswith(told), answer
