"""An issuer of JWTs on this machine: its key, its two documents, and a token by RS256,
which is what HTTP APIs take."""

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .processes import Failure
from .programs import program

AUDIENCE = "bench"
LIFETIME_S = 24 * 3600
KEY_BITS = 2048


class Issuer:
    """Serves until the process ends."""

    def __init__(self, bench):
        self.key = bench.folder("issuer") / "key.pem"
        openssl("genrsa", "-out", self.key, str(KEY_BITS))
        # How often its keys were asked for, and whether it answers.
        self.asked = 0
        self.hangs = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        # "Modulus=C0FF…"; the exponent is openssl's own default, 65537.
        modulus = openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().partition("=")[2]
        key = {"kty": "RSA", "kid": "bench", "use": "sig", "alg": "RS256", "e": "AQAB",
               "n": encoded(bytes.fromhex(modulus))}

        outer = self

        class Documents(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += self.path == "/keys"
                while outer.hangs.is_set():
                    time.sleep(0.05)
                issuer = f"http://{self.headers['host']}"
                documents = {
                    "/.well-known/openid-configuration":
                        {"issuer": issuer, "jwks_uri": f"{issuer}/keys"},
                    "/keys": {"keys": [key]},
                }
                document = documents.get(self.path)
                body = json.dumps(document).encode()
                self.send_response(200 if document else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Documents

    def authorizer(self, source):
        """As CreateAuthorizer takes it."""
        return {"name": "jwt", "authorizerType": "JWT", "identitySource": [source],
                "jwtConfiguration": {"issuer": self.url, "audience": [AUDIENCE]}}

    def token(self, kid="bench", signature=None):
        """An access token with the claims that an identity provider usually writes."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
        claims = {
            "iss": self.url, "aud": AUDIENCE, "sub": "4b9fa5e4-6c3e-4f6d-8a53-6c1f8d1f7a10",
            "iat": now, "nbf": now, "exp": now + LIFETIME_S, "jti": "b3c0a0de-9b11-4d5b",
            "scope": "pets:read pets:write", "azp": "bench-client", "token_use": "access",
            "email": "somebody@example.com", "groups": ["one", "two", "three"],
        }
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        signature = signature or openssl("dgst", "-sha256", "-sign", self.key,
                                         text=signed.encode())
        return f"{signed}.{encoded(signature)}"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*argv, text=None):
    """What it writes."""
    done = subprocess.run([program("openssl"), *argv], input=text, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"openssl {argv[0]}:\n{done.stderr.decode()}")
    return done.stdout
