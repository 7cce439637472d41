"""Routes with AWS_IAM: botocore's signatures, in the header and in the query, and what policies
say."""

import datetime
import json

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.iam import Identities, User, allow, deny, document, session
from harness.lambdas import integration
from harness.waiting import until
from harness.wire import build

INVOKE = "execute-api:Invoke"
FORBIDDEN = (403, {"message": "Forbidden"})


@pytest.fixture
def identities(gateway):
    return Identities(gateway)


@pytest.fixture
def api(gateway, origin):
    made = gateway.make_api({})
    for key in ("ANY /{proxy+}", "GET /"):
        route = made.route(key, f"{origin.url}/up")
        gateway.v2.update_route(ApiId=made.id, RouteId=route, AuthorizationType="AWS_IAM")
    return made


def arn(api, path="*", stage="$default", method="*"):
    return f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/{stage}/{method}/{path}"


def signed(api, who, method="GET", path="/pets", body=b"", fields=(), *, query=False, host=None,
           service="execute-api", expires=300):
    """Target and fields of a request that botocore signed."""
    host = host or api.host
    url = f"http://{host}{path}"
    request = AWSRequest(method=method, url=url, data=body, headers=dict(fields))
    credentials = Credentials(who.key, who.secret, who.token)
    if query:
        signer = botocore.auth.SigV4QueryAuth(credentials, service, "us-east-1", expires=expires)
    else:
        signer = botocore.auth.SigV4Auth(credentials, service, "us-east-1")
    signer.add_auth(request)
    return request.url.removeprefix(f"http://{host}"), list(request.headers.items())


def ask(api, who, method="GET", path="/pets", body=b"", **how):
    target, fields = signed(api, who, method, path, body, **how)
    answer = api.ask(target, method=method, body=body or None, headers=fields)
    return answer


def post_later(api, who, body):
    """The answer to a POST that is signed for `right`, and whose body comes after a 100."""
    target, fields = signed(api, who, "POST", body=b"right")
    with api.wire() as wire:
        wire.send(build(target, method="POST", host=api.host,
                        headers=[*without_length(fields), ("Content-Length", len(body)),
                                 ("Expect", "100-continue")]))
        assert wire.head().status == 100
        return wire.send(body).response()


def without_length(fields):
    return [field for field in fields if field[0].lower() != "content-length"]


def nobody(gateway, user):
    """Somebody with a secret and with a key that nobody has."""
    return User(gateway, "x", "AKIAIOSFODNN7EXAMPLE", user.secret)


def outcome(answer):
    return answer.status, json.loads(answer.body)


def test_a_user_whose_policy_allows_it_gets_in(api, identities):
    user = identities.user(allow(INVOKE, arn(api)))
    assert ask(api, user).status == 200
    assert ask(api, user, query=True).status == 200
    assert ask(api, user, path="/pets?b=2&a=1&c=a%20b").status == 200
    assert ask(api, user, path="/pets?b=2&a=1", query=True).status == 200
    assert ask(api, user, path="/a%20b/%7Ec").status == 200


def test_a_body_is_signed_too(api, identities, origin):
    user = identities.user(allow(INVOKE, arn(api)))
    for body in (b"x", b"y" * 5000, b"z" * 60_000, b"v" * 3_000_000):
        assert ask(api, user, "POST", body=body).status == 200
        target, fields = signed(api, user, "POST", body=body)
        forged = body[:-1] + b"!"
        answer = api.ask(target, method="POST", body=forged, headers=fields)
        assert outcome(answer) == FORBIDDEN
    target, fields = signed(api, user, "POST", body=b"w")
    with api.wire() as wire:
        wire.send(build(target, method="POST", host=api.host,
                        headers=[*without_length(fields),
                                 ("Content-Length", 10 * 1024 * 1024 + 1)]))
        assert wire.response().status == 413


def test_who_does_not_sign_or_signs_wrongly_is_forbidden(api, identities, gateway):
    user = identities.user(allow(INVOKE, arn(api)))
    assert outcome(api.ask("/pets")) == FORBIDDEN
    wrong, unknown = User(gateway, "x", user.key, "wrong"), nobody(gateway, user)
    for who in (wrong, unknown):
        for query in (False, True):
            assert outcome(ask(api, who, query=query)) == FORBIDDEN
    assert outcome(ask(api, user, service="apigateway")) == FORBIDDEN
    target, fields = signed(api, user, path="/pets")
    assert outcome(api.ask("/cats", headers=fields)) == FORBIDDEN
    assert outcome(api.ask("/pets?more=1", headers=fields)) == FORBIDDEN
    assert outcome(api.ask("/pets", method="PUT", headers=fields)) == FORBIDDEN
    broken = [(name, value[:-1] if name == "Authorization" else value) for name, value in fields]
    assert outcome(api.ask(target, headers=broken)) == FORBIDDEN


