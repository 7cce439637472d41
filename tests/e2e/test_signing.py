"""SigV4 on the TCP listener, and state apart per region and account (DESIGN section 1)."""

import json
import subprocess

import boto3
import pytest

from harness import sigv4
from harness.errors import refused
from harness.site import ONE_TRY


def names(client):
    return [api["Name"] for page in client.get_paginator("get_apis").paginate()
            for api in page["Items"]]


def test_an_unsigned_call_is_refused(control):
    answer = sigv4.send(control.management, "GET", "/v2/apis")
    assert answer.status == 403
    assert answer.code == "MissingAuthenticationTokenException"
    assert answer.message


def test_a_wrong_secret_is_refused_and_changes_nothing(control):
    wrong = control.client(secret="not-test")
    before = names(control.v2)
    with refused("InvalidSignatureException", 403):
        wrong.get_apis()
    with refused("InvalidSignatureException", 403):
        wrong.create_api(Name="intruder", ProtocolType="HTTP")
    assert names(control.v2) == before


def test_an_unknown_key_is_refused(control):
    with refused("UnrecognizedClientException", 403):
        control.client(key="AKIAIOSFODNN7EXAMPLE").get_apis()


@pytest.mark.parametrize("minutes", [-16, -6, 6, 60])
def test_a_stale_or_future_date_is_refused(control, minutes):
    answer = sigv4.call(control.management, "GET", "/v2/apis", skew_s=minutes * 60)
    assert (answer.status, answer.code) == (403, "InvalidSignatureException"), answer
    assert "xpired" in answer.message or "not yet" in answer.message, answer


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_a_clock_a_little_off_is_served(control, minutes):
    answer = sigv4.call(control.management, "GET", "/v2/apis", skew_s=minutes * 60)
    assert answer.status == 200, answer


def test_another_service_name_is_refused(control):
    answer = sigv4.call(control.management, "GET", "/v2/apis", service="s3")
    assert answer.status == 403, answer


def signed(control, method="GET", path="/v2/apis", body=b""):
    host = f"127.0.0.1:{control.management}"
    return sigv4.sign(method, host, path, body)


def test_a_body_that_was_not_signed_is_refused(control):
    fields = signed(control, "POST", body=b'{"name":"signed","protocolType":"HTTP"}')
    other = b'{"name":"forged","protocolType":"HTTP"}'
    answer = sigv4.send(control.management, "POST", "/v2/apis", other, fields)
    assert (answer.status, answer.code) == (403, "InvalidSignatureException"), answer
    assert "forged" not in names(control.v2)


def test_a_path_or_query_that_was_not_signed_is_refused(control):
    fields = signed(control)
    for path in ("/v2/apis/aaaaaaaaaa", "/v2/apis?maxResults=1", "/v2/domainnames"):
        answer = sigv4.send(control.management, "GET", path, fields=fields)
        assert (answer.status, answer.code) == (403, "InvalidSignatureException"), (path, answer)


def test_a_host_that_was_not_signed_is_refused(control):
    fields = signed(control)
    answer = sigv4.send(control.management, "GET", "/v2/apis", fields=fields, host="elsewhere")
    assert answer.status == 403, answer


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic dGVzdDp0ZXN0",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 nonsense",
        "AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=test/20240101/us-east-1/apigateway/aws4_request, "
        "SignedHeaders=, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=test/x/us-east-1/apigateway/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA512 Credential=test/20240101/us-east-1/apigateway/aws4_request, "
        "SignedHeaders=host, Signature=" + "0" * 64,
        "",
    ],
)
def test_a_malformed_authorization_is_a_modelled_403(control, authorization):
    fields = signed(control) | {"authorization": authorization}
    answer = sigv4.send(control.management, "GET", "/v2/apis", fields=fields)
    assert answer.status == 403, answer
    assert answer.code in (
        "IncompleteSignatureException", "InvalidSignatureException",
        "MissingAuthenticationTokenException", "UnrecognizedClientException",
    ), answer
    assert answer.message


