"""Functions of this machine behind HTTP APIs: `ringgate up --functions`, made and called through
the gateway alone."""

import base64
import json
import os
import signal
import threading
import time

import pytest
from botocore.exceptions import ClientError

from harness.functions import (
    NODE_CLIENT, PYTHON, create, free_port, path_with_clients, python_code, zipped,
)
from harness.iam import Identities, allow, document, trust_service
from harness.site import Site
from harness.waiting import until
from harness.wire import Wire

ECHO = """
import json, os
def handler(event, context):
    if event.get("rawPath") == "/fail":
        raise ValueError("no")
    return {"statusCode": 201, "headers": {"x-path": event["rawPath"]}, "cookies": ["a=1", "b=2"],
            "body": json.dumps({"event": event, "function": context.function_name})}
"""
NODE = """
export const handler = async (event) => ({
  statusCode: 200, isBase64Encoded: true, headers: { "content-type": "image/png" },
  body: Buffer.from([0, 255, 1, 254]).toString("base64"),
});
"""


@pytest.fixture(scope="module")
def site(driver):
    site = Site(driver)
    env = {"PATH": path_with_clients()}
    site.spawn("ringgate", "up", *site.common(), "--management", f"127.0.0.1:{site.management}",
               *site.data_flags(), f"--functions=127.0.0.1:{free_port()}",
               f"--functions-runtime=nodejs={NODE_CLIENT} {{handler}}", env=env)
    site.wait_ready("ringgate")
    yield site
    site.close()


@pytest.fixture
def functions(site):
    """`awslocal lambda`: at the management port."""
    return site.client("lambda")


def quick(site, arn):
    """An API that passes everything to a function."""
    made = site.v2.create_api(Name="quick", ProtocolType="HTTP", Target=arn)
    return f"{made['ApiId']}.execute-api.localhost"


def test_python_behind_an_api(site, functions):
    arn = create(functions, "echo", python_code(ECHO))["FunctionArn"]
    api = site.make_api({"ANY /{proxy+}": {
        "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "IntegrationUri": arn,
        "PayloadFormatVersion": "2.0"}})
    with api.wire() as wire:
        answer = wire.request("/a/b?x=1&x=2", method="POST", body=b"hello",
                              headers=[("content-type", "text/plain")])
        assert (answer.status, answer.get("x-path")) == (201, "/a/b")
        assert answer.all("set-cookie") == ["a=1", "b=2"]
        told = json.loads(answer.body)
        assert told["function"] == "echo"
        assert told["event"]["queryStringParameters"] == {"x": "1,2"}
        assert told["event"]["body"] == "hello"
        assert told["event"]["requestContext"]["apiId"] == api.id
        # A function that raises is a 500, and the next call is answered.
        failed = wire.request("/fail")
        assert (failed.status, failed.body) == (500, b'{"message":"Internal Server Error"}')
        assert wire.request("/again").status == 201
    functions.delete_function(FunctionName="echo")
    assert api.ask("/gone").status == 500


def test_node_behind_an_api_answers_octets(site, functions):
    arn = create(functions, "octets", zipped(index__mjs=NODE), "nodejs20.x",
                 "index.handler")["FunctionArn"]
    answer = site.ask("/any", host=quick(site, arn))
    assert (answer.status, answer.get("content-type")) == (200, "image/png")
    assert answer.body == base64.b64decode("AP8B/g==")


