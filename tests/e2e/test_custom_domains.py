"""Custom domain names as traffic: names, API mappings, routing rules (spec sections 2.1, 2.4)."""

import ssl
import subprocess
import threading

import pytest

from harness.places import free_port
from harness.tlswire import TlsWire, openssl

CONFIGURATION = [{"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}]
NAME = "api.example.com"


class Domain:
    """A custom domain name of a site."""

    def __init__(self, site, name=NAME, **more):
        self.site, self.name = site, name
        site.v2.create_domain_name(DomainName=name, DomainNameConfigurations=CONFIGURATION, **more)

    def map(self, api, key=None, stage="$default"):
        members = {"ApiMappingKey": key} if key else {}
        made = self.site.v2.create_api_mapping(DomainName=self.name, ApiId=api.id, Stage=stage,
                                               **members)
        return made["ApiMappingId"]

    def rule(self, priority, api, *conditions, strip=None, stage="$default"):
        invoke = {"ApiId": api.id, "Stage": stage}
        if strip is not None:
            invoke["StripBasePath"] = strip
        made = self.site.v2.create_routing_rule(
            DomainName=self.name, Priority=priority, Conditions=list(conditions),
            Actions=[{"InvokeApi": invoke}])
        return made["RoutingRuleId"]

    def ask(self, path, host=None, **how):
        return self.site.ask(path, host=host or self.name, **how)

    def close(self):
        self.site.v2.delete_domain_name(DomainName=self.name)


@pytest.fixture
def domain(gateway):
    made = Domain(gateway)
    yield made
    made.close()


@pytest.fixture
def pets(gateway, nginx):
    return tagged(gateway, nginx, "pets")


@pytest.fixture
def orders(gateway, nginx):
    return tagged(gateway, nginx, "orders")


def tagged(site, nginx, name):
    """An API whose answers say its name and the path that it saw."""
    root = f"http://127.0.0.1:{nginx.port}/{name}"
    return site.make_api({"ANY /{proxy+}": f"{root}/{{proxy}}", "ANY /": f"{root}/"})


def said(answer):
    assert answer.status == 200, answer
    return answer.body.decode()


def paths(*any_of):
    return {"MatchBasePaths": {"AnyOf": list(any_of)}}


def header(name, glob):
    return {"MatchHeaders": {"AnyOf": [{"Header": name, "ValueGlob": glob}]}}


def test_the_longest_mapping_key_wins_and_is_stripped(domain, pets, orders):
    domain.map(pets)
    domain.map(orders, "orders")
    domain.map(pets, "orders/v2/items")
    for path, want in (
        ("/", "GET /pets/"),
        ("/dogs?q=1", "GET /pets/dogs?q=1"),
        ("/orders", "GET /orders/"),
        ("/orders/7/", "GET /orders/7/"),
        ("/orders/v2/items/7", "GET /pets/7"),
        ("/orders/v2/item", "GET /orders/v2/item"),
        ("/orders2", "GET /pets/orders2"),
        ("/%6frders/7", "GET /orders/7"),
        ("/_aws/execute-api/x", "GET /pets/_aws/execute-api/x"),
    ):
        for host in (NAME, "API.example.com.:8080"):
            assert said(domain.ask(path, host=host)) == want, path


def test_an_unmapped_path_is_forbidden_and_an_unknown_route_not_found(gateway, domain, nginx):
    api = gateway.make_api({"GET /known": f"http://127.0.0.1:{nginx.port}/x"})
    forbidden = domain.ask("/anything")
    assert (forbidden.status, forbidden.json()) == (403, {"message": "Forbidden"})
    domain.map(api, "v1")
    assert domain.ask("/known").status == 403
    assert domain.ask("/v1/known").status == 200
    missing = domain.ask("/v1/unknown")
    assert (missing.status, missing.json()) == (404, {"message": "Not Found"})


def test_a_mapping_names_its_stage(gateway, domain, nginx):
    root = f"http://127.0.0.1:{nginx.port}/${{stageVariables.tag}}"
    api = gateway.make_api({"ANY /{proxy+}": f"{root}/{{proxy}}"}, stage="dev",
                           variables={"tag": "d"})
    gateway.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True,
                            StageVariables={"tag": "p"})
    domain.map(api, "a", stage="dev")
    domain.map(api, "b", stage="prod")
    assert said(domain.ask("/a/x")) == "GET /d/x"
    # The first part names no stage here: it is the API's.
    assert said(domain.ask("/b/dev/x")) == "GET /p/dev/x"


def test_health_checks_are_answered_at_the_root(domain, pets):
    """Spec section 7, quirk 35."""
    for mapped in (False, True):
        for path in ("/ping", "/sping", "/ping?x=1"):
            answer = domain.ask(path)
            assert (answer.status, answer.body) == (200, b"healthy"), answer
            assert answer.get("content-type") == "text/plain"
            assert answer.get("apigw-requestid")
        if not mapped:
            domain.map(pets)
    head = domain.ask("/ping", method="HEAD")
    assert (head.status, head.body, head.get("content-length")) == (200, b"", "7")
    assert said(domain.ask("/ping/x")) == "GET /pets/ping/x"
    assert said(pets.ask("/ping")) == "GET /pets/ping"
    with domain.site.wire() as wire:
        for method, body in (("POST", b"abc"), ("GET", None)):
            assert wire.request("/sping", method=method, body=body, host=NAME).status == 200


def test_a_closed_endpoint_is_open_by_its_domain_name(gateway, domain, pets):
    domain.map(pets)
    gateway.v2.update_api(ApiId=pets.id, DisableExecuteApiEndpoint=True)
    closed = pets.ask("/x")
    assert (closed.status, closed.json()) == (404, {"message": "Not Found"})
    assert gateway.ask(f"/_aws/execute-api/{pets.id}/$default/x").status == 404
    assert said(domain.ask("/x")) == "GET /pets/x"


def test_an_exact_name_goes_before_a_wildcard(gateway, domain, pets, orders):
    wild = Domain(gateway, "*.example.com")
    wild.map(orders)
    domain.map(pets)
    assert said(domain.ask("/x")) == "GET /pets/x"
    assert said(wild.ask("/x", host="z.example.com")) == "GET /orders/x"
    assert wild.ask("/x", host="example.com").status == 403
    assert wild.ask("/x", host="y.z.example.com").status == 403
    # Nobody else's while it has no mappings of its own.
    bare = Domain(gateway, "bare.example.com")
    assert bare.ask("/x").status == 403
    bare.close()
    assert said(wild.ask("/x", host="bare.example.com")) == "GET /orders/x"
    wild.close()
    assert wild.ask("/x", host="z.example.com").status == 403


def test_routing_rules_by_priority_headers_and_base_paths(gateway, domain, pets, orders):
    domain.map(pets)
    domain.rule(20, orders, paths("shop", "shop/deep"), strip=True)
    domain.rule(10, orders, header("X-Version", "v2*"), header("x-beta", "*"))
    domain.rule(30, orders, paths("kept"))
    assert said(domain.ask("/shop/x")) == "GET /pets/shop/x", "the mode asks for mappings only"
    for mode, rest in (("ROUTING_RULE_THEN_API_MAPPING", 200), ("ROUTING_RULE_ONLY", 403)):
        gateway.v2.update_domain_name(DomainName=NAME, RoutingMode=mode)
        for path, fields, want in (
            ("/shop/deep/x", [], "GET /orders/x"),
            ("/shop/x", [("x-version", "v2"), ("X-BETA", "")], "GET /orders/shop/x"),
            ("/shop/x", [("x-version", "v2")], "GET /orders/x"),
            ("/kept/x", [], "GET /orders/kept/x"),
            ("/x", [("X-VERSION", "v1"), ("x-version", "v2.1"), ("x-beta", "1")], "GET /orders/x"),
        ):
            assert said(domain.ask(path, headers=fields)) == want, path
        for fields in ([("x-version", "V2"), ("x-beta", "1")], [("x-version", "v2")], []):
            assert domain.ask("/x", headers=fields).status == rest
        assert domain.ask("/ping").body == b"healthy"


def test_changes_are_live_when_their_call_returns(gateway, domain, pets, orders):
    mapping = domain.map(pets, "a")
    with gateway.wire() as wire:
        for turn in range(20):
            api, name = ((pets, "pets"), (orders, "orders"))[turn % 2]
            made = gateway.v2.update_api_mapping(
                DomainName=NAME, ApiMappingId=mapping, ApiId=api.id, Stage="$default",
                ApiMappingKey=f"k{turn}")
            assert made["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-live"] != "pending"
            assert said(wire.request(f"/k{turn}/x", host=NAME)) == f"GET /{name}/x"
            assert wire.request(f"/k{turn - 1}/x", host=NAME).status == 403
        gateway.v2.delete_api_mapping(DomainName=NAME, ApiMappingId=mapping)
        assert wire.request("/k19/x", host=NAME).status == 403


def test_no_request_is_lost_while_a_mapping_changes(gateway, domain, pets, orders):
    mapping = domain.map(pets, "a")
    done, wrong, count = threading.Event(), [], [0]

    def ask():
        with gateway.wire() as wire:
            while not done.is_set():
                answer = wire.request("/a/x", host=NAME)
                count[0] += 1
                if answer.body not in (b"GET /pets/x", b"GET /orders/x"):
                    wrong.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(100):
        api = (orders, pets)[turn % 2]
        gateway.v2.update_api_mapping(DomainName=NAME, ApiMappingId=mapping, ApiId=api.id,
                                      Stage="$default")
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong and count[0] > 100, wrong[:3]


def test_a_domain_name_does_not_fall_to_the_target(new_site, driver, origin):
    site = new_site(driver).up("--target", origin.url)
    assert site.ask("/a", host=NAME).status == 200
    domain = Domain(site)
    for path in ("/a", "/", "/_aws/execute-api/x/y/z"):
        assert domain.ask(path).status == 403
    assert site.ask("/a", host="other.example.com").status == 200
    domain.close()
    assert site.ask("/a", host=NAME).status == 200


def test_the_table_on_the_disk_has_them(new_site, driver, nginx):
    site = new_site(driver).start_control().start_data()
    domain = Domain(site)
    domain.map(tagged(site, nginx, "pets"), "a/b")
    for name in ("ringgate-control", "ringgated"):
        site.kill(name)
    site.start_data()
    assert said(domain.ask("/a/b/x")) == "GET /pets/x"
    assert domain.ask("/a").status == 403


@pytest.fixture
def certified(driver, new_site, tmp_path):
    """A site with a certificate for *.example.com, and the file that trusts it."""
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(cert), "-subj", "/CN=x", "-days", "2",
            "-addext", "subjectAltName=DNS:*.example.com")
    site = new_site(driver, flags=["--certificate", f"{cert},{key}"], https=free_port()).up()
    return site, cert


def test_under_tls_in_both_versions_of_http(certified, nginx):
    site, cert = certified
    domain = Domain(site)
    domain.map(tagged(site, nginx, "pets"), "v1/pets")
    for version in ("--http1.1", "--http2"):
        at = f"{NAME}:{site.https}"
        done = subprocess.run(
            ["curl", "-sS", version, "--cacert", cert, "--resolve", f"{at}:127.0.0.1",
             "-w", "\n%{http_code} %{http_version}", f"https://{at}/v1/pets/7?a=b",
             f"https://{at}/ping"],
            capture_output=True, text=True, timeout=60, check=True)
        number = {"--http1.1": "1.1", "--http2": "2"}[version]
        lines = ["GET /pets/7?a=b", f"200 {number}healthy", f"200 {number}"]
        assert done.stdout.splitlines() == lines
    # Who is asked is what Host says, whatever the name of the handshake.
    context = ssl.create_default_context(cafile=str(cert))
    with TlsWire(site.https, context, "other.example.com") as wire:
        assert said(wire.request("/v1/pets/x", host=NAME)) == "GET /pets/x"
