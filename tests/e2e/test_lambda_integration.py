"""AWS_PROXY to Lambda: what a function is sent and what becomes of its answer. The Invoke API is
scripted and checks each signature with botocore (spec sections 2.6, 2.7 and 7)."""

import base64
import json
import re

import pytest

from harness.h2raw import H2
from harness.lambdas import arn, integration, invocation
from harness.reasons import reason
from harness.secure import ask as ask_over_tls
from harness.waiting import until
from harness.wire import build

VERSIONS = ("1.0", "2.0")
both = pytest.mark.parametrize("version", VERSIONS)


def asked(apis, functions, version, *args, **how):
    """The event of one request, and its answer."""
    answer = apis[version].ask(*args, **how)
    return functions.events()[-1], answer


# Events

def test_an_event_of_format_2_0(lambda_apis, functions):
    api = lambda_apis["2.0"]
    event, answer = asked(
        lambda_apis, functions, "2.0", "/pets/7?x=1&x=2", method="POST", body=b'{"a":1}', headers=[
            ("Content-Type", "application/json"), ("Cookie", "c=3; d=4"), ("User-Agent", "me")])
    assert answer.status == 200
    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {
        "version": "2.0", "routeKey": "$default", "rawPath": "/pets/7",
        "rawQueryString": "x=1&x=2", "queryStringParameters": {"x": "1,2"},
        "cookies": ["c=3", "d=4"], "body": '{"a":1}', "isBase64Encoded": False}
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers.pop("x-amzn-trace-id"))
    assert headers == {
        "content-length": "7", "content-type": "application/json", "host": api.host,
        "user-agent": "me", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "80",
        "x-forwarded-proto": "http"}
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert context.pop("timeEpoch") > 1_700_000_000_000
    assert context == {
        "accountId": "000000000000", "apiId": api.id, "domainName": api.host,
        "domainPrefix": api.id, "requestId": answer.get("apigw-requestid"),
        "routeKey": "$default", "stage": "$default",
        "http": {"method": "POST", "path": "/pets/7", "protocol": "HTTP/1.1",
                 "sourceIp": "127.0.0.1", "userAgent": "me"}}


def test_an_event_of_format_1_0(lambda_apis, functions):
    api = lambda_apis["1.0"]
    event, answer = asked(lambda_apis, functions, "1.0", "/pets/7?x=1&x=2",
                          headers=[("User-Agent", "me")])
    context = event.pop("requestContext")
    assert event.pop("headers")["Host"] == api.host
    assert event.pop("multiValueHeaders")["Host"] == [api.host]
    assert event == {
        "version": "1.0", "resource": "$default", "path": "/pets/7", "httpMethod": "GET",
        "queryStringParameters": {"x": "2"}, "multiValueQueryStringParameters": {"x": ["1", "2"]},
        "pathParameters": None, "stageVariables": None, "body": None, "isBase64Encoded": False}
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "me"
    assert (context["apiId"], context["stage"]) == (api.id, "$default")
    assert context["requestId"] == answer.get("apigw-requestid")
    assert context["domainPrefix"] == api.id and context["protocol"] == "HTTP/1.1"


def test_a_stage_its_variables_and_captures(lambda_site, functions):
    uri = invocation("arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}")
    api = lambda_site.make_api(
        {"GET /pets/{id}/{rest+}": integration(f"{uri}")}, stage="prod",
        variables={"fn": "pets:live", "other": "x"})
    assert api.ask("/prod/pets/a%20b/c/d").status == 200
    assert functions.functions() == [arn("pets:live")]
    [event] = functions.events()
    assert event["pathParameters"] == {"id": "a b", "rest": "c/d"}
    assert event["stageVariables"] == {"fn": "pets:live", "other": "x"}
    assert event["rawPath"] == "/prod/pets/a b/c/d"
    assert event["requestContext"]["stage"] == "prod"
    assert event["routeKey"] == "GET /pets/{id}/{rest+}"


