"""Backends over TLS: asked only where their certificate is for them and leads to a trusted root."""

import pytest

from harness.authority import authority, leaf
from harness.https import HttpsServer


@pytest.fixture
def secure_origin(tmp_path):
    """Starts servers whose certificate is for a name; the root is in `ca.pem`."""
    ca, servers = authority(tmp_path), []

    def start(name):
        servers.append(HttpsServer(leaf(tmp_path, ca, name)))
        return servers[-1]

    start.root = ca[1]
    yield start
    for server in servers:
        server.close()


def ask(site, server):
    site.up("--target", f"https://127.0.0.1:{server.server_port}")
    return site.ask("/x?y=1", host="any.test")


def test_a_trusted_backend_is_asked(driver, new_site, secure_origin):
    server = secure_origin("IP:127.0.0.1")
    site = new_site(driver, flags=["--upstream-ca", secure_origin.root])
    answer = ask(site, server)
    assert (answer.status, answer.body) == (200, b"secret")
    assert site.ask("/again", host="any.test").status == 200
    assert server.paths == ["/x?y=1", "/again"]


def test_a_backend_with_a_certificate_for_another_is_not(driver, new_site, secure_origin):
    server = secure_origin("DNS:other.test")
    site = new_site(driver, flags=["--upstream-ca", secure_origin.root])
    assert ask(site, server).status == 503
    assert server.paths == []


def test_a_backend_that_nobody_vouches_for_is_not(driver, new_site, secure_origin):
    server = secure_origin("IP:127.0.0.1")
    assert ask(new_site(driver), server).status == 503
    assert server.paths == []


def test_roots_that_cannot_be_read_are_said_so(driver, new_site):
    site = new_site(driver, flags=["--upstream-ca", "/nowhere.pem"])
    with pytest.raises(AssertionError, match="/nowhere.pem: No such file"):
        site.start_control().start_data()
