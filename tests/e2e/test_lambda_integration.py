"""AWS_PROXY to Lambda, against a scripted Invoke API that checks each signature with botocore."""

import json

import pytest

from harness.lambdas import Lambda, arn, integration, invocation
from harness.site import Site
from harness.waiting import until


@pytest.fixture(scope="module")
def endpoint():
    """One for the module's gateway; `functions` makes it new for each test."""
    server = Lambda()
    yield server
    server.close()


@pytest.fixture(scope="module")
def site(driver, endpoint):
    site = Site(driver)
    site.log_file = site.folder / "access.log"
    site.flags = ["--access-log", str(site.log_file), "--lambda-endpoint", endpoint.url]
    site.up()
    yield site
    site.close()


@pytest.fixture(scope="module")
def apis(site):
    """An API for each payload format; every method of every path calls the function `f`."""
    return {version: site.make_api({"$default": integration(version=version)})
            for version in ("1.0", "2.0")}


@pytest.fixture
def functions(endpoint):
    endpoint.requests.clear()
    endpoint.heads.clear()
    endpoint.errors.clear()
    endpoint.always({"statusCode": 200})
    yield endpoint
    assert not endpoint.errors, endpoint.errors


def reason(site, answer):
    """Why a request was answered so, by its one line in the access log."""
    request_id = answer.get("apigw-requestid")

    def read():
        lines = [json.loads(line) for line in site.log_file.read_text().splitlines()]
        return [line for line in lines if line["requestId"] == request_id]

    [line] = until(read, f"the record of {request_id}")
    assert line["status"] == answer.status
    return line.get("errorMessage")


def test_an_event_of_2_0_and_its_answer(apis, functions):
    functions.always({"statusCode": 201, "body": "made", "headers": {"x-pet": "7"},
                      "cookies": ["a=1; Secure", "b=2"]})
    api = apis["2.0"]
    answer = api.ask("/pets/7?x=1&x=2", method="POST", body=b'{"a":1}', headers=[
        ("Content-Type", "application/json"), ("Cookie", "c=3; d=4"), ("X-Case", "y")])
    assert (answer.status, answer.body) == (201, b"made")
    assert answer.all("set-cookie") == ["a=1; Secure", "b=2"]
    assert ("X-Pet", "7") in answer.headers
    [event] = functions.events()
    assert functions.functions() == [arn()]
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/pets/7")
    assert event["rawQueryString"] == "x=1&x=2"
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["c=3", "d=4"] and event["body"] == '{"a":1}'
    assert event["headers"]["x-case"] == "y" and event["headers"]["host"] == api.host
    assert context["http"]["method"] == "POST" and context["apiId"] == api.id
    assert context["requestId"] == answer.get("apigw-requestid")
    assert context["domainName"] == api.host and context["domainPrefix"] == api.id
