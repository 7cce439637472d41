"""Routes and integrations through boto3: spec sections 1.3, 1.6, 1.7."""

import re

import pytest

from harness.errors import refused

PART_MESSAGE = (
    "One or more path parts appear to be invalid. Parts are validated against this regular "
    r"expression: ^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$"
)


@pytest.fixture
def api_id(v2):
    return v2.create_api(Name="routes", ProtocolType="HTTP")["ApiId"]


def integrate(v2, api_id, **members):
    members = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "GET",
        "IntegrationUri": "http://127.0.0.1:9/",
        "PayloadFormatVersion": "1.0",
    } | members
    return v2.create_integration(ApiId=api_id, **members)


def test_a_new_route_has_the_defaults_of_the_model(v2, api_id):
    answer = v2.create_route(ApiId=api_id, RouteKey="GET /pets/{id}")
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    route_id = answer.pop("RouteId")
    assert re.fullmatch(r"[a-z0-9]{7}", route_id)
    assert answer == {
        "ApiKeyRequired": False, "AuthorizationType": "NONE", "RouteKey": "GET /pets/{id}",
    }
    shown = v2.get_route(ApiId=api_id, RouteId=route_id)
    shown.pop("ResponseMetadata")
    assert shown == answer | {"RouteId": route_id}


