"""Issuers that change keys, hang, lie or are gone: control asks them, and no request ever waits."""

import json
import time

import pytest
from harness.issuer import DISCOVERY, KEY_SET, Issuer, Key
from harness.lambdas import integration
from harness.site import Site
from harness.waiting import until
from test_jwt_tokens import bearer, challenge, guarded, refused

DOWN = "OIDC discovery endpoint communication error"
NO_KEYS = "JWKS communication error"


@pytest.fixture(scope="module")
def site(driver):
    site = Site(driver).keep_log().up()
    yield site
    site.close()


@pytest.fixture
def issuer():
    with Issuer() as issuer:
        yield issuer


def status(api, token, path="/orders"):
    return api.ask(path, headers=bearer(token)).status


def becomes(api, token, wanted):
    until(lambda: status(api, token) == wanted, f"a {wanted}", 60)


def answer(status, body=b""):
    def give(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    return give


def hang(handler):
    time.sleep(20)
    handler.close_connection = True


def test_keys_are_there_when_the_call_returns(site, issuer, origin_url):
    for _ in range(3):
        api = guarded(site, issuer, target=origin_url)
        assert status(api, issuer.token()) == 200, "at once"
    assert issuer.asked == [DISCOVERY, KEY_SET], "and one answer serves all"


def test_a_new_key_is_known_soon_after_its_first_token(site, issuer, origin_url):
    api = guarded(site, issuer, target=origin_url)
    old = issuer.token()
    issuer.keys.insert(0, Key("second"))
    token = issuer.token()
    wanted = challenge("the token is signed by an unknown key")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)
    becomes(api, token, 200)
    assert status(api, old) == 200, "it is still in the set"


def test_strangers_cannot_have_an_issuer_asked_for_ever(site, issuer, origin_url):
    api = guarded(site, issuer, target=origin_url)
    strange = Key("nobody's")
    with api.wire() as wire:
        for at in range(2_000):
            token = issuer.token(strange, headers={"kid": f"k{at}"}) if at % 100 == 0 else token
            assert wire.request("/orders", headers=bearer(token), host=api.host).status == 401
    assert len(issuer.asked) <= 4, "once for the API, once for the first of them"


@pytest.mark.parametrize(("path", "lie", "description"), [
    (DISCOVERY, answer(500), DOWN),
    (DISCOVERY, answer(302), DOWN),
    (DISCOVERY, b"<html>", DOWN),
    (DISCOVERY, b"{}", DOWN),
    (DISCOVERY, b'{"jwks_uri": "http://192.0.2.1/"}', NO_KEYS),
    (DISCOVERY, b'{"jwks_uri": "ftp://127.0.0.1/"}', NO_KEYS),
    (DISCOVERY, b'{"jwks_uri": "http://127.0.0.1/", "x": "' + b"x" * 160_000 + b'"}', DOWN),
    (KEY_SET, answer(404), NO_KEYS),
    (KEY_SET, b"[]", NO_KEYS),
    (KEY_SET, b'{"keys": [' + b" " * 150_000 + b"]}", NO_KEYS),
    (KEY_SET, b'{"keys": []}', "the token is signed by an unknown key")], ids=range(11))
def test_an_issuer_that_lies(site, issuer, origin_url, path, lie, description):
    issuer.answers[path] = lie
    api = guarded(site, issuer, target=origin_url)
    token = issuer.token()
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge(description))
    if path == DISCOVERY:
        assert "192.0.2.1" not in site.logs() or "loopback" in site.logs()


def test_an_issuer_that_recovers(site, issuer, origin_url):
    issuer.answers[DISCOVERY] = answer(503)
    api = guarded(site, issuer, target=origin_url)
    token = issuer.token()
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge(DOWN))
    del issuer.answers[DISCOVERY]
    becomes(api, token, 200)


def test_an_issuer_that_hangs_holds_no_call_up(site, issuer, origin_url):
    issuer.answers[DISCOVERY] = hang
    began = time.monotonic()
    api = guarded(site, issuer, target=origin_url)
    # Each call that changes such an API asks again, for 1.5 s at most.
    assert time.monotonic() - began < 15
    refused(api.ask("/orders", headers=bearer(issuer.token())), 401, challenge(DOWN))


def test_the_limits_of_issuers_are_settings(driver, new_site, origin_url):
    flags = ["--limit-issuer-timeout-ms", "250", "--limit-issuer-document-bytes", "170000"]
    site = new_site(driver, flags).up()
    with Issuer() as large, Issuer() as larger, Issuer() as hangs:
        for issuer, bytes_more in ((large, 160_000), (larger, 170_000)):
            # Longer than AWS's limit.
            document = json.dumps({"jwks_uri": issuer.url + KEY_SET, "x": "x" * bytes_more})
            issuer.answers[DISCOVERY] = document.encode()
        hangs.answers[DISCOVERY] = hang
        assert status(guarded(site, large, target=origin_url), large.token()) == 200
        api = guarded(site, larger, target=origin_url)
        refused(api.ask("/orders", headers=bearer(larger.token())), 401, challenge(DOWN))
        guarded(site, hangs, target=origin_url)
    assert "no answer within 250 ms" in site.logs()


