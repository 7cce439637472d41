"""Parameter mapping of HTTP APIs (spec 2.9; AWS, "Transform API requests and responses for HTTP
APIs"): every form, by curl over HTTP/1.1 and HTTP/2, with the scripted origin and nginx behind."""

import json
import re
import time

import pytest

from harness.curls import Curl
from harness.lambdas import integration

BODY_BYTES_MAX = 100 * 1024


@pytest.fixture
def mapped(gateway, origin):
    """An API whose one route goes to the origin with these mappings."""

    def make(request=None, answers=None, *, key="ANY /{proxy+}", uri="/up/{proxy}", to=origin,
             **more):
        target = {"IntegrationUri": to.url + uri}
        if request:
            target["RequestParameters"] = request
        if answers:
            target["ResponseParameters"] = answers
        return gateway.make_api({key: target}, **more)

    return make


def account(answer):
    assert answer.status == 200, (answer.headers, answer.body)
    return answer.json()


# Requests: fields.


def test_fields_are_appended_overwritten_and_removed(mapped, origin, curl):
    api = mapped({
        "append:header.x-app": "more", "overwrite:header.X-Over": "ours",
        "remove:header.x-gone": "''", "overwrite:header.x-new": "${request.header.x-gone}!",
    })
    headers = {"X-App": "first", "x-over": "theirs", "X-Gone": "secret", "x-kept": "k"}
    assert curl.ask(api, "/a", headers=headers).status == 200
    seen = origin.last()
    assert seen.all("x-app") == ["first", "more"]
    assert seen.all("x-over") == ["ours"]
    assert seen.all("x-gone") == []
    # A value is of the request as it came, whatever else is done to it.
    assert seen.all("x-new") == ["secret!"]
    assert seen.all("x-kept") == ["k"]


def test_every_field_of_a_name_goes_and_all_are_joined(mapped, origin, curl):
    api = mapped({"overwrite:header.x-a": "[${request.header.X-A}]"})
    more = [part for value in ("1", "2", "3") for part in ("-H", f"x-a: {value}")]
    assert curl.ask(api, "/a", *more).status == 200
    assert origin.last().all("x-a") == ["[1,2,3]"]


def test_removed_then_appended_is_replaced(mapped, origin, curl):
    api = mapped({"append:header.x-a": "new", "remove:header.X-A": "''"})
    curl.ask(api, "/a", headers={"x-a": "old"})
    assert origin.last().all("x-a") == ["new"]


def test_the_host_can_be_overwritten(mapped, origin, curl):
    api = mapped({"overwrite:header.host": "${request.header.x-host}"})
    curl.ask(api, "/a", headers={"x-host": "tenant.example:81"})
    assert origin.last().all("host") == ["tenant.example:81"]
    curl.ask(api, "/a")
    assert origin.last().all("host") == [f"127.0.0.1:{origin.port}"], "an empty one is none"
    assert curl.ask(api, "/a", headers={"x-host": "a b"}).status == 400


# Requests: query and path.


def test_query_parameters(mapped, origin, curl):
    api = mapped({
        "append:querystring.added": "a&b c=${request.querystring.q}",
        "overwrite:querystring.over": "$request.header.x-v", "remove:querystring.gone": "''",
    }, uri="/up?fixed=1")
    headers = {"x-v": "50% #1"}
    curl.ask(api, "/a?gone=1&q=x%20y&over=1&q=z&g%6Fne=2&Gone=3&over=2", headers=headers)
    assert origin.last().target == (
        "/up?fixed=1&q=x%20y&q=z&Gone=3&over=50%25%20%231&added=a%26b%20c%3Dx%20y,z")
    api = mapped({"remove:querystring.q": "''"}, uri="/up")
    curl.ask(api, "/a?q=1")
    assert origin.last().target == "/up"


def test_the_path_is_overwritten(mapped, origin, curl):
    api = mapped({"overwrite:path": "/v2/${request.path.id}/${request.querystring.q}"},
                 key="GET /pets/{id}/{rest+}", uri="/old/{rest}?k=1")
    curl.ask(api, "/pets/4%20x/a/b?q=y%2Fz%3F")
    assert origin.last().target == "/v2/4%20x/y/z%3F?k=1&q=y%2Fz%3F"
    api = mapped({"overwrite:path": "static/../x y"})
    curl.ask(api, "/a")
    assert origin.last().target == "/static/../x%20y"
    api = mapped({"overwrite:path": "$request.path"}, stage="prod")
    curl.ask(api, "/prod/a%2Fb/c")
    assert origin.last().target == "/a%2Fb/c", "the path without its stage"