def test_every_way_to_name_a_function(lambda_site, functions):
    far = arn("far", "eu-central-1")
    routes = {"GET /arn": arn("a"), "GET /alias": arn("a:live"), "GET /latest": arn("a:$LATEST"),
              "GET /long": invocation(arn("b")), "GET /far": far}
    api = lambda_site.make_api({key: integration(uri) for key, uri in routes.items()})
    for key in routes:
        assert api.ask(key.split(" ")[1]).status == 200
    assert functions.functions() == [
        arn("a"), arn("a:live"), arn("a:$LATEST"), arn("b"), far]


def test_a_trace_id_goes_on_and_comes_back_on_no_answer(lambda_apis, functions):
    """Spec section 7, quirk 19."""
    own = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"
    event, answer = asked(lambda_apis, functions, "2.0", headers=[("X-Amzn-Trace-Id", own)])
    assert event["headers"]["x-amzn-trace-id"] == own
    assert functions.last().get("x-amzn-trace-id") == own
    assert answer.get("x-amzn-trace-id") is None


def test_percent_encoding_in_events(lambda_apis, functions):
    """Spec section 7, quirk 4."""
    path = "/a%2Fb%3Fc/%C3%A9?q=%3F+x"
    event, _ = asked(lambda_apis, functions, "1.0", path)
    assert event["path"] == "/a%2Fb%3Fc/%C3%A9"
    assert event["requestContext"]["path"] == "/a/b?c/é"
    event, _ = asked(lambda_apis, functions, "2.0", path)
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/a/b?c/é"
    assert event["rawQueryString"] == "q=%3F+x"
    assert event["queryStringParameters"] == {"q": "? x"}


def test_repeated_query_parameters(lambda_apis, functions):
    """Spec section 7, quirk 5."""
    event, _ = asked(lambda_apis, functions, "1.0", "/?a=1&a=2+3&b=")
    assert event["queryStringParameters"] == {"a": "2 3", "b": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2 3"], "b": [""]}
    event, _ = asked(lambda_apis, functions, "2.0", "/?a=1&a=2+3&b=")
    assert event["queryStringParameters"] == {"a": "1,2 3", "b": ""}


def test_the_case_of_header_names(lambda_apis, functions):
    """Spec section 7, quirk 6."""
    headers = [("tEsT-One", "1"), ("tEsT-One", "2"), ("content-TYPE", "text/plain")]
    event, _ = asked(lambda_apis, functions, "1.0", headers=headers)
    assert event["headers"]["tEsT-One"] == "2" and "Content-Type" in event["headers"]
    assert event["multiValueHeaders"]["tEsT-One"] == ["1", "2"]
    event, _ = asked(lambda_apis, functions, "2.0", headers=headers)
    assert event["headers"]["test-one"] == "1,2"
    functions.always({"statusCode": 200, "headers": {"x-PROBE-one": "1"}})
    assert ("X-Probe-One", "1") in lambda_apis["2.0"].ask().headers


def test_what_belongs_to_the_connection_is_not_in_the_event(lambda_apis, functions):
    headers = [("Connection", "x-hop"), ("X-Hop", "1"), ("TE", "trailers"), ("X-End", "2")]
    for version in VERSIONS:
        event, _ = asked(lambda_apis, functions, version, headers=headers)
        names = {name.lower() for name in event["headers"]}
        assert "x-end" in names and not names & {"connection", "x-hop", "te"}, names


# Answers

@both
def test_a_missing_content_type_is_text(lambda_apis, functions, version):
    """Spec section 7, quirk 7."""
    functions.always({"statusCode": 200, "body": "x"})
    assert lambda_apis[version].ask().get("content-type") == "text/plain; charset=utf-8"


def test_an_answer_without_a_status_is_inferred_in_2_0(lambda_apis, functions):
    """Spec section 7, quirk 10."""
    for payload, body in (({"a": 1}, b'{"a": 1}'), ([1], b"[1]"), ("text", b"text"),
                          (b"no json", b"no json"), (b"null", b"null"), (b"", b"")):
        functions.always(payload)
        answer = lambda_apis["2.0"].ask()
        assert (answer.status, answer.body) == (200, body), payload
        assert answer.get("content-type") == "application/json"


@both
def test_the_status_may_be_a_string(lambda_apis, functions, version):
    """Spec section 7, quirk 10."""
    functions.always({"statusCode": "404", "body": "gone"})
    assert lambda_apis[version].ask().status == 404


def test_cookies_and_repeated_headers(lambda_apis, functions):
    functions.always({"statusCode": 200, "cookies": ["a=1; Secure", "b=2"],
                      "headers": {"x-number": 7, "x-bool": True}})
    answer = lambda_apis["2.0"].ask()
    assert answer.all("set-cookie") == ["a=1; Secure", "b=2"]
    assert (answer.get("x-number"), answer.get("x-bool")) == ("7", "true")
    functions.always({"statusCode": 200, "headers": {"x-a": "3"},
                      "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-a": ["1", "2"]}})
    answer = lambda_apis["1.0"].ask()
    assert answer.all("set-cookie") == ["a=1", "b=2"] and answer.all("x-a") == ["1", "2", "3"]


