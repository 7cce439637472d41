"""AWS_PROXY to Lambda: bodies at their limits, in pieces, slow (spec section 2.18)."""

import contextlib
import json
import selectors
import subprocess

import pytest

from harness.lambdas import integration
from harness.reasons import reason
from harness.site import Site
from harness.waiting import until
from harness.wire import build, chunked

MIB = 1 << 20
BODY_MAX = 10 * MIB
PAYLOAD_MAX = 6_291_556
TEXT = ("Content-Type", "text/plain")


def too_large(site, answer, words):
    assert (answer.status, answer.message) == (413, "Request Entity Too Large"), answer
    assert words in reason(site, answer)


def test_a_body_larger_than_may_be_is_not_read(lambda_site, lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        wire.send(build("/", method="POST", host=wire.host,
                        headers=[("Content-Length", BODY_MAX + 1), ("Expect", "100-continue")]))
        answer = wire.response()
        assert answer.interim == [], "nothing was asked for"
        too_large(lambda_site, answer, "10485760 bytes")
        wire.assert_closed()
    assert functions.requests == []


def test_a_body_of_unknown_length_is_cut_at_the_limit(lambda_site, lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        wire.send_lossy(build("/", method="POST", host=wire.host, body=b"",
                              headers=[("Transfer-Encoding", "chunked")]))
        wire.send_lossy(chunked(*[b"x" * MIB] * 11))
        too_large(lambda_site, wire.response(), "10485760 bytes")
    assert functions.requests == []


def test_an_event_larger_than_lambda_takes(lambda_site, lambda_apis, functions):
    """Ten megabytes may come; what of it makes an event of more than six is too large."""
    for size, headers in ((BODY_MAX, [TEXT]), (5 * MIB, [])):
        answer = lambda_apis["2.0"].ask(method="POST", body=b"x" * size, headers=headers)
        too_large(lambda_site, answer, f"longer than {PAYLOAD_MAX} bytes")
    assert functions.requests == []


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_largest_event(lambda_site, lambda_apis, functions, version):
    api = lambda_apis[version]

    def ask(size):
        return api.ask(method="POST", body=b"x" * size, headers=[TEXT])

    assert ask(1_000_000).status == 200
    # Every octet more of the body is one more of the event, and so is each digit of its length.
    rest = functions.last().length - 1_000_000
    assert ask(PAYLOAD_MAX - rest).status == 200
    assert functions.last().length == PAYLOAD_MAX
    too_large(lambda_site, ask(PAYLOAD_MAX - rest + 1), "longer than")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_largest_answer(lambda_site, lambda_apis, functions, version):
    frame = len(json.dumps({"statusCode": 200, "body": ""}))
    with lambda_apis[version].wire() as wire:
        functions.always({"statusCode": 200, "body": "y" * (PAYLOAD_MAX - frame)})
        answer = wire.request()
        assert (answer.status, len(answer.body)) == (200, PAYLOAD_MAX - frame)
        functions.always({"statusCode": 200, "body": "y" * (PAYLOAD_MAX - frame + 1)})
        answer = wire.request()
        assert (answer.status, answer.message) == (500, "Internal Server Error")
        assert f"longer than {PAYLOAD_MAX} bytes" in reason(lambda_site, answer)
        functions.always({"statusCode": 200})
        assert wire.request().status == 200


def test_large_bodies_over_http_2(lambda_site, lambda_apis, functions, tmp_path):
    functions.answer = lambda event: {"statusCode": 200, "body": event["body"]}

    def upload(body):
        """What curl gets: version, status and content."""
        (tmp_path / "up").write_bytes(body)
        done = subprocess.run(
            ["curl", "-sS", "--http2-prior-knowledge", "-H", f"Host: {lambda_apis['2.0'].host}",
             "-H", "Content-Type: text/plain", "--data-binary", f"@{tmp_path / 'up'}",
             "-o", tmp_path / "down", "-w", "%{http_version} %{http_code}",
             f"http://127.0.0.1:{lambda_site.http}/x"], capture_output=True, text=True, timeout=60)
        return done.stdout, (tmp_path / "down").read_bytes()

    body = b"".join(b"%07d\n" % n for n in range(600_000))
    assert upload(body) == ("2 200", body)
    said, content = upload(b"x" * (BODY_MAX + 1))
    assert (said, json.loads(content)["message"]) == ("2 413", "Request Entity Too Large")


def test_a_chunked_body_is_content_in_the_event(lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        for split in (1, 7, 1000):
            data = build("/", method="POST", host=wire.host, body=b"",
                         headers=[("Transfer-Encoding", "chunked"), TEXT])
            data += chunked(b"abc", b"d" * 500, trailers=b"x-t: 1\r\n") + build("/", host=wire.host)
            for at in range(0, len(data), split):
                wire.send(data[at:at + split])
            assert [wire.response().status for _ in range(2)] == [200, 200]
            event = functions.events()[-2]
            assert event["body"] == "abc" + "d" * 500
            assert event["headers"]["content-length"] == "503"
            assert "transfer-encoding" not in event["headers"]


def test_a_client_that_waits_for_100(lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        wire.send(build("/", method="POST", host=wire.host,
                        headers=[("Content-Length", "3"), ("Expect", "100-continue"), TEXT]))
        assert wire.head().status == 100
        assert functions.heads == []
        wire.send(b"abc")
        assert wire.response().status == 200
    [event] = functions.events()
    assert event["body"] == "abc" and "expect" not in event["headers"]


def test_a_slow_upload_holds_no_call(lambda_apis, functions):
    before = functions.connections
    wires = [lambda_apis["2.0"].wire() for _ in range(12)]
    for wire in wires:
        wire.send(build("/", method="POST", host=wire.host, headers=[("Content-Length", "4")]))
        wire.send(b"ab")
    # Another one is answered meanwhile.
    assert lambda_apis["2.0"].ask().status == 200
    assert functions.connections <= before + 1 and len(functions.heads) == 1
    for wire in wires:
        wire.send(b"cd")
    for wire in wires:
        assert wire.response().status == 200
        wire.sock.close()


def test_a_body_that_breaks_the_chunked_coding(lambda_site, lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        wire.send(build("/", method="POST", host=wire.host, body=b"",
                        headers=[("Transfer-Encoding", "chunked")]) + b"zz\r\nabc")
        answer = wire.response()
        assert answer.status == 400 and reason(lambda_site, answer)
        wire.assert_closed()
    assert functions.heads == []


def test_a_client_that_leaves_within_its_body_calls_nothing(lambda_apis, functions):
    with lambda_apis["2.0"].wire() as wire:
        wire.send(build("/", method="POST", host=wire.host, headers=[("Content-Length", "9")]))
        wire.send(b"abc")
    assert lambda_apis["2.0"].ask().status == 200
    assert len(functions.heads) == 1


def test_a_body_that_stops_coming(driver, new_site, functions):
    site = new_site(driver, flags=["--lambda-endpoint", functions.url, "--body-timeout-ms", "300"])
    api = site.up().make_api({"$default": integration()})
    with api.wire() as wire:
        wire.send(build("/", method="POST", host=wire.host, headers=[("Content-Length", "9")]))
        wire.send(b"abc")
        assert wire.response().status == 408
        wire.assert_closed()
    assert functions.heads == []


# What a worker's requests may hold whole, beside a buffer for each of them.
HELD_MAX, BUFFER = 256 * MIB, 32 * 1024


def readable(wires, timeout_s):
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            selector.register(wire.sock, selectors.EVENT_READ, wire)
        return [key.data for key, _ in selector.select(timeout_s)]


def test_bodies_that_are_held_whole_have_a_bound(driver, functions):
    site = Site(driver)
    site.flags = ["--workers", "1", "--body-timeout-ms", "120000",
                  "--lambda-endpoint", functions.url]
    with contextlib.ExitStack() as stack:
        stack.callback(site.close)
        api = site.up().make_api({"$default": integration()})
        wires = [stack.enter_context(api.wire(timeout_s=60)) for _ in range(30)]
        # None is whole, and together they are a little more than may be.
        part = b"x" * (HELD_MAX // len(wires) + BUFFER + 7_000)
        for wire in wires:
            wire.send_lossy(build("/", method="POST", host=api.host,
                                  headers=[("Content-Length", BODY_MAX), TEXT]) + part)
        until(lambda: site.metrics()["ringgate_shed_total"] == 1, "one to be refused", 60)
        [wire] = readable(wires, 60)
        answer = wire.response()
        assert (answer.status, answer.message) == (503, "Service Unavailable"), answer
        assert api.ask(method="POST", body=b"x" * 10_000, headers=[TEXT]).status == 200, "as usual"
    assert len(functions.requests) == 1
