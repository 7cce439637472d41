"""Real servers of HTTP/2 as origins: nghttpd, nginx; in clear, and under TLS where h2 must be
agreed on."""

import hashlib
import subprocess
import threading

import grpc
import pytest

from harness.authority import authority, leaf
from harness.grpcs import Client, GrpcServer
from harness.h2raw import H2
from harness.https import HttpsServer
from harness.nghttpd import LARGE_BYTES, Nghttpd
from harness.nginx import Nginx
from harness.site import Site

LARGE = hashlib.sha256(bytes(range(256)) * (LARGE_BYTES // 256)).digest()


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    made = authority(folder)
    return made[1], leaf(folder, made, "IP:127.0.0.1")


@pytest.fixture(params=["clear", "tls"])
def nghttpd(request, ca):
    server = Nghttpd(certificate=ca[1] if request.param == "tls" else None)
    yield server
    server.close()


@pytest.fixture(scope="module")
def trusting(driver, ca):
    site = Site(driver, flags=["--upstream-ca", ca[0]]).up()
    yield site
    site.close()


@pytest.fixture
def api(trusting, nghttpd):
    return trusting.make_proxy(nghttpd)


def test_files(api):
    assert api.ask("/small").body == b"a small file\n"
    assert api.ask("/missing").status == 404
    assert hashlib.sha256(api.ask("/large").body).digest() == LARGE


def test_all_on_one_connection(trusting, api, nghttpd):
    with H2(trusting.http) as client:
        for _ in range(3):
            streams = [client.open(api.fields("/small")) for _ in range(50)]
            answers = [client.response(stream) for stream in streams]
            assert all(answer.body == b"a small file\n" for answer in answers)
    assert nghttpd.connections() == 1
    assert "RST_STREAM" not in nghttpd.log()


def test_large_files_side_by_side(api, nghttpd):
    found = []
    ask = lambda: found.append(hashlib.sha256(api.ask("/large").body).digest())  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [LARGE] * 6
    assert nghttpd.connections() <= api.site.data_plane()["workers"]


def test_an_upload(trusting):
    server = Nghttpd("--echo-upload")
    try:
        api = trusting.make_proxy(server)
        body = bytes(range(256)) * 8192
        assert api.ask("/x", method="POST", body=body).body == body
    finally:
        server.close()


def test_trailers(trusting):
    server = Nghttpd("--trailer", "x-sum: 7")
    try:
        api = trusting.make_proxy(server)
        with H2(trusting.http) as client:
            answer = client.request(api.fields("/small"))
            assert answer.body == b"a small file\n", answer
            # It tells the length too, which has to go: in HTTP/1.1 trailers end chunks alone.
            assert answer.trailers == [("x-sum", "7")] and answer.get("content-length") is None
    finally:
        server.close()


def test_h2load_through_both(trusting, api):
    """Many clients at once, as another's client makes them."""
    done = subprocess.run(
        ["h2load", "-n", "2000", "-c", "10", "-m", "20", "-H", f":authority: {api.host}",
         f"http://127.0.0.1:{trusting.http}/small"], capture_output=True, text=True, timeout=100,
        check=True)
    assert "2000 succeeded, 0 failed, 0 errored" in done.stdout, done.stdout


def test_nginx(gateway):
    server = Nginx(http2=True)
    try:
        api = gateway.make_api({"ANY /{proxy+}": f"h2c://127.0.0.1:{server.port}/{{proxy}}"})
        assert api.ask("/a?b=c").body == b"GET /a?b=c"
        with H2(gateway.http) as client:
            for _ in range(100):
                assert client.request(api.fields("/x")).body == b"GET /x"
        assert len(api.ask("/files/large").body) == 50 << 20
    finally:
        server.close()


def test_grpc_over_tls_to_the_server(trusting, ca):
    cert, key = (path.read_bytes() for path in ca[1])
    server = GrpcServer(grpc.ssl_server_credentials([(key, cert)]))
    try:
        api = trusting.make_api({"ANY /{proxy+}": server.url})
        with Client(trusting.http, api.host) as client:
            assert client.unary(b"x" * 100_000, timeout=20) == b"x" * 100_000
            assert list(client.chat(iter([b"1", b"2"]), timeout=20)) == [b"re: 1", b"re: 2"]
    finally:
        server.close()


def test_a_server_that_does_not_agree_on_h2(trusting, ca):
    """It is not asked at all, in whatever version."""
    server = HttpsServer(ca[1])
    try:
        url = f"h2://127.0.0.1:{server.server_port}/"
        assert trusting.make_api({"GET /x": url}).ask("/x").status == 503
        assert server.paths == []
    finally:
        server.close()


def test_a_server_that_is_not_trusted(gateway, ca):
    server = Nghttpd(certificate=ca[1])
    try:
        api = gateway.make_api({"GET /x": f"{server.url}/small"})
        assert api.ask("/x").status == 503 and server.connections() == 0
    finally:
        server.close()
