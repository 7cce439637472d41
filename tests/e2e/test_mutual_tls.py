"""Mutual TLS of custom domain names (spec section 3.2): who is asked, who is let in, what is
told."""

import json
import socket
import ssl
import subprocess

import botocore.exceptions
import pytest

from harness import pki
from harness.h2raw import H2
from harness.lambdas import integration
from harness.moto import Moto
from harness.places import free_port
from harness.site import Site
from harness.tlswire import TlsWire, openssl
from harness.waiting import until

NAME, OPEN = "api.example.com", "open.example.com"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group"


class Authority:
    """What every test needs, made once."""

    def __init__(self, folder):
        self.folder = folder
        self.root = pki.root("client root")
        self.middle = self.root.issue("client middle", ca=True)
        self.server_root = pki.root("server root")
        self.server = self.server_root.issue(NAME, ["*.example.com", "a.b.example"],
                                             purposes=pki.SERVER)
        self.client = self.middle.issue(
            pki.name("alice", O="Zoo, Inc.", C="US"), purposes=pki.CLIENT, serial=0x0A1B2C)
        self.truststore = folder / "truststore.pem"
        self.truststore.write_bytes(self.root.pem + self.middle.pem)

    def context(self, pair=None, version=None, chain=False, alpn=None):
        """A client with this certificate."""
        context = ssl.create_default_context(cadata=self.server_root.pem.decode())
        if version:
            context.minimum_version = context.maximum_version = version
        if pair:
            cert, key = pair.files(self.folder, f"p{id(pair)}")
            if not chain:
                cert.write_bytes(pair.pem)
            context.load_cert_chain(cert, key)
        if alpn:
            context.set_alpn_protocols([alpn])
        return context


