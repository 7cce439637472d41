"""Header fields in both directions (spec 2.13; RFC 9110 section 7.6)."""

import pytest

from harness import origin as origins

HOP_BY_HOP = ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
              "upgrade", "expect", "proxy-authenticate")


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def test_end_to_end_fields_pass_both_ways_in_order(api, origin):
    sent = [("X-One", "1"), ("Cookie", "a=b; c=d"), ("X-Two", "a"), ("x-two", "b"), ("X-Empty", ""),
            ("Accept", "text/html;q=0.9, */*"), ("User-Agent", "tests/1"),
            ("Authorization", "Bearer abc"), ("Content-Type", "text/x"), ("X-Latin", "caf\xe9")]
    back = [("X-Back", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/"), ("Etag", '"x"'),
            ("Server", "theirs/1"), ("Content-Type", "text/y"), ("Location", "/elsewhere")]
    origin.always(body=b"ok", headers=back)
    answer = api.ask("/x", headers=sent)
    names = {name.lower() for name, _ in sent}
    seen = [(name.lower(), value) for name, value in origin.last().headers if name.lower() in names]
    assert seen == [(name.lower(), value) for name, value in sent]
    got = [(name.lower(), value) for name, value in answer.headers]
    for name, value in back:
        assert (name.lower(), value) in got, answer
    assert answer.all("set-cookie") == ["a=1", "b=2; Path=/"]
    assert answer.body == b"ok"


def test_every_response_has_an_apigw_requestid_of_its_own(api):
    ids = [api.ask("/x").get("apigw-requestid") for _ in range(5)]
    ids += [api.ask("/none", host="aaaaaaaaaa.execute-api.localhost").get("apigw-requestid")]
    assert all(ids) and len(set(ids)) == 6
    assert all(value.isascii() and " " not in value and 10 <= len(value) <= 64 for value in ids)


def test_a_request_id_of_the_origin_does_not_stand_beside_ours(api, origin):
    origin.always(body=b"", headers=[("apigw-requestid", "theirs")])
    assert len(api.ask("/x").all("apigw-requestid")) == 1


def test_the_origin_sees_its_own_host(api, origin):
    api.ask("/x")
    assert origin.last().all("host") == [f"127.0.0.1:{origin.port}"]


def test_forwarded_and_via_tell_the_origin_about_the_client(api, origin):
    api.ask("/x")
    [forwarded] = origin.last().all("forwarded")
    parts = dict(part.strip().split("=", 1) for part in forwarded.split(";"))
    assert parts["for"].strip('"') == "127.0.0.1", forwarded
    assert parts["host"].strip('"') == api.host, forwarded
    assert parts["proto"] == "http", forwarded
    assert parts["by"].strip('"').startswith("127.0.0.1"), forwarded
    assert origin.last().all("via") == ["HTTP/1.1 AmazonAPIGateway"]


def test_forwarded_of_the_client_cannot_stand_for_ours(api, origin):
    api.ask("/x", headers={"Forwarded": "for=6.6.6.6;proto=https", "Via": "1.0 fred"})
    last = ", ".join(origin.last().all("forwarded")).rsplit(",", 1)[-1]
    assert "for=127.0.0.1" in last.replace('"', ""), origin.last().headers
    assert ", ".join(origin.last().all("via")).endswith("HTTP/1.1 AmazonAPIGateway")


def test_a_host_with_a_port_is_quoted_in_forwarded(gateway, api, origin):
    api.ask("/x", host=f"{api.host}:8080")
    assert f'host="{api.host}:8080"' in origin.last().get("forwarded")


def test_a_quote_in_the_host_cannot_break_out_of_forwarded(api, origin):
    answer = api.ask("/x", host=f'{api.host}";for=6.6.6.6;x="')
    assert answer.status == 400
    assert origin.heads == []


def test_hop_by_hop_fields_of_the_request_stay_here(api, origin):
    answer = api.ask("/x", headers=[
        ("Connection", "X-Hop, keep-alive"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"), ("TE", "deflate"), ("X-Kept", "1"),
        ("Upgrade", "h2c"), ("Connection", "x-hop-two,Upgrade"), ("X-Hop-Two", "2"),
    ])
    assert answer.status == 200
    seen = origin.last()
    for name in (*HOP_BY_HOP[1:], "x-hop", "x-hop-two"):
        assert seen.all(name) == [], (name, seen.headers)
    assert [value.lower() for value in seen.all("connection")] in ([], ["keep-alive"])
    assert seen.get("x-kept") == "1"


@pytest.mark.parametrize("name", ["Host", "Content-Length", "Content-Type", "Forwarded", "Via"])
def test_connection_cannot_strip_what_the_gateway_itself_writes(api, origin, name):
    """A `Connection` that nominates framing or routing fields changes nothing of the meaning."""
    answer = api.ask("/x", method="POST", body=b"hello",
                     headers=[("Connection", name), ("Content-Type", "text/plain")])
    if answer.status == 400:
        assert origin.heads == []
        return
    seen = origin.last()
    assert seen.body == b"hello"
    assert len(seen.all("host")) == 1 and seen.all("forwarded") and seen.all("via")


def test_hop_by_hop_fields_of_the_response_stay_there(api, origin):
    origin.always(body=b"ok", headers=[
        ("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("Upgrade", "h2c"),
        ("Proxy-Connection", "keep-alive"), ("X-Kept", "1"), ("Proxy-Authenticate", "Basic"),
    ])
    with api.wire() as wire:
        answer = wire.request("/x")
        for name in ("x-hop", "keep-alive", "upgrade", "proxy-connection"):
            assert answer.all(name) == [], answer
        assert answer.get("x-kept") == "1"
        assert wire.request("/x").status == 200, "the connection goes on"


def test_the_date_is_there_once(api, origin):
    for headers in ([], [("Date", "Tue, 15 Nov 1994 08:12:31 GMT")]):
        origin.always(body=b"", headers=headers)
        assert len(api.ask("/x").all("date")) == 1


def test_a_redirect_is_passed_on_not_followed(api, origin):
    origin.always(302, b"", headers=[("Location", "http://169.254.169.254/")], reason="Found")
    answer = api.ask("/x")
    assert (answer.status, answer.get("location")) == (302, "http://169.254.169.254/")
    assert len(origin.requests) == 1


def test_statuses_and_reasons_pass(api, origin):
    for status, reason in [(201, "Created"), (299, "Odd"), (404, "Not Found"), (418, "Teapot"),
                           (500, "Oops"), (599, "Far"), (200, "")]:
        origin.always(status, b"body", reason=reason)
        answer = api.ask("/x")
        assert (answer.status, answer.body) == (status, b"body")


def test_fields_as_large_as_the_limit_allows_pass(api, origin):
    answer = api.ask("/x", headers={"X-Large": "v" * 9_000})
    assert answer.status == 200
    assert len(origin.last().get("x-large")) == 9_000
    origin.reply = lambda peer, seen: peer.send(
        origins.response(body=b"", headers=[(f"X-{n}", "v" * 1000) for n in range(30)]))
    answer = api.ask("/x")
    assert answer.status == 200
    assert sum(len(v) for n, v in answer.headers if n.lower().startswith("x-")) == 30_000
