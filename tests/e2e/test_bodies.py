"""Bodies are streamed both ways with back-pressure: memory stays flat, nothing is cut."""

import hashlib
import threading
import time

import pytest

from harness import origin as origins
from harness.memory import resident_bytes
from harness.nginx import FILE_BYTES
from harness.wire import Truncated, build, chunked

MIB = 1024 * 1024
# What a stream may add: buffers of a few connections and the allocator's slack, not the body.
GROWTH_BYTES_MAX = 12 * MIB
# Bytes that may be under way between two ends that are not reading: the kernel's socket buffers.
IN_FLIGHT_BYTES_MAX = 40 * MIB


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


@pytest.fixture
def memory(gateway):
    """The growth of ringgated's resident memory must stay under the bound."""
    pid = gateway.pid("ringgated")
    before, peak = resident_bytes(pid), [0]
    stop = threading.Event()

    def watch():
        while not stop.wait(0.02):
            peak[0] = max(peak[0], resident_bytes(pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield
    stop.set()
    watcher.join()
    growth = peak[0] - before
    assert growth < GROWTH_BYTES_MAX, f"resident memory grew by {growth / MIB:.1f} MiB"


def block(size=MIB):
    return bytes(range(256)) * (size // 256)


def test_50_mb_down_from_nginx(gateway, nginx, memory):
    api = gateway.make_api({"GET /{f+}": f"{nginx.url}/files/{{f}}"})
    with api.wire() as wire:
        answer = wire.request("/large")
        assert (answer.status, answer.framing) == (200, "length")
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(
            block() * (FILE_BYTES // MIB)).digest()
        assert wire.request("/small.txt").body == b"a small file\n"


def test_a_range_and_a_conditional_request_reach_nginx(gateway, nginx):
    api = gateway.make_api({"ANY /{f+}": f"{nginx.url}/files/{{f}}"})
    part = api.ask("/large", headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, bytes(range(10, 20)))
    etag = api.ask("/small.txt").get("etag")
    assert api.ask("/small.txt", headers={"If-None-Match": etag}).status == 304
    assert api.ask("/large", method="HEAD").get("content-length") == str(FILE_BYTES)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_50_mb_up(api, origin, memory, framing):
    count, data = 50, block()
    with api.wire() as wire:
        if framing == "length":
            wire.send(build("/up", method="POST", host=api.host,
                            headers={"Content-Length": str(count * MIB)}))
            for _ in range(count):
                wire.send(data)
        else:
            wire.send(build("/up", method="POST", host=api.host,
                            headers={"Transfer-Encoding": "chunked"}))
            for _ in range(count):
                wire.send(b"%x\r\n%s\r\n" % (len(data), data))
            wire.send(b"0\r\n\r\n")
        answer = wire.response("POST").json()
        assert answer["length"] == count * MIB
        assert answer["sha256"] == hashlib.sha256(data * count).hexdigest()
        assert wire.request("/again").status == 200


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_50_mb_down(api, origin, memory, framing):
    count, data = 50, block()

    def stream(peer, seen):
        if framing == "length":
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (count * MIB))
        elif framing == "chunked":
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        else:
            peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(count):
            peer.send(b"%x\r\n%s\r\n" % (len(data), data) if framing == "chunked" else data)
        if framing == "chunked":
            peer.send(b"0\r\n\r\n")
        return framing != "close"

    origin.reply = stream
    with api.wire() as wire:
        answer = wire.request("/down")
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(data * count).digest()
        assert answer.framing in (("length",) if framing == "length" else ("chunked", "close"))


def test_a_client_that_does_not_read_holds_the_origin_back(api, origin, memory):
    sent, stop = [0], threading.Event()

    def endless(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1 << 40))
        peer.sock.settimeout(0.5)
        data = block()
        while not stop.is_set():
            try:
                sent[0] += peer.sock.send(data)
            except TimeoutError:
                pass
        return False

    origin.reply = endless
    with api.wire(receive_buffer=65536) as wire:
        wire.send(build("/endless", host=api.host))
        wire.head()
        assert_stalls(sent)
        stop.set()
        # Other clients go on meanwhile.
        origin.always(body=b"fine")
        assert api.ask("/other").body == b"fine"


def assert_stalls(counter):
    """The counter stops growing, and within the bound."""
    end, last, since = time.monotonic() + 20, -1, time.monotonic()
    while time.monotonic() < end:
        if counter[0] != last:
            last, since = counter[0], time.monotonic()
        assert last < IN_FLIGHT_BYTES_MAX, f"{last / MIB:.0f} MiB taken though nobody reads"
        if time.monotonic() - since > 1.0 and last > 0:
            return
        time.sleep(0.02)
    raise AssertionError(f"never stalled: {last}")


def test_an_origin_that_does_not_read_holds_the_client_back(api, origin, memory):
    released = threading.Event()

    def hold(peer, seen):
        released.wait(30)
        return False

    origin.on_head = hold
    sent = [0]
    with api.wire() as wire:
        wire.send(build("/up", method="POST", host=api.host,
                        headers={"Content-Length": str(1 << 34)}))
        wire.sock.settimeout(0.2)

        def push():
            data = block()
            try:
                while not released.is_set():
                    try:
                        sent[0] += wire.sock.send(data)
                    except TimeoutError:
                        pass
            except OSError:
                pass

        pusher = threading.Thread(target=push, daemon=True)
        pusher.start()
        assert_stalls(sent)
        released.set()
        pusher.join(10)


def test_a_body_goes_on_while_it_comes(api, origin):
    """Neither direction waits for a whole body: a piece is there before the next is sent."""
    def answer_head(peer, seen):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in peer.pieces(5):
            peer.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        peer.send(b"0\r\n\r\n")
        return True

    origin.on_head = answer_head
    with api.wire() as wire:
        wire.send(build("/both", method="POST", host=api.host, headers={"Content-Length": "5"}))
        assert wire.head().status == 200
        for byte in b"abcde":
            wire.send(bytes([byte]))
            assert int(wire.line(), 16) == 1
            assert wire.exactly(3) == bytes([byte]) + b"\r\n"
        assert wire.line() == b"0"


def test_an_early_response_reaches_a_client_that_still_sends(api, origin):
    def refuse(peer, seen):
        peer.send(origins.response(413, b"too much", [("Connection", "close")], "Too Large"))
        peer.closed_by_peer(30)
        return True

    origin.on_head = refuse
    with api.wire() as wire:
        wire.send(build("/up", method="POST", host=api.host,
                        headers={"Content-Length": str(64 * MIB)}))
        wire.send_lossy(block(64 * 1024))
        answer = wire.response("POST")
        assert (answer.status, answer.body) == (413, b"too much")


def test_chunk_extensions_are_not_passed_on_and_trailers_are_safe(api, origin):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers={"Transfer-Encoding": "chunked"}))
        wire.send(b'3;ext="a;b"\r\none\r\n3;x=y\r\ntwo\r\n0;last\r\nX-Trailer: 1\r\n\r\n')
        answer = wire.response("POST")
        assert answer.json()["body"] == "onetwo"
        assert wire.request("/again").status == 200


def test_trailers_of_the_response_keep_the_framing(api, origin):
    origin.always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                  + chunked(b"data", trailers=b"X-Sum: 7\r\n"))
    with api.wire() as wire:
        for _ in range(2):
            answer = wire.request("/x")
            assert answer.body == b"data"
            assert answer.trailers in ([], [("X-Sum", "7")])