@pytest.fixture(scope="module")
def pkis(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def site(driver, pkis, nginx):
    """One whose API is reached by a name with mutual TLS, and by one without."""
    files = pkis.server.files(pkis.folder, "server")
    flags = ["--certificate", ",".join(map(str, files))]
    made = Site(driver, flags, https=free_port()).keep_log().up()
    api = made.make_api({"ANY /{proxy+}": f"http://127.0.0.1:{nginx.port}/{{proxy}}"})
    domain(made, api, NAME, {"TruststoreUri": str(pkis.truststore)})
    domain(made, api, OPEN)
    yield made
    made.close()


def domain(site, api, name, tls=None):
    more = {"MutualTlsAuthentication": tls} if tls else {}
    made = site.v2.create_domain_name(
        DomainName=name, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:x"}], **more)
    site.v2.create_api_mapping(DomainName=name, ApiId=api.id, Stage="$default")
    return made


def ask(site, context, path="/x", host=NAME, name=NAME):
    with TlsWire(site.https, context, name) as wire:
        return wire.request(path, host=host)


def turned_away(site, context, name=NAME):
    """True when the handshake fails, or ends without a word; a client of TLS 1.3 may learn of it
    with its first read."""
    try:
        with TlsWire(site.https, context, name) as wire:
            wire.request("/x", host=NAME)
    except (ssl.SSLError, ConnectionError, AssertionError, OSError):
        return True
    return False


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
versions = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


@versions
def test_a_trusted_client_is_let_in_and_one_without_a_certificate_is_not(site, pkis, version):
    assert ask(site, pkis.context(pkis.client, version)).body == b"GET /x"
    assert turned_away(site, pkis.context(version=version))
    # Nobody is asked under another name.
    assert ask(site, pkis.context(version=version), host=OPEN, name=OPEN).status == 200


def reason(site, answer):
    """Why the log says that a request was refused."""
    request_id = answer.get("apigw-requestid")

    def found():
        for line in site.log_file.read_text().splitlines():
            entry = json.loads(line)
            if entry["requestId"] == request_id:
                return entry
        return None

    return until(found, "the line of the log")


@versions
def test_others_complete_the_handshake_and_are_forbidden(site, pkis, version):
    stranger = pki.root("other root")
    middle = pkis.root.issue("other middle", ca=True)
    deep = pkis.root
    for number in range(4):
        deep = deep.issue(f"deep {number}", ca=True)
    cases = [
        ("Could not find issuer for certificate", stranger.issue("s", purposes=pki.CLIENT), False),
        ("Could not find issuer for certificate", middle.issue("m", purposes=pki.CLIENT), False),
        ("self signed certificate", pki.self_signed("me"), False),
        ("self signed certificate", pki.self_signed("me", ca=True), False),
        ("certificate has expired", pkis.middle.issue("late", hours=(-48, -1)), False),
        ("certificate is not yet valid", pkis.middle.issue("soon", hours=(1, 48)), False),
        ("certificate is not for clients", pkis.middle.issue("s", purposes=pki.SERVER), False),
        ("certificate is an authority's own", pkis.middle.issue("ca", ca=True), False),
        ("certificate chain too long", deep.issue("deep", purposes=pki.CLIENT), True),
    ]
    for why, pair, chain in cases:
        answer = ask(site, pkis.context(pair, version, chain))
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"}), why
        assert f"Access denied. Reason: {why}" in json.dumps(reason(site, answer)), why


def test_what_is_sent_along_may_lead_to_the_root(site, pkis):
    middle = pkis.root.issue("second middle", ca=True)
    client = middle.issue("bob", purposes=pki.CLIENT)
    assert ask(site, pkis.context(client, chain=True)).status == 200
    assert ask(site, pkis.context(client)).status == 403


def test_a_weak_signature_is_forbidden(site, pkis):
    """SHA-1, which `cryptography` signs with no more: OpenSSL does."""
    key, request, cert = (pkis.folder / f"weak.{end}" for end in ("key", "csr", "pem"))
    ca_cert, ca_key = pkis.middle.files(pkis.folder, "middle")
    more = pkis.folder / "weak.ext"
    more.write_text("basicConstraints=CA:FALSE\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(request),
            "-subj", "/CN=weak")
    made = openssl("x509", "-req", "-in", str(request), "-CA", str(ca_cert), "-CAkey", str(ca_key),
                   "-set_serial", "7", "-days", "2", "-sha1", "-extfile", str(more), "-out",
                   str(cert))
    assert cert.exists(), made
    context = pkis.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(cert, key)
    answer = ask(site, context)
    assert answer.status == 403
    assert "Client cert using an insecure Signature Algorithm" in json.dumps(reason(site, answer))


def test_the_name_of_the_handshake_cannot_be_gone_round(site, pkis):
    """421 on a connection of another name, with whatever certificate; 403 in clear."""
    for context in (pkis.context(), pkis.context(pkis.client)):
        for name in (OPEN, "unknown.example.com"):
            for path in ("/x", "/ping", "/_aws/execute-api/a/b"):
                answer = ask(site, context, path, name=name)
                assert (answer.status, answer.json()) == (421, {"message": "Misdirected Request"})
    for path in ("/x", "/ping"):
        for host in (NAME, "API.Example.COM.:443"):
            answer = site.ask(path, host=host)
            assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})
    # The other way round nothing is gained.
    assert ask(site, pkis.context(pkis.client), host=OPEN).status == 200


def test_over_http_2_each_stream_is_looked_at(site, pkis):
    trusted = pkis.context(pkis.client, alpn="h2")
    stranger = pkis.context(pki.self_signed("me"), alpn="h2")
    for context, name, wanted in (
        (trusted, NAME, {NAME: 200, OPEN: 200}),
        (stranger, NAME, {NAME: 403, OPEN: 200}),
        (pkis.context(alpn="h2"), OPEN, {OPEN: 200, NAME: 421}),
    ):
        raw = socket.create_connection(("127.0.0.1", site.https), 30)
        with H2(sock=context.wrap_socket(raw, server_hostname=name)) as client:
            for host, status in wanted.items():
                fields = ((":method", "GET"), (":scheme", "https"), (":authority", host),
                          (":path", "/x"))
                assert client.request(fields).status == status, (name, host)


@versions
def test_a_resumed_session_is_the_same_client(site, pkis, version):
    context = pkis.context(pkis.client, version)
    with TlsWire(site.https, context, NAME) as first:
        assert first.request("/x", host=NAME).status == 200
        session = first.sock.session
    with TlsWire(site.https, context, NAME, session=session) as again:
        assert again.sock.session_reused
        assert again.request("/x", host=NAME).status == 200
    stranger = pkis.context(pki.self_signed("me"), version)
    with TlsWire(site.https, stranger, NAME) as first:
        assert first.request("/x", host=NAME).status == 403
        session = first.sock.session
    with TlsWire(site.https, stranger, NAME, session=session) as again:
        assert again.sock.session_reused
        assert again.request("/x", host=NAME).status == 403


