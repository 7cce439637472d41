"""HTTP over TLS, sessions and ends (RFC 8446 sections 2.2, 4.6 and 6.1)."""

import contextlib
import hashlib
import ssl
import subprocess
import threading
import time

import pytest

from harness import origin as origins
from harness.h2raw import H2, tls_context
from harness.tlswire import NAME, TlsWire, openssl
from harness.wire import build

MIB = 1 << 20


@pytest.fixture
def api(secure, origin):
    return secure.make_proxy(origin)


def test_a_client_without_alpn_speaks_http_1(secure, api):
    with TlsWire(secure.https, tls_context(())) as wire:
        assert wire.request("/x", host=api.host).status == 200


def test_http_2_after_alpn(secure, api):
    with H2(secure.https, tls=True, host=api.host) as client:
        answer = client.request(((":method", "GET"), (":scheme", "https"),
                                 (":authority", api.host), (":path", "/x")))
        assert answer.status == 200


# Sessions

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_on_every_worker(secure, api, version):
    context = tls_context(["http/1.1"])
    context.minimum_version = context.maximum_version = version
    with TlsWire(secure.https, context) as wire:
        assert wire.request("/x", host=api.host).status == 200
        session = wire.sock.session
    reused = []
    for _ in range(8):
        with TlsWire(secure.https, context, session=session) as wire:
            reused.append(wire.sock.session_reused)
            assert wire.request("/x", host=api.host).status == 200
            session = wire.sock.session
    assert all(reused), reused


def test_no_early_data(secure):
    """RFC 8446 section 8: what can be replayed is not taken."""
    text = openssl("s_client", "-connect", f"127.0.0.1:{secure.https}", "-tls1_3",
                   "-servername", NAME, "-sess_out", "/dev/null",
                   stdin=build("/x", headers={"Connection": "close"}))
    assert "Max Early Data: 0" in text or "Max Early Data" not in text, text


def test_no_renegotiation(secure):
    text = openssl("s_client", "-connect", f"127.0.0.1:{secure.https}", "-tls1_2", stdin=b"R\n")
    assert "Secure Renegotiation IS supported" in text
    assert "RENEGOTIATING" not in text or "no renegotiation" in text or "error" in text.lower()


def test_a_key_update(secure, api):
    """RFC 8446 section 4.6.3. `s_client` takes a command only where it reads nothing else with it,
    so it is given longer and longer pauses."""
    answers = []
    for pause_s in (0.3, 1, 3):
        answers.append(ask_after_key_update(secure, api, pause_s))
        if b"HTTP/1.1 200" in answers[-1]:
            return
    raise AssertionError(answers)


def ask_after_key_update(secure, api, pause_s):
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.https}", "-tls1_3", "-quiet",
         "-no_ign_eof", "-alpn", "http/1.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    with process:
        for piece in (b"K\n", build("/x", host=api.host, headers={"Connection": "close"})):
            time.sleep(pause_s)
            with contextlib.suppress(OSError):
                process.stdin.write(piece)
                process.stdin.flush()
        # Without a request it ends by the gateway's own wait for one.
        answer = process.stdout.read()
        process.kill()
    return answer


# HTTP over it

def test_bodies_both_ways(secure, api, origin):
    data = bytes(range(256)) * (4 * MIB // 256)
    origin.reply = lambda peer, seen: peer.send(
        origins.response(body=data, headers=[("X-Hash", seen.hash.hexdigest())]))
    with TlsWire(secure.https) as wire:
        for _ in range(2):
            answer = wire.request("/x", method="POST", host=api.host, body=data)
            assert answer.body == data
            assert answer.get("x-hash") == hashlib.sha256(data).hexdigest()


def test_pipelining_and_one_byte_records(secure, api):
    with TlsWire(secure.https) as wire:
        wire.send(build("/1", host=api.host) * 10)
        for _ in range(10):
            assert wire.response().json()["target"] == "/1"
        for byte in build("/2", host=api.host):
            wire.send(bytes([byte]))
        assert wire.response().json()["target"] == "/2"


def test_the_origin_hears_https(secure, api, origin):
    with TlsWire(secure.https) as wire:
        assert wire.request("/x", host=api.host).status == 200
    assert "proto=https" in origin.last().get("forwarded")


def test_a_close_is_announced(secure, api):
    """RFC 8446 section 6.1: close_notify before the end, else it looks like a truncation."""
    with TlsWire(secure.https) as wire:
        wire.request("/x", host=api.host, headers={"Connection": "close"})
        assert wire.sock.recv(100) == b"", "an end without close_notify raises here"


def test_a_response_that_ends_with_the_connection_is_not_cut_silently(secure, api, origin):
    """To HTTP/1.0 a body without a length: its end must be announced, a broken one must not."""
    def cut(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        return False

    origin.reply = cut
    with TlsWire(secure.https) as wire:
        wire.send(build("/x", host=api.host, version="HTTP/1.0"))
        with pytest.raises((ssl.SSLError, ConnectionResetError, AssertionError)):
            answer = wire.response()
            assert len(answer.body) == 100


def test_a_client_that_vanishes_in_its_body_sends_no_whole_request(secure, api, origin):
    with TlsWire(secure.https) as wire:
        wire.send(build("/half", method="POST", host=api.host, headers={"Content-Length": "1000"})
                  + b"x" * 500)
        time.sleep(0.1)
    assert api.ask("/after").status == 200
    assert [seen.target for seen in origin.requests] == ["/after"]


def test_another_host_than_the_name_is_served(secure, api):
    """421 is for domains with mutual TLS only."""
    with TlsWire(secure.https, name="another.test") as wire:
        assert wire.request("/x", host=api.host).status == 200


def test_many_handshakes_at_once(secure, api):
    failed = []

    def one():
        try:
            with TlsWire(secure.https) as wire:
                assert wire.request("/x", host=api.host).status == 200
        except (OSError, AssertionError) as error:
            failed.append(repr(error))

    threads = [threading.Thread(target=one) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not failed, failed[:3]
