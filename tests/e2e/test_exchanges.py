"""Requests and responses on one connection: what ends it and what does not (RFC 9110, 9112)."""

import subprocess

import pytest

from harness import origin as origins
from harness.wire import build, chunked


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def test_a_connection_is_kept_for_many_requests(api, origin):
    with api.wire() as wire:
        for number in range(50):
            answer = wire.request(f"/{number}", method="POST", body=b"x" * number)
            assert answer.json()["length"] == number
    assert origin.connections <= 2, "upstream connections are pooled"


def test_upstream_connections_are_shared_by_clients(api, origin):
    for _ in range(20):
        assert api.ask("/x").status == 200
    assert origin.connections <= 4, "one per worker at most, and a spare"


def test_head_has_the_length_and_no_body(api, origin):
    origin.reply = lambda peer, seen: peer.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Method: %s\r\n\r\n" % seen.method.encode())
    with api.wire() as wire:
        for _ in range(2):
            answer = wire.request("/x", method="HEAD")
            assert (answer.get("content-length"), answer.get("x-method")) == ("12345", "HEAD")
        origin.always(body=b"whole")
        assert wire.request("/x").body == b"whole"


@pytest.mark.parametrize("status", [204, 304])
def test_bodyless_statuses_keep_the_connection(api, origin, status):
    origin.always(status, reason="x", headers=[("Etag", '"1"')])
    with api.wire() as wire:
        for _ in range(3):
            answer = wire.request("/x")
            assert (answer.status, answer.body) == (status, b"")
            assert answer.get("transfer-encoding") is None
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"


def test_a_304_may_carry_the_length_of_what_it_stands_for(api, origin):
    origin.always(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n")
    with api.wire() as wire:
        assert wire.request("/x").status == 304
        origin.always(body=b"after")
        assert wire.request("/x").body == b"after"


def test_an_empty_200_keeps_the_connection(api, origin):
    origin.always(body=b"")
    with api.wire() as wire:
        for _ in range(3):
            assert wire.request("/x").get("content-length") == "0"


def test_interim_responses_pass_before_the_final_one(api, origin):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    origin.always(early + early + origins.response(body=b"final"))
    with api.wire() as wire:
        for _ in range(2):
            answer = wire.request("/x")
            assert (answer.status, answer.body) == (200, b"final")
            assert [interim.status for interim in answer.interim] == [103, 103]
            assert answer.interim[0].get("link") == "</a.css>; rel=preload"


def test_an_unasked_100_from_the_origin_does_no_harm(api, origin):
    origin.always(b"HTTP/1.1 100 Continue\r\n\r\n" + origins.response(body=b"final"))
    with api.wire() as wire:
        for _ in range(2):
            answer = wire.request("/x", method="POST", body=b"body")
            assert (answer.status, answer.body) == (200, b"final")


def test_a_client_of_http_1_0_gets_no_interim_response(api, origin):
    origin.always(b"HTTP/1.1 103 Early Hints\r\n\r\n" + origins.response(body=b"final"))
    answer = api.ask("/x", version="HTTP/1.0")
    assert (answer.status, answer.interim, answer.body) == (200, [], b"final")


@pytest.fixture
def polite(origin):
    """An origin that asks for the body of a request with `Expect`, as RFC 9110 10.1.1 has it."""
    def ask(peer, seen):
        if (seen.get("expect") or "").lower() == "100-continue":
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return False

    origin.on_head = ask
    return origin


def test_expect_100_continue_is_answered_before_the_body(api, polite):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers={"Expect": "100-continue", "Content-Length": "5"}))
        assert wire.head().status == 100
        wire.send(b"hello")
        answer = wire.response("POST")
        assert answer.json()["body"] == "hello"
        assert answer.interim == [], "one 100 is enough"
        assert wire.request("/again").status == 200


def test_expect_in_any_case_and_with_a_chunked_body(api, polite):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers={"Expect": "100-Continue", "Transfer-Encoding": "chunked"}))
        assert wire.head().status == 100
        wire.send(chunked(b"hel", b"lo"))
        assert wire.response("POST").json()["body"] == "hello"


def test_expect_that_the_origin_answers_with_a_refusal(api, origin):
    """The final status comes in place of the 100, and the body is never sent."""
    def refuse(peer, seen):
        peer.send(origins.response(401, b"no", [("Connection", "close")], "Unauthorized"))
        return True

    origin.on_head = refuse
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers={"Expect": "100-continue", "Content-Length": "5000000"}))
        answer = wire.response("POST")
        assert (answer.status, answer.body) == (401, b"no")