@versions
def test_a_session_of_before_is_not_taken_up(new_site, driver, pkis, origin, version):
    """Begun without a certificate, or under another truststore."""
    files = pkis.server.files(pkis.folder, "server")
    flags = ["--certificate", ",".join(map(str, files))]
    site = new_site(driver, flags=flags, https=free_port()).up()
    domain(site, site.make_proxy(origin), NAME)
    plain = pkis.context(version=version)
    with TlsWire(site.https, plain, NAME) as wire:
        assert wire.request("/x", host=NAME).status == 200
        session = wire.sock.session
        site.v2.update_domain_name(DomainName=NAME, MutualTlsAuthentication={
            "TruststoreUri": f"file://{pkis.truststore}"})
        # The connection that is open has shown nothing.
        assert wire.request("/x", host=NAME).status == 421
    try:
        with TlsWire(site.https, plain, NAME, session=session) as wire:
            assert not wire.sock.session_reused
            wire.request("/x", host=NAME)
            raise RuntimeError("let in")
    except (ssl.SSLError, OSError, AssertionError):
        pass
    context = pkis.context(pkis.client, version)
    with TlsWire(site.https, context, NAME) as wire:
        assert wire.request("/x", host=NAME).status == 200
        session = wire.sock.session
        other = pki.root("another")
        (pkis.folder / "other.pem").write_bytes(other.pem)
        site.v2.update_domain_name(DomainName=NAME, MutualTlsAuthentication={
            "TruststoreUri": str(pkis.folder / "other.pem")})
        assert wire.request("/x", host=NAME).status == 403, "a truststore counts at once"
    with TlsWire(site.https, context, NAME, session=session) as wire:
        assert not wire.sock.session_reused
        assert wire.request("/x", host=NAME).status == 403
    site.v2.update_domain_name(DomainName=NAME, MutualTlsAuthentication={"TruststoreUri": ""})
    assert ask(site, plain).status == 200


def test_revoked_clients_are_forbidden(new_site, driver, pkis, origin):
    files = pkis.server.files(pkis.folder, "server")
    flags = ["--certificate", ",".join(map(str, files))]
    site = new_site(driver, flags=flags, https=free_port()).keep_log().up()
    revoked = pkis.middle.issue("mallory", purposes=pki.CLIENT)
    store = pkis.folder / "with-crl.pem"
    store.write_bytes(pkis.root.pem + pkis.middle.pem + pki.crl(pkis.middle, [revoked]))
    domain(site, site.make_proxy(origin), NAME, {"TruststoreUri": str(store)})
    assert ask(site, pkis.context(pkis.client)).status == 200
    answer = ask(site, pkis.context(revoked))
    assert answer.status == 403
    assert "certificate revoked" in json.dumps(reason(site, answer))


