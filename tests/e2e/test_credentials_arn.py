"""Roles of integrations and authorizers: sessions of Ringgate's own roles, of a scripted STS, and
of moto's; the calls that are signed with them."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import without_errors
from harness.iam import GATEWAY, Identities, allow, deny, trust_service, unique
from harness.lambdas import ACCOUNT, Lambda, arn, check_signature, integration, invocation
from harness.moto import Moto
from harness.origin import response
from harness.reasons import reason
from harness.sts import Sts, signer
from harness.waiting import until
from test_iam_routes import signed

ROLE = f"arn:aws:iam::{ACCOUNT}:role/somewhere"


@pytest.fixture
def sts():
    yield from without_errors(Sts())


class Calls(Lambda):
    """Takes calls whoever signed them: the test looks at that."""

    def invoke(self, peer, seen):
        return peer.send(response(200, json.dumps(self.answer(json.loads(seen.body))).encode()))


@pytest.fixture
def calls():
    yield from without_errors(Calls())


@pytest.fixture
def local(driver, new_site, calls):
    """Whose roles are Ringgate's own."""
    return new_site(driver, ["--lambda-endpoint", calls.url]).keep_log().up()


@pytest.fixture
def remote(driver, new_site, calls, sts):
    """Whose roles are those of a scripted STS."""
    flags = ["--lambda-endpoint", calls.url, "--sts-endpoint", sts.url]
    return new_site(driver, flags).keep_log().up()


def role_api(site, role, **more):
    return site.make_api({"$default": integration(CredentialsArn=role, **more)})


def refused(site, api, words):
    answer = api.ask("/")
    assert (answer.status, answer.message) == (500, "Internal Server Error"), answer
    said = reason(site, answer)
    assert "cannot assume the role" in said and words in said, said


# Ringgate's own roles

def test_a_role_of_ringgate_signs_at_once(local, calls):
    role = Identities(local).role(AssumeRolePolicyDocument=trust_service())
    api = role_api(local, role)
    assert api.ask("/").status == 200
    key, token = signer(calls.last())
    assert key.startswith("ASIA") and token
    # Another role, live: never the old one's session, and never none.
    other = Identities(local).role(AssumeRolePolicyDocument=trust_service())
    [integration_id] = api.integrations.values()
    local.v2.update_integration(ApiId=api.id, IntegrationId=integration_id, CredentialsArn=other)
    assert api.ask("/").status == 200
    assert signer(calls.last())[0] != key
    kept = b"".join(path.read_bytes() for path in local.data.rglob("*") if path.is_file())
    assert token.encode() not in kept and token not in local.logs(1 << 20)


