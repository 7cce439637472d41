"""Users, access keys, roles and policies by boto3's iam client, and their rules."""

import json
import urllib.parse

import pytest

from harness import sigv4
from harness.errors import refused
from harness.iam import Identities, allow, document, trust, unique


@pytest.fixture
def identities(control):
    return Identities(control)


@pytest.fixture
def iam(identities):
    return identities.iam


ANYTHING = document(allow("*"))


def test_a_user_from_creation_to_deletion(iam):
    name = unique("user")
    made = iam.create_user(UserName=name, Path="/team/", Tags=[{"Key": "Team", "Value": "a b"}])
    user = made["User"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert made["ResponseMetadata"]["RequestId"]
    assert user["Arn"] == f"arn:aws:iam::000000000000:user/team/{name}"
    assert user["UserId"].startswith("AIDA") and len(user["UserId"]) == 21
    shown = iam.get_user(UserName=name)["User"]
    assert shown == user and shown["Tags"] == [{"Key": "Team", "Value": "a b"}]
    assert iam.get_user(UserName=name.upper())["User"]["UserName"] == name
    iam.update_user(UserName=name, NewPath="/")
    assert iam.get_user(UserName=name)["User"]["Path"] == "/"
    iam.tag_user(UserName=name, Tags=[{"Key": "team", "Value": "c"}, {"Key": "x", "Value": ""}])
    iam.untag_user(UserName=name, TagKeys=["x"])
    assert iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "team", "Value": "c"}]
    iam.delete_user(UserName=name)
    with refused("NoSuchEntity", 404, f"The user with name {name} cannot be found."):
        iam.get_user(UserName=name)


def test_users_are_listed_by_page_and_by_path(iam):
    path = f"/{unique('p')}/"
    names = sorted(unique("user") for _ in range(5))
    for name in names:
        iam.create_user(UserName=name, Path=path)
    pages = list(iam.get_paginator("list_users").paginate(
        PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    assert iam.list_users(PathPrefix=unique("/none"))["Users"] == []
    with refused("ValidationError", 400, "maxItems"):
        iam.list_users(MaxItems=1001)


def test_access_keys(iam):
    name = unique("user")
    iam.create_user(UserName=name)
    first = iam.create_access_key(UserName=name)["AccessKey"]
    assert first["AccessKeyId"].startswith("AKIA") and len(first["AccessKeyId"]) == 20
    assert len(first["SecretAccessKey"]) == 40 and first["Status"] == "Active"
    second = iam.create_access_key(UserName=name)["AccessKey"]
    with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName=name)
    iam.update_access_key(UserName=name, AccessKeyId=second["AccessKeyId"], Status="Inactive")
    listed = {key["AccessKeyId"]: key["Status"]
              for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}
    assert listed == {first["AccessKeyId"]: "Active", second["AccessKeyId"]: "Inactive"}
    used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])
    assert used["UserName"] == name and used["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    with refused("DeleteConflict", 409, "must delete access keys first"):
        iam.delete_user(UserName=name)
    for key in (first, second):
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    with refused("NoSuchEntity", 404, first["AccessKeyId"]):
        iam.delete_access_key(UserName=name, AccessKeyId=first["AccessKeyId"])
    iam.delete_user(UserName=name)


def test_inline_policies(iam):
    name = unique("user")
    iam.create_user(UserName=name)
    text = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Action": "s3:*", ' \
           '"Resource": "arn:aws:s3:::a+b/é%20"}]}'
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    shown = iam.get_user_policy(UserName=name, PolicyName="p")
    assert shown["PolicyDocument"] == json.loads(text) and shown["UserName"] == name
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["p"]
    with refused("DeleteConflict", 409, "must delete policies first"):
        iam.delete_user(UserName=name)
    iam.delete_user_policy(UserName=name, PolicyName="p")
    with refused("NoSuchEntity", 404, "The user policy with name p cannot be found."):
        iam.get_user_policy(UserName=name, PolicyName="p")
    with refused("NoSuchEntity", 404):
        iam.delete_user_policy(UserName=name, PolicyName="p")


@pytest.mark.parametrize(("text", "says"), [
    ("{", "JSON"),
    ("[]", "JSON object"),
    ('{"Version":"2012-10-17"}', "Statement"),
    ('{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"*","Resource":"*"}}',
     "Effect"),
    ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*"}}', "Action"),
    ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
     '"Principal":"*"}}', "Principal"),
    ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"x"}}', "ARN"),
    ('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",'
     '"Condition":{"StringEqual":{"aws:username":"a"}}}}', "StringEquals"),
])
def test_what_is_no_policy_is_refused(iam, text, says):
    name = unique("user")
    iam.create_user(UserName=name)
    with refused("MalformedPolicyDocument", 400, says):
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    with refused("MalformedPolicyDocument", 400, says):
        iam.create_policy(PolicyName=unique("p"), PolicyDocument=text)
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == []


