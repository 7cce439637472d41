"""Which route takes a request, and what its integration is sent (spec 2.3 "HTTP", 2.5)."""

import pytest

from harness.answers import NOT_FOUND, ROUTE_WITHOUT_TARGET, assert_answer

KEYS = [
    "GET /", "GET /pets", "ANY /pets", "GET /pets/{id}", "GET /pets/dog", "POST /pets/{id}",
    "GET /pets/{id}/toys", "GET /pets/{proxy+}", "ANY /pets/dog/{proxy+}", "PUT /{a}/{b}",
    "DELETE /x/{a}/z", "DELETE /x/y/{b}", "HEAD /headed", "OPTIONS /opts", "GET /a.b:c_d-e",
]


@pytest.fixture(scope="module")
def table(gateway, nginx):
    """An API whose every route answers with its own name."""
    routes = {key: f"{nginx.url}/route/{number}" for number, key in enumerate(KEYS)}
    return gateway.make_api(routes)


def taken(answer, method="GET"):
    """The key of the route that answered, or the status."""
    if answer.status != 200:
        return answer.status
    return KEYS[int(answer.body.decode().removeprefix(f"{method} /route/").split("?")[0])]


@pytest.mark.parametrize(
    "method, path, wanted",
    [
        ("GET", "/", "GET /"),
        ("GET", "/pets", "GET /pets"),
        ("DELETE", "/pets", "ANY /pets"),
        ("GET", "/pets/7", "GET /pets/{id}"),
        ("GET", "/pets/dog", "GET /pets/dog"),
        ("POST", "/pets/dog", "POST /pets/{id}"),
        ("GET", "/pets/7/toys", "GET /pets/{id}/toys"),
        ("GET", "/pets/7/tricks", "GET /pets/{proxy+}"),
        ("GET", "/pets/7/toys/ball", "GET /pets/{proxy+}"),
        ("GET", "/pets/dog/toys", "GET /pets/{id}/toys"),
        ("GET", "/pets/dog/x", "ANY /pets/dog/{proxy+}"),
        ("PATCH", "/pets/dog/x/y", "ANY /pets/dog/{proxy+}"),
        ("PUT", "/one/two", "PUT /{a}/{b}"),
        ("DELETE", "/x/y/z", "DELETE /x/y/{b}"),
        ("DELETE", "/x/other/z", "DELETE /x/{a}/z"),
        ("GET", "/a.b:c_d-e", "GET /a.b:c_d-e"),
        ("GET", "/%70ets", "GET /pets"),
        ("GET", "/nothing", 404),
        ("GET", "/PETS", 404),
        ("POST", "/pets/7/toys", 404),
        ("PATCH", "/pets/7", 404),
        ("GET", "/headed", 404),
        ("PUT", "/one", 404),
        ("DELETE", "/x/y", 404),
        ("GET", "/opts", 404),
    ],
)
def test_the_most_specific_route_that_has_the_method(table, method, path, wanted):
    assert taken(table.ask(path, method=method), method) == wanted


def test_head_does_not_fall_back_to_get(table):
    assert table.ask("/headed", method="HEAD").status == 200
    assert table.ask("/pets/7", method="HEAD").status == 404


def test_options_without_cors_is_an_ordinary_method(table):
    assert taken(table.ask("/opts", method="OPTIONS"), "OPTIONS") == "OPTIONS /opts"
    preflight = {"Origin": "https://a", "Access-Control-Request-Method": "GET"}
    assert_answer(table.ask("/pets/7", method="OPTIONS", headers=preflight), NOT_FOUND)


def test_no_route_is_404_never_405(table):
    for method in ("GET", "DELETE", "PATCH", "BREW"):
        assert_answer(table.ask("/none/at/all", method=method), NOT_FOUND)


def test_a_custom_method_is_taken_by_any(table):
    assert taken(table.ask("/pets", method="PURGE"), "PURGE") == "ANY /pets"


def test_greedy_does_not_match_an_empty_remainder(gateway, nginx):
    api = gateway.make_api({"GET /files/{path+}": f"{nginx.url}/f/{{path}}"})
    assert api.ask("/files/a").body == b"GET /f/a"
    assert_answer(api.ask("/files"), NOT_FOUND)
    assert_answer(api.ask("/files/"), NOT_FOUND)


def test_the_default_route_takes_what_no_other_does(gateway, nginx):
    api = gateway.make_api({"$default": f"{nginx.url}/default", "GET /x": f"{nginx.url}/x",
                            "GET /y/{p+}": f"{nginx.url}/y"})
    assert api.ask("/x").body == b"GET /x"
    assert api.ask("/y/1/2").body == b"GET /y"
    for method, path in [("POST", "/x"), ("GET", "/"), ("GET", "/z/z"), ("POST", "/y/1")]:
        assert api.ask(path, method=method).body == f"{method} /default".encode()