def test_the_last_good_keys_serve_while_an_issuer_is_down(driver, new_site, issuer, origin_url):
    site = new_site(driver, ["--issuer-refresh-s", "1"])
    api = guarded(site.up(), issuer, target=origin_url)
    token = issuer.token()
    assert status(api, token) == 200
    issuer.answers[DISCOVERY] = answer(500)
    until(lambda: "cannot be had" in site.logs(), "a try that failed", 30)
    assert status(api, token) == 200
    # And over a restart of everything.
    site.stop("ringgate")
    site.up()
    assert status(api, token) == 200
    issuer.answers.clear()
    issuer.keys[:] = [Key("second")]
    becomes(api, issuer.token(), 200)
    becomes(api, token, 401)


def test_http_far_away_is_not_asked(site, origin_url):
    class Far:
        url = "http://192.0.2.1:1"

        def configuration(self, *audiences):
            return {"Issuer": self.url, "Audience": list(audiences)}

    api = guarded(site, Far(), target=origin_url)
    with Issuer() as other:
        token = other.token(iss=Far.url)
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge(DOWN))
    assert "http:// is taken on this machine's loopback only" in site.logs()


def test_what_was_set_by_a_setting_is_taken(driver, new_site, origin_url):
    site = new_site(driver, ["--jwt-algorithms", "ES256,ES384,ES512"]).up()
    keys = [Key(name, name) for name in ("ES256", "ES384", "ES512", "RS256")]
    with Issuer(*keys) as issuer:
        api = guarded(site, issuer, target=origin_url)
        found = [status(api, issuer.token(key)) for key in keys]
    assert found == [200, 200, 200, 401]


# --- What integrations and logs get

CLAIMS = {"sub": "u-1", "aud": ["orders", "x"], "scope": "orders/read a", "ok": True, "no": None,
          "deep": {"b": 1, "a": [2]}}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_claims_are_in_the_event(lambda_site, functions, issuer, version):
    api = guarded(lambda_site, issuer, target=integration(version=version))
    token = issuer.token(**CLAIMS)
    assert status(api, token, "/read") == 200
    context = functions.events()[-1]["requestContext"]["authorizer"]
    found = context["jwt"] if version == "2.0" else context
    claims = found["claims"]
    assert found["scopes"] == ["orders/read", "orders/all"]
    assert claims == {"iss": issuer.url, "sub": "u-1", "aud": "[orders x]", "ok": "true",
                      "scope": "orders/read a", "deep": "map[a:[2] b:1]",
                      **{name: claims[name] for name in ("exp", "nbf", "iat")}}
    assert all(claims[name].isdigit() for name in ("exp", "nbf", "iat"))
    assert status(api, token) == 200
    context = functions.events()[-1]["requestContext"]["authorizer"]
    assert (context["jwt"] if version == "2.0" else context)["scopes"] is None


def test_claims_are_in_mappings_and_logs(site, issuer, origin_url):
    target = {"IntegrationUri": origin_url, "RequestParameters": {
        "overwrite:header.x-sub": "$context.authorizer.claims.sub",
        "overwrite:header.x-none": "$context.authorizer.claims.none"}}
    api = guarded(site, issuer, target=target)
    site.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings={
        "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.id}",
        "Format": '{"id":"$context.requestId","sub":"$context.authorizer.claims.sub",'
                  '"error":"$context.authorizer.error","type":"$context.error.responseType"}'})
    answered = api.ask("/orders", headers=bearer(issuer.token(sub="u-2")) + [("x-sub", "forged")])
    seen = {name.lower(): value for name, value in answered.json()["headers"]}
    assert (seen["x-sub"], seen.get("x-none", "")) == ("u-2", "")
    kept_out = api.ask("/orders", headers=bearer("x"))
    log = site.data / "logs" / f"{api.id}.log"
    until(lambda: log.exists() and log.read_text().count("\n") == 2, "two records")
    # Each worker writes its own: they may come in any order.
    records = {record["id"]: record for record in map(json.loads, log.read_text().splitlines())}
    first, second = (records[it.get("apigw-requestid")] for it in (answered, kept_out))
    assert (first["sub"], first["error"], second["sub"]) == ("u-2", "-", "-")
    assert second["error"] == "invalid_token: token contains an invalid number of segments"
    assert second["type"] == "UNAUTHORIZED"
