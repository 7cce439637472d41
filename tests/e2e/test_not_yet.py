"""What AWS accepts and traffic cannot do yet: the call succeeds, and traffic answers 501 with the
name of what is missing."""

import pytest

from harness import wsraw as ws

@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def assert_not_yet(answer, what):
    assert answer.status == 501, answer
    assert answer.get("content-type") == "application/json"
    assert answer.json() == {"message": f"ringgate does not support {what} yet"}
    assert answer.get("apigw-requestid")


def test_the_host_of_a_websocket_api(gateway):
    v2 = gateway.v2
    made = v2.create_api(Name="chat", ProtocolType="WEBSOCKET",
                         RouteSelectionExpression="$request.body.action")
    api_id = made["ApiId"]
    assert made["ApiEndpoint"] == f"ws://{api_id}.execute-api.localhost:{gateway.http}"
    host, what = f"{api_id}.execute-api.localhost", "protocolType WEBSOCKET"
    assert_not_yet(gateway.ask("/", host=host), what)
    v2.create_route(ApiId=api_id, RouteKey="$connect")
    v2.create_stage(ApiId=api_id, StageName="prod", AutoDeploy=True)
    for path in ("/", "/prod", "/prod/x"):
        assert_not_yet(gateway.ask(path, host=host), what)
    assert_not_yet(gateway.ask(f"/_aws/execute-api/{api_id}/prod/x"), what)
    with gateway.wire() as wire:
        wire.send(ws.handshake("/prod", host, ws.new_key()))
        assert_not_yet(wire.response("GET"), what)
    v2.delete_api(ApiId=api_id)
    assert gateway.ask("/", host=host).status == 403
