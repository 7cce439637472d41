"""What users and sessions may do with the management API: nothing that no policy allows."""

import json

import pytest

from harness import sigv4
from harness.aws import CREDENTIALS, aws_cli
from harness.errors import refused
from harness.iam import Identities, allow, deny, document

REGION = "arn:aws:apigateway:us-east-1::"


@pytest.fixture
def identities(control):
    return Identities(control)


@pytest.fixture
def api(control):
    return control.v2.create_api(Name="a", ProtocolType="HTTP")["ApiId"]


def denial(user, action, resource, why=None):
    why = why or f"because no identity-based policy allows the {action} action"
    return f"User: {user.arn} is not authorized to perform: {action} on resource: {resource} {why}"


def test_a_user_without_policies_may_do_nothing(identities, api):
    user = identities.user()
    v2 = user.client()
    with refused("AccessDeniedException", 403,
                 exactly=denial(user, "apigateway:GET", f"{REGION}/apis")):
        v2.get_apis()
    with refused("AccessDeniedException", 403, f"{REGION}/apis/{api}"):
        v2.get_api(ApiId=api)
    with refused("AccessDeniedException", 403, "apigateway:POST"):
        v2.create_api(Name="b", ProtocolType="HTTP")
    with refused("AccessDeniedException", 403, "apigateway:DELETE"):
        v2.delete_api(ApiId=api)
    with refused("AccessDenied", 403,
                 exactly=denial(user, "iam:ListUsers", "arn:aws:iam::000000000000:user/")):
        user.client("iam").list_users()


def test_a_user_may_do_what_is_allowed_and_no_more(identities, api):
    other = identities.site.v2.create_api(Name="b", ProtocolType="HTTP")["ApiId"]
    user = identities.user(
        allow("apigateway:GET", [f"{REGION}/apis/{api}", f"{REGION}/apis/{api}/*"]),
        allow(["apigateway:POST", "apigateway:PATCH"], f"{REGION}/apis/{api}/routes*"),
    )
    v2 = user.client()
    assert v2.get_api(ApiId=api)["Name"] == "a"
    route = v2.create_route(ApiId=api, RouteKey="GET /")["RouteId"]
    v2.update_route(ApiId=api, RouteId=route, RouteKey="GET /x")
    assert len(v2.get_routes(ApiId=api)["Items"]) == 1
    for call in (
        lambda: v2.get_apis(),
        lambda: v2.get_api(ApiId=other),
        lambda: v2.delete_route(ApiId=api, RouteId=route),
        lambda: v2.create_stage(ApiId=api, StageName="s"),
        lambda: v2.update_api(ApiId=api, Name="c"),
        lambda: v2.create_route(ApiId=other, RouteKey="GET /"),
        lambda: user.client(region="eu-west-1").get_api(ApiId=api),
    ):
        with refused("AccessDeniedException", 403):
            call()


def test_a_deny_wins(identities, api):
    user = identities.user(allow("apigateway:*"), deny("apigateway:DELETE", f"{REGION}/apis/*"))
    v2 = user.client()
    v2.update_api(ApiId=api, Name="n")
    resource = f"{REGION}/apis/{api}"
    why = "with an explicit deny in an identity-based policy"
    with refused("AccessDeniedException", 403,
                 exactly=denial(user, "apigateway:DELETE", resource, why)):
        v2.delete_api(ApiId=api)
    assert identities.site.v2.get_api(ApiId=api)["Name"] == "n"


def test_a_deny_cannot_be_written_around(identities, api):
    user = identities.user(allow("apigateway:*"), deny("*", f"{REGION}/apis/{api}"))
    port = identities.site.management
    escaped = f"%{ord(api[0]):02x}{api[1:]}"
    for path in (f"/v2/apis/{api}", f"/v2/apis/{escaped}", f"/v2/apis/{escaped.upper()}"):
        answer = sigv4.call(port, "DELETE", path, key=user.key, secret=user.secret)
        assert answer.status in (403, 404), (path, answer)
    assert identities.site.v2.get_api(ApiId=api)


@pytest.mark.parametrize(("condition", "allowed"), [
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ({"StringLike": {"aws:UserAgent": "*Boto3*"}}, True),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ({"StringEquals": {"aws:PrincipalTag/team": "pets"}}, True),
    ({"StringEquals": {"aws:PrincipalTag/team": "cats"}}, False),
    ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}, True),
    ({"Null": {"aws:TokenIssueTime": "true"}}, True),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
])
def test_conditions(identities, condition, allowed):
    user = identities.user(allow("apigateway:GET", Condition=condition),
                           Tags=[{"Key": "Team", "Value": "pets"}])
    if allowed:
        assert "Items" in user.client().get_apis()
    else:
        with refused("AccessDeniedException", 403):
            user.client().get_apis()


