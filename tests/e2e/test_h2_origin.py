"""Origins that are asked by HTTP/2 (`h2c://`, `h2://`): messages both ways, shared connections,
and real servers."""

import json
import threading

import pytest

from harness import h2frames as h2
from harness.h2origin import OK, TE, H2Origin
from harness.h2raw import H2
from harness.waiting import until
from harness.wire import build, chunked

@pytest.fixture
def api(gateway, backend):
    return gateway.make_api({"ANY /{proxy+}": f"{backend.url}/in/{{proxy}}"})


def test_a_request_as_the_origin_sees_it(api, backend):
    answer = api.ask("/a/b?c=d", headers=[("X-Mine", "1"), ("Connection", "X-Hop"), ("X-Hop", "2"),
                                          ("Keep-Alive", "timeout=5")])
    assert (answer.status, answer.body) == (200, b"nothing")
    seen = backend.requests[0]
    assert seen.path == "/in/a/b?c=d" and seen.get(":method") == "GET"
    assert seen.get(":scheme") == "http" and seen.get(":authority") == f"127.0.0.1:{backend.port}"
    assert seen.get("x-mine") == "1" and "for=127.0.0.1" in seen.get("forwarded")
    names = {name for name, _ in seen.fields}
    assert not names & {"host", "connection", "x-hop", "keep-alive", "transfer-encoding", "te"}


@pytest.mark.parametrize("size", [0, 5, 20_000, 700_000])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_bodies_both_ways(api, backend, size, framing):
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]

    def reply(peer, seen):
        same = str(seen.body == body)
        peer.respond(seen.stream, b"%d" % len(seen.body), OK + (("x-same", same),))

    backend.reply = reply
    with api.wire() as wire:
        if framing == "length":
            wire.send(build("/x", method="POST", host=api.host, body=body))
        else:
            wire.send(build("/x", method="POST", host=api.host,
                            headers=[("Transfer-Encoding", "chunked")])
                      + chunked(*(body[at:at + 7000] for at in range(0, size, 7000))))
        answer = wire.response("POST")
    assert (answer.body, answer.get("x-same")) == (b"%d" % size, "True")
    length = backend.requests[0].get("content-length")
    assert length == (str(size) if framing == "length" else None)


def test_trailers_up(api, backend):
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers=[("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")])
                  + chunked(b"data", trailers=b"X-Sum: 7\r\n"))
        assert wire.response("POST").body == b"data"
    assert backend.requests[0].trailers == [("x-sum", "7")]


@pytest.mark.parametrize("wanted", [True, False])
def test_trailers_down_where_they_are_wanted(api, backend, wanted):
    backend.reply = lambda peer, seen: peer.respond(seen.stream, b"data", OK, (("x-sum", "7"),))
    answer = api.ask("/x", headers=TE if wanted else [])
    assert answer.body == b"data" and answer.framing == "chunked"
    assert answer.trailers == ([("x-sum", "7")] if wanted else [])
    assert backend.requests[0].get("te") == ("trailers" if wanted else None)


def test_trailers_to_a_client_of_http_2(gateway, api, backend):
    backend.reply = lambda peer, seen: peer.respond(seen.stream, b"data", OK, (("x-sum", "7"),))
    with H2(gateway.http) as client:
        answer = client.request(api.fields())
    assert (answer.body, answer.trailers) == (b"data", [("x-sum", "7")])
    assert backend.requests[0].get("te") == "trailers"


@pytest.mark.parametrize("status, method", [(200, "HEAD"), (204, "GET"), (304, "GET")])
@pytest.mark.parametrize("late", [False, True])
def test_answers_without_content(api, backend, status, method, late):
    """Their end may come with the head, or behind it."""
    head = ((":status", str(status)), ("etag", '"1"'))
    more = (("content-length", "5"),) if method == "HEAD" else ()

    def reply(peer, seen):
        peer.send(h2.headers(seen.stream, head + more, end=not late))
        if late:
            peer.send(h2.data(seen.stream))

    backend.reply = reply
    with api.wire() as wire:
        for _ in range(3):
            answer = wire.request("/x", method=method)
            assert (answer.status, answer.body, answer.get("etag")) == (status, b"", '"1"')
    assert len(backend.peers) == 1
    assert not any(seen.reset for seen in backend.requests)


def test_the_end_of_a_known_length_may_come_late(api, backend):
    """No stream is reset for it."""
    ended = threading.Event()

    def reply(peer, seen):
        peer.send(h2.headers(seen.stream, OK + (("content-length", "4"),), end=False)
                  + h2.data(seen.stream, b"data", end=False))
        if seen.path == "/in/late":
            ended.wait(10)
        peer.send(h2.data(seen.stream))

    backend.reply = reply
    with api.wire() as wire:
        assert wire.request("/late").body == b"data"
        ended.set()
        assert wire.request("/x").body == b"data"
    assert not any(seen.reset for seen in backend.requests) and len(backend.peers) == 1


def test_interim_responses(api, backend):
    def reply(peer, seen):
        peer.send(h2.headers(seen.stream, ((":status", "103"), ("link", "</a>")), end=False))
        peer.respond(seen.stream, b"final")

    backend.reply = reply
    answer = api.ask("/x")
    assert answer.body == b"final" and len(answer.interim) == 1


def test_expect_100_continue(api, backend):
    backend.on_head = lambda peer, seen: peer.send(
        h2.headers(seen.stream, ((":status", "100"),), end=False))
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers=[("Expect", "100-continue"), ("Content-Length", "5")]))
        until(lambda: backend.peers and backend.peers[0].streams, "the head")
        wire.send(b"hello")
        answer = wire.response("POST")
    assert answer.body == b"hello" and len(answer.interim) == 1


