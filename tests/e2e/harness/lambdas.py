"""A stand-in for Lambda's Invoke API, scripted by the test.

It answers only calls that are signed: botocore's own signer, given the same request, has to come to
the same signature.
"""

import json
import time
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .origin import Origin, response

ACCOUNT, REGION = "000000000000", "us-east-1"
PATH = "/2015-03-31/functions/{}/invocations"
NAMES = {403: "AccessDeniedException", 404: "ResourceNotFoundException",
         429: "TooManyRequestsException", 413: "RequestTooLargeException"}


def arn(name="f", region=REGION):
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def invocation(function):
    """The long form of an integration's URI."""
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"


def integration(uri=None, version="2.0", **members):
    """Members of a Lambda integration."""
    return {"IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST",
            "IntegrationUri": uri or arn(), "PayloadFormatVersion": version} | members


class Signer(SigV4Auth):
    """The body is known by its hash."""

    def __init__(self, credentials, service, region, sha256):
        super().__init__(credentials, service, region)
        self.sha256 = sha256

    def payload(self, request):
        return self.sha256


def check_signature(seen, service, key="test", secret="test", token=None):
    """The region that a request is signed for; fails where it is not signed as botocore does."""
    parts = dict(part.strip().split("=", 1)
                 for part in seen.get("authorization").split(" ", 1)[1].split(","))
    named, day, region, signed_for, last = parts["Credential"].split("/")
    assert (named, signed_for, last) == (key, service, "aws4_request"), parts
    names = parts["SignedHeaders"].split(";")
    assert names == sorted(names) and {"host", "x-amz-date"} <= set(names), names
    assert all(name.lower() in names for name, _ in seen.headers
               if name.lower().startswith("x-amz-")), seen.headers
    assert seen.get("x-amz-security-token") == token
    request = AWSRequest(seen.method, f"http://{seen.get('host')}{seen.target}")
    for name in names:
        request.headers[name] = ",".join(seen.all(name))
    request.context["timestamp"] = seen.get("x-amz-date")
    assert seen.get("x-amz-date").startswith(day)
    signer = Signer(Credentials(key, secret, token), service, region, seen.hash.hexdigest())
    wanted = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert parts["Signature"] == wanted, signer.canonical_request(request)
    return region


class Lambda(Origin):
    """`answer` is called with the event and gives the payload: bytes, or what becomes JSON."""

    kept_bytes = 16 << 20

    def __init__(self):
        super().__init__()
        self.reset()

    def reset(self):
        """Forgets what was called and how to answer: with an empty 200."""
        for seen in (self.heads, self.requests, self.errors):
            seen.clear()
        self.signed_with = {}
        self.reply, self.on_head = self.invoke, lambda peer, seen: False
        self.always({"statusCode": 200})

    def invoke(self, peer, seen):
        region = check_signature(seen, "lambda", **self.signed_with)
        function = unquote(seen.target.split("/")[-2])
        assert seen.target.endswith(PATH.format(function.replace(":", "%3A").replace("$", "%24")))
        assert seen.method == "POST" and function.split(":")[3] == region, seen.line
        assert seen.get("x-amz-invocation-type") == "RequestResponse"
        payload = self.answer(json.loads(seen.body))
        if payload is None:
            return False
        payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", "$LATEST"),
                   *self.headers]
        return peer.send(response(self.status, payload, headers))

    def always(self, payload, status=200, headers=()):
        """Answers every call so."""
        self.answer, self.status, self.headers = lambda event: payload, status, list(headers)

    def fails(self, status):
        """Refuses every call, in Lambda's words."""
        kind = ("x-amzn-errortype", NAMES.get(status, "ServiceException"))
        self.always({"Type": "User", "message": "no"}, status, [kind])

    def function_fails(self, payload, kind="Unhandled"):
        self.always(payload, headers=[("X-Amz-Function-Error", kind)])

    def hangs(self):
        """Answers nothing, and keeps its connections until they are closed."""
        self.gone = []
        self.reply = lambda peer, seen: self.gone.append(peer.closed_by_peer()) or False

    def slowly(self, payload, pause_s):
        """Answers byte by byte."""
        def reply(peer, seen):
            for byte in response(200, payload):
                peer.send(bytes([byte]))
                time.sleep(pause_s)

        self.reply = reply

    def events(self):
        return [json.loads(seen.body) for seen in self.requests]

    def functions(self):
        """The ARNs that were called."""
        return [unquote(seen.target.split("/")[-2]) for seen in self.requests]