def test_events_mappings_and_logs_tell_of_the_certificate(new_site, driver, pkis, functions,
                                                          origin):
    files = pkis.server.files(pkis.folder, "server")
    flags = ["--certificate", ",".join(map(str, files)), "--lambda-endpoint", functions.url]
    site = new_site(driver, flags=flags, https=free_port()).up()
    own = pkis.client.certificate
    lines = pkis.client.pem.decode()

    def time(at):
        return at.strftime("%b %e %H:%M:%S %Y GMT")

    wanted = {"clientCertPem": lines, "subjectDN": r"CN=alice,O=Zoo\, Inc.,C=US",
              "issuerDN": "CN=client middle", "serialNumber": "0a:1b:2c",
              "validity": {"notBefore": time(own.not_valid_before_utc),
                           "notAfter": time(own.not_valid_after_utc)}}
    for version, name in (("1.0", "one.example.com"), ("2.0", "two.example.com")):
        api = site.make_api({"$default": integration(version=version)})
        domain(site, api, name, {"TruststoreUri": str(pkis.truststore)})
        assert ask(site, pkis.context(pkis.client), host=name, name=name).status == 200
        context = functions.events()[-1]["requestContext"]
        shown = context["identity"] if version == "1.0" else context["authentication"]
        assert shown["clientCert"] == wanted
    # Another host on such a connection is told nothing: its own truststore has not judged.
    domain(site, api, OPEN)
    assert ask(site, pkis.context(pkis.client), host=OPEN, name=name).status == 200
    assert "authentication" not in functions.events()[-1]["requestContext"]
    expression = "$context.identity.clientCert.subjectDN"
    api = site.make_api({"ANY /{proxy+}": {
        "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
        "IntegrationUri": f"{origin.url}/{{proxy}}", "PayloadFormatVersion": "1.0",
        "RequestParameters": {"append:header.x-client": expression}}})
    domain(site, api, "mapped.example.com", {"TruststoreUri": str(pkis.truststore)})
    names = ("subjectDN", "issuerDN", "serialNumber", "validity.notBefore", "validity.notAfter")
    form = " ".join(f"$context.identity.clientCert.{name}" for name in names)
    site.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings={
        "DestinationArn": f"{GROUP}:certs", "Format": f"{form} $context.requestId"})
    name = "mapped.example.com"
    assert ask(site, pkis.context(pkis.client), host=name, name=name).status == 200
    assert origin.requests[-1].get("x-client") == wanted["subjectDN"]
    log = site.data / "logs" / "certs.log"
    text = until(lambda: log.exists() and log.read_text(), "the log")
    assert text.startswith("CN=alice,O=Zoo"), text
    assert f"CN=client middle 0a:1b:2c {wanted['validity']['notBefore']} " in text


def test_openssl_and_curl_agree(site, pkis):
    cert, key = pkis.client.files(pkis.folder, "cli")
    roots = pkis.folder / "server-root.pem"
    roots.write_bytes(pkis.server_root.pem)
    at = f"{NAME}:{site.https}"
    for version in ("--http1.1", "--http2"):
        done = subprocess.run(
            ["curl", "-sS", version, "--cacert", roots, "--cert", cert, "--key", key, "--resolve",
             f"{at}:127.0.0.1", f"https://{at}/x"], capture_output=True, text=True, timeout=60,
            check=True)
        assert done.stdout == "GET /x"
    said = openssl("s_client", "-connect", f"127.0.0.1:{site.https}", "-servername", NAME,
                   "-cert", str(cert), "-key", str(key), "-brief")
    assert "Protocol version: TLSv1.3" in said, said
    bare = openssl("s_client", "-connect", f"127.0.0.1:{site.https}", "-servername", NAME,
                   "-tls1_2")
    assert "alert" in bare, bare
    other = openssl("s_client", "-connect", f"127.0.0.1:{site.https}", "-servername", OPEN)
    assert "No client certificate CA names sent" in other
    assert "Requested Signature Algorithms" not in other, "nobody is asked there"


def test_truststores_come_from_s3_and_are_checked(new_site, driver, pkis, origin):
    moto = Moto()
    try:
        s3 = moto.client("s3")
        s3.create_bucket(Bucket="trust")
        s3.put_bucket_versioning(Bucket="trust", VersioningConfiguration={"Status": "Enabled"})
        first = s3.put_object(Bucket="trust", Key="a b/roots.pem",
                              Body=pkis.truststore.read_bytes())
        s3.put_object(Bucket="trust", Key="a b/roots.pem", Body=pki.root("none").pem)
        s3.put_object(Bucket="trust", Key="wrong", Body=b"hello")
        late = pki.root("late", hours=(-48, -1))
        s3.put_object(Bucket="trust", Key="late", Body=pkis.root.pem + late.pem)
        files = pkis.server.files(pkis.folder, "server")
        flags = ["--certificate", ",".join(map(str, files))]
        site = new_site(driver, flags=flags, https=free_port()).up("--s3-endpoint", moto.url)
        api = site.make_proxy(origin)
        uri = "s3://trust/a b/roots.pem"
        made = domain(site, api, NAME, {"TruststoreUri": uri,
                                        "TruststoreVersion": first["VersionId"]})
        assert made["MutualTlsAuthentication"] == {
            "TruststoreUri": uri, "TruststoreVersion": first["VersionId"]}
        assert ask(site, pkis.context(pkis.client)).status == 200

        def change(**tls):
            return site.v2.update_domain_name(DomainName=NAME, MutualTlsAuthentication=tls)

        def refused(**tls):
            with pytest.raises(botocore.exceptions.ClientError) as caught:
                change(**tls)
            assert caught.value.response["Error"]["Code"] == "BadRequestException"
            return caught.value.response["Error"]["Message"]

        assert "S3 answered 404" in refused(TruststoreUri="s3://trust/missing",
                                            TruststoreVersion="")
        assert "no certificate of a root" in refused(TruststoreUri="s3://trust/wrong",
                                                     TruststoreVersion="")
        assert "No such file" in refused(TruststoreUri="/nowhere/x.pem", TruststoreVersion="")
        assert ask(site, pkis.context(pkis.client)).status == 200, "what is refused changes nothing"
        warned = change(TruststoreUri="s3://trust/late", TruststoreVersion="")
        [warning] = warned["MutualTlsAuthentication"]["TruststoreWarnings"]
        assert "CN=late" in warning and "expired" in warning
        newest = change(TruststoreUri=uri)
        assert "TruststoreWarnings" not in newest["MutualTlsAuthentication"]
        assert ask(site, pkis.context(pkis.client)).status == 403, "the newest version"
    finally:
        moto.close()