def test_a_signature_without_the_host_or_date_is_refused(control):
    fields = signed(control)
    fields["authorization"] = fields["authorization"].replace("host;x-amz-date", "x-amz-date")
    assert sigv4.send(control.management, "GET", "/v2/apis", fields=fields).status == 403
    fields = signed(control)
    del fields["x-amz-date"]
    assert sigv4.send(control.management, "GET", "/v2/apis", fields=fields).status == 403


def test_regions_are_apart(control):
    here, there = control.client(region="us-west-1"), control.client(region="us-west-2")
    api_id = here.create_api(Name="here", ProtocolType="HTTP")["ApiId"]
    assert "here" in names(here) and "here" not in names(there)
    for call in (
        lambda: there.get_api(ApiId=api_id),
        lambda: there.update_api(ApiId=api_id, Name="stolen"),
        lambda: there.create_route(ApiId=api_id, RouteKey="GET /"),
        lambda: there.delete_api(ApiId=api_id),
    ):
        with refused("NotFoundException", 404):
            call()
    assert here.get_api(ApiId=api_id)["Name"] == "here"


def test_accounts_are_apart(control):
    """The control socket takes the scope from headers; one account cannot see another's APIs."""
    def scoped(method, path, account, body=None):
        command = ["curl", "-sS", "-X", method, "--unix-socket", control.data / "control.sock",
                   "-H", f"x-ringgate-account: {account}", "-H", "content-type: application/json"]
        command += ["-d", json.dumps(body)] if body else []
        done = subprocess.run([*command, f"http://localhost{path}"], capture_output=True,
                              check=True, timeout=30)
        return json.loads(done.stdout)

    made = scoped("POST", "/v2/apis", "111111111111", {"name": "a1", "protocolType": "HTTP"})
    one = scoped("GET", "/v2/apis", "111111111111")["items"]
    two = scoped("GET", "/v2/apis", "222222222222")["items"]
    assert [api["apiId"] for api in one] == [made["apiId"]]
    assert two == []
    missing = scoped("GET", f"/v2/apis/{made['apiId']}", "222222222222")
    assert missing["message"] == f"Invalid API identifier specified 222222222222:{made['apiId']}"
    with refused("NotFoundException", 404):
        control.v2.get_api(ApiId=made["apiId"])


def test_curl_over_the_control_socket_needs_no_signature(control):
    done = subprocess.run(
        ["curl", "-sS", "--unix-socket", control.data / "control.sock", "-w", " %{http_code}",
         "http://localhost/v2/apis"],
        capture_output=True, text=True, timeout=30, check=True,
    )
    body, _, code = done.stdout.rpartition(" ")
    assert code == "200", done
    assert "items" in json.loads(body)


def test_the_control_socket_is_its_owners_alone(control):
    assert (control.data / "control.sock").stat().st_mode & 0o077 == 0
    assert control.data.stat().st_mode & 0o077 == 0


def test_unsigned_paths_are_health_ready_and_metrics_alone(control):
    for path in ("/health", "/ready", "/metrics"):
        assert sigv4.send(control.management, "GET", path).status == 200, path
    for path in ("/", "/healthz", "/ringgate/v1/status", "/v2/apis", "/health/x"):
        answer = sigv4.send(control.management, "GET", path)
        assert answer.status == 403, (path, answer)
        assert answer.code == "MissingAuthenticationTokenException", (path, answer)


def test_traffic_to_the_management_port_is_sent_to_the_traffic_port(control):
    api_id = control.v2.create_api(Name="elsewhere", ProtocolType="HTTP")["ApiId"]
    host = f"{api_id}.execute-api.localhost:{control.management}"
    answer = sigv4.send(control.management, "GET", "/pets?x=1", host=host)
    assert answer.status == 307, answer
    wanted = f"http://{api_id}.execute-api.localhost:{control.http}/pets?x=1"
    assert answer.headers["location"] == wanted
    path = f"/_aws/execute-api/{api_id}/prod/pets"
    answer = sigv4.send(control.management, "GET", path)
    assert answer.status == 307, answer
    assert answer.headers["location"].endswith(f":{control.http}{path}")


def test_session_tokens_do_no_harm(control):
    client = boto3.client(
        "apigatewayv2", endpoint_url=control.endpoint, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test", aws_session_token="token",
        config=ONE_TRY,
    )
    assert "Items" in client.get_apis()