def test_path_variables_fill_the_uri_raw(gateway, nginx):
    api = gateway.make_api({
        "GET /v1/{a}/{b}": f"{nginx.url}/{{b}}/then/{{a}}",
        "ANY /all/{proxy+}": f"{nginx.url}/base/{{proxy}}",
        "GET /query/{a}": f"{nginx.url}/q?fixed=1&name={{a}}",
    })
    assert api.ask("/v1/x/y").body == b"GET /y/then/x"
    assert api.ask("/v1/a%20b/c%2Fd").body == b"GET /c%2Fd/then/a%20b"
    assert api.ask("/all/a/b//c").body == b"GET /base/a/b//c"
    assert api.ask("/all/a/b/").body == b"GET /base/a/b/"
    assert api.ask("/query/z").body == b"GET /q?fixed=1&name=z"
    assert api.ask("/query/z?more=2").body == b"GET /q?fixed=1&name=z&more=2"


@pytest.mark.parametrize(
    "query", ["a=1", "a=1&a=2", "a=%20+b&c", "", "q=%C3%A9;x", "redirect=http://x/?y=/../z"]
)
def test_the_query_is_passed_on_as_it_came(gateway, origin, query):
    api = gateway.make_api({"GET /x": f"{origin.url}/y"})
    assert api.ask(f"/x?{query}").status == 200
    assert origin.last().target in (f"/y?{query}", "/y" if not query else None)


@pytest.mark.parametrize("segment", ["..", ".", "%2e%2e", ".%2E", "%2e"])
def test_a_captured_dot_segment_is_refused(gateway, origin, segment):
    api = gateway.make_api({"GET /one/{a}": f"{origin.url}/private/{{a}}",
                            "GET /all/{a+}": f"{origin.url}/private/{{a}}"})
    assert api.ask(f"/one/{segment}").status == 400
    assert api.ask(f"/all/x/{segment}/{segment}/secret").status == 400
    assert api.ask("/one/..x").status == 200
    assert [seen.target for seen in origin.heads] == ["/private/..x"]


def test_a_uri_with_a_path_is_used_as_it_is(gateway, nginx):
    api = gateway.make_api({"ANY /{proxy+}": f"{nginx.url}/fixed"})
    assert api.ask("/a/b/c").body == b"GET /fixed"


def test_a_quick_create_target_without_a_path_gets_the_request_path(gateway, nginx):
    made = gateway.v2.create_api(Name="quick", ProtocolType="HTTP", Target=nginx.url)
    host = f"{made['ApiId']}.execute-api.localhost"
    assert gateway.ask("/a/b%20c?x=1", host=host).body == b"GET /a/b%20c?x=1"
    assert gateway.ask("/", host=host).body == b"GET /"
    fixed = gateway.v2.create_api(Name="quick", ProtocolType="HTTP", Target=f"{nginx.url}/fixed")
    host = f"{fixed['ApiId']}.execute-api.localhost"
    assert gateway.ask("/a/b?x=1", host=host).body == b"GET /fixed?x=1"


def test_the_integration_method_replaces_the_clients_unless_it_is_any(gateway, nginx):
    api = gateway.make_api({
        "ANY /post": {"IntegrationUri": f"{nginx.url}/p", "IntegrationMethod": "POST"},
        "ANY /any": {"IntegrationUri": f"{nginx.url}/a", "IntegrationMethod": "ANY"},
    })
    assert api.ask("/post").body == b"POST /p"
    assert api.ask("/any", method="DELETE").body == b"DELETE /a"


def test_a_route_without_a_target(gateway):
    api = gateway.make_api({"GET /x": None})
    assert_answer(api.ask("/x"), ROUTE_WITHOUT_TARGET)


def test_a_method_is_case_sensitive(table):
    assert table.ask("/pets/7", method="get").status == 404


def test_every_change_is_live_when_its_call_returns(gateway, nginx):
    v2 = gateway.v2
    api = gateway.make_api({"GET /x": f"{nginx.url}/one"})
    with api.wire() as wire:
        assert wire.request("/x").body == b"GET /one"
        integration = api.integrations["GET /x"]
        changed = v2.update_integration(ApiId=api.id, IntegrationId=integration,
                                        IntegrationUri=f"{nginx.url}/two")
        live = changed["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-live"]
        assert live.endswith("ms") and float(live.removesuffix("ms").strip()) < 2000, live
        assert wire.request("/x").body == b"GET /two"
        v2.update_route(ApiId=api.id, RouteId=api.routes["GET /x"], RouteKey="GET /y")
        assert wire.request("/x").status == 404
        assert wire.request("/y").body == b"GET /two"
        v2.delete_route(ApiId=api.id, RouteId=api.routes["GET /x"])
        assert wire.request("/y").status == 404