@pytest.mark.parametrize("value", ["../x", "..%2Fx", ".", "a/%2e%2E/b", "..;x/y", "..\\x"])
def test_no_value_climbs_out_of_a_mapped_path(mapped, origin, curl, value):
    api = mapped({"overwrite:path": "/safe/${request.header.x-p}"})
    answer = curl.ask(api, "/a", headers={"x-p": value})
    if "%" in value:
        # A `%` of a value is one, and no percent-encoding.
        assert origin.last().target.startswith("/safe/") and "%25" in origin.last().target
    else:
        assert (answer.status, answer.json()) == (400, {"message": "Bad Request"})
        assert origin.heads == []


# Sources.


def test_context_and_stage_variables(mapped, origin, curl):
    api = mapped({
        "append:header.x-id": "$context.requestId",
        "append:header.x-all": "${context.stage} ${context.httpMethod} ${context.routeKey} "
                               "${context.apiId} ${context.identity.sourceIp}",
        "append:header.x-env": "env=${stageVariables.env} ${stageVariables.none}.",
        "append:header.x-time": "$context.requestTime",
        "append:header.x-status": "[${context.status}${context.responseLatency}]",
        "append:header.x-agent": "$context.identity.userAgent",
        "append:header.x-account": "$context.accountId",
    }, key="GET /a", uri="/up", variables={"env": "blue"})
    answer = curl.ask(api, "/a", headers={"User-Agent": "agent/1"})
    seen = origin.last()
    assert seen.get("x-id") == answer.get("apigw-requestid")
    assert seen.get("x-all") == f"$default GET GET /a {api.id} 127.0.0.1"
    assert seen.get("x-env") == "env=blue ."
    assert (seen.get("x-agent"), seen.get("x-account")) == ("agent/1", "000000000000")
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", seen.get("x-time"))
    assert seen.get("x-status") == "[]", "what is not known yet is missing"


def test_what_is_missing_is_empty(mapped, origin, curl):
    api = mapped({
        "overwrite:header.x-user": "$request.header.x-none",
        "append:header.x-b": "[${request.body.none}${request.querystring.none}"
                             "${request.path.none}${context.authorizer.claims.sub}]",
        "append:querystring.q": "$request.querystring.none",
    }, uri="/up")
    curl.ask(api, "/a", headers={"x-user": "admin"})
    assert origin.last().all("x-user") == [""], "a client's own must not stand for it"
    assert origin.last().all("x-b") == ["[]"]
    assert origin.last().target == "/up?q="


# Requests: bodies.

BODY = {"a": {"b": ["x", {"c": "é\u2603"}, 7]}, "s": "text", "n": 1.5, "t": True, "z": None,
        "p": "../../etc", "l": "1\r\nevil: 1", "o": {"k": [1, 2]}}


def test_values_of_a_json_body(mapped, origin, curl):
    api = mapped({
        "append:header.x-1": "$request.body.a.b[0]", "append:header.x-2": "${request.body['n']}!",
        "append:header.x-3": "$request.body.o", "append:header.x-4": "$request.body.a.b[-1]",
        "append:header.x-5": "$request.body.a.b[*].c", "append:header.x-6": "$request.body.z",
        "append:querystring.c": "$request.body.a.b[1].c", "overwrite:path": "/t/${request.body.t}",
    })
    sent = json.dumps(BODY, indent=1).encode()
    for more in ((), ("-H", "Transfer-Encoding: chunked")):
        answer = curl.ask(api, "/a", *(more if curl.flag == "--http1.1" else ()), body=sent)
        assert account(answer)["length"] == len(sent), "the body goes on as it came"
        seen = origin.last()
        assert seen.body == sent
        got = [seen.get(f"x-{at}") for at in range(1, 7)]
        assert got == ["x", "1.5!", '{"k":[1,2]}', "7", '["\\u00e9\\u2603"]', ""]
        assert seen.target == "/t/true?c=%C3%A9%E2%98%83"