def test_update_route_answers_201_as_aws_does(v2, api_id):
    integration_id = integrate(v2, api_id)["IntegrationId"]
    route_id = v2.create_route(ApiId=api_id, RouteKey="GET /a")["RouteId"]
    answer = v2.update_route(
        ApiId=api_id, RouteId=route_id, RouteKey="POST /b", Target=f"integrations/{integration_id}",
        OperationName="makeB",
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    shown = v2.get_route(ApiId=api_id, RouteId=route_id)
    assert shown["RouteKey"] == "POST /b"
    assert shown["Target"] == f"integrations/{integration_id}"
    assert shown["OperationName"] == "makeB"


def test_delete_route(v2, api_id):
    route_id = v2.create_route(ApiId=api_id, RouteKey="GET /a")["RouteId"]
    answer = v2.delete_route(ApiId=api_id, RouteId=route_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    wanted = f"Invalid Route identifier specified {route_id}"
    with refused("NotFoundException", 404, exactly=wanted):
        v2.get_route(ApiId=api_id, RouteId=route_id)
    assert v2.get_routes(ApiId=api_id)["Items"] == []
    v2.create_route(ApiId=api_id, RouteKey="GET /a")


def test_two_routes_cannot_have_one_key(v2, api_id):
    v2.create_route(ApiId=api_id, RouteKey="GET /a")
    with refused("ConflictException", 409, saying="GET /a"):
        v2.create_route(ApiId=api_id, RouteKey="GET /a")
    other = v2.create_route(ApiId=api_id, RouteKey="GET /b")["RouteId"]
    with refused("ConflictException", 409, saying="GET /a"):
        v2.update_route(ApiId=api_id, RouteId=other, RouteKey="GET /a")
    assert v2.get_route(ApiId=api_id, RouteId=other)["RouteKey"] == "GET /b"


@pytest.mark.parametrize(
    "key", ["GET /pets/", "GET //pets", "GET /@connections/{id}", "GET /{}", "GET /a b"]
)
def test_an_illegal_path_part_is_refused_in_awss_words(v2, api_id, key):
    with refused("BadRequestException", 400, exactly=PART_MESSAGE):
        v2.create_route(ApiId=api_id, RouteKey=key)


@pytest.mark.parametrize(
    "key", ["", "GET", "pets", "FETCH /pets", "get /pets", "GET pets", "$connect",
            "GET /{proxy+}/more", "GET /{a}/{a}"]
)
def test_what_is_no_route_key_is_refused(v2, api_id, key):
    with refused("BadRequestException", 400):
        v2.create_route(ApiId=api_id, RouteKey=key)
    assert v2.get_routes(ApiId=api_id)["Items"] == []


@pytest.mark.parametrize("target", ["integrations/aaaaaaa", "aaaaaaa", "integrations/"])
def test_a_route_to_no_integration_is_refused(v2, api_id, target):
    with refused(("BadRequestException", "NotFoundException")):
        v2.create_route(ApiId=api_id, RouteKey="GET /a", Target=target)
    assert v2.get_routes(ApiId=api_id)["Items"] == []


def test_paging_over_routes_and_integrations(v2, api_id):
    routes = {v2.create_route(ApiId=api_id, RouteKey=f"GET /r{n}")["RouteId"] for n in range(7)}
    made = {integrate(v2, api_id)["IntegrationId"] for _ in range(7)}
    for operation, key, wanted in [
        ("get_routes", "RouteId", routes),
        ("get_integrations", "IntegrationId", made),
    ]:
        paginator = v2.get_paginator(operation)
        pages = list(paginator.paginate(ApiId=api_id, PaginationConfig={"PageSize": 3}))
        assert [len(page["Items"]) for page in pages] == [3, 3, 1]
        assert {item[key] for page in pages for item in page["Items"]} == wanted


def test_a_token_of_one_list_does_not_open_another(v2, api_id):
    for number in range(3):
        v2.create_route(ApiId=api_id, RouteKey=f"GET /r{number}")
    token = v2.get_routes(ApiId=api_id, MaxResults="1")["NextToken"]
    other = v2.create_api(Name="other", ProtocolType="HTTP")["ApiId"]
    try:
        items = v2.get_routes(ApiId=other, NextToken=token)["Items"]
    except v2.exceptions.BadRequestException:
        return
    assert items == [], "routes of another API"


def test_routes_of_an_api_nobody_made(v2):
    wanted = "Invalid API identifier specified 000000000000:aaaaaaaaaa"
    for call in (
        lambda: v2.get_routes(ApiId="aaaaaaaaaa"),
        lambda: v2.create_route(ApiId="aaaaaaaaaa", RouteKey="GET /"),
        lambda: v2.get_integrations(ApiId="aaaaaaaaaa"),
        lambda: integrate(v2, "aaaaaaaaaa"),
        lambda: v2.get_stages(ApiId="aaaaaaaaaa"),
        lambda: v2.create_deployment(ApiId="aaaaaaaaaa"),
    ):
        with refused("NotFoundException", 404, exactly=wanted):
            call()


def test_a_new_integration_has_the_defaults_of_the_model(v2, api_id):
    answer = integrate(v2, api_id)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    integration_id = answer.pop("IntegrationId")
    assert re.fullmatch(r"[a-z0-9]{7}", integration_id)
    assert answer == {
        "ConnectionType": "INTERNET",
        "IntegrationMethod": "GET",
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": "http://127.0.0.1:9/",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 30000,
    }
    shown = v2.get_integration(ApiId=api_id, IntegrationId=integration_id)
    shown.pop("ResponseMetadata")
    assert shown == answer | {"IntegrationId": integration_id}


def test_update_integration_changes_what_it_names(v2, api_id):
    integration_id = integrate(v2, api_id)["IntegrationId"]
    answer = v2.update_integration(
        ApiId=api_id, IntegrationId=integration_id, IntegrationUri="http://127.0.0.1:9/{id}",
        TimeoutInMillis=1234, Description="short",
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    shown = v2.get_integration(ApiId=api_id, IntegrationId=integration_id)
    assert shown["IntegrationUri"] == "http://127.0.0.1:9/{id}"
    assert (shown["TimeoutInMillis"], shown["Description"]) == (1234, "short")
    assert shown["IntegrationMethod"] == "GET"


def test_an_integration_in_use_cannot_be_deleted(v2, api_id):
    integration_id = integrate(v2, api_id)["IntegrationId"]
    route_id = v2.create_route(
        ApiId=api_id, RouteKey="GET /a", Target=f"integrations/{integration_id}"
    )["RouteId"]
    with refused(("ConflictException", "BadRequestException"), saying="referenced"):
        v2.delete_integration(ApiId=api_id, IntegrationId=integration_id)
    v2.delete_route(ApiId=api_id, RouteId=route_id)
    answer = v2.delete_integration(ApiId=api_id, IntegrationId=integration_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    wanted = f"Invalid Integration identifier specified {integration_id}"
    with refused("NotFoundException", 404, exactly=wanted):
        v2.get_integration(ApiId=api_id, IntegrationId=integration_id)


@pytest.mark.parametrize(
    "members, part",
    [
        ({"IntegrationUri": "ftp://127.0.0.1/"}, "URI"),
        ({"IntegrationUri": "http://"}, "URI"),
        ({"IntegrationUri": "http://user@127.0.0.1/"}, "URI"),
        ({"IntegrationUri": "http://127.0.0.1:99999/"}, "URI"),
        ({"IntegrationUri": "http://127.0.0.1/{open"}, "URI"),
        ({"IntegrationUri": "http://{id}.example/"}, "id"),
        ({"TimeoutInMillis": 30001}, "imeoutInMillis"),
        ({"PayloadFormatVersion": "3.0"}, "ayloadFormatVersion"),
        ({"IntegrationMethod": "FETCH"}, "ethod"),
        ({"IntegrationType": "MOCK"}, "proxy integrations"),
        ({"ConnectionType": "VPC_LINK", "ConnectionId": "abc123"}, "VpcLink"),
    ],
)
def test_a_bad_integration_is_refused_by_name(v2, api_id, members, part):
    with refused("BadRequestException", 400, saying=part):
        integrate(v2, api_id, **members)
    assert v2.get_integrations(ApiId=api_id)["Items"] == []


def test_http_apis_take_only_proxy_integrations_in_awss_words(v2, api_id):
    wanted = (
        "Currently, an API with a protocol type of HTTP may only be associated with proxy "
        "integrations (AWS_PROXY, HTTP_PROXY)"
    )
    with refused("BadRequestException", 400, exactly=wanted):
        integrate(v2, api_id, IntegrationType="HTTP")


def test_a_parameter_is_taken_away_by_an_empty_value(v2, api_id):
    made = integrate(v2, api_id, RequestParameters={"append:header.x": "1", "overwrite:path": "/"},
                     ResponseParameters={"200": {"append:header.x": "1"}, "404": {
                         "overwrite:statuscode": "200"}})
    named = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    v2.update_integration(**named, RequestParameters={"overwrite:path": ""},
                          ResponseParameters={"404": {}})
    shown = v2.get_integration(**named)
    assert shown["RequestParameters"] == {"append:header.x": "1"}
    assert shown["ResponseParameters"] == {"200": {"append:header.x": "1"}}


def test_an_api_has_at_most_300_routes(control):
    v2 = control.v2
    api_id = v2.create_api(Name="full", ProtocolType="HTTP")["ApiId"]
    for number in range(300):
        v2.create_route(ApiId=api_id, RouteKey=f"GET /r{number}")
    with refused(("BadRequestException", "TooManyRequestsException", "LimitExceededException"),
                 saying="300"):
        v2.create_route(ApiId=api_id, RouteKey="GET /one-more")
    v2.delete_api(ApiId=api_id)
