"""Tokens at the door: PyJWT makes them, a local issuer says by which keys, the gateway decides.
Statuses, challenges and bodies are those of spec section 3.2 (JWT authorizer answers)."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from harness.issuer import Issuer, Key
from harness.reasons import reason
from harness.site import Site

ROUTES = {"GET /open": [], "GET /orders": [], "GET /read": ["orders/read", "orders/all"]}


@pytest.fixture(scope="module")
def issuer():
    keys = [Key("first"), Key("rs512", "RS512"), Key("ps256", "PS256"), Key("es256", "ES256")]
    with Issuer(*keys) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def site(driver):
    site = Site(driver).keep_log().up()
    yield site
    site.close()


def guarded(site, issuer, routes=ROUTES, source="$request.header.Authorization", target=None):
    """An API whose routes but for /open take tokens of the issuer."""
    api = site.make_api({key: target for key in routes})
    made = site.v2.create_authorizer(
        ApiId=api.id, AuthorizerType="JWT", Name="tokens",
        IdentitySource=[source] if source else [],
        JwtConfiguration=issuer.configuration("other", "orders"))
    for key, scopes in routes.items():
        if key != "GET /open":
            more = {"AuthorizationScopes": scopes} if scopes else {}
            site.v2.update_route(ApiId=api.id, RouteId=api.routes[key], AuthorizationType="JWT",
                                 AuthorizerId=made["AuthorizerId"], **more)
    api.authorizer = made["AuthorizerId"]
    return api


@pytest.fixture(scope="module")
def api(site, issuer, origin_url):
    return guarded(site, issuer, target=origin_url)


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def challenge(description, error="invalid_token", scope=""):
    return f'Bearer scope="{scope}" error="{error}" error_description="{description}"'


def refused(answer, status, wanted):
    message = {401: "Unauthorized", 403: "Forbidden"}[status]
    assert (answer.status, answer.json()) == (status, {"message": message}), answer
    assert answer.get("www-authenticate") == wanted, answer
    assert answer.get("content-type") == "application/json"


def changed(token, part, change):
    """The token with the JSON of a part changed, its signature as it was."""
    parts = token.split(".")
    value = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    change(value)
    parts[part] = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return ".".join(parts)


# --- Let in

def test_a_route_without_an_authorizer_asks_nobody(api):
    assert api.ask("/open").status == 200
    assert api.ask("/open", headers=bearer("nonsense")).status == 200


@pytest.mark.parametrize("value", ["Bearer {}", "bearer {}", "BEARER  {}", "{}", " {} "])
def test_forms_of_the_identity_source(api, issuer, value):
    token = issuer.token()
    answer = api.ask("/orders", headers=[("Authorization", value.format(token))])
    assert answer.status == 200, answer
    assert answer.get("www-authenticate") is None


@pytest.mark.parametrize("changes", [
    {"aud": "other"}, {"aud": ["nobody", "orders"]}, {"aud": None, "client_id": "orders"},
    {"nbf": None, "iat": None}, {"exp": time.time() + 900.5}, {"scope": "unasked"},
    {"extra": {"deep": [1, 2, {"a": None}]}}], ids=range(7))
def test_good_claims(api, issuer, changes):
    assert api.ask("/orders", headers=bearer(issuer.token(**changes))).status == 200


@pytest.mark.parametrize("at", [0, 1, 2])
def test_algorithms_that_http_apis_take(api, issuer, at):
    assert api.ask("/orders", headers=bearer(issuer.token(issuer.keys[at]))).status == 200


@pytest.mark.parametrize("claim", [
    {"scope": "orders/read"}, {"scope": "a orders/all b"}, {"scp": ["x", "orders/read"]},
    {"scp": "orders/read"}], ids=str)
def test_one_of_the_scopes_is_enough(api, issuer, claim):
    assert api.ask("/read", headers=bearer(issuer.token(**claim))).status == 200


def test_a_token_is_good_more_than_once_and_until_it_ends(api, issuer):
    token = issuer.token(exp=int(time.time()) + 2)
    assert [api.ask("/orders", headers=bearer(token)).status for _ in range(3)] == [200] * 3
    deadline = time.monotonic() + 30
    while api.ask("/orders", headers=bearer(token)).status == 200:
        assert time.monotonic() < deadline, "it never ends"
        time.sleep(0.1)
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge("the token has expired"))


# --- Kept out

def test_no_token(api):
    refused(api.ask("/orders"), 401, "Bearer")
    refused(api.ask("/orders", headers=[("Authorization", "")]), 401, "Bearer")
    refused(api.ask("/orders", headers=[("Authorization", "Bearer ")]), 401, "Bearer")


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c.d"])
def test_not_a_jwt(api, token):
    wanted = challenge("token contains an invalid number of segments")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


@pytest.mark.parametrize(("changes", "description"), [
    ({"aud": "nobody"}, "the token does not have a valid audience"),
    ({"aud": "nobody", "client_id": "orders"}, "the token does not have a valid audience"),
    ({"aud": None}, "the token does not have a valid audience"),
    ({"aud": None, "client_id": "nobody"}, "the token does not have a valid audience"),
    ({"iss": "https://elsewhere.example"}, "issuer does not match"),
    ({"iss": None}, "issuer does not match"),
    ({"exp": int(time.time()) - 1}, "the token has expired"),
    ({"exp": None}, "the token has no 'exp'"),
    ({"nbf": int(time.time()) + 3600}, "the token is not valid yet"),
    ({"iat": int(time.time()) + 3600}, "the token was issued in the future")], ids=range(10))
def test_bad_claims(api, issuer, changes, description):
    token = issuer.token(**changes)
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge(description))


def test_a_slash_is_another_issuer(api, issuer):
    token = issuer.token(iss=issuer.url + "/")
    refused(api.ask("/orders", headers=bearer(token)), 401, challenge("issuer does not match"))


def test_an_algorithm_that_http_apis_do_not_take(api, issuer):
    token = issuer.token(issuer.keys[3])
    wanted = challenge("the token is signed by an algorithm that is not accepted")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


def test_no_signature(api, issuer):
    token = jwt.encode(issuer.claims(), None, algorithm="none", headers={"kid": "first"})
    wanted = challenge("the token is signed by an algorithm that is not accepted")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


def test_an_hmac_with_the_public_key(api, issuer):
    from cryptography.hazmat.primitives import serialization as form
    public = issuer.keys[0].private.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    encode = lambda value: base64.urlsafe_b64encode(value).decode().rstrip("=")
    head = encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "first"}).encode())
    signed = f"{head}.{encode(json.dumps(issuer.claims()).encode())}"
    token = f"{signed}.{encode(hmac.digest(public, signed.encode(), hashlib.sha256))}"
    wanted = challenge("the token is signed by an algorithm that is not accepted")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


def test_a_key_of_the_token_s_own(api, issuer):
    own = Key("first")
    for member in ({"jwk": own.jwk}, {"jku": issuer.url + "/keys"}, {"x5u": "https://x.example"}):
        answer = api.ask("/orders", headers=bearer(issuer.token(own, headers=member)))
        assert answer.status == 401, answer
        assert 'error="invalid_token"' in answer.get("www-authenticate")


def test_another_key_of_the_same_name(api, issuer):
    token = issuer.token(Key("first"))
    wanted = challenge("the token does not have a valid signature")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


def test_changed_claims(api, issuer):
    token = changed(issuer.token(), 1, lambda claims: claims.update(sub="admin"))
    wanted = challenge("the token does not have a valid signature")
    refused(api.ask("/orders", headers=bearer(token)), 401, wanted)


def test_a_claim_twice(api, issuer):
    key = issuer.keys[0]
    payload = json.dumps(issuer.claims())[:-1] + ', "sub": "admin"}'
    token = jwt.api_jws.encode(payload.encode(), key.private, algorithm="RS256",
                               headers={"kid": key.kid})
    answer = api.ask("/orders", headers=bearer(token))
    assert answer.status == 401, answer


def test_an_oversize_token(api, issuer):
    token = issuer.token(extra="x" * 9_000)
    answer = api.ask("/orders", headers=bearer(token))
    assert answer.status in (401, 431), answer


def test_two_fields_are_no_token(api, issuer):
    token = issuer.token()
    answer = api.ask("/orders", headers=bearer(token) + bearer(token))
    assert answer.status == 401, answer


@pytest.mark.parametrize("scope", [None, "", "orders", "orders/reader", "ORDERS/READ"])
def test_without_a_scope(api, issuer, scope):
    answer = api.ask("/read", headers=bearer(issuer.token(scope=scope)))
    wanted = challenge("expected scopes within the token", "insufficient_scope",
                       "orders/read orders/all")
    refused(answer, 403, wanted)


def test_a_route_s_scopes_stand_in_every_challenge(api):
    wanted = challenge("token contains an invalid number of segments",
                       scope="orders/read orders/all")
    refused(api.ask("/read", headers=bearer("x")), 401, wanted)


# --- Elsewhere than in the Authorization field

def test_a_query_parameter(site, issuer, origin_url):
    api = guarded(site, issuer, source="$request.querystring.token", target=origin_url)
    assert api.ask(f"/orders?token={issuer.token()}").status == 200
    refused(api.ask("/orders", headers=bearer(issuer.token())), 401, "Bearer")


def test_no_identity_source_means_authorization(site, issuer, origin_url):
    api = guarded(site, issuer, source=None, target=origin_url)
    assert api.ask("/orders", headers=bearer(issuer.token())).status == 200
    refused(api.ask("/orders"), 401, "Bearer")


# --- What is told of it

@pytest.mark.parametrize(("token", "wanted"), [
    (None, "missing: token not provided"),
    ("x", "invalid_token: token contains an invalid number of segments")])
def test_the_log_says_what_was_wrong(site, api, token, wanted):
    answer = api.ask("/orders", headers=bearer(token) if token else ())
    assert (answer.status, reason(site, answer)) == (401, wanted)


def test_a_preflight_is_asked_for_nothing(site, issuer, origin_url):
    api = guarded(site, issuer, target=origin_url)
    site.v2.update_api(ApiId=api.id, CorsConfiguration={
        "AllowOrigins": ["https://app.example"], "AllowMethods": ["GET"],
        "AllowHeaders": ["authorization"]})
    origin = ("Origin", "https://app.example")
    asked = [origin, ("Access-Control-Request-Method", "GET")]
    answer = api.ask("/orders", method="OPTIONS", headers=asked)
    assert answer.status == 204, answer
    kept_out = api.ask("/orders", headers=[origin])
    assert kept_out.status == 401
    assert kept_out.get("access-control-allow-origin") == "https://app.example"
