"""A stand-in for STS that says which session it gave, scripted by the test; and what a call is
signed with."""

import datetime
from urllib.parse import parse_qs

from .lambdas import check_signature
from .origin import Origin, response

ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>{arn}</Arn>
</AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>
<Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
DENIED = """<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>not you</Message></Error></ErrorResponse>"""


class Sts(Origin):
    """Gives one session after the other; each lasts `lasts_s`."""

    def __init__(self):
        super().__init__()
        self.lasts_s, self.given = 3600, []
        self.reply = self.assume

    def assume(self, peer, seen):
        check_signature(seen, "sts")
        form = {name: value for name, [value] in parse_qs(seen.body.decode()).items()}
        assert form["Action"] == "AssumeRole" and form["Version"] == "2011-06-15", form
        assert form["RoleSessionName"] and form["DurationSeconds"] == "3600", form
        n = len(self.given)
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.lasts_s)
        session = {"key": f"ASIAFAKE{n}", "secret": f"hush{n}/+", "token": f"token{n}//=="}
        self.given.append(session | {"role": form["RoleArn"]})
        return peer.send(response(200, ANSWER.format(
            arn=form["RoleArn"], expiration=ends.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
            **session).encode(), [("Content-Type", "text/xml")]))

    def denies(self):
        self.reply = lambda peer, seen: peer.send(response(403, DENIED.encode()))

    def session(self):
        """What the calls with the session that was given last are signed with."""
        return {name: self.given[-1][name] for name in ("key", "secret", "token")}


def signer(seen):
    """Access key id and token of a request."""
    credential = seen.get("authorization").split("Credential=")[1].split("/")[0]
    return credential, seen.get("x-amz-security-token")
