"""Backends over TLS: asked only where their certificate is for them and leads to a trusted root."""

import http.server
import ssl
import threading

import pytest

from harness.authority import authority, leaf


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_):
        pass


@pytest.fixture
def secure_origin(tmp_path):
    """Starts servers whose certificate is for a name; the root is in `ca.pem`."""
    ca, servers = authority(tmp_path), []

    def start(name):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        server.paths = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*leaf(tmp_path, ca, name))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    start.root = ca[1]
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


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
