"""Sessions by boto3's sts client: who may assume a role, and what comes of it."""

import datetime
import json

import pytest

from harness.errors import refused
from harness.iam import Identities, allow, deny, document, session, trust, unique


@pytest.fixture
def identities(control):
    return Identities(control)


def test_who_is_calling(identities):
    root = identities.sts.get_caller_identity()
    assert root["Arn"] == "arn:aws:iam::000000000000:root"
    assert root["UserId"] == root["Account"] == "000000000000"
    user = identities.user()
    # Needs no permission, and no policy takes it away.
    identities.iam.put_user_policy(UserName=user.name, PolicyName="d",
                                   PolicyDocument=document(deny("sts:*")))
    who = user.client("sts").get_caller_identity()
    assert who["Arn"] == user.arn and who["UserId"].startswith("AIDA")


def test_a_role_is_assumed(identities):
    user, name = identities.user(), unique("role")
    arn = identities.role(principal=user.arn, name=name, Path="/deep/", MaxSessionDuration=7200)
    before = datetime.datetime.now(datetime.UTC)
    made = user.client("sts").assume_role(RoleArn=arn, RoleSessionName="s@1")
    credentials = made["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    seconds = (credentials["Expiration"] - before).total_seconds()
    assert 3500 < seconds < 3700 and "PackedPolicySize" not in made
    role = identities.iam.get_role(RoleName=name)["Role"]
    assert made["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role['RoleId']}:s@1",
        "Arn": f"arn:aws:sts::000000000000:assumed-role/{name}/s@1",
    }
    who = session(identities.site, "s", credentials).client("sts").get_caller_identity()
    assert who["Arn"] == made["AssumedRoleUser"]["Arn"]
    assert who["UserId"] == made["AssumedRoleUser"]["AssumedRoleId"]


def test_an_account_that_is_trusted_leaves_the_choice_to_its_policies(identities):
    arn = identities.role()
    without, having = identities.user(), identities.user(allow("sts:AssumeRole", arn))
    says = f"User: {without.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    with refused("AccessDenied", 403, says):
        without.assume(arn)
    assert having.assume(arn).key.startswith("ASIA")
    never = identities.user(allow("sts:*"), deny("sts:AssumeRole", arn))
    with refused("AccessDenied", 403, "with an explicit deny in an identity-based policy"):
        never.assume(arn)


def test_who_is_not_trusted_and_what_is_not_there_are_answered_alike(identities):
    user = identities.user(allow("sts:AssumeRole"))
    arn = identities.role(principal="111122223333")
    absent = f"arn:aws:iam::000000000000:role/{unique('none')}"
    for wanted in (arn, absent):
        with refused("AccessDenied", 403, f"sts:AssumeRole on resource: {wanted}"):
            user.assume(wanted)


def test_a_condition_of_a_trust_policy(identities):
    user = identities.user()
    name = unique("role")
    document_ = trust(user.arn, Condition={"StringEquals": {"sts:ExternalId": "77"}})
    arn = identities.role(name=name, AssumeRolePolicyDocument=document_)
    assert user.assume(arn, ExternalId="77").key
    for wrong in ({}, {"ExternalId": "78"}):
        with refused("AccessDenied", 403):
            user.assume(arn, **wrong)


def test_a_role_of_another_account_needs_both_sides(identities, control):
    _, made = control.control_socket("POST", "/ringgate/v1/keys",
                                     json.dumps({"accountId": "444455556666"}))
    other = control.client("iam", key=made["accessKeyId"], secret=made["secretAccessKey"])
    user = identities.user()
    name = unique("role")
    arn = other.create_role(RoleName=name, AssumeRolePolicyDocument=trust(user.arn))["Role"]["Arn"]
    with refused("AccessDenied", 403):
        user.assume(arn)
    identities.iam.put_user_policy(UserName=user.name, PolicyName="p",
                                   PolicyDocument=document(allow("sts:AssumeRole", arn)))
    who = user.assume(arn).client("sts").get_caller_identity()
    assert who["Account"] == "444455556666"


@pytest.mark.parametrize(("how", "code", "says"), [
    ({"DurationSeconds": 43201}, "ValidationError", "durationSeconds"),
    ({"DurationSeconds": 3601}, "ValidationError", "MaxSessionDuration set for this role"),
    ({"name": "a b"}, "ValidationError", "roleSessionName"),
    ({"Policy": "{}"}, "MalformedPolicyDocument", "Statement"),
    ({"Policy": "x" * 2049}, "ValidationError", "2048"),
    ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Unheard"}]}, "ValidationError", "Unheard"),
    ({"Tags": [{"Key": "a", "Value": "b"}]}, "ValidationError", "Tags"),
])
def test_bad_values(identities, how, code, says):
    user = identities.user()
    arn = identities.role(principal=user.arn)
    with refused(code, 400, says):
        user.assume(arn, **how)


def test_a_chain_of_roles_is_an_hour_at_most(identities):
    user = identities.user()
    first = identities.role(allow("sts:AssumeRole"), principal=user.arn)
    second = identities.role(principal=first, MaxSessionDuration=7200)
    role = user.assume(first)
    assert role.assume(second).client("sts").get_caller_identity()
    with refused("ValidationError", 400, "1 hour session limit"):
        role.assume(second, DurationSeconds=7200)


def test_a_token_is_good_for_its_own_key_alone(identities):
    user = identities.user()
    arn = identities.role(principal=user.arn)
    one, two = user.assume(arn), user.assume(arn)
    site = identities.site
    for key, secret, token in [
        (one.key, one.secret, two.token),
        (one.key, one.secret, one.token[:-2] + ("A" if one.token[-2] != "A" else "B") + "A"),
        (one.key, one.secret, None),
        (user.key, user.secret, one.token),
    ]:
        with refused("InvalidClientTokenId", 403):
            site.client("sts", key=key, secret=secret, token=token).get_caller_identity()
    with refused("SignatureDoesNotMatch", 403):
        site.client("sts", key=one.key, secret=two.secret, token=one.token).get_caller_identity()


def test_sessions_end_with_their_role(identities):
    user, name = identities.user(), unique("role")
    arn = identities.role(principal=user.arn, name=name)
    role = user.assume(arn)
    identities.iam.delete_role(RoleName=name)
    identities.role(principal=user.arn, name=name)
    with refused("InvalidClientTokenId", 403):
        role.client("sts").get_caller_identity()


def test_a_key_that_is_inactive_or_gone(identities):
    user = identities.user()
    sts, iam = user.client("sts"), identities.iam
    assert sts.get_caller_identity()
    iam.update_access_key(UserName=user.name, AccessKeyId=user.key, Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        sts.get_caller_identity()
    iam.update_access_key(UserName=user.name, AccessKeyId=user.key, Status="Active")
    assert sts.get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=user.key)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.key)
    with refused("InvalidClientTokenId", 403):
        sts.get_caller_identity()


def test_a_session_token_of_a_user(identities):
    user = identities.user(allow("*"))
    made = user.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    token = session(identities.site, "t", made)
    assert token.client("sts").get_caller_identity()["Arn"] == user.arn
    with refused("AccessDenied", 403, "session credentials"):
        token.client("sts").get_session_token()
    with refused("AccessDenied", 403):
        token.client("iam").list_users()
    root = identities.sts.get_session_token()["Credentials"]
    who = session(identities.site, "r", root).client("sts").get_caller_identity()
    assert who["Arn"].endswith(":root")