def test_s3_under_tls_is_asked_where_its_certificate_leads_to_the_given_root(
        new_site, driver, pkis, tmp_path):
    served = pki.root("s3 root")
    root, other = tmp_path / "s3.pem", tmp_path / "other.pem"
    root.write_bytes(served.pem)
    other.write_bytes(pki.root("other").pem)
    own = served.issue("localhost", ["localhost"], purposes=pki.SERVER)
    moto = Moto(own.files(tmp_path, "own"))
    try:
        s3 = moto.client("s3", verify=str(root))
        s3.create_bucket(Bucket="trust")
        s3.put_object(Bucket="trust", Key="roots.pem", Body=pkis.truststore.read_bytes())
        files = pkis.server.files(pkis.folder, "server")
        truststore = {"TruststoreUri": "s3://trust/roots.pem"}
        site = new_site(driver, ["--certificate", ",".join(map(str, files))], https=free_port())
        asks = ["--s3-endpoint", moto.url, "--s3-ca"]
        site.start_control(*asks, other).start_data()
        api = site.make_api({"$default": "http://127.0.0.1:1"})
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            domain(site, api, NAME, truststore)
        assert "UnknownIssuer" in caught.value.response["Error"]["Message"]
        site.kill("ringgate-control")
        site.start_control(*asks, root)
        domain(site, api, NAME, truststore)
        assert ask(site, pkis.context(pkis.client)).status == 503, "let in"
        stranger = pki.root("stranger").issue("eve", purposes=pki.CLIENT)
        assert ask(site, pkis.context(stranger)).status == 403
    finally:
        moto.close()


def test_wildcards_and_what_lies_below_them(new_site, driver, pkis, origin):
    files = pkis.server.files(pkis.folder, "server")
    flags = ["--certificate", ",".join(map(str, files))]
    site = new_site(driver, flags=flags, https=free_port()).up()
    api = site.make_proxy(origin)
    domain(site, api, "*.example.com", {"TruststoreUri": str(pkis.truststore)})
    domain(site, api, OPEN)
    trusted = pkis.context(pkis.client)
    # One domain name, whichever of its names is asked.
    assert ask(site, trusted, host="b.example.com", name="a.example.com").status == 200
    assert turned_away(site, pkis.context(), "a.example.com")
    assert ask(site, pkis.context(), host=OPEN, name=OPEN).status == 200
    assert ask(site, pkis.context(), host="a.example.com", name=OPEN).status == 421


def test_it_holds_before_control_is_there(new_site, driver, pkis, origin):
    files = pkis.server.files(pkis.folder, "server")
    site = new_site(driver, flags=["--certificate", ",".join(map(str, files))], https=free_port())
    site.start_control().start_data()
    domain(site, site.make_proxy(origin), NAME, {"TruststoreUri": str(pkis.truststore)})
    for name in ("ringgate-control", "ringgated"):
        site.kill(name)
    site.start_data()
    assert ask(site, pkis.context(pkis.client)).status == 200
    assert ask(site, pkis.context(pki.self_signed("me"))).status == 403
    assert turned_away(site, pkis.context())
    assert site.ask("/x", host=NAME).status == 403
