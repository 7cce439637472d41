"""Certificates and the names they are asked for (RFC 6066 section 3)."""

import re
import ssl

import pytest

from harness import hello
from harness.places import free_port
from harness.tlswire import NAME, TlsWire, openssl
from harness.waiting import until


@pytest.fixture
def api(secure, origin):
    return secure.make_proxy(origin)


@pytest.mark.parametrize("name", [NAME, NAME.upper(), "unknown.test", "127.0.0.1", None])
def test_every_name_gets_a_certificate(secure, name):
    """No or an unknown SNI gets the default one: clients that check will say so themselves."""
    with TlsWire(secure.https, name=name) as wire:
        assert wire.sock.getpeercert(binary_form=True)


@pytest.mark.parametrize("name", [b"", b"a" * 300, b"a\0b", b"a b", b"\xc3\xa9"])
def test_an_odd_name_is_refused_or_ignored(secure, name):
    hello.probe(secure.https, name=name)
    assert hello.probe(secure.https).agreed


def test_the_made_certificate(secure):
    """ECDSA P-256 for *.execute-api.localhost."""
    pem = ssl.get_server_certificate(("127.0.0.1", secure.https))
    text = openssl("x509", "-noout", "-text", stdin=pem.encode())
    assert "prime256v1" in text and "ecdsa-with-SHA256" in text, text
    assert "DNS:*.execute-api.localhost" in text, text
    assert openssl("x509", "-noout", "-checkend", "86400", stdin=pem.encode()).startswith(
        "Certificate will not expire")


def test_a_given_certificate_is_served(driver, new_site, origin, tmp_path):
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert),
            "-subj", "/CN=given.test", "-addext", "subjectAltName=DNS:given.test", "-days", "2")
    port = free_port()
    new_site(driver, flags=["--certificate", f"{cert},{key}"], https=port).up(
        "--target", origin.url)
    context = ssl.create_default_context(cafile=str(cert))
    with TlsWire(port, context, "given.test") as wire:
        assert wire.request("/x", host="given.test").status == 200


@pytest.mark.parametrize("harm", ["another key", "no file", "no PEM"])
def test_a_certificate_that_cannot_serve_is_said_so(driver, new_site, tmp_path, harm):
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(cert), "-subj", "/CN=x", "-days", "2")
    if harm == "another key":
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
    elif harm == "no file":
        key.unlink()
    else:
        cert.write_text("nothing")
    flags = ["--certificate", f"{cert},{key}"]
    site = new_site(driver, https=free_port(), flags=flags).up(wait=False)
    until(lambda: re.search(r"(?i)certificate|k\.pem|c\.pem", site.logs()), "an error that says it")
