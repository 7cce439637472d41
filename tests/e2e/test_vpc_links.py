"""Private integrations: through a VPC link to the hosts that its tags name (spec sections 2.5 and
2.13): balanced, watched, tried again where that is safe."""

import subprocess
import threading
import time
from collections import Counter

import pytest

from harness.authority import authority, leaf
from harness.https import HttpsServer
from harness.nginx import Nginx
from harness.origin import Origin
from harness.places import free_port
from harness.waiting import until

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/l/a/f2f7"
SERVICE = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-abc?stage=x"
ROOT = "arn:aws:apigateway:us-east-1::/vpclinks/"
TARGETS = "ringgate:targets"


class Link:
    """A VPC link of a site."""

    def __init__(self, site, targets, **tags):
        self.site = site
        made = site.v2.create_vpc_link(Name="l", SubnetIds=["subnet-1"],
                                       Tags=tagged(targets) | tags)
        self.id = made["VpcLinkId"]

    def integration(self, uri=LISTENER, **more):
        return {"IntegrationUri": uri, "ConnectionType": "VPC_LINK", "ConnectionId": self.id} | more

    def set(self, targets):
        made = self.site.v2.tag_resource(ResourceArn=ROOT + self.id, Tags=tagged(targets))
        assert made["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-live"] != "pending"


def tagged(targets):
    if not targets:
        return {}
    shown = [it if isinstance(it, str) else f"127.0.0.1:{it.port}" for it in targets]
    return {TARGETS: " ".join(shown)}


@pytest.fixture
def origins():
    made = [Origin() for _ in range(3)]
    yield made
    for origin in made:
        origin.close()
        assert not origin.errors, origin.errors


def seen(origins):
    return [len(origin.requests) for origin in origins]


def test_what_a_target_is_sent(gateway, origin):
    """The client's Host, the stage in the path, and a `forwarded` without `by=`."""
    link = Link(gateway, [origin])
    api = gateway.make_api({"ANY /pets/{proxy+}": link.integration(), "GET /": link.integration()},
                           stage="prod")
    answer = api.ask("/prod/pets/a%2Fb/?q=1&r", headers=[("Forwarded", "for=x"), ("X-A", "b")])
    assert answer.status == 200, answer
    sent = origin.last()
    assert sent.line == "GET /prod/pets/a%2Fb/?q=1&r HTTP/1.1"
    assert sent.all("host") == [api.host]
    assert sent.all("forwarded") == ["for=x", f"for=127.0.0.1;host={api.host};proto=http"]
    assert sent.get("via") == "HTTP/1.1 AmazonAPIGateway"
    assert sent.get("x-a") == "b"
    for path, want in (("/prod", "/prod"), ("/prod/", "/prod/")):
        assert api.ask(path).status == 200
        assert origin.last().target == want
    # Nothing leads out of the stage.
    before = len(origin.requests)
    for path in ("/prod/pets/../../dev/x", "/prod/pets/%2e%2e/x"):
        assert api.ask(path).status == 400
    assert len(origin.requests) == before
    gateway.v2.create_stage(ApiId=api.id, StageName="$default", AutoDeploy=True)
    assert api.ask("/pets/7").status == 200
    assert origin.last().target == "/pets/7", "$default is no part of the path"
    posted = api.ask("/prod/pets/x", method="POST", body=b"abc")
    assert (posted.status, origin.last().body) == (200, b"abc")


def test_the_mapping_key_is_stripped_and_the_stage_stays(gateway, origin):
    """Spec section 7, quirk 26."""
    link = Link(gateway, [origin])
    api = gateway.make_api({"$default": link.integration()}, stage="prod")
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    name = {"DomainName": "private.example.com"}
    gateway.v2.create_domain_name(
        **name, DomainNameConfigurations=[{"CertificateArn": certificate}])
    gateway.v2.create_api_mapping(**name, ApiId=api.id, Stage="prod", ApiMappingKey="shop/v1")
    assert gateway.ask("/shop/v1/pets", host="private.example.com:80").status == 200
    assert origin.last().target == "/prod/pets"
    assert origin.last().get("host") == "private.example.com:80"
    gateway.v2.delete_domain_name(**name)