def test_expect_before_an_origin_that_does_not_know_it(api, origin):
    """The client gives up waiting, as RFC 9110 has it do, and its body arrives."""
    with api.wire(timeout_s=0.3) as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers={"Expect": "100-continue", "Content-Length": "5"}))
        try:
            assert wire.head().status == 100
        except TimeoutError:
            pass
        wire.sock.settimeout(10)
        wire.send(b"hello")
        assert wire.response("POST").json()["body"] == "hello"


def test_expect_of_a_client_that_does_not_wait(api, origin):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host, body=b"hello",
                        headers={"Expect": "100-continue"}))
        answer = wire.response("POST")
        assert answer.json()["body"] == "hello"
        assert wire.request("/again").status == 200


def test_expect_for_no_route_is_refused_without_a_100(gateway, api):
    with api.wire() as wire:
        wire.send(build("/", method="POST", host=api.host,
                        headers={"Expect": "100-continue", "Content-Length": "5"}))
        answer = wire.response("POST")
        assert (answer.status, answer.interim) == (404, [])


def test_expect_of_http_1_0_is_ignored(api):
    answer = api.ask("/x", method="POST", version="HTTP/1.0", body=b"hello",
                     headers={"Expect": "100-continue"})
    assert answer.interim == [] and answer.json()["body"] == "hello"


def test_connection_close_is_honoured(api):
    with api.wire() as wire:
        answer = wire.request("/x", headers={"Connection": "close"})
        assert answer.status == 200
        assert answer.get("connection").lower() == "close"
        wire.assert_closed()


def test_connection_close_among_other_options(api):
    with api.wire() as wire:
        assert wire.request("/x", headers={"Connection": "x-a, CLOSE"}).status == 200
        wire.assert_closed()


def test_the_origins_close_does_not_close_the_client(api, origin):
    def once(peer, seen):
        peer.send(origins.response(body=b"ok", headers=[("Connection", "close")]))
        return False

    origin.reply = once
    with api.wire() as wire:
        for _ in range(5):
            answer = wire.request("/x")
            assert answer.body == b"ok"
            assert (answer.get("connection") or "").lower() != "close"


def test_http_1_0_is_closed_after_its_response(api, origin):
    with api.wire() as wire:
        answer = wire.request("/x", version="HTTP/1.0")
        assert answer.status == 200 and answer.json()["target"] == "/x"
        wire.assert_closed()
    assert origin.last().version == "HTTP/1.1"


def test_http_1_0_never_gets_chunks(api, origin):
    origin.always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + chunked(b"one", b"two"))
    with api.wire() as wire:
        answer = wire.request("/x", version="HTTP/1.0")
        assert (answer.body, answer.framing) == (b"onetwo", "close")


def test_http_1_0_with_keep_alive_gets_a_framed_response_or_a_close(api, origin):
    with api.wire() as wire:
        answer = wire.request("/x", version="HTTP/1.0", headers={"Connection": "keep-alive"})
        assert answer.status == 200
        if (answer.get("connection") or "").lower() == "keep-alive":
            assert answer.framing == "length"
            assert wire.request("/y", version="HTTP/1.0").status == 200
        wire.assert_closed()


def test_http_1_0_without_a_host_needs_a_path_form(gateway, api, origin):
    path = f"/_aws/execute-api/{api.id}/$default/x"
    assert gateway.ask(path, version="HTTP/1.0", host=None).json()["target"] == "/x"
    assert gateway.ask("/x", version="HTTP/1.0", host=None).status == 403


def test_pipelined_requests_are_answered_in_order(api, origin):
    requests = [build(f"/{n}", host=api.host) for n in range(20)]
    requests += [build(f"/{n}", method="POST", host=api.host, body=b"b" * n) for n in range(20, 40)]
    with api.wire() as wire:
        wire.send(b"".join(requests))
        for number in range(40):
            method = "GET" if number < 20 else "POST"
            assert wire.response(method).json()["target"] == f"/{number}"
    assert [seen.target for seen in origin.requests] == [f"/{n}" for n in range(40)]


