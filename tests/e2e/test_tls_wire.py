"""TLS hellos in pieces, in part, too large, too slow, or none at all (RFC 8446 section 5)."""

import socket
import struct
import time

import pytest

from harness import hello
from harness.memory import resident_bytes
from harness.tlswire import TlsWire
from harness.wire import build

MIB = 1 << 20
# As the fixture `secure` has it.
HEAD_TIMEOUT_S = 3.0
# How much later than due an end may be seen on a slow machine.
LATE_S_MAX = 15.0


@pytest.fixture
def api(secure, origin):
    return secure.make_proxy(origin)


def test_a_hello_in_one_byte_segments(secure):
    raw = hello.record(hello.client_hello())
    with socket.create_connection(("127.0.0.1", secure.https), 30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw:
            sock.sendall(bytes([byte]))
        assert hello.first_answer(sock).agreed


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_hello_in_many_records(secure, size):
    assert hello.say(secure.https, hello.records(hello.client_hello(), size)).agreed


def test_a_large_hello(secure):
    """16 KiB of padding (RFC 7685): larger than a record."""
    message = hello.client_hello(more=hello.extension(21, b"\0" * 17_000))
    answer = hello.say(secure.https, hello.records(message, 16_384))
    assert answer.agreed or answer.alert, answer


def test_a_hello_that_claims_16_megabytes_is_refused(secure):
    before = resident_bytes(secure.pid("ringgated"))
    raw = b"\1\xff\xff\xff" + b"\0" * 16_000
    answer = hello.say(secure.https, hello.record(raw) + hello.record(b"\0" * 16_384) * 64)
    assert not answer.agreed
    assert resident_bytes(secure.pid("ringgated")) - before < 4 * MIB


@pytest.mark.parametrize("raw", [
    b"\0" * 200, b"\xff" * 200, bytes(range(256)), b"SSH-2.0-x\r\n" * 20,
    struct.pack(">BHH", 22, 0x0301, 0x4101) + b"\1" * 0x4101,
    struct.pack(">BHH", 23, 0x0303, 100) + b"x" * 100,
    struct.pack(">BHH", 21, 0x0301, 2) + b"\1\0", struct.pack(">BHH", 20, 0x0301, 1) + b"\1",
    struct.pack(">BHH", 22, 0x0301, 0),
], ids=["zeros", "ones", "every byte", "SSH", "a record too large", "application data", "an alert",
        "a change of ciphers", "an empty record"])
def test_what_is_no_hello_ends_the_connection(secure, raw):
    began = time.monotonic()
    assert not hello.say(secure.https, raw).agreed
    assert time.monotonic() - began < HEAD_TIMEOUT_S + LATE_S_MAX


def test_plain_http_on_the_tls_port_is_answered_or_closed_at_once(secure):
    with socket.create_connection(("127.0.0.1", secure.https), 30) as sock:
        sock.sendall(build("/x"))
        began = time.monotonic()
        data = sock.recv(4096)
    assert data == b"" or data[0] == hello.ALERT or data.startswith(b"HTTP/1.1 400"), data
    assert time.monotonic() - began < HEAD_TIMEOUT_S + LATE_S_MAX


@pytest.mark.parametrize("count", [0, 1, 50])
def test_half_a_hello_times_out(secure, count):
    raw = hello.record(hello.client_hello())[:count]
    with socket.create_connection(("127.0.0.1", secure.https), 30) as sock:
        sock.sendall(raw)
        began = time.monotonic()
        while sock.recv(4096):
            pass
        assert HEAD_TIMEOUT_S * 0.7 < time.monotonic() - began < HEAD_TIMEOUT_S + LATE_S_MAX


def test_a_dripping_hello_times_out_all_the_same(secure):
    raw = hello.record(hello.client_hello(more=hello.extension(21, b"\0" * 3000)))
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", secure.https), 30) as sock:
        try:
            for byte in raw:
                sock.sendall(bytes([byte]))
                time.sleep(0.01)
        except OSError:
            pass
    assert time.monotonic() - began < HEAD_TIMEOUT_S + LATE_S_MAX


def test_two_hundred_half_hellos_hold_nobody_up(secure, api):
    raw, socks = hello.record(hello.client_hello())[:-1], []
    try:
        for _ in range(200):
            socks.append(socket.create_connection(("127.0.0.1", secure.https), 30))
            socks[-1].sendall(raw)
        took = []
        for _ in range(3):
            began = time.monotonic()
            with TlsWire(secure.https) as wire:
                assert wire.request("/x", host=api.host).status == 200
            took.append(time.monotonic() - began)
        assert min(took) < 0.5, took
    finally:
        for sock in socks:
            sock.close()


@pytest.mark.parametrize("more", [
    hello.extension(hello.SIGNATURES, hello.numbers((0x0403,))), hello.extension(10, b"\xff\xff"),
], ids=["an extension twice", "a malformed extension"])
def test_a_malformed_hello_is_refused(secure, more):
    answer = hello.probe(secure.https, more=more)
    assert not answer.agreed, answer


def test_tls_on_the_plain_port_is_refused(secure):
    assert not hello.probe(secure.http).agreed
