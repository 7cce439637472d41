"""A second SigV4 signer, by AWS's "Create a signed AWS API request": for what no SDK sends."""

import datetime
import hashlib
import hmac
import http.client
from urllib.parse import parse_qsl, quote


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(method, host, path, body, *, key="test", secret="test", region="us-east-1",
         service="apigateway", skew_s=0, headers=()):
    """The header fields of a signed request."""
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=skew_s)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    raw_path, _, raw_query = path.partition("?")
    digest = hashlib.sha256(body).hexdigest()
    fields = {"host": host, "x-amz-date": stamp, **{name.lower(): v for name, v in headers}}
    names = sorted(fields)
    query = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~"))
                   for n, v in parse_qsl(raw_query, keep_blank_values=True))
    canonical = "\n".join([
        method,
        quote(raw_path, safe="/-_.~"),
        "&".join(f"{n}={v}" for n, v in query),
        *(f"{name}:{' '.join(fields[name].split())}" for name in names),
        "",
        ";".join(names),
        digest,
    ])
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    signing = _hmac(_hmac(_hmac(_hmac(b"AWS4" + secret.encode(), day), region), service),
                    "aws4_request")
    signature = hmac.new(signing, to_sign.encode(), hashlib.sha256).hexdigest()
    del fields["host"]
    fields["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signature}"
    )
    return fields


class Reply:
    def __init__(self, answer):
        self.status, self.body = answer.status, answer.read()
        self.headers = answer.headers
        self.code = (answer.headers.get("x-amzn-errortype") or "").split(":")[0]

    def json(self):
        import json

        return json.loads(self.body)

    @property
    def message(self):
        return self.json().get("message", "")

    def __repr__(self):
        return f"<{self.status} {self.code} {self.body[:500]!r}>"


def send(port, method, path, body=b"", fields=None, host=None):
    """One request, as given, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or f"127.0.0.1:{port}")
        for name, value in (fields or {}).items():
            connection.putheader(name, value)
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
        try:
            connection.endheaders(body or None)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused before it was read to its end: the answer is there all the same.
        return Reply(connection.getresponse())
    finally:
        connection.close()


def call(port, method, path, body=b"", *, headers=(), **how):
    """A signed management call; `body` may be bytes or anything JSON holds."""
    import json

    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    host = f"127.0.0.1:{port}"
    fields = sign(method, host, path, body, headers=headers, **how)
    fields.setdefault("content-type", "application/json")
    return send(port, method, path, body, fields)