def test_bodies_of_every_size_around_the_buffers(api, origin):
    with api.wire() as wire:
        for size in [0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 16383, 16384, 16385, 32768, 65535,
                     65536, 65537, 131072, 262145]:
            body = block(size + 256)[:size]
            origin.reply = lambda peer, seen: peer.send(
                origins.response(body=body, headers=[("X-Hash", seen.hash.hexdigest())]))
            answer = wire.request("/size", method="POST", body=body)
            assert answer.body == body, size
            assert answer.get("x-hash") == hashlib.sha256(body).hexdigest(), size
            wire.send(build("/size", method="POST", host=api.host,
                            headers={"Transfer-Encoding": "chunked"}) + chunked(body))
            answer = wire.response("POST")
            assert answer.get("x-hash") == hashlib.sha256(body).hexdigest(), size


def test_a_clients_abort_reaches_the_origin(api, origin):
    gone = threading.Event()

    def watch(peer, seen):
        if peer.closed_by_peer(30):
            gone.set()
        return True

    origin.on_head = watch
    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        origin.wait_for(lambda o: o.heads)
    assert gone.wait(40), "the origin's connection is still open"


def test_an_aborted_upload_is_visible_to_the_origin(api, origin):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host, headers={"Content-Length": "1000"}))
        wire.send(b"x" * 500)
        origin.wait_for(lambda o: o.heads)
    origin.always(body=b"after")
    assert api.ask("/after").body == b"after"
    assert [seen.target for seen in origin.requests] == ["/after"], "half a body is no request"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_truncated_response_ends_the_clients_visibly_broken(api, origin, framing):
    def cut(peer, seen):
        if framing == "length":
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        else:
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False

    origin.reply = cut
    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        with pytest.raises((Truncated, ConnectionResetError)):
            answer = wire.response()
            raise AssertionError(f"looks whole: {answer}")
    origin.always(body=b"after")
    assert api.ask("/after").body == b"after"