@both
def test_what_the_gateway_says_itself_is_not_the_functions_to_say(lambda_apis, functions, version):
    functions.always({"statusCode": 200, "body": "abc", "headers": {
        "content-length": "99", "transfer-encoding": "chunked", "connection": "close",
        "apigw-requestid": "mine", "x-end": "1"}})
    with lambda_apis[version].wire() as wire:
        for _ in range(2):
            answer = wire.request()
            assert (answer.body, answer.get("x-end")) == (b"abc", "1")
            assert answer.all("content-length") == ["3"] and not answer.all("transfer-encoding")
            assert answer.all("apigw-requestid") != ["mine"]
            assert len(answer.all("date")) == 1


@both
def test_answers_without_content(lambda_apis, functions, version):
    functions.always({"statusCode": 204, "body": "x", "headers": {"content-type": "text/x"}})
    with lambda_apis[version].wire() as wire:
        answer = wire.request()
        assert answer.status == 204 and not answer.all("content-length")
        assert not answer.all("content-type")
        functions.always({"statusCode": 304, "headers": {"etag": "x"}})
        assert wire.request().get("etag") == "x"
        functions.always({"statusCode": 200, "body": "seven77"})
        head = wire.request(method="HEAD")
        assert (head.status, head.get("content-length")) == (200, "7")
        assert wire.request().body == b"seven77"


@both
def test_cors_fields_of_the_function_are_overridden(lambda_site, functions, version):
    api = lambda_site.make_api({"$default": integration(version=version)}, CorsConfiguration={
        "AllowOrigins": ["https://shop.example"], "AllowCredentials": True})
    functions.always({"statusCode": 200, "headers": {
        "Access-Control-Allow-Origin": "*", "access-control-max-age": "1", "x-a": "1"}})
    answer = api.ask(headers={"Origin": "https://shop.example"})
    assert answer.all("access-control-allow-origin") == ["https://shop.example"]
    assert answer.get("x-a") == "1" and answer.get("access-control-max-age") is None
    functions.function_fails({"errorMessage": "x"})
    answer = api.ask(headers={"Origin": "https://shop.example"})
    assert answer.status == 500
    assert answer.all("access-control-allow-origin") == ["https://shop.example"]


@both
def test_binary_both_ways(lambda_apis, functions, version):
    octets = bytes(range(256)) * 3
    functions.answer = lambda event: {
        "statusCode": 200, "body": event["body"], "isBase64Encoded": event["isBase64Encoded"],
        "headers": {"content-type": "image/x"}}
    event, answer = asked(lambda_apis, functions, version, method="PUT", body=octets,
                          headers=[("Content-Type", "image/x")])
    assert event["isBase64Encoded"] and base64.b64decode(event["body"]) == octets
    assert (answer.body, answer.get("content-type")) == (octets, "image/x")


