"""Certificates that are replaced under a running gateway, as its clients see it: SIGHUP."""

import os
import signal
import socket
import ssl
import subprocess

import pytest

from harness.places import free_port
from harness.tlswire import TlsWire
from harness.waiting import until

NAME = "swapped.test"


@pytest.fixture
def files(tmp_path):
    return tmp_path / "cert.pem", tmp_path / "key.pem"


@pytest.fixture
def site(driver, new_site, origin, files):
    make(*files)
    flags = ["--certificate", ",".join(map(str, files))]
    return new_site(driver, flags=flags, https=free_port()).up("--target", origin.url)


def make(cert, key):
    """A new key and a certificate of its own, over the files that are there."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", cert, "-subj", f"/CN={NAME}", "-days", "2",
         "-addext", f"subjectAltName=DNS:{NAME}"], check=True, capture_output=True, timeout=60)
    return cert.read_text()


def trusting(pem):
    """A client's context that takes this certificate alone."""
    return ssl.create_default_context(cadata=pem)


def shown(site):
    """The certificate that a new handshake gets."""
    return ssl.get_server_certificate(("127.0.0.1", site.https)).strip()


def reload(site):
    os.kill(site.pid("ringgated"), signal.SIGHUP)


def test_old_connections_go_on_and_new_ones_see_the_new_certificate(site, files):
    before = files[0].read_text()
    with TlsWire(site.https, trusting(before), NAME) as old:
        assert old.request("/one", host=NAME).status == 200
        after = make(*files)
        reload(site)
        until(lambda: shown(site) == after.strip(), "the new certificate")
        assert old.request("/two", host=NAME).status == 200, "the connection from before"
        with TlsWire(site.https, trusting(after), NAME) as new:
            assert new.request("/three", host=NAME).status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            TlsWire(site.https, trusting(before), NAME)
        assert old.request("/four", host=NAME).status == 200


def test_a_handshake_that_is_under_way_ends_well(site, files):
    """It began before the swap, so it may get either certificate, but it gets one."""
    before = files[0].read_text()
    with socket.create_connection(("127.0.0.1", site.https), 10) as sock:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = trusting(before)
        tls = context.wrap_bio(incoming, outgoing, server_hostname=NAME)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        sock.sendall(hello[:100])
        after = make(*files)
        context.load_verify_locations(cadata=after)
        reload(site)
        until(lambda: shown(site) == after.strip(), "the new certificate")
        sock.sendall(hello[100:])
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(sock.recv(65536))
        assert tls.getpeercert()["subject"] == ((("commonName", NAME),),)


def test_files_that_cannot_be_used_change_nothing(site, files):
    good = files[0].read_text()
    files[1].write_text("no key")
    reload(site)
    until(lambda: "the certificates stay" in site.logs(), "the refusal")
    assert shown(site) == good.strip()
    with TlsWire(site.https, trusting(good), NAME) as wire:
        assert wire.request("/x", host=NAME).status == 200
