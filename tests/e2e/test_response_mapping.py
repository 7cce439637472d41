"""Parameter mapping of answers: `responseParameters` by status code (spec 2.9)."""

import json

import pytest

from harness.origin import response


@pytest.fixture
def mapped(gateway, origin):
    """An API whose one route answers with these mappings."""

    def make(answers, *, to=origin, **settings):
        target = {"IntegrationUri": to.url + "/{proxy}", "ResponseParameters": answers}
        return gateway.make_api({"ANY /{proxy+}": target}, **settings)

    return make


def test_fields_and_status_by_the_status_that_came(mapped, origin, curl):
    api = mapped({
        "500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
        "404": {"append:header.error": "$stageVariables.environmentId",
                "remove:header.server": "''", "overwrite:header.Etag": "W/${response.header.etag}"},
        "403": {"append:header.never": "1"},
    }, variables={"environmentId": "blue"})
    origin.always(500, b"oops", headers=[("X-Kept", "1")])
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.body) == (403, b"oops")
    assert answer.get("header1") == answer.get("apigw-requestid")
    assert (answer.get("x-kept"), answer.get("never")) == ("1", None)
    origin.always(404, b"no", headers=[("Server", "theirs"), ("Etag", '"1"'), ("Error", "e")])
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.all("error")) == (404, ["e", "blue"])
    assert (answer.get("server"), answer.all("etag")) == (None, ['W/"1"'])
    origin.always(200, b"fine", headers=[("Server", "theirs")])
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.get("server"), answer.get("error")) == (200, "theirs", None)


def test_nginx_answers_404(mapped, nginx, curl):
    api = mapped({"404": {"overwrite:statuscode": "200", "append:header.x-was": "404",
                          "append:header.x-type": "$response.header.content-type"}}, to=nginx)
    answer = curl.ask(api, "/files/none")
    assert (answer.status, answer.get("x-was"), answer.get("x-type")) == (200, "404", "text/html")
    assert b"404 Not Found" in answer.body
    assert curl.ask(api, "/files/small.txt").body == b"a small file\n"
    head = curl.ask(api, "/files/none", "-I")
    assert (head.status, head.body) == (200, b"")


def framed(body, how):
    """An answer whose body ends in this way."""
    if how == "length":
        return response(200, body, [("Content-Type", "application/json")])
    if how == "chunked":
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                          for part in (body[:5], body[5:]) if part)
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body


@pytest.mark.parametrize("how", ["length", "chunked", "close"])
def test_values_of_a_json_body(mapped, origin, curl, how):
    api = mapped({"200": {"overwrite:statuscode": "$response.body.code",
                          "append:header.x-v": "<${response.body.a[1]}>"}})
    for length in (0, 50_000):
        body = json.dumps({"code": 418, "a": [0, "é"], "fill": "x" * length}).encode()

        def reply(peer, seen, body=body):
            data = framed(body, how)
            # In two parts, so that the head comes without its body.
            end = data.index(b"\r\n\r\n") + 6
            peer.send(data[:end])
            peer.send(data[end:])
            return how != "close"

        origin.reply = reply
        answer = curl.ask(api, "/a")
        assert (answer.status, answer.body) == (418, body)
        assert answer.get("x-v").encode("latin-1").decode() == "<é>"


@pytest.mark.parametrize("body", [
    b"", b"no json", b'{"code":', b"x" * 300_000, b'{"code":null}', b'{"kode":201}',
    b'{"code":201,"f":"' + b"x" * 102_400 + b'"}',
])
def test_where_there_is_no_value_the_status_stays(mapped, origin, curl, body):
    api = mapped({"200": {"overwrite:statuscode": "$response.body.code",
                          "append:header.x-v": "[${response.body.code}]"}})
    origin.always(200, body)
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.get("x-v"), answer.body) == (200, "[]", body)