def test_many_at_once_are_all_answered(site, functions):
    arn = create(functions, "many", python_code(ECHO))["FunctionArn"]
    api = site.make_api({"ANY /{proxy+}": {
        "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "IntegrationUri": arn,
        "PayloadFormatVersion": "2.0"}})
    statuses = []

    def ask():
        with api.wire() as wire:
            statuses.extend(wire.request(f"/{at}").status for at in range(10))

    clients = [threading.Thread(target=ask) for _ in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert statuses == [201] * 200


def test_a_host_that_dies_is_back_and_remembers(site, functions):
    arn = create(functions, "kept", python_code(ECHO))["FunctionArn"]
    api = site.make_api({"ANY /{proxy+}": {
        "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "IntegrationUri": arn,
        "PayloadFormatVersion": "2.0"}})
    assert api.ask("/a").status == 201
    [host] = [pid for pid in site.pids("ringgate")
              if b"functions\0" in open(f"/proc/{pid}/cmdline", "rb").read()]
    os.kill(host, signal.SIGKILL)
    until(lambda: api.ask("/b").status == 201, "the host to be back", 40)
    assert functions.get_function(FunctionName="kept")["Configuration"]["Runtime"] == PYTHON


def test_apis_are_held_to_the_permissions_of_a_function(driver):
    """On AWS who adds no permission gets 500; here where the settings say so."""
    site = Site(driver).keep_log()
    site.spawn("ringgate", "up", *site.common(), "--management", f"127.0.0.1:{site.management}",
               *site.data_flags(), *site.flags, f"--functions=127.0.0.1:{free_port()}",
               "--functions-enforce-permissions", env={"PATH": path_with_clients()})
    site.wait_ready("ringgate")
    functions = site.client("lambda")
    arn = create(functions, "guarded", python_code(ECHO))["FunctionArn"]
    members = {"IntegrationType": "AWS_PROXY", "IntegrationUri": arn, "IntegrationMethod": "POST",
               "PayloadFormatVersion": "2.0"}
    api = site.make_api({"GET /pets/{id}": members, "$default": members})
    other = site.make_api({"$default": members})

    def permit(statement, source):
        functions.add_permission(
            FunctionName="guarded", StatementId=statement, Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{source}")

    def statuses():
        return [api.ask("/pets/7").status, api.ask("/else").status, other.ask("/").status]

    try:
        assert functions.invoke(FunctionName="guarded", Payload=b'{"rawPath": "/"}')["StatusCode"] \
            == 200, "the account itself"
        assert statuses() == [500, 500, 500]
        until(lambda: "have permissions to call" in site.log_file.read_text(), "the reason")
        permit("route", f"{api.id}/*/GET/pets/{{id}}")
        assert statuses() == [201, 500, 500]
        permit("default", f"{api.id}/$default/$default")
        assert statuses() == [201, 201, 500]
        functions.remove_permission(FunctionName="guarded", StatementId="route")
        assert statuses() == [500, 201, 500]
        permit("all", "*")
        assert statuses() == [201, 201, 201]
    finally:
        site.close()


def test_a_function_is_called_with_a_role_that_may(site, functions):
    """The host has the key of nobody but the account: control says who signed."""
    identities = Identities(site)
    arn = create(functions, "roled", python_code(ECHO))["FunctionArn"]
    role = identities.role(allow("lambda:InvokeFunction", arn),
                           AssumeRolePolicyDocument=trust_service())
    api = site.make_api({"$default": {
        "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "IntegrationUri": arn,
        "PayloadFormatVersion": "2.0", "CredentialsArn": role}})
    assert api.ask("/").status == 201
    name = role.split("/")[-1]
    identities.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(
        allow("lambda:InvokeFunction", arn + "-other")))
    assert (api.ask("/").status, api.ask("/").message) == (500, "Internal Server Error")
    identities.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(
        allow("lambda:InvokeFunction", arn)))
    assert api.ask("/").status == 201


def test_users_manage_and_call_functions_as_their_policies_let_them(site, functions):
    identities = Identities(site)
    arn = create(functions, "owned", python_code(ECHO))["FunctionArn"]
    user = identities.user(allow(["lambda:InvokeFunction", "lambda:GetFunction"], arn))
    own = user.client("lambda")
    assert own.get_function(FunctionName="owned")["Configuration"]["FunctionArn"] == arn
    assert own.invoke(FunctionName="owned", Payload=b'{"rawPath": "/"}')["StatusCode"] == 200
    for refused in (lambda: own.delete_function(FunctionName="owned"), own.list_functions,
                    lambda: create(own, "more", python_code(ECHO))):
        with pytest.raises(ClientError, match="is not authorized to perform: lambda:"):
            refused()
    wrong = site.client("lambda", key=user.key, secret=user.secret + "x")
    with pytest.raises(ClientError, match="signature"):
        wrong.get_function(FunctionName="owned")
    stranger = site.client("lambda", key="AKIANOBODY", secret="x")
    with pytest.raises(ClientError, match="security token"):
        stranger.get_function(FunctionName="owned")


def test_a_strangers_body_is_not_waited_for(site):
    """A made-up key is refused by the head of its request, also through the management port."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    head = ("POST /2015-03-31/functions HTTP/1.1\r\nhost: localhost\r\n"
            f"x-amz-date: {now}\r\ncontent-length: 60000000\r\n"
            f"authorization: AWS4-HMAC-SHA256 Credential=AKIANOBODY/{now[:8]}/us-east-1/lambda/"
            f"aws4_request, SignedHeaders=host;x-amz-date, Signature={'0' * 64}\r\n\r\n")
    with Wire(site.management, timeout_s=8) as wire:
        answer = wire.send(head.encode()).response("POST")
        assert (answer.status, answer.get("x-amzn-errortype")) == \
            (403, "UnrecognizedClientException")