def test_pipelined_behind_a_chunked_body(api, origin):
    first = build("/1", method="POST", host=api.host, headers={"Transfer-Encoding": "chunked"})
    with api.wire() as wire:
        wire.send(first + chunked(b"one", b"two") + build("/2", host=api.host))
        assert wire.response("POST").json()["body"] == "onetwo"
        assert wire.response().json()["target"] == "/2"


def test_a_pipelined_request_behind_connection_close_is_not_answered(api, origin):
    with api.wire() as wire:
        wire.send(build("/1", host=api.host, headers={"Connection": "close"}))
        wire.send_lossy(build("/2", host=api.host))
        assert wire.response().json()["target"] == "/1"
        wire.assert_closed()
    assert [seen.target for seen in origin.heads] == ["/1"]


def test_a_request_in_one_byte_segments(api, origin):
    request = build("/slow", method="POST", host=api.host, body=b"body", headers={"X-A": "b"})
    with api.wire() as wire:
        for byte in request:
            wire.send(bytes([byte]))
        assert wire.response("POST").json()["body"] == "body"


def test_a_chunked_request_in_one_byte_segments(api, origin):
    head = build("/slow", method="POST", host=api.host, headers={"Transfer-Encoding": "chunked"})
    with api.wire() as wire:
        wire.send(head)
        for byte in chunked(b"one", b"two" * 20):
            wire.send(bytes([byte]))
        assert wire.response("POST").json()["length"] == 63
        assert wire.request("/again").status == 200


def test_a_response_in_one_byte_segments(api, origin):
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"one", b"two")

    def drip(peer, seen):
        for byte in data:
            peer.send(bytes([byte]))

    origin.reply = drip
    with api.wire() as wire:
        for _ in range(3):
            assert wire.request("/x").body == b"onetwo"


def test_a_half_closed_client_still_gets_its_response(api, origin):
    import socket

    with api.wire() as wire:
        wire.send(build("/x", host=api.host))
        wire.sock.shutdown(socket.SHUT_WR)
        try:
            assert wire.response().status == 200
        except AssertionError as error:
            assert "closed with b''" in str(error), error


def test_leading_empty_lines_are_skipped(api):
    with api.wire() as wire:
        wire.send(b"\r\n" + build("/1", host=api.host))
        assert wire.response().status == 200
        wire.send(b"\r\n\r\n" + build("/2", host=api.host))
        assert wire.response().status == 200


def test_options_asterisk_is_accepted(gateway, api):
    with gateway.wire() as wire:
        answer = wire.request("*", method="OPTIONS", host=api.host)
        assert answer.status in (200, 204, 404), answer
        assert wire.request("/x", host=api.host).status == 200


def test_tabs_and_spaces_around_values_are_legal(api, origin):
    request = (
        f"POST /x HTTP/1.1\r\nHost:\t {api.host} \t\r\n"
        "Content-Length:\t5\t \r\nX-A: \t\r\n\r\nhello"
    )
    with api.wire() as wire:
        wire.send(request.encode())
        assert wire.response("POST").json()["body"] == "hello"


def test_an_odd_but_legal_minor_version_is_served(api):
    """RFC 9110 section 2.5: a higher minor version is taken as the highest one known."""
    with api.wire() as wire:
        assert wire.request("/x", version="HTTP/1.2").status == 200


def test_curl_with_and_without_expect(gateway, api, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"0123456789" * 200_000)
    for more in (["-H", "Expect: 100-continue"], ["-H", "Expect:"],
                 ["-H", "Transfer-Encoding: chunked"], ["--http1.0"]):
        done = subprocess.run(
            ["curl", "-sS", "--fail", "-H", f"Host: {api.host}", *more, "--data-binary",
             f"@{large}", f"http://127.0.0.1:{gateway.http}/upload"],
            capture_output=True, timeout=60, check=False,
        )
        assert done.returncode == 0, done
        assert b'"length": 2000000' in done.stdout, done.stdout[-300:]


def test_h2load_in_its_http_1_mode_loses_nothing(gateway, nginx):
    """A load generator nobody here wrote (nghttp2's), keep-alive and with many clients."""
    api = gateway.make_api({"GET /x": nginx.url})
    done = subprocess.run(
        ["h2load", "--h1", "-n", "4000", "-c", "32", f"--connect-to=127.0.0.1:{gateway.http}",
         f"http://{api.host}:{gateway.http}/x"],
        capture_output=True, text=True, timeout=90, check=True,
    )
    assert "4000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout
    assert "status codes: 4000 2xx" in done.stdout, done.stdout