def test_requests_are_spread_over_the_targets(gateway, origins):
    api = gateway.make_api({"$default": Link(gateway, origins).integration()})
    with api.wire() as wire:
        for _ in range(150):
            assert wire.request("/x").status == 200
    assert all(20 < count < 90 for count in seen(origins)), seen(origins)
    assert sum(seen(origins)) == 150


def test_each_listener_and_service_may_have_its_own(gateway, origins):
    link = Link(gateway, origins[:1], **{f"{TARGETS}:f2f7": f"localhost:{origins[1].port}",
                                         f"{TARGETS}:srv-abc": f"localhost:{origins[2].port}"})
    api = gateway.make_api({
        "GET /other": link.integration(LISTENER[:-1]),
        "GET /listener": link.integration(LISTENER),
        "GET /service": link.integration(SERVICE),
    })
    for at, path in enumerate(("/other", "/listener", "/service")):
        assert api.ask(path).status == 200
        assert origins[at].last().target == path


def test_a_change_of_the_tags_is_live_at_once(gateway, origins):
    link = Link(gateway, origins[:1])
    api = gateway.make_api({"$default": link.integration()})
    gateway.v2.create_deployment(ApiId=api.id)
    with api.wire() as wire:
        for turn in range(9):
            now = origins[turn % 3]
            link.set([now])
            before = seen(origins)
            for _ in range(3):
                assert wire.request("/x").status == 200
            assert len(now.requests) - before[turn % 3] == 3
        # What leads nowhere any more has no connection; the other targets keep theirs.
        link.set(origins[:2])
        assert wire.request("/x").status == 200
        gateway.v2.untag_resource(ResourceArn=ROOT + link.id, TagKeys=[TARGETS])
        assert wire.request("/x").status == 500
        link.set(origins[2:])
        assert wire.request("/x").status == 200


def test_a_pinned_deployment_follows_the_tags_too(gateway, origins):
    link = Link(gateway, origins[:1])
    api = gateway.make_api({"$default": link.integration()}, auto_deploy=False)
    made = gateway.v2.create_deployment(ApiId=api.id, StageName="$default")
    assert made["DeploymentStatus"] == "DEPLOYED"
    assert api.ask("/x").status == 200
    link.set(origins[1:2])
    assert api.ask("/x").status == 200
    assert seen(origins) == [1, 1, 0]


def test_nothing_of_it_is_not_yet_any_more(gateway, origin):
    link = Link(gateway, [origin])
    api = gateway.make_api({})
    made = gateway.v2.create_integration(
        ApiId=api.id, IntegrationType="HTTP_PROXY", IntegrationMethod="GET",
        PayloadFormatVersion="1.0", **link.integration())
    assert "x-ringgate-not-yet" not in made["ResponseMetadata"]["HTTPHeaders"]


def test_a_safe_request_that_broke_goes_to_another_target_and_no_other_does(gateway, origins):
    """One target takes requests and hangs up without a word, on new connections too."""
    bad, good = origins[0], origins[1]
    bad.reply = lambda peer, seen: False
    api = gateway.make_api({"$default": Link(gateway, [bad, good]).integration()})
    with api.wire() as wire:
        for _ in range(30):
            assert wire.request("/x").status == 200
    assert bad.requests, "it was never asked"
    link = Link(gateway, [bad, good])
    api = gateway.make_api({"$default": link.integration(LISTENER + "2")})
    marks = Counter()
    with api.wire() as wire:
        for number in range(30):
            answer = wire.request(f"/{number}", method="POST", body=b"once")
            assert answer.status in (200, 502), answer
            marks[answer.status] += 1
    posts = [it.target for origin in (bad, good) for it in origin.requests if it.method == "POST"]
    assert len(posts) == len(set(posts)) == 30, "a POST was sent twice"
    assert marks[502] >= 1, marks


def test_an_answer_that_cannot_be_mapped_says_nothing_of_its_target(gateway, origins):
    link = Link(gateway, origins)
    answers = {"200": {"overwrite:statuscode": "$response.body.code"}}
    api = gateway.make_api({"$default": link.integration(ResponseParameters=answers)})
    for origin in origins:
        origin.always(200, b'{"code":"none"}')
    ejections = gateway.metrics()["ringgate_upstream_ejections_total"]
    for _ in range(30):
        assert api.ask("/x").status == 502
    assert gateway.metrics()["ringgate_upstream_ejections_total"] == ejections
    assert all(seen(origins))