@pytest.mark.parametrize("path,status", [("$request.body.l", 400), ("$request.body.p", 200)])
def test_a_body_cannot_write_a_field(mapped, origin, curl, path, status):
    api = mapped({"append:header.x-v": path})
    answer = curl.ask(api, "/a", body=json.dumps(BODY).encode())
    assert answer.status == status
    assert all(seen.get("evil") is None for seen in origin.heads)
    assert len(origin.heads) == (1 if status == 200 else 0)


def test_a_body_cannot_write_a_parameter_or_leave_a_path(mapped, origin, curl):
    api = mapped({"append:querystring.v": "$request.body.l"}, uri="/up")
    curl.ask(api, "/a", body=json.dumps({"l": "1&admin=1 HTTP/1.1\r\nx: y#"}).encode())
    assert origin.last().target == "/up?v=1%26admin%3D1%20HTTP/1.1%0D%0Ax:%20y%23"
    api = mapped({"overwrite:path": "/files/${request.body.p}"})
    assert curl.ask(api, "/a", body=json.dumps(BODY).encode()).status == 400


@pytest.mark.parametrize("body", [
    b"", b"{", b"[1,2", b'{"a":1} trailing', b"\xff\xfe", b"null", b'{"a":1,}', b'{"a":"\x01"}',
    b"[" * 50_000, b'{"b":' * 3000 + b"1" + b"}" * 3000, b'"a"', b'{"A":1}',
])
def test_hostile_bodies_have_no_values(mapped, origin, curl, body):
    api = mapped({"append:header.x-v": "[${request.body.a}]"})
    assert account(curl.ask(api, "/a", body=body))["length"] == len(body)
    assert origin.last().get("x-v") == "[]"


def test_a_path_looks_into_the_first_100_kb(mapped, origin, curl):
    api = mapped({"append:header.x-v": "[${request.body.a}]"})
    for length, value in ((BODY_BYTES_MAX, "[1]"), (BODY_BYTES_MAX + 1, "[]"), (3 << 20, "[]")):
        sent = b'{"a":1,"b":"' + b"x" * (length - 14) + b'"}'
        assert account(curl.ask(api, "/a", body=sent))["length"] == length
        assert origin.last().get("x-v") == value, length


def test_of_two_members_with_one_name_the_last_counts(mapped, origin, curl):
    api = mapped({"append:header.x-v": "$request.body.role"})
    curl.ask(api, "/a", body=b'{"role":"user","role":"admin"}')
    assert origin.last().get("x-v") == "admin", "as for those who read the body"


def test_the_whole_body(mapped, origin, curl):
    api = mapped({"append:header.x-v": "<${request.body}>"})
    curl.ask(api, "/a", body=b"a text")
    assert origin.last().get("x-v") == "<a text>"
    assert curl.ask(api, "/a", body=b"a\nb").status == 400
    assert curl.ask(api, "/a", body=b"x" * 11_000).status == 400, "too long for a head"


def test_a_client_that_waits_for_a_100(mapped, origin):
    api = mapped({"append:header.x-v": "$request.body.a"})
    sent = b'{"a":"x"}'
    answer = Curl("1.1").ask(api, "/a", "--expect100-timeout", "30", body=sent,
                             headers={"Expect": "100-continue"})
    assert account(answer)["length"] == len(sent)
    assert (origin.last().get("x-v"), origin.last().get("expect")) == ("x", None)


def test_a_body_that_comes_slowly_holds_no_origin(mapped, origin):
    api = mapped({"append:header.x-v": "$request.body.a"})
    with api.wire() as wire:
        wire.send(f"POST /a HTTP/1.1\r\nHost: {api.host}\r\nContent-Length: 9\r\n\r\n".encode())
        wire.send(b'{"a":')
        assert api.ask("/b").status == 200
        assert len(origin.heads) == 1, "the other request's"
        wire.send(b'"x"}GET /c HTTP/1.1\r\nHost: ' + api.host.encode() + b"\r\n\r\n")
        assert wire.response("POST").status == 200
        assert wire.response("GET").status == 200
    assert [seen.get("x-v") for seen in origin.requests] == ["", "x", ""]