def test_what_a_trust_policy_says_acts_at_once(local, calls):
    identities = Identities(local)
    name = unique("role")
    other = trust_service("lambda.amazonaws.com")
    role = identities.role(name=name, AssumeRolePolicyDocument=other)
    api = role_api(local, role)
    refused(local, api, f"does not let {GATEWAY} assume it")
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/*"
    for good, more in (
        (True, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        (False, {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
        (True, {"ArnLike": {"aws:SourceArn": source}}),
        (False, {"ArnLike": {"aws:SourceArn": source.replace(api.id, "another")}}),
    ):
        identities.iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=trust_service(Condition=more))
        if good:
            assert api.ask("/").status == 200, more
        else:
            refused(local, api, "its trust policy")
    identities.iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust_service())
    assert api.ask("/").status == 200
    before = len(calls.requests)
    identities.iam.delete_role(RoleName=name)
    refused(local, api, "no such role")
    assert len(calls.requests) == before
    identities.role(name=name, AssumeRolePolicyDocument=trust_service())
    assert api.ask("/").status == 200


def test_a_role_of_another_account_is_not_assumed(local):
    made = dict(line.removeprefix("export ").split("=", 1) for line in local.cli(
        "key", "new", "--account", "111122223333").stdout.splitlines())
    key, secret = made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"]
    iam = local.client("iam", key=key, secret=secret)
    theirs = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=trust_service())
    role = theirs["Role"]["Arn"]
    assert ":111122223333:" in role
    refused(local, role_api(local, role), "Cross-account pass role is not allowed")


def test_a_role_of_a_stage_variable_and_of_an_authorizer(local, calls):
    role = Identities(local).role(AssumeRolePolicyDocument=trust_service())
    api = local.make_api({}, variables={"role": role.split("/")[-1]})
    api.route("GET /a", integration(
        CredentialsArn=role.rsplit("/", 1)[0] + "/${stageVariables.role}"))
    assert api.ask("/a").status == 200
    assert signer(calls.last())[1]
    calls.always({"isAuthorized": True})
    authorizer = local.v2.create_authorizer(
        ApiId=api.id, Name="a", AuthorizerType="REQUEST", AuthorizerUri=invocation(arn("auth")),
        AuthorizerCredentialsArn=role, AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=0,
        IdentitySource=[])["AuthorizerId"]
    route = api.route("GET /b", integration())
    local.v2.update_route(ApiId=api.id, RouteId=route, AuthorizationType="CUSTOM",
                          AuthorizerId=authorizer)
    assert api.ask("/b").status == 200
    asked, called = calls.requests[-2:]
    assert signer(asked)[1] and signer(called) == ("test", None)
    local.v2.update_authorizer(ApiId=api.id, AuthorizerId=authorizer,
                               AuthorizerCredentialsArn=ROLE)
    answer = api.ask("/b")
    assert answer.status == 500 and "cannot assume" in reason(local, answer)


def test_the_callers_own_credentials(local, calls):
    identities = Identities(local)
    user = identities.user(allow("execute-api:Invoke"), allow("sts:AssumeRole"))
    api = role_api(local, "arn:aws:iam::*:user/*")
    assert api.ask("/pets").status == 500
    [route] = api.routes.values()
    local.v2.update_route(ApiId=api.id, RouteId=route, AuthorizationType="AWS_IAM")
    role = identities.role(allow("execute-api:Invoke"))
    for who in (user, user.assume(role)):
        for query in (False, True):
            target, fields = signed(api, who, query=query)
            fields = [(n, v) for n, v in fields if n.lower() != "host"]
            answer = api.ask(target, headers=fields)
            assert answer.status == 200, answer
            check_signature(calls.last(), "lambda", who.key, who.secret, who.token)


def test_who_may_not_pass_a_role_names_none(local):
    identities = Identities(local)
    role = identities.role(AssumeRolePolicyDocument=trust_service())
    api = local.make_api({})
    only = identities.user(allow("apigateway:*")).client()
    with pytest.raises(ClientError, match="iam:PassRole"):
        only.create_integration(ApiId=api.id, **integration(CredentialsArn=role))
    passing = identities.user(allow("apigateway:*"), allow("iam:PassRole", role, Condition={
        "StringEquals": {"iam:PassedToService": GATEWAY}})).client()
    assert passing.create_integration(ApiId=api.id, **integration(CredentialsArn=role))


def test_no_stage_variable_and_no_base_path_passes_a_role(local):
    identities = Identities(local)
    admin = identities.role(AssumeRolePolicyDocument=trust_service())
    stem, name = admin.rsplit("/", 1)
    api = local.make_api({"$default": integration(
        CredentialsArn=stem + "/${stageVariables.role}")})
    only = identities.user(allow("apigateway:*"), allow("iam:PassRole"),
                           deny("iam:PassRole", admin)).client()
    with pytest.raises(ClientError, match="iam:PassRole"):
        only.update_stage(ApiId=api.id, StageName="$default", StageVariables={"role": name})
    only.update_stage(ApiId=api.id, StageName="$default", StageVariables={"role": "another"})
    extension = {"type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0",
                 "uri": arn("f"), "credentials": admin}
    text = json.dumps({
        "openapi": "3.0.1", "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://x.example/b"}],
        "paths": {"": {"get": {"responses": {}, "x-amazon-apigateway-integration": extension}}}})
    with pytest.raises(ClientError, match="iam:PassRole"):
        only.import_api(Body=text, Basepath="prepend")
    with pytest.raises(ClientError, match="BadRequestException"):
        only.import_api(Body=text)
    assert local.v2.import_api(Body=text, Basepath="prepend")["ApiId"]


# A Security Token Service

def test_calls_are_signed_with_the_session(remote, calls, sts):
    api = role_api(remote, ROLE)
    for _ in range(3):
        assert api.ask("/").status == 200
        assert check_signature(calls.last(), "lambda", **sts.session()) == "us-east-1"
    assert [given["role"] for given in sts.given] == [ROLE]
    kept = b"".join(path.read_bytes() for path in remote.data.rglob("*") if path.is_file())
    said = remote.logs(1 << 20)
    for secret in ("hush0", "token0"):
        assert secret.encode() not in kept and secret not in said
    # Both processes anew: the session is still there, and none else is asked for.
    remote.stop("ringgate")
    sts.denies()
    remote.up()
    assert api.ask("/").status == 200
    check_signature(calls.last(), "lambda", **sts.session())


def test_a_session_is_renewed_before_it_ends_and_kept_while_sts_is_down(remote, calls, sts):
    sts.lasts_s = 12
    api = role_api(remote, ROLE)
    assert api.ask("/").status == 200
    until(lambda: len(sts.given) >= 2, "a renewal")

    def signed_with_the_new():
        assert api.ask("/").status == 200
        return signer(calls.last())[0] in [given["key"] for given in sts.given[1:]]

    until(signed_with_the_new, "calls with the new session")
    # It is kept, and ends at last.
    sts.reply = lambda peer, seen: False
    until(lambda: "kept=true" in remote.logs(1 << 20), "a renewal in vain")
    until(lambda: api.ask("/").status == 500, "the end of the last session", timeout_s=60)
    assert len(calls.errors) == 0
    sts.lasts_s, sts.reply = 3600, sts.assume
    until(lambda: api.ask("/").status == 200, "another session", timeout_s=60)
    check_signature(calls.last(), "lambda", **sts.session())


def test_what_is_no_session_is_500_until_there_is_one(remote, calls, sts):
    sts.always(200, b"<html>what?</html>")
    api = role_api(remote, ROLE)
    refused(remote, api, "its answer has no Credentials")
    sts.denies()
    until(lambda: "403 AccessDenied not you" in (reason(remote, api.ask("/")) or ""), "denied",
          timeout_s=30)
    assert not calls.requests
    sts.reply = sts.assume
    until(lambda: api.ask("/").status == 200, "a session", timeout_s=60)


def test_a_role_that_nobody_names_is_asked_for_no_more(remote, sts):
    sts.lasts_s = 4
    api = role_api(remote, ROLE)
    remote.v2.delete_api(ApiId=api.id)
    until(lambda: "names the role no more" in remote.logs(1 << 20), "it is forgotten", timeout_s=30)
    count = len(sts.given)
    assert role_api(remote, ROLE).ask("/").status == 200
    assert len(sts.given) == count + 1


def test_moto_gives_the_session(driver, new_site, calls):
    moto = Moto()
    try:
        site = new_site(driver, ["--endpoint-url", moto.url, "--lambda-endpoint", calls.url])
        api = role_api(site.keep_log().up(), ROLE)
        assert api.ask("/").status == 200
        key, token = signer(calls.last())
        assert key.startswith("ASIA") and token
        who = boto3.client("sts", endpoint_url=moto.url, region_name="us-east-1",
                           aws_access_key_id=key, aws_secret_access_key="x",
                           aws_session_token=token).get_caller_identity()
        assert who["Arn"].endswith(":assumed-role/somewhere/BackplaneAssumeRoleSession"), who
    finally:
        moto.close()


def test_roles_can_be_left_alone_by_name(driver, new_site, calls):
    site = new_site(driver, ["--lambda-endpoint", calls.url, "--assume-roles=off"]).up()
    assert role_api(site, ROLE).ask("/").status == 200
    assert signer(calls.last()) == ("test", None)
