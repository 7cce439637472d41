"""Users, roles and keys as tests make them."""

import json
import uuid

GATEWAY = "apigateway.amazonaws.com"


def document(*statements):
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal, kind="AWS", **more):
    """A trust policy; the principal is an ARN, an account, or '*'."""
    return document({"Effect": "Allow", "Principal": {kind: principal},
                     "Action": "sts:AssumeRole", **more})


def trust_service(service=GATEWAY, **more):
    """One of a service."""
    return trust(service, "Service", **more)


def unique(name="x"):
    return f"{name}-{uuid.uuid4().hex[:10]}"


class Identities:
    """IAM of a site, by its root key."""

    account = "000000000000"

    def __init__(self, site):
        self.site, self.iam, self.sts = site, site.client("iam"), site.client("sts")

    def user(self, *statements, name=None, **more):
        """A new user with a key and, where statements are given, an inline policy."""
        name = name or unique("user")
        self.iam.create_user(UserName=name, **more)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="inline",
                                     PolicyDocument=document(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return User(self.site, name, key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, *statements, principal=account, name=None, **more):
        """A new role that the principal may assume: its ARN."""
        name = name or unique("role")
        more.setdefault("AssumeRolePolicyDocument", trust(principal))
        role = self.iam.create_role(RoleName=name, **more)["Role"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="inline",
                                     PolicyDocument=document(*statements))
        return role["Arn"]


class User:
    """Somebody with a key: a user, or a session."""

    def __init__(self, site, name, key, secret, token=None):
        self.site, self.name, self.key, self.secret, self.token = site, name, key, secret, token
        self.arn = f"arn:aws:iam::{Identities.account}:user/{name}"

    def client(self, service="apigatewayv2", region="us-east-1"):
        return self.site.client(service, region, self.key, self.secret, self.token)

    def assume(self, arn, name="session", **more):
        """A session of a role."""
        client = self.client("sts")
        made = client.assume_role(RoleArn=arn, RoleSessionName=name, **more)
        return session(self.site, name, made["Credentials"])


def session(site, name, credentials):
    """Somebody with temporary credentials."""
    return User(site, name, credentials["AccessKeyId"], credentials["SecretAccessKey"],
                credentials["SessionToken"])
