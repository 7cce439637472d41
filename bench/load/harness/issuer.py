"""An issuer of JWTs on this machine: its key, its two documents, and a token by ES256."""

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
COORDINATE_BYTES = 32
# What precedes the point in a P-256 public key that openssl writes as DER.
POINT_AT = 27


class Issuer:
    """Serves until the process ends."""

    def __init__(self, bench):
        self.key = bench.folder("issuer") / "key.pem"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        point = openssl("ec", "-in", self.key, "-pubout", "-outform", "DER")[POINT_AT:]
        x, y = point[:COORDINATE_BYTES], point[COORDINATE_BYTES:]
        key = {"kty": "EC", "crv": "P-256", "kid": "bench", "use": "sig", "alg": "ES256",
               "x": encoded(x), "y": encoded(y)}

        class Documents(BaseHTTPRequestHandler):
            def do_GET(self):
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

    def token(self):
        """An access token with the claims that an identity provider usually writes."""
        now = int(time.time())
        header = {"alg": "ES256", "kid": "bench", "typ": "JWT"}
        claims = {
            "iss": self.url, "aud": AUDIENCE, "sub": "4b9fa5e4-6c3e-4f6d-8a53-6c1f8d1f7a10",
            "iat": now, "nbf": now, "exp": now + LIFETIME_S, "jti": "b3c0a0de-9b11-4d5b",
            "scope": "pets:read pets:write", "azp": "bench-client", "token_use": "access",
            "email": "somebody@example.com", "groups": ["one", "two", "three"],
        }
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        der = openssl("dgst", "-sha256", "-sign", self.key, text=signed.encode())
        return f"{signed}.{encoded(raw_signature(der))}"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der):
    """r and s side by side (RFC 7518 section 3.4), out of the sequence that openssl writes."""
    numbers, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        number = int.from_bytes(der[at + 2:at + 2 + length])
        numbers += number.to_bytes(COORDINATE_BYTES)
        at += 2 + length
    return numbers


def openssl(*argv, text=None):
    """What it writes."""
    done = subprocess.run([program("openssl"), *argv], input=text, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"openssl {argv[0]}:\n{done.stderr.decode()}")
    return done.stdout
