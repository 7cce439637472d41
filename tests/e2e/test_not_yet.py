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


def test_a_custom_domain_name_with_mutual_tls_is_no_open_door(new_site, driver, origin):
    site = new_site(driver).up("--target", origin.url)
    api = site.make_proxy(origin)
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    made = site.v2.create_domain_name(
        DomainName="*.b.example", DomainNameConfigurations=[{"CertificateArn": certificate}],
        MutualTlsAuthentication={"TruststoreUri": "s3://bucket/roots.pem"})
    told = made["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-not-yet"]
    assert told == "mutualTlsAuthentication"
    site.v2.create_api_mapping(DomainName="*.b.example", ApiId=api.id, Stage="$default")
    before = len(origin.requests)
    for host in ("x.b.example", "X.B.example.:8080"):
        for path in ("/a", "/ping", f"/_aws/execute-api/{api.id}/$default/a"):
            assert_not_yet(site.ask(path, host=host), "mutualTlsAuthentication")
    assert len(origin.requests) == before, "the origin was called"
    changed = site.v2.update_domain_name(DomainName="*.b.example",
                                         MutualTlsAuthentication={"TruststoreUri": ""})
    assert "x-ringgate-not-yet" not in changed["ResponseMetadata"]["HTTPHeaders"]
    assert site.ask("/a", host="x.b.example").status == 200