def test_policies_have_a_size(iam):
    user, role = unique("user"), unique("role")
    iam.create_user(UserName=user)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("000000000000"))
    long = document(allow([f"s3:Get{'x' * 50}{n}" for n in range(30)]))
    assert 1024 < len(long) < 2048
    iam.put_user_policy(UserName=user, PolicyName="a", PolicyDocument=long)
    with refused("LimitExceeded", 409, f"2048 bytes exceeded for user {user}"):
        iam.put_user_policy(UserName=user, PolicyName="b", PolicyDocument=long)
    # In its own place it fits, and white space does not count.
    iam.put_user_policy(UserName=user, PolicyName="a", PolicyDocument=long + " " * 3000)
    for name in "abcd":
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=long)
    with refused("LimitExceeded", 409, "PolicySize"):
        iam.create_policy(PolicyName=unique("p"), PolicyDocument=document(
            allow([f"s3:Get{'x' * 50}{n}" for n in range(120)])))


def test_a_managed_policy_and_its_versions(iam):
    name = unique("policy")
    made = iam.create_policy(PolicyName=name, Path="/a/", PolicyDocument=ANYTHING,
                             Description="All")["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::000000000000:policy/a/{name}"
    assert (made["DefaultVersionId"], made["AttachmentCount"]) == ("v1", 0)
    assert made["PolicyId"].startswith("ANPA") and made["IsAttachable"] is True
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "All"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(ANYTHING) and version["IsDefaultVersion"] is True
    for number in range(2, 6):
        new = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANYTHING,
                                        SetAsDefault=number == 3)["PolicyVersion"]
        assert (new["VersionId"], new["IsDefaultVersion"]) == (f"v{number}", number == 3)
    with refused("LimitExceeded", 409, "up to 5 versions"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANYTHING)
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [one["VersionId"] for one in listed] == ["v5", "v4", "v3", "v2", "v1"]
    with refused("DeleteConflict", 409, "default version"):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    with refused("DeleteConflict", 409, "more than one version"):
        iam.delete_policy(PolicyArn=arn)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    for number in range(2, 6):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    with refused("NoSuchEntity", 404, "v9"):
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v9")
    with refused("EntityAlreadyExists", 409, f"A policy called {name} already exists."):
        iam.create_policy(PolicyName=name, PolicyDocument=ANYTHING)
    local = [one["Arn"] for page in iam.get_paginator("list_policies").paginate(Scope="Local")
             for one in page["Policies"]]
    assert arn in local and not any(":aws:policy" in one for one in local)
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404):
        iam.get_policy(PolicyArn=arn)


def test_a_policy_that_is_attached_stays(iam):
    user, role = unique("user"), unique("role")
    iam.create_user(UserName=user)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("000000000000"))
    arn = iam.create_policy(PolicyName=unique("p"), PolicyDocument=ANYTHING)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 2
    attached = iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
    assert attached == [{"PolicyName": arn.rsplit("/")[-1], "PolicyArn": arn}]
    assert len(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]) == 1
    with refused("DeleteConflict", 409, "Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=arn)
    with refused("DeleteConflict", 409, "must detach all policies first"):
        iam.delete_role(RoleName=role)
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    with refused("NoSuchEntity", 404, f"Policy {arn} was not found."):
        iam.detach_user_policy(UserName=user, PolicyArn=arn)
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404, "does not exist or is not attachable"):
        iam.attach_user_policy(UserName=user, PolicyArn=arn)


def test_policies_of_aws(iam):
    user = unique("user")
    iam.create_user(UserName=user)
    arn = "arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator"
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    shown = iam.get_policy(PolicyArn=arn)["Policy"]
    assert shown["PolicyName"] == "AmazonAPIGatewayAdministrator"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["apigateway:*"]
    with refused("AccessDenied", 403):
        iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404):
        iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/Unheard")


def test_a_role_from_creation_to_deletion(iam):
    name, first = unique("role"), trust("000000000000")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=first, Description="d",
                           MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"] == json.loads(first)
    shown = iam.get_role(RoleName=name)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("d", 7200)
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    second = trust("arn:aws:iam::000000000000:user/ana")
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=second)
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=3600)
    shown = iam.get_role(RoleName=name)["Role"]
    assert shown["AssumeRolePolicyDocument"] == json.loads(second)
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("e", 3600)
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=ANYTHING)
    assert iam.get_role_policy(RoleName=name, PolicyName="p")["RoleName"] == name
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["p"]
    assert any(one["RoleName"] == name for page in iam.get_paginator("list_roles").paginate()
               for one in page["Roles"])
    with refused("EntityAlreadyExists", 409, f"Role with name {name} already exists."):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=first)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)
    with refused("NoSuchEntity", 404, f"The role with name {name} cannot be found."):
        iam.delete_role(RoleName=name)