def test_a_policy_variable(identities, control):
    user = identities.user(allow("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}"))
    iam = user.client("iam")
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    assert len(iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]) == 1
    other = identities.user()
    with refused("AccessDenied", 403, f"iam:CreateAccessKey on resource: {other.arn}"):
        iam.create_access_key(UserName=other.name)


def test_a_change_of_a_policy_acts_at_once(identities, api):
    user = identities.user()
    arn = identities.iam.create_policy(
        PolicyName=f"p-{user.name}", PolicyDocument=document(allow("apigateway:GET")),
    )["Policy"]["Arn"]
    v2 = user.client()
    with refused("AccessDeniedException", 403):
        v2.get_apis()
    identities.iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    assert v2.get_apis()
    identities.iam.create_policy_version(PolicyArn=arn, SetAsDefault=True,
                                         PolicyDocument=document(deny("*")))
    with refused("AccessDeniedException", 403, "explicit deny"):
        v2.get_apis()
    identities.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert v2.get_apis()
    identities.iam.detach_user_policy(UserName=user.name, PolicyArn=arn)
    with refused("AccessDeniedException", 403):
        v2.get_apis()


def test_a_session_has_the_rights_of_its_role_within_its_session_policy(identities, api):
    user = identities.user()
    arn = identities.role(allow("apigateway:*"), principal=user.arn)
    whole = user.assume(arn, "whole").client()
    assert whole.get_api(ApiId=api)
    whole.update_api(ApiId=api, Name="by-session")
    bounded = user.assume(arn, "bounded", Policy=document(
        allow("apigateway:GET"), allow("iam:ListUsers")))
    assert bounded.client().get_api(ApiId=api)["Name"] == "by-session"
    with refused("AccessDeniedException", 403,
                 "because no session policy allows the apigateway:PATCH action"):
        bounded.client().update_api(ApiId=api, Name="no")
    # A session policy gives nothing that the role has not.
    with refused("AccessDenied", 403):
        bounded.client("iam").list_users()
    managed = "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess"
    other = user.assume(arn, "managed", PolicyArns=[{"arn": managed}])
    with refused("AccessDeniedException", 403):
        other.client().get_apis()


def test_a_user_of_iam_may_do_what_its_policies_say(identities):
    admin = identities.user(allow("iam:*", "arn:aws:iam::*:user/*"),
                            deny("iam:AttachUserPolicy", Condition={"ArnEquals": {
                                "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}))
    iam, name = admin.client("iam"), f"by-{admin.name}"
    iam.create_user(UserName=name)
    iam.attach_user_policy(
        UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess")
    with refused("AccessDenied", 403, "explicit deny"):
        iam.attach_user_policy(UserName=name,
                               PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with refused("AccessDenied", 403, "iam:CreateRole"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    with refused("AccessDenied", 403, "policy path /"):
        iam.list_policies()


def test_who_may_not_learns_nothing_of_what_is_there(identities):
    user, there = identities.user(), identities.user()
    iam = user.client("iam")
    messages = []
    for name in (there.name, "x" * len(there.name)):
        with refused("AccessDenied", 403) as caught:
            iam.get_user(UserName=name)
        messages.append(caught.message.replace(name, "N"))
    assert messages[0] == messages[1]
    answer = sigv4.call(identities.site.management, "GET", "/v2/apis/none", key=user.key,
                        secret=user.secret)
    assert (answer.status, answer.code) == (403, "AccessDeniedException"), answer


def test_the_control_socket_is_the_account_itself(control):
    status, answer = control.control_socket("GET", "/v2/apis")
    assert status == 200 and "items" in answer, answer


def test_keys_of_users_are_no_keys_of_functions(identities):
    user = identities.user(allow("*"))
    answer = sigv4.call(identities.site.management, "GET", "/2015-03-31/functions/",
                        key=user.key, secret=user.secret, service="lambda")
    assert answer.status in (403, 501), answer


def test_the_aws_cli(control, identities, monkeypatch):
    aws = aws_cli(control)
    name = f"cli-{identities.user().name}"
    made = aws("create-user", "--user-name", name, "--path", "/cli/", service="iam")["User"]
    key = aws("create-access-key", "--user-name", name, service="iam")["AccessKey"]
    policy = document(allow("apigateway:GET"))
    aws("put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document", policy,
        service="iam")
    shown = aws("get-user-policy", "--user-name", name, "--policy-name", "p", service="iam")
    assert shown["PolicyDocument"] == json.loads(policy)
    monkeypatch.setitem(CREDENTIALS, "AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setitem(CREDENTIALS, "AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    who = aws("get-caller-identity", service="sts")
    assert who["Arn"] == made["Arn"] and who["UserId"] == made["UserId"]
    assert "Items" in aws("get-apis")
    words = aws("create-api", "--name", "a", "--protocol-type", "HTTP", code=255)
    assert "(AccessDeniedException)" in words and "apigateway:POST" in words
    words = aws("list-users", service="iam", code=255)
    assert "(AccessDenied)" in words and "iam:ListUsers" in words