def test_why_it_was_refused_stands_in_the_access_log(api, identities, gateway):
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings={
        "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.id}",
        "Format": '{"id":"$context.requestId","error":"$context.authorizer.error",'
                  '"message":"$context.error.message","type":"$context.error.responseType",'
                  '"status":"$context.status","who":"$context.identity.userArn"}'})
    user = identities.user(allow(INVOKE, arn(api, "pets")), deny(INVOKE, arn(api, "secret")))
    wrong, unknown = User(gateway, "x", user.key, "wrong"), nobody(gateway, user)
    answers = [ask(api, user), api.ask("/pets"), ask(api, unknown), ask(api, wrong),
               ask(api, user, path="/cats"), ask(api, user, path="/secret")]
    assert [answer.status for answer in answers] == [200] + [403] * 5
    log = gateway.data / "logs" / f"{api.id}.log"
    until(lambda: log.exists() and log.read_text().count("\n") == len(answers), "the records")
    records = {record["id"]: record for record in map(json.loads, log.read_text().splitlines())}
    let_in, *kept_out = (records[answer.get("apigw-requestid")] for answer in answers)
    assert (let_in["error"], let_in["status"]) == ("-", "200")
    assert let_in["who"] == user.arn
    errors = [record.pop("error") for record in kept_out]
    for record in kept_out:
        assert (record["message"], record["type"], record["who"]) == (
            "Forbidden", "ACCESS_DENIED", "-")
    hidden = f"arn:aws:execute-api:us-east-1:********0000:{api.id}/$default/GET"
    no = f"User: {user.arn} is not authorized to perform: {INVOKE} on resource: {hidden}"
    assert errors == [
        # AWS's words.
        "The request for the IAM Authorizer doesn't match the format that API Gateway expects.",
        "the access key is not known, or its session is over",
        "the signature is another than the secret's",
        f"{no}/cats", f"{no}/secret with an explicit deny"]


def test_only_who_is_let_in_takes_of_the_limits(api, identities, gateway):
    """Also where the content that is signed comes after the head."""
    user = identities.user(allow(INVOKE, arn(api)))
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", DefaultRouteSettings={
        "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.001})

    def statuses(body, count):
        return [post_later(api, user, body).status for _ in range(count)]

    assert statuses(b"wrong", 4) == [403] * 4
    assert statuses(b"right", 3) == [200, 200, 429]


def test_which_keys_there_are_is_not_told_by_when_an_answer_comes(api, identities, gateway):
    user = identities.user(allow(INVOKE, arn(api)))
    for who in (user, nobody(gateway, user)):
        assert outcome(post_later(api, who, b"wrong")) == FORBIDDEN


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_future_signature_is_forbidden(api, identities, minutes, monkeypatch):
    user = identities.user(allow(INVOKE, arn(api)))
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    moved = now + datetime.timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *a, **k: moved)
    assert outcome(ask(api, user)) == FORBIDDEN
    assert outcome(ask(api, user, query=True, expires=60)) == FORBIDDEN
    # A URL is as good as it says.
    assert ask(api, user, query=True, expires=3600).status == (200 if minutes < 0 else 403)


def test_what_no_policy_allows_is_forbidden(api, identities):
    user = identities.user(allow(INVOKE, arn(api, "pets", method="GET")),
                           allow(INVOKE, arn(api, "open/*")),
                           deny(INVOKE, arn(api, "open/closed*")))
    assert ask(api, user).status == 200
    assert outcome(ask(api, user, "POST")) == FORBIDDEN
    assert outcome(ask(api, user, path="/cats")) == FORBIDDEN
    assert ask(api, user, path="/open/1/2").status == 200
    assert outcome(ask(api, user, path="/open/closed")) == FORBIDDEN
    assert outcome(ask(api, identities.user())) == FORBIDDEN
    managed = identities.user(allow("iam:ListUsers"))
    identities.iam.attach_user_policy(
        UserName=managed.name,
        PolicyArn="arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess")
    assert ask(api, managed).status == 200


