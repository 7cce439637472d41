"""Names proved by TLS-ALPN-01 (RFC 8737): what an authority is shown, and that nobody else is."""

import ssl

import pytest

from harness import pki
from harness.acm import NAME, OTHER, der, described, issued, present, request, shown
from harness.acme_proofs import ALPN, shake
from harness.places import free_port
from harness.tlswire import TlsWire, openssl
from harness.waiting import until


@pytest.fixture
def site(new_site, driver, authority):
    made = new_site(driver, https=free_port())
    # It would be proved by HTTP-01 as well, and is not.
    authority.proof_ports = {"http-01": made.http, "tls-alpn-01": made.https}
    return made.up("--acme-directory", authority.url, "--acme-challenge", "tls-alpn-01")


def refused(port, name):
    said = openssl("s_client", "-connect", f"127.0.0.1:{port}", "-alpn", ALPN, "-servername", name)
    return "no application protocol" in said


def test_a_certificate_is_proved_and_presented(site, authority):
    arn = request(site, SubjectAlternativeNames=[NAME, OTHER])
    issued(site, arn)
    assert authority.proofs == [(NAME, "tls-alpn-01", None), (OTHER, "tls-alpn-01", None)]
    present(site, arn)
    assert shown(site, authority) == der(authority.issued[0])
    # Nobody is shown what proved the name any longer, and no file keeps a key in clear.
    until(lambda: refused(site.https, NAME), "the challenge to be forgotten")
    kept = [path for path in site.data.rglob("*") if path.is_file()]
    assert any(path.name == "table.last-good" for path in kept)
    with_keys = [path.name for path in kept if b"PRIVATE KEY" in path.read_bytes()]
    assert with_keys == ["self-signed.key"]


def test_a_challenge_is_shown_to_who_looks_for_it_alone(site, authority):
    api = site.make_api({"$default": "http://127.0.0.1:1"})
    seen = {}

    def look(name, port):
        """While the challenge of NAME is answered, and no other is."""
        acme = ["s_client", "-connect", f"127.0.0.1:{port}", "-alpn"]
        seen["looks"] = openssl(*acme, ALPN, "-servername", name)
        seen["TLS 1.2"] = openssl(*acme, ALPN, "-servername", name, "-tls1_2")
        seen["another name"] = openssl(*acme, ALPN, "-servername", "no.example.com")
        seen["a name below"] = openssl(*acme, ALPN, "-servername", f"a.{name}")
        seen["no name"] = openssl(*acme, ALPN, "-noservername")
        seen["beside others"] = openssl(*acme, f"{ALPN},http/1.1", "-servername", name)
        seen["no ALPN"] = openssl(*acme[:-1], "-servername", name)
        seen["upper case"] = shake(port, name.upper())[0]
        with TlsWire(port, name=api.host) as wire:
            seen["a request"] = wire.request("/ping", host=api.host).status
        # A request in a handshake that is for proofs is none.
        asked = b"GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        seen["HTTP on it"] = openssl(*acme, ALPN, "-servername", name, "-quiet", stdin=asked)

    authority.before_proof = look
    issued(site, request(site))
    for what in ("looks", "TLS 1.2"):
        assert f"ALPN protocol: {ALPN}" in seen[what] and "ACME challenge" in seen[what]
    for what in ("another name", "a name below", "no name"):
        assert "no application protocol" in seen[what], what
        assert "ACME challenge" not in seen[what]
    assert "ALPN protocol: http/1.1" in seen["beside others"]
    for what in ("beside others", "no ALPN"):
        assert "Ringgate self-signed" in seen[what] and "ACME challenge" not in seen[what]
    assert seen["upper case"] == ALPN
    # By a backend that is not there.
    assert seen["a request"] == 503
    assert "HTTP/" not in seen["HTTP on it"].replace("http/1.1", "")
    assert authority.proofs == [(NAME, "tls-alpn-01", None)]


def test_a_name_with_mutual_tls_is_proved_all_the_same(site, authority, tmp_path):
    truststore = tmp_path / "clients.pem"
    truststore.write_bytes(pki.root("clients").pem)
    site.v2.create_domain_name(
        DomainName=NAME, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:x"}],
        MutualTlsAuthentication={"TruststoreUri": str(truststore)})
    issued(site, request(site))
    assert authority.proofs == [(NAME, "tls-alpn-01", None)]
    # Others are asked for a certificate as before.
    with pytest.raises(ssl.SSLError):
        shake(site.https, NAME, ["http/1.1"])


def test_an_authority_without_it_is_told_in_the_log_and_tried_again(new_site, driver, authority):
    site = new_site(driver, https=free_port())
    authority.proof_ports = {"http-01": site.http}
    site.up("--acme-directory", authority.url, "--acme-challenge", "tls-alpn-01")
    arn = request(site)
    said = "the authority does not offer tls-alpn-01 (--acme-challenge)"
    until(lambda: said in site.logs(), "the reason")
    assert described(site, arn)["Status"] == "PENDING_VALIDATION" and not authority.proofs


def test_what_a_killed_run_left_is_forgotten(new_site, driver, authority):
    """The challenge outlives both processes, which opens it from the last table; control forgets
    it when it comes back."""
    site = new_site(driver, https=free_port())
    authority.proof_ports = {"tls-alpn-01": site.https}
    flags = ["--acme-directory", authority.url, "--acme-challenge", "tls-alpn-01"]
    site.start_control(*flags).start_data()

    def die(name, port):
        site.kill("ringgate-control")
        site.kill("ringgated")
        site.start_data()

    authority.before_proof = die
    arn = request(site)
    until(lambda: authority.proofs, "the proof")
    assert authority.proofs == [(NAME, "tls-alpn-01", None)]
    authority.before_proof = lambda name, port: None
    site.start_control(*flags)
    issued(site, arn)
    until(lambda: refused(site.https, NAME), "the challenge to be forgotten")