@pytest.mark.parametrize("text", [
    document(allow("sts:AssumeRole")),
    document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}),
    document({"Effect": "Allow", "Principal": {"AWS": "ana"}, "Action": "sts:AssumeRole"}),
])
def test_what_is_no_trust_policy_is_refused(iam, text):
    with refused("MalformedPolicyDocument", 400):
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=text)


def test_bad_values_name_the_member(iam):
    for call, says in [
        (lambda: iam.create_user(UserName="a b"), "userName"),
        (lambda: iam.create_user(UserName="a" * 65), "userName"),
        (lambda: iam.create_user(UserName="a", Path="no"), "path"),
        (lambda: iam.create_role(RoleName=unique(), AssumeRolePolicyDocument=trust("*"),
                                 MaxSessionDuration=43201), "maxSessionDuration"),
        (lambda: iam.list_policies(Scope="Some"), "scope"),
        (lambda: iam.get_policy_version(
            PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess", VersionId="1"), "versionId"),
        (lambda: iam.create_user(UserName=unique(), PermissionsBoundary=(
            "arn:aws:iam::aws:policy/AdministratorAccess")), "PermissionsBoundary"),
        (lambda: iam.create_access_key(), "userName"),
    ]:
        with refused("ValidationError", 400, says):
            call()
    with refused("EntityAlreadyExists", 409):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.create_user(UserName=name.upper())


def test_what_is_not_built_is_refused_by_name(control, iam):
    with refused("InvalidInput", 400, "ringgate does not support CreateGroup yet"):
        iam.create_group(GroupName="g")
    with refused("ValidationError", 400, "ringgate does not support GetFederationToken yet"):
        control.client("sts").get_federation_token(Name="ana")


def form(control, **parameters):
    """A call by hand: status and XML."""
    body = urllib.parse.urlencode(parameters).encode()
    content = ("content-type", "application/x-www-form-urlencoded")
    host = f"127.0.0.1:{control.management}"
    fields = sigv4.sign("POST", host, "/", body, service="iam", headers=[content])
    answer = sigv4.send(control.management, "POST", "/", body, fields)
    return answer.status, answer.body.decode()


def test_calls_that_no_client_makes(control):
    status, xml = form(control, Action="GetUser", Version="2010-05-08", UserName="a\x00")
    assert status == 400 and "<Code>ValidationError</Code>" in xml, xml
    status, xml = form(control, Action="Nothing", Version="2010-05-08")
    assert status == 400 and "<Code>InvalidAction</Code>" in xml, xml
    status, xml = form(control, Action="GetUser", Version="2010-05-08", Wrong="1")
    assert status == 400 and "takes no parameter &#39;Wrong&#39;" in xml.replace("'", "&#39;"), xml
    status, xml = form(control, Action="GetUser", Version="2010-05-08", UserName="<&>")
    assert status == 400 and "<RequestId>" in xml, xml


def test_bad_signatures_are_answered_in_xml(control):
    with refused("SignatureDoesNotMatch", 403):
        control.client("iam", secret="wrong").list_users()
    with refused("InvalidClientTokenId", 403, "The security token included in the request is"):
        control.client("sts", key="AKIAIOSFODNN7EXAMPLE").get_caller_identity()


def test_accounts_are_apart(control, iam):
    _, made = control.control_socket("POST", "/ringgate/v1/keys",
                                     json.dumps({"accountId": "111122223333"}))
    other = control.client("iam", key=made["accessKeyId"], secret=made["secretAccessKey"])
    name = unique("user")
    iam.create_user(UserName=name)
    with refused("NoSuchEntity", 404):
        other.get_user(UserName=name)
    arn = other.create_user(UserName=name)["User"]["Arn"]
    assert arn == f"arn:aws:iam::111122223333:user/{name}"


def test_everything_survives_a_restart(new_site):
    site = new_site().start_control()
    made = Identities(site).user(allow("apigateway:GET"))
    before = site.client("iam").get_user(UserName=made.name)["User"]
    token = made.client("sts").get_session_token()["Credentials"]
    site.kill("ringgate-control")
    site.start_control()
    assert site.client("iam").get_user(UserName=made.name)["User"] == before
    session = site.client("sts", key=token["AccessKeyId"], secret=token["SecretAccessKey"],
                          token=token["SessionToken"])
    assert session.get_caller_identity()["Arn"] == before["Arn"]
