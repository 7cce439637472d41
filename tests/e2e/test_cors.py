"""CORS that the gateway itself answers (spec 2.15)."""

import pytest

from harness.answers import NOT_FOUND, assert_answer

ORIGIN = "https://shop.example"
CORS = {
    "AllowOrigins": [ORIGIN, "https://other.example"], "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["x-api-key", "content-type"], "ExposeHeaders": ["x-total"], "MaxAge": 600,
    "AllowCredentials": True,
}
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}


def cors_fields(answer):
    return {name.lower(): value for name, value in answer.headers
            if name.lower().startswith("access-control-")}


def listed(value):
    return sorted(part.strip().lower() for part in value.split(","))


@pytest.fixture
def api(gateway, origin):
    return gateway.make_api({"GET /x": f"{origin.url}/x", "POST /x": f"{origin.url}/x"},
                            CorsConfiguration=CORS)


@pytest.mark.parametrize("path", ["/x", "/no/route/here", "/"])
def test_a_preflight_is_answered_even_where_no_route_is(api, origin, path):
    answer = api.ask(path, method="OPTIONS", headers=PREFLIGHT)
    assert (answer.status, answer.body) == (204, b""), answer
    fields = cors_fields(answer)
    assert fields["access-control-allow-origin"] == ORIGIN
    assert listed(fields["access-control-allow-methods"]) == ["get", "post"]
    assert listed(fields["access-control-allow-headers"]) == ["content-type", "x-api-key"]
    assert fields["access-control-max-age"] == "600"
    assert fields["access-control-allow-credentials"] == "true"
    assert answer.get("apigw-requestid")
    assert origin.heads == [], "a preflight never reaches the backend"


def test_an_origin_that_is_not_allowed_gets_no_cors_fields(api, origin):
    for headers in (PREFLIGHT | {"Origin": "https://evil.example"},
                    PREFLIGHT | {"Origin": "http://shop.example"},
                    PREFLIGHT | {"Origin": f"{ORIGIN}.evil.example"}):
        answer = api.ask("/x", method="OPTIONS", headers=headers)
        assert answer.status < 500, answer
        assert "access-control-allow-origin" not in cors_fields(answer), answer
    assert origin.heads == []


def test_a_response_is_decorated(api, origin):
    answer = api.ask("/x", headers={"Origin": "https://other.example"})
    assert answer.status == 200
    fields = cors_fields(answer)
    assert fields["access-control-allow-origin"] == "https://other.example"
    assert fields["access-control-allow-credentials"] == "true"
    assert listed(fields["access-control-expose-headers"]) == ["x-total"]
    assert "origin" in listed(answer.get("vary", "")), answer


def test_the_integrations_own_cors_fields_are_overridden(api, origin):
    origin.always(body=b"", headers=[
        ("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "false"),
        ("access-control-expose-headers", "x-theirs")])
    answer = api.ask("/x", headers={"Origin": ORIGIN})
    assert answer.all("access-control-allow-origin") == [ORIGIN]
    assert answer.all("access-control-allow-credentials") == ["true"]
    assert answer.all("access-control-expose-headers") == ["x-total"]


def test_without_an_origin_nothing_is_added(api):
    assert cors_fields(api.ask("/x")) == {}


def test_gateway_made_errors_are_decorated_too(api):
    answer = api.ask("/no/route", headers={"Origin": ORIGIN})
    assert_answer(answer, NOT_FOUND)
    assert cors_fields(answer)["access-control-allow-origin"] == ORIGIN


def test_options_that_is_no_preflight_is_routed(api):
    assert_answer(api.ask("/x", method="OPTIONS", headers={"Origin": ORIGIN}), NOT_FOUND)
    no_origin = {"Access-Control-Request-Method": "GET"}
    assert_answer(api.ask("/x", method="OPTIONS", headers=no_origin), NOT_FOUND)


@pytest.mark.parametrize(
    "allowed, origin_sent, wanted",
    [
        (["*"], "https://any.example", ("*", "https://any.example")),
        (["https://*"], "https://any.example", ("https://any.example",)),
        (["https://*"], "http://any.example", (None,)),
        (["http://*"], "http://any.example:81", ("http://any.example:81",)),
        (["http://*"], "https://any.example", (None,)),
        (["https://a.example"], "null", (None,)),
    ],
)
def test_wildcard_origins(gateway, nginx, allowed, origin_sent, wanted):
    api = gateway.make_api({"GET /x": nginx.url}, CorsConfiguration={"AllowOrigins": allowed})
    answer = api.ask("/x", headers={"Origin": origin_sent})
    assert answer.status == 200
    assert cors_fields(answer).get("access-control-allow-origin") in wanted


def test_cors_is_live_when_changed_and_when_deleted(gateway, nginx):
    api = gateway.make_api({"GET /x": nginx.url})
    assert_answer(api.ask("/x", method="OPTIONS", headers=PREFLIGHT), NOT_FOUND)
    gateway.v2.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": [ORIGIN]})
    assert api.ask("/x", method="OPTIONS", headers=PREFLIGHT).status == 204
    assert cors_fields(api.ask("/x", headers={"Origin": ORIGIN}))
    gateway.v2.delete_cors_configuration(ApiId=api.id)
    assert_answer(api.ask("/x", method="OPTIONS", headers=PREFLIGHT), NOT_FOUND)
    assert cors_fields(api.ask("/x", headers={"Origin": ORIGIN})) == {}


def test_without_cors_the_integrations_fields_pass(gateway, origin):
    api = gateway.make_api({"GET /x": f"{origin.url}/x"})
    origin.always(body=b"", headers=[("Access-Control-Allow-Origin", "*")])
    answer = api.ask("/x", headers={"Origin": ORIGIN})
    assert answer.all("access-control-allow-origin") == ["*"]


def test_a_preflight_keeps_the_connection(api):
    with api.wire() as wire:
        for _ in range(3):
            assert wire.request("/x", method="OPTIONS", headers=PREFLIGHT).status == 204
        assert wire.request("/x").status == 200