def test_many_fields_and_a_long_head(api, backend):
    more = [(f"x-{n}", "v" * 60) for n in range(95)]
    assert api.ask("/x", headers=more).status == 200
    seen = backend.requests[0]
    assert seen.get("x-94") == "v" * 60
    backend.reply = lambda peer, seen: peer.respond(
        seen.stream, b"", OK + tuple((f"x-{n}", "v" * 200) for n in range(70)))
    assert api.ask("/x").get("x-69") == "v" * 200


def test_one_connection_carries_them_all(api, backend):
    """Side by side and one after the other: each worker has a connection of its own."""
    workers = api.site.data_plane()["workers"]
    for _ in range(3):
        threads = [threading.Thread(target=api.ask, args=(f"/{n}",)) for n in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(backend.requests) == 120
    assert len(backend.peers) <= workers


def test_streams_of_one_client_share_one_connection(gateway, api, backend):
    """A client's connection belongs to one worker, and so do its streams."""
    with H2(gateway.http) as client:
        streams = [client.open(api.fields(f"/{n}")) for n in range(80)]
        for number, stream in enumerate(streams):
            answer = client.response(stream)
            assert answer.status == 200 and answer.get("x-path") == f"/in/{number}"
    assert len(backend.peers) == 1


def test_an_origin_that_takes_one_stream_at_a_time(gateway):
    backend = H2Origin((h2.MAX_CONCURRENT_STREAMS, 1))
    release = threading.Event()

    def reply(peer, seen):
        release.wait(10)
        peer.respond(seen.stream, b"one")

    try:
        backend.reply = reply
        api = gateway.make_proxy(backend)
        with H2(gateway.http) as client:
            streams = [client.open(api.fields()) for _ in range(8)]
            # Each has a connection of its own, as none has ended.
            until(lambda: len(backend.requests) == 8, "all of them")
            release.set()
            assert [client.response(stream).body for stream in streams] == [b"one"] * 8
            made = len(backend.peers)
            assert all(peer.most_open <= 1 for peer in backend.peers)
            for _ in range(20):
                assert client.request(api.fields()).body == b"one"
            assert len(backend.peers) == made
    finally:
        backend.close()
    assert not backend.errors


def test_a_client_that_goes_away_resets_its_stream_alone(gateway, api, backend):
    backend.reply = lambda peer, seen: None
    with H2(gateway.http) as client:
        stream = client.open(api.fields("/gone"))
        until(lambda: backend.requests, "the request")
        client.send(h2.rst_stream(stream))
        until(lambda: backend.requests[0].reset == h2.CANCEL, "CANCEL")
        backend.reply = lambda peer, seen: peer.respond(seen.stream, b"after")
        assert client.request(api.fields()).body == b"after"
    assert len(backend.peers) == 1


def test_an_early_answer_ends_the_upload(api, backend):
    def refuse(peer, seen):
        peer.respond(seen.stream, b"too much", ((":status", "413"),))
        return True

    backend.on_head = refuse
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host,
                        headers=[("Content-Length", "1000000")]))
        wire.send_lossy(b"x" * 1000)
        answer = wire.response("POST")
        [upload] = backend.peers[0].streams.values()
        until(lambda: upload.reset is not None, "the upload's end")
    assert (answer.status, answer.body) == (413, b"too much")


def test_an_origin_without_windows_holds_the_client_back(gateway, api, backend):
    backend.holds_windows = True
    with api.wire() as wire:
        wire.sock.settimeout(2)
        wire.send(build("/x", method="POST", host=api.host,
                        headers=[("Content-Length", str(1 << 30))]))
        with pytest.raises(TimeoutError):
            for _ in range(1 << 14):
                wire.sock.sendall(b"x" * 65_536)
    assert len(next(iter(backend.peers[0].streams.values())).body) <= 65_535


def test_idle_connections_are_closed(driver, new_site, backend):
    site = new_site(driver, flags=["--upstream-idle-timeout-ms", "300"])
    site.up("--target", backend.url)
    assert site.ask("/x", host="any.test").status == 200
    until(lambda: backend.peers[0].ended, "the end of it")
    assert backend.peers[0].goaway[1] == 0
    assert site.ask("/y", host="any.test").status == 200
    assert len(backend.peers) == 2


def test_other_schemes_are_refused(gateway):
    for uri in ("h3://127.0.0.1/", "h2c:127.0.0.1", "h2://", "grpc://127.0.0.1/"):
        with pytest.raises(gateway.v2.exceptions.BadRequestException):
            gateway.make_api({"GET /x": uri})


def test_an_openapi_document_may_say_so(gateway, backend):
    document = {"openapi": "3.0.1", "info": {"title": "by http/2", "version": "1"}, "paths": {
        "/x": {"get": {"x-amazon-apigateway-integration": {
            "type": "http_proxy", "httpMethod": "ANY", "payloadFormatVersion": "1.0",
            "uri": f"{backend.url}/from-openapi"}}}}}
    file = gateway.folder / "openapi.json"
    file.write_text(json.dumps(document))
    gateway.cli("apply", file)
    pages = gateway.v2.get_paginator("get_apis").paginate()
    apis = {api["Name"]: api["ApiId"] for page in pages for api in page["Items"]}
    host = f"{apis['by http/2']}.execute-api.localhost"
    assert gateway.ask("/x", host=host).get("x-path") == "/from-openapi"
