"""Malformed management calls: refused with the field named, and nothing is changed.

Spec sections 1.5 and 1.6. Sent signed but raw, since no SDK would send them.
"""

import json

import pytest

from harness import sigv4


@pytest.fixture(scope="module")
def call(control):
    def send(method, path, body=b"", **how):
        return sigv4.call(control.management, method, path, body, **how)

    return send


@pytest.fixture
def api_id(control):
    made = control.v2.create_api(Name="kept", ProtocolType="HTTP", Description="as it was")
    yield made["ApiId"]
    control.v2.delete_api(ApiId=made["ApiId"])


def whole_state(control):
    """Everything that a refused call could have changed."""
    v2, state = control.v2, {}
    for page in v2.get_paginator("get_apis").paginate():
        for api in page["Items"]:
            api_id = api["ApiId"]
            state[api_id] = (
                api,
                v2.get_routes(ApiId=api_id)["Items"],
                v2.get_integrations(ApiId=api_id)["Items"],
                v2.get_stages(ApiId=api_id)["Items"],
            )
    return state


def good_api(**members):
    return {"name": "test", "protocolType": "HTTP"} | members


@pytest.fixture
def unchanged(control, api_id):
    before = whole_state(control)
    yield api_id
    assert whole_state(control) == before, "a refused call changed something"


@pytest.mark.parametrize(
    "body, field",
    [
        (good_api(nmae="x"), "nmae"),
        (good_api(corsConfiguration={"allowOrigin": ["*"]}), "allowOrigin"),
        (good_api(tags={"a": {"b": "c"}}), "tags"),
        (good_api(Name="SDK case"), "Name"),
    ],
)
def test_an_unknown_or_misshapen_member_is_named(call, unchanged, body, field):
    answer = call("POST", "/v2/apis", body)
    assert answer.status == 400, answer
    assert answer.code in ("BadRequestException", "SerializationException", "ValidationException")
    assert field in answer.message, answer


@pytest.mark.parametrize(
    "members, field",
    [
        ({"name": 7}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"description": {"a": 1}}, "description"),
        ({"disableExecuteApiEndpoint": "yes"}, "disableExecuteApiEndpoint"),
        ({"corsConfiguration": []}, "corsConfiguration"),
        ({"corsConfiguration": {"maxAge": "60"}}, "maxAge"),
        ({"corsConfiguration": {"allowOrigins": "*"}}, "allowOrigins"),
        ({"tags": []}, "tags"),
        ({"tags": {"a": 1}}, "tags"),
        ({"protocolType": "http"}, "HTTP"),
    ],
)
def test_a_member_of_the_wrong_type_is_named(call, unchanged, members, field):
    answer = call("POST", "/v2/apis", good_api(**members))
    assert answer.status == 400, answer
    assert answer.code in ("BadRequestException", "SerializationException", "ValidationException")
    assert field in answer.message, answer


@pytest.mark.parametrize("missing", ["name", "protocolType"])
def test_a_required_member_that_is_missing_is_named(call, unchanged, missing):
    body = good_api()
    del body[missing]
    answer = call("POST", "/v2/apis", body)
    assert (answer.status, answer.code) == (400, "BadRequestException"), answer
    assert missing.lower() in answer.message.lower(), answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"\xff\xfe",
        b'{"name":"x","protocolType":"HTTP"} trailing',
        b'{"name":"x","protocolType":"HTTP",}',
        b'{"name":"\xc3\x28","protocolType":"HTTP"}',
        b'{"name":"\\ud800","protocolType":"HTTP"}',
        b'{"name":NaN,"protocolType":"HTTP"}',
        b"[" * 20_000,
        b'{"tags":' * 5_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_object_is_refused(call, unchanged, body):
    answer = call("POST", "/v2/apis", body)
    assert answer.status == 400, answer
    assert answer.code in ("BadRequestException", "SerializationException", "ValidationException")
    assert answer.message


def test_an_update_is_checked_like_a_create(call, unchanged):
    for body, field in [
        ({"descriptoin": "x"}, "descriptoin"),
        ({"name": 7}, "name"),
        ({"corsConfiguration": {"maxAge": 86401}}, "axAge"),
        ({"corsConfiguration": {"maxAge": -2}}, "axAge"),
        ({"description": "x" * 1025}, "escription"),
    ]:
        answer = call("PATCH", f"/v2/apis/{unchanged}", body)
        assert answer.status == 400, (body, answer)
        assert field in answer.message, (body, answer)