# Other origins.


def test_an_origin_of_http2(gateway, backend, curl):
    api = gateway.make_api({"ANY /{proxy+}": {
        "IntegrationUri": f"h2c://127.0.0.1:{backend.port}/{{proxy}}",
        "RequestParameters": {
            "append:header.X-Upper": "$request.body.a", "overwrite:header.host": "other.example",
            "overwrite:path": "/p/${request.body.a}", "append:querystring.q": "1 2"},
        "ResponseParameters": {"200": {"overwrite:statuscode": "$response.body.code",
                                       "append:header.X-Back": "$response.header.x-one"}}}})
    fields = ((":status", "200"), ("x-one", "1"))
    backend.reply = lambda peer, seen: peer.respond(seen.stream, b'{"code":202}', fields)
    answer = curl.ask(api, "/a", body=b'{"a":"v"}')
    assert (answer.status, answer.body, answer.get("x-back")) == (202, b'{"code":202}', "1")
    seen = backend.requests[-1]
    assert (seen.path, seen.get(":authority")) == ("/p/v?q=1%202", "other.example")
    assert (seen.get("x-upper"), seen.body) == ("v", b'{"a":"v"}')


def test_nginx_sees_the_mapped_request(mapped, nginx, curl):
    api = mapped({"overwrite:path": "/id", "overwrite:header.X-Request-Id": "<${request.path}>"},
                 to=nginx)
    assert curl.ask(api, "/a%20b").body == b"</a b>"
    api = mapped({"remove:querystring.x": "''"}, to=nginx)
    assert curl.ask(api, "/a?x=1&y=2").body == b"GET /up/a?y=2"


def test_a_function_is_called_with_the_mapped_request(lambda_site, functions, curl):
    members = {
        "RequestParameters": {
            "append:header.x-id": "$context.requestId", "remove:header.x-gone": "''",
            "append:querystring.v": "${request.body.a}&", "overwrite:path": "/mapped"},
        "ResponseParameters": {"403": {"overwrite:statuscode": "401", "remove:header.x-b": "''",
                                       "append:header.x-a": "$response.body.why"}}}
    for version in ("1.0", "2.0"):
        api = lambda_site.make_api({"$default": integration(version=version, **members)})
        functions.always({"statusCode": 403, "body": '{"why":"no"}', "headers": {"x-b": "1"}})
        answer = curl.ask(api, "/a?q=1", body=b'{"a":"x y"}', headers={"x-gone": "1"})
        assert (answer.status, answer.json()) == (401, {"why": "no"})
        assert (answer.get("x-a"), answer.get("x-b")) == ("no", None)
        event = functions.events()[-1]
        headers = {name.lower(): value for name, value in event["headers"].items()}
        assert headers["x-id"] == answer.get("apigw-requestid") and "x-gone" not in headers
        assert event["queryStringParameters"] == {"q": "1", "v": "x y&"}
        assert event["rawPath" if version == "2.0" else "path"] == "/mapped"
        functions.always({"statusCode": 200, "body": "fine"})
        assert curl.ask(api, "/a").body == b"fine"
        functions.always({"statusCode": 403, "body": '{"why":"1\\r\\nx: y"}'})
        answer = curl.ask(api, "/a")
        assert (answer.status, answer.get("x")) == (502, None)


def test_a_request_whose_body_is_waited_for_takes_one_token(mapped, origin):
    """Its steps run twice; it is one request to the limits, and to the log."""
    api = mapped({"append:header.x-v": "$request.body.a"})
    api.site.v2.update_stage(ApiId=api.id, StageName="$default", DefaultRouteSettings={
        "ThrottlingBurstLimit": 4, "ThrottlingRateLimit": 0.001})
    head = f"POST /a HTTP/1.1\r\nHost: {api.host}\r\nContent-Length: 9\r\n\r\n".encode()
    for _ in range(4):
        with api.wire() as wire:
            wire.send(head + b'{"a":')
            # Most often the gateway has looked at the first half by then; else it proves less.
            time.sleep(0.05)
            wire.send(b'"x"}')
            assert wire.response("POST").status == 200
    assert [seen.get("x-v") for seen in origin.requests] == ["x"] * 4
    assert api.ask("/a").status == 429
