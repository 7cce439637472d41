"""Every `$context` variable of access logs that the gateway can say (spec section 4.1), at once."""

import json
import re
import time
from pathlib import Path

import pytest

from harness.lambdas import integration
from test_access_logs import keep, lines
from test_custom_domains import Domain

TABLE = Path(__file__).resolve().parents[2] / "core/observe/src/log_format/variable.rs"
# Those that stand for many are of authorizers, which have tests of their own.
NAMES = re.findall(r' = "([\w.]+)", Recorded;', TABLE.read_text(encoding="utf-8"))
# With quotes of their own.
QUOTED = {"error.messageString"}
FORMAT = "{" + ", ".join(
    f'"{name}": $context.{name}' if name in QUOTED else f'"{name}": "$context.{name}"'
    for name in NAMES) + "}"
NUMBERS = {"integration.latency", "integrationLatency", "responseLatency"}
NOTHING = "-"


@pytest.fixture
def domain(lambda_site):
    made = Domain(lambda_site, "logs.example.com")
    yield made
    made.close()


def told(api, group, answer, count=1):
    """What the log says of a request, less what only the clock knows, which is checked here."""
    records = [json.loads(line) for line in lines(api, group, count)]
    [record] = [one for one in records if one["requestId"] == answer.get("apigw-requestid")]
    assert set(record) == set(NAMES)
    time_form = r"\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000"
    assert re.fullmatch(time_form, record.pop("requestTime"))
    assert abs(int(record.pop("requestTimeEpoch")) / 1000 - time.time()) < 600
    assert record["integration.latency"] == record["integrationLatency"]
    for name in NUMBERS:
        latency = record.pop(name)
        assert latency.isdigit() or (latency == NOTHING and name != "responseLatency"), name
    assert record.pop("extendedRequestId") == record.pop("requestId")
    return record


def common(api, **more):
    """Of each of these requests."""
    own = NUMBERS | {"requestTime", "requestTimeEpoch", "requestId", "extendedRequestId"}
    return dict.fromkeys(set(NAMES) - own, NOTHING) | {
        "accountId": "000000000000", "apiId": api.id, "domainName": api.host,
        "domainPrefix": api.id, "error.messageString": None, "identity.sourceIp": "127.0.0.1",
        "identity.userAgent": "agent/1", "protocol": "HTTP/1.1", "stage": "$default"} | more


def test_of_a_custom_domain_and_an_http_backend(lambda_site, domain, origin):
    api, group = lambda_site.make_proxy(origin), f"all-{time.monotonic_ns()}"
    lambda_site.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True)
    domain.map(api, "shop", "prod")
    keep(api, group, FORMAT, "prod")
    origin.always(status=201, body=b"hello")
    answer = domain.ask("/shop/a%20b?q=1", method="POST", body=b"12345678",
                        headers=[("User-Agent", "agent/1")])
    assert answer.status == 201
    assert told(api, group, answer) == common(api, **{
        "customDomain.basePathMatched": "shop", "dataProcessed": "13",
        "domainName": domain.name, "domainPrefix": "logs", "httpMethod": "POST",
        "integration.integrationStatus": "201", "integration.status": "201",
        "integrationStatus": "201", "path": "/shop/a%20b", "responseLength": "5",
        "routeKey": "ANY /{proxy+}", "stage": "prod", "status": "201"})


def test_of_a_function(lambda_site, functions):
    api, group = lambda_site.make_api({"$default": integration()}), f"all-{time.monotonic_ns()}"
    keep(api, group, FORMAT)
    functions.always({"statusCode": 418, "body": "hello"},
                     headers=[("x-amzn-RequestId", "one"), ("x-amz-id-2", "two")])
    answer = api.ask("/f", headers=[("User-Agent", "agent/1")])
    assert answer.status == 418
    assert told(api, group, answer) == common(api, **{
        "awsEndpointRequestId": "one", "awsEndpointRequestId2": "two", "dataProcessed": "5",
        "httpMethod": "GET", "integration.integrationStatus": "200",
        "integration.requestId": "one", "integration.status": "418", "integrationStatus": "200",
        "path": "/f", "responseLength": "5", "routeKey": "$default", "status": "418"})


def test_of_a_failure(lambda_site):
    api = lambda_site.make_api({"GET /nobody": "http://127.0.0.1:9/"})
    group = f"all-{time.monotonic_ns()}"
    keep(api, group, FORMAT)
    answer = api.ask("/nobody", headers=[("User-Agent", "agent/1")])
    assert answer.status == 503
    record = told(api, group, answer)
    why = record.pop("integrationErrorMessage")
    assert "onnect" in why and record.pop("integration.error") == why
    expected = common(api, **{
        "dataProcessed": str(len(answer.body)), "error.message": "Service Unavailable",
        "error.messageString": "Service Unavailable", "error.responseType": "INTEGRATION_FAILURE",
        "httpMethod": "GET", "integration.integrationStatus": NOTHING,
        "integration.status": NOTHING, "integrationStatus": NOTHING, "path": "/nobody",
        "responseLength": str(len(answer.body)), "routeKey": "GET /nobody", "status": "503"})
    del expected["integrationErrorMessage"], expected["integration.error"]
    assert record == expected