def test_changes_act_at_once(api, identities):
    user = identities.user()
    assert outcome(ask(api, user)) == FORBIDDEN
    identities.iam.put_user_policy(UserName=user.name, PolicyName="p",
                                   PolicyDocument=document(allow(INVOKE, arn(api))))
    assert ask(api, user).status == 200
    identities.iam.update_access_key(UserName=user.name, AccessKeyId=user.key, Status="Inactive")
    assert outcome(ask(api, user)) == FORBIDDEN
    identities.iam.update_access_key(UserName=user.name, AccessKeyId=user.key, Status="Active")
    assert ask(api, user).status == 200
    identities.iam.delete_user_policy(UserName=user.name, PolicyName="p")
    assert outcome(ask(api, user)) == FORBIDDEN


def test_sessions(api, identities):
    user = identities.user()
    role = identities.role(allow(INVOKE, arn(api)), principal=user.arn)
    whole = user.assume(role, "whole")
    assert ask(api, whole).status == 200
    assert ask(api, whole, query=True).status == 200
    bounded = user.assume(role, "bounded", Policy=document(allow(INVOKE, arn(api, "pets"))))
    assert ask(api, bounded).status == 200
    assert outcome(ask(api, bounded, path="/cats")) == FORBIDDEN
    other = user.assume(role, "other", PolicyArns=[
        {"arn": "arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator"}])
    assert outcome(ask(api, other)) == FORBIDDEN
    whole.token = whole.token[:-8] + "AAAAAAAA"
    assert outcome(ask(api, whole)) == FORBIDDEN


def test_the_account_itself_and_another_one(api, identities, gateway):
    root = session(gateway, "root", {"AccessKeyId": "test", "SecretAccessKey": "test",
                                     "SessionToken": None})
    assert ask(api, root).status == 200
    _, made = gateway.control_socket("POST", "/ringgate/v1/keys",
                                     json.dumps({"accountId": "111122223333"}))
    stranger = session(gateway, "stranger", {"AccessKeyId": made["accessKeyId"],
                                             "SecretAccessKey": made["secretAccessKey"],
                                             "SessionToken": None})
    # HTTP APIs have no resource policy that could let another account in.
    assert outcome(ask(api, stranger)) == FORBIDDEN


@pytest.mark.parametrize(("condition", "allowed"), [
    ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, True),
    ({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
    ({"StringEquals": {"aws:PrincipalTag/team": "pets"}}, True),
    ({"StringLike": {"aws:username": "user-*"}}, True),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
])
def test_conditions(api, identities, condition, allowed):
    user = identities.user(allow(INVOKE, arn(api), Condition=condition),
                           Tags=[{"Key": "Team", "Value": "pets"}])
    assert ask(api, user).status == (200 if allowed else 403)


def test_the_data_plane_restarts_without_control(daemons, origin):
    identities = Identities(daemons)
    api = daemons.make_api({})
    route = api.route("ANY /{proxy+}", f"{origin.url}/up")
    daemons.v2.update_route(ApiId=api.id, RouteId=route, AuthorizationType="AWS_IAM")
    user = identities.user(allow(INVOKE, arn(api)))
    assert ask(api, user).status == 200
    daemons.kill("ringgate-control")
    daemons.kill("ringgated")
    daemons.start_data()
    assert ask(api, user).status == 200
    assert outcome(api.ask("/pets")) == FORBIDDEN


def test_events_and_logs_say_who_called(lambda_site, functions):
    identities = Identities(lambda_site)
    for version in ("1.0", "2.0"):
        api = lambda_site.make_api({"GET /pets": integration(version=version)})
        lambda_site.v2.update_route(ApiId=api.id, RouteId=api.routes["GET /pets"],
                                    AuthorizationType="AWS_IAM")
        user = identities.user(allow(INVOKE, arn(api)))
        assert ask(api, user).status == 200
        context = json.loads(functions.requests[-1].body)["requestContext"]
        unique = identities.iam.get_user(UserName=user.name)["User"]["UserId"]
        if version == "2.0":
            assert context["authorizer"] == {"iam": {
                "accessKey": user.key, "accountId": "000000000000", "callerId": unique,
                "cognitoIdentity": None, "principalOrgId": None, "userArn": user.arn,
                "userId": unique,
            }}
        else:
            identity = context["identity"]
            assert (identity["accessKey"], identity["accountId"]) == (user.key, "000000000000")
            assert (identity["caller"], identity["user"]) == (unique, unique)
            assert identity["userArn"] == user.arn