def test_one_killed_under_load_loses_no_safe_request_and_comes_back(gateway):
    targets = [Nginx() for _ in range(3)]
    link = Link(gateway, targets)
    api = gateway.make_api({"$default": link.integration()})
    ejections = gateway.metrics()["ringgate_upstream_ejections_total"]
    done, wrong, answered = threading.Event(), [], Counter()
    lock = threading.Lock()

    def ask():
        with api.wire() as wire:
            while not done.is_set():
                answer = wire.request("/who")
                with lock:
                    answered[answer.body] += 1
                if answer.status != 200:
                    wrong.append(answer)

    def asked_again(target):
        before = answered[b"%d" % target.port]
        until(lambda: answered[b"%d" % target.port] > before + 20, "its share of the requests")

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for victim in targets[:2]:
            for target in targets:
                asked_again(target)
            victim.kill()
            until(lambda: gateway.metrics()["ringgate_upstream_ejections_total"] > ejections,
                  "an ejection")
            asked_again(targets[2])
            ejections = gateway.metrics()["ringgate_upstream_ejections_total"]
            victim.start()
            until(victim.answers, "nginx to listen")
            asked_again(victim)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        for target in targets:
            target.close()
    assert not wrong, wrong[:3]


def test_all_targets_gone_is_a_503(gateway):
    link = Link(gateway, [f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"])
    api = gateway.make_api({"$default": link.integration()})
    answer = api.ask("/x")
    assert (answer.status, answer.json()) == (503, {"message": "Service Unavailable"})


def test_tls_to_targets_is_verified_against_the_server_name(driver, new_site, tmp_path):
    ca = authority(tmp_path)
    servers = [HttpsServer(leaf(tmp_path, ca, "DNS:pets.internal")) for _ in range(2)]
    site = new_site(driver, flags=["--upstream-ca", ca[1]]).up()
    link = Link(site, [f"127.0.0.1:{server.server_port}" for server in servers])
    named = link.integration(TlsConfig={"ServerNameToVerify": "Pets.Internal"})
    other = link.integration(TlsConfig={"ServerNameToVerify": "other.internal"})
    api = site.make_api({"GET /named": named, "GET /other": other,
                         "GET /clear": link.integration()})
    for _ in range(20):
        answer = api.ask("/named")
        assert (answer.status, answer.body) == (200, b"secret")
    assert all(server.paths for server in servers), "one of them was never asked"
    count = sum(len(server.paths) for server in servers)
    assert api.ask("/other").status == 503
    assert api.ask("/clear").status in (502, 503)
    assert sum(len(server.paths) for server in servers) == count
    for server in servers:
        server.close()


def test_from_clients_of_http2_and_tls(driver, new_site, origin):
    site = new_site(driver, https=free_port()).up()
    api = site.make_api({"$default": Link(site, [origin]).integration()}, stage="prod")
    for scheme, port, flags in (("https", site.https, ["--http2", "-k"]),
                                ("https", site.https, ["--http1.1", "-k"]),
                                ("http", site.http, ["--http2-prior-knowledge"])):
        url = f"{scheme}://{api.host}:{port}/prod/x"
        done = subprocess.run(
            ["curl", "-sS", *flags, "--resolve", f"{api.host}:{port}:127.0.0.1", "-o", "/dev/null",
             "-w", "%{http_code}", url], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == "200"
        sent = origin.last()
        host = f"{api.host}:{port}"
        assert (sent.target, sent.all("host")) == ("/prod/x", [host])
        assert sent.get("forwarded") == f'for=127.0.0.1;host="{host}";proto={scheme}'


def test_targets_by_name_are_resolved_each(gateway, origins):
    hosts = [f"localhost:{origins[0].port}", f"a.localhost:{origins[1].port}", "gone.invalid:80"]
    api = gateway.make_api({"$default": Link(gateway, hosts).integration()})
    with api.wire() as wire:
        end = time.monotonic() + 30
        while not all(seen(origins[:2])):
            assert wire.request("/x").status == 200
            assert time.monotonic() < end, seen(origins)