@pytest.mark.parametrize(
    "path, body, field",
    [
        ("routes", {"routeKey": "GET /x", "routeKye": "y"}, "routeKye"),
        ("routes", {"routeKey": 1}, "routeKey"),
        ("routes", {}, "outeKey"),
        ("integrations", {"integrationType": "HTTP_PROXY", "uri": "http://h/"}, "uri"),
        ("integrations", {"integrationType": "HTTPS"}, "ntegrationType"),
        ("integrations", {}, "ntegrationType"),
        ("integrations", {"integrationType": "HTTP_PROXY", "integrationUri": "http://h/",
                          "integrationMethod": "GET", "payloadFormatVersion": "1.0",
                          "timeoutInMillis": "100"}, "timeoutInMillis"),
        ("integrations", {"integrationType": "HTTP_PROXY", "integrationUri": "http://h/",
                          "integrationMethod": "GET", "payloadFormatVersion": "1.0",
                          "timeoutInMillis": 49}, "timeoutInMillis"),
        ("stages", {"stageName": "x", "autodeploy": True}, "autodeploy"),
        ("stages", {"stageName": "x", "autoDeploy": "true"}, "autoDeploy"),
        ("stages", {}, "tageName"),
        ("stages", {"stageName": "x", "defaultRouteSettings": {"throttle": 1}}, "throttle"),
        ("deployments", {"stage": "x"}, "stage"),
    ],
)
def test_every_resource_names_the_field(call, unchanged, path, body, field):
    answer = call("POST", f"/v2/apis/{unchanged}/{path}", body)
    assert answer.status == 400, answer
    assert field in answer.message, answer


def test_an_unknown_query_parameter_is_refused_by_name(call, unchanged):
    answer = call("GET", "/v2/apis?maxResutls=10")
    assert answer.status == 400, answer
    assert "maxResutls" in answer.message, answer


def test_tags_calls_are_checked(call, unchanged):
    arn = f"arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F{unchanged}"
    assert call("POST", f"/v2/tags/{arn}", {"tags": {"x" * 129: "v"}}).status == 400
    assert call("POST", f"/v2/tags/{arn}", {"tags": {"k": "v" * 257}}).status == 400
    assert call("POST", f"/v2/tags/{arn}", {"tags": {"aws:own": "v"}}).status == 400
    assert call("DELETE", f"/v2/tags/{arn}").status == 400


def test_a_path_nobody_serves_is_a_modelled_error(call, unchanged):
    for method, path in [
        ("GET", "/v2/nonsense"),
        ("GET", "/v2"),
        ("GET", "/"),
        ("POST", f"/v2/apis/{unchanged}"),
        ("PUT", f"/v2/apis/{unchanged}/routes"),
        ("GET", "/v2/apis/"),
        ("GET", f"/v2/apis/{unchanged}/routes/x/y/z"),
        ("GET", "/v2/apis/%zz"),
        ("GET", "/v2/apis/../apis"),
        ("DELETE", "/v2/apis"),
    ]:
        answer = call(method, path)
        assert 400 <= answer.status < 500, (method, path, answer)
        assert answer.code, (method, path, answer)
        assert answer.message, (method, path, answer)


def test_a_body_over_the_limit_is_refused(call, unchanged):
    body = json.dumps(good_api(description="x" * (7 * 1024 * 1024))).encode()
    answer = call("POST", "/v2/apis", body)
    assert answer.status in (400, 413), answer


def test_errors_carry_a_type_a_request_id_and_json(call):
    answer = call("GET", "/v2/apis/aaaaaaaaaa")
    assert answer.status == 404
    assert answer.code == "NotFoundException"
    assert answer.headers["x-amzn-requestid"]
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["message"]


def test_timestamps_on_the_wire_are_iso_8601(call, api_id):
    shown = call("GET", f"/v2/apis/{api_id}").json()
    date, _, clock = shown["createdDate"].partition("T")
    assert len(date) == 10 and clock.endswith("Z"), shown
    assert shown["apiId"] == api_id and "ApiId" not in shown


def test_lists_have_items_and_leave_null_members_out(call, api_id):
    listed = call("GET", f"/v2/apis/{api_id}/routes").json()
    assert listed == {"items": []}
    assert None not in call("GET", f"/v2/apis/{api_id}").json().values()