@pytest.mark.parametrize("code", ["99", "600", "abc", "200 OK\\r\\nx: y", "-1", "1e2"])
def test_a_status_that_is_none_is_a_bad_gateway(mapped, origin, curl, code):
    api = mapped({"200": {"overwrite:statuscode": "$response.body.code"}})
    origin.always(200, b'{"code":"%s"}' % code.encode())
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.json()) == (502, {"message": "Bad Gateway"})
    assert answer.get("x") is None


def test_a_body_cannot_write_a_field(mapped, origin, curl):
    api = mapped({"200": {"append:header.x-v": "$response.body.v"}})
    origin.always(200, json.dumps({"v": "1\r\nset-cookie: stolen=1"}).encode())
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.get("set-cookie")) == (502, None)


def test_a_status_without_content_has_none(mapped, origin, curl):
    api = mapped({"200": {"overwrite:statuscode": "204"}, "204": {"overwrite:statuscode": "200"},
                  "201": {"overwrite:statuscode": "304"}})
    origin.always(200, b"x" * 100_000)
    for _ in range(2):
        answer = curl.ask(api, "/a")
        assert (answer.status, answer.body, answer.get("content-length")) == (204, b"", None)
    origin.always(201, b"x")
    assert curl.ask(api, "/a").status == 304
    origin.always(204)
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.body) == (200, b"")


def test_answers_on_one_connection_keep_apart(mapped, origin):
    api = mapped({"200": {"overwrite:statuscode": "204"}})
    origin.reply = lambda peer, seen: peer.send(response(200, b"HTTP/1.1 200 OK\r\n\r\n"))
    with api.wire() as wire:
        for _ in range(3):
            answer = wire.request("/a")
            assert (answer.status, answer.body) == (204, b"")


def test_answers_of_the_gateway_itself_are_not_mapped(mapped, origin, curl):
    everything = {str(status): {"append:header.x-v": "1", "overwrite:statuscode": "299"}
                  for status in (400, 404, 500, 502, 503)}
    api = mapped(everything)
    origin.always(b"nonsense\r\n\r\n")
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.get("x-v")) == (502, None)
    assert curl.ask(api, "/").status == 404


def test_what_is_known_of_the_answer(mapped, origin, curl):
    api = mapped({"500": {"overwrite:statuscode": "200",
                          "append:header.x-v": "${context.integrationStatus} "
                                               "${context.integration.status} ${context.stage}",
                          "append:header.x-ms": "$context.integrationLatency"}})
    origin.always(500, b"x")
    answer = curl.ask(api, "/a")
    assert (answer.status, answer.get("x-v")) == (200, "500 500 $default")
    assert answer.get("x-ms").isdigit()


def test_cors_fields_are_the_gateways_own(mapped, origin, curl):
    api = mapped({"200": {"append:header.x-v": "1"}}, CorsConfiguration={"AllowOrigins": ["*"]})
    origin.always(200, b"", headers=[("Access-Control-Allow-Origin", "https://theirs")])
    answer = curl.ask(api, "/a", headers={"Origin": "https://o.example"})
    assert answer.all("access-control-allow-origin") == ["*"]
    assert answer.get("x-v") == "1"


def test_a_body_with_a_content_coding_passes_untouched(mapped, origin, curl):
    """HTTP APIs neither compress nor decompress (spec 2.16: `minimumCompressionSize` is a member
    of REST APIs alone)."""
    coded = bytes(range(256))
    api = mapped({"200": {"append:header.x-v": "1"}})
    origin.always(200, coded, headers=[("Content-Encoding", "gzip")])
    answer = curl.ask(api, "/a", body=coded,
                      headers={"Content-Encoding": "gzip", "Accept-Encoding": "gzip, br"})
    assert (answer.body, answer.all("content-encoding")) == (coded, ["gzip"])
    seen = origin.last()
    assert seen.body == coded
    assert (seen.get("content-encoding"), seen.get("accept-encoding")) == ("gzip", "gzip, br")
    origin.always(200, b"a" * 10_000, headers=[("Content-Type", "text/plain")])
    answer = curl.ask(api, "/a", headers={"Accept-Encoding": "gzip"})
    assert (len(answer.body), answer.get("content-encoding")) == (10_000, None)
