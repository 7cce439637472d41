"""Surprising behaviour of HTTP APIs, of spec section 7 by number, that has no better place."""

import json

import pytest

from harness.lambdas import integration
from harness.waiting import until

NAME = "quirks.example.com"
CONFIGURATION = [{"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}]


@pytest.mark.parametrize("method, path", [("GET", "/unknown"), ("DELETE", "/known")])
def test_quirk_1_neither_an_unknown_route_nor_an_unknown_verb_is_a_405(
        gateway, origin, method, path):
    api = gateway.make_api({"GET /known": f"{origin.url}/"})
    answer = api.ask(path, method=method)
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
    assert answer.get("x-amzn-errortype") is None


def test_quirk_18_fields_of_the_backend_are_renamed_by_rest_apis_alone(gateway, origin):
    api = gateway.make_proxy(origin)
    own = [("x-amzn-RequestId", "theirs"), ("Server", "s"), ("WWW-Authenticate", "B")]
    origin.always(headers=own)
    answer = api.ask("/a")
    assert answer.get("x-amzn-requestid") == "theirs"
    assert (answer.get("server"), answer.get("www-authenticate")) == ("s", "B")
    assert not [name for name, _ in answer.headers if "remapped" in name.lower()]


@pytest.fixture
def mapped(lambda_site):
    """A domain name with the key `v1/pets` for one stage."""
    lambda_site.v2.create_domain_name(DomainName=NAME, DomainNameConfigurations=CONFIGURATION)

    def mapping(version, stage):
        api = lambda_site.make_api({"GET /{proxy+}": integration(version=version)}, stage=stage)
        lambda_site.v2.create_api_mapping(DomainName=NAME, ApiId=api.id, Stage=stage,
                                          ApiMappingKey="v1/pets")
        return api

    yield mapping
    lambda_site.v2.delete_domain_name(DomainName=NAME)


@pytest.mark.parametrize("version, stage, path", [
    ("2.0", "$default", "/7"), ("2.0", "prod", "/prod/7"),
    ("1.0", "$default", "/v1/pets/7"), ("1.0", "prod", "/v1/pets/7")])
def test_quirk_38_format_2_0_drops_the_mapping_key_and_1_0_keeps_it(
        lambda_site, functions, mapped, version, stage, path):
    mapped(version, stage)
    assert lambda_site.ask("/v1/pets/7", host=NAME).status == 200
    event = functions.events()[-1]
    assert event["rawPath" if version == "2.0" else "path"] == path
    assert event["requestContext"]["domainName"] == NAME
    assert event["pathParameters"] == {"proxy": "7"}


def test_the_key_that_matched_stands_in_the_access_log(lambda_site, functions, mapped):
    api = mapped("2.0", "prod")
    lambda_site.v2.update_stage(
        ApiId=api.id, StageName="prod", AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.id}",
            "Format": '{"id":"$context.requestId","key":"$context.customDomain.basePathMatched",'
                      '"status":$context.integration.status,'
                      '"function":$context.integration.integrationStatus}'})
    functions.always({"statusCode": 418})
    assert lambda_site.ask("/v1/pets/7", host=NAME).status == 418
    log = lambda_site.data / "logs" / f"{api.id}.log"
    until(lambda: log.exists() and log.read_text().endswith("\n"), "the record")
    record = json.loads(log.read_text())
    assert (record["key"], record["status"], record["function"]) == ("v1/pets", 418, 200)


def test_quirk_23_verb_semicolon_and_pipe_are_the_client_s_own_but_in_rest_apis(
        gateway, lambda_site, functions, origin):
    """AWS documents all three of REST APIs alone ("Important notes")."""
    api = gateway.make_proxy(origin)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert api.ask("/a", method="POST", headers=[(name, "DELETE")]).status == 200
        seen = origin.requests[-1]
        assert (seen.method, seen.get(name)) == ("POST", "DELETE")
    assert api.ask("/a?b=1;c=2&d=x|y").status == 200
    assert origin.requests[-1].target == "/a?b=1;c=2&d=x|y"
    api = lambda_site.make_api({"$default": integration(version="2.0")})
    assert api.ask("/a?b=1;c=2&d=x|y").status == 200
    [event] = functions.events()
    assert event["queryStringParameters"] == {"b": "1;c=2", "d": "x|y"}


def test_quirk_39_a_changed_route_is_a_201(gateway, origin):
    api = gateway.make_proxy(origin)
    changed = gateway.v2.update_route(ApiId=api.id, RouteId=api.routes["ANY /{proxy+}"],
                                      OperationName="x")
    assert changed["ResponseMetadata"]["HTTPStatusCode"] == 201