def test_a_method_other_than_post_is_taken_and_fails_when_called(lambda_site, functions):
    """Spec section 7, quirk 11."""
    api = lambda_site.make_api({"GET /": integration() | {"IntegrationMethod": "GET"}})
    answer = api.ask("/")
    assert answer.status == 500 and answer.message == "Internal Server Error"
    assert "invoked by POST" in reason(lambda_site, answer)
    assert functions.requests == []


# Clients

@both
def test_many_requests_on_kept_connections(lambda_apis, functions, version):
    functions.answer = lambda event: {"statusCode": 200, "body": event.get("rawPath") or
                                      event["path"]}
    before = functions.connections
    with lambda_apis[version].wire() as wire:
        wire.send(b"".join(build(f"/{n}", host=wire.host, method="POST", body=b"x" * n)
                           for n in range(20)))
        assert [wire.response().body for _ in range(20)] == [b"/%d" % n for n in range(20)]
    assert functions.connections <= before + 1


def test_http_1_0(lambda_apis, functions):
    functions.always({"statusCode": 200, "body": "old"})
    with lambda_apis["2.0"].wire() as wire:
        answer = wire.request("/", version="HTTP/1.0")
        assert answer.body == b"old"
        wire.assert_closed()


@both
def test_clients_of_http_2(lambda_site, lambda_apis, functions, version):
    api = lambda_apis[version]
    functions.answer = lambda event: {"statusCode": 201, "body": event.get("body"),
                                      "headers": {"x-a": "1"}}
    with H2(lambda_site.http) as client:
        streams = {}
        for size in (0, 1, 20_000, 40_000):
            fields = (*api.fields("/x", "POST"), ("content-type", "text/plain"))
            streams[client.open(fields, b"y" * size)] = size
        for stream, size in streams.items():
            answer = client.response(stream)
            assert (answer.status, len(answer.body)) == (201, size)
            assert answer.get("x-a") == "1" and answer.get("apigw-requestid")
    event = functions.events()[-1]
    if version == "2.0":
        assert event["requestContext"]["http"]["protocol"] == "HTTP/2.0"
    else:
        assert event["requestContext"]["protocol"] == "HTTP/1.1"


def test_clients_of_tls(lambda_site, lambda_apis, functions):
    functions.always({"statusCode": 200, "body": "safe"})
    assert ask_over_tls(lambda_site.https, lambda_apis["2.0"].host, "/t").endswith(b"safe")
    event = functions.events()[-1]
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["headers"]["x-forwarded-port"] == "443"
    with H2(lambda_site.https, tls=True, host=lambda_apis["2.0"].host) as client:
        fields = ((":method", "GET"), (":scheme", "https"),
                  (":authority", lambda_apis["2.0"].host), (":path", "/t"))
        assert client.request(fields).body == b"safe"


def test_the_integrations_latency_is_recorded(lambda_site, lambda_apis, functions):
    answer = lambda_apis["2.0"].ask("/recorded")
    assert reason(lambda_site, answer) is None
    lines = map(json.loads, lambda_site.log_file.read_text().splitlines())
    [line] = [line for line in lines if line["path"] == "/recorded"]
    assert 0 < line["integrationLatencyUs"] <= line["responseLatencyUs"]


def test_the_ids_that_lambda_gave_stand_in_the_log(lambda_site, functions):
    api = lambda_site.make_api({"$default": integration()})
    ids = "integration.requestId awsEndpointRequestId awsEndpointRequestId2".split()
    log = {"DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.id}",
           "Format": " ".join(f"$context.{name}" for name in ["requestId", *ids])}
    lambda_site.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=log)
    told = []
    for headers in ([("x-amzn-RequestId", "one"), ("x-amz-id-2", "two")],
                    [("x-amz-request-id", "three")]):
        functions.always({"statusCode": 200}, headers=headers)
        told.append(api.ask().get("apigw-requestid"))
    file = lambda_site.data / "logs" / f"{api.id}.log"
    until(lambda: file.exists() and file.read_text().count("\n") == 2, "the records")
    assert sorted(file.read_text().splitlines()) == sorted([
        f"{told[0]} one one two", f"{told[1]} three three -"])
