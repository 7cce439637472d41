"""An OpenID issuer of the test's own: a discovery document, a JWK set, and tokens made by PyJWT.
It can be down, slow, wrong or changing keys."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

DISCOVERY, KEY_SET = "/.well-known/openid-configuration", "/keys"
AUDIENCE = "orders"
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


class Key:
    """A pair of keys with a name, for tokens by one algorithm."""

    def __init__(self, kid, algorithm="RS256"):
        self.kid, self.algorithm = kid, algorithm
        if algorithm in CURVES:
            self.private = ec.generate_private_key(CURVES[algorithm]())
            maker = jwt.algorithms.ECAlgorithm
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            maker = jwt.algorithms.RSAAlgorithm
        self.jwk = json.loads(maker.to_jwk(self.private.public_key())) | {
            "kid": kid, "use": "sig", "alg": algorithm}
        # PyJWT says what operations are for; a set has them seldom.
        self.jwk.pop("key_ops", None)


class Issuer:
    """Serves on loopback; `answers[path]` replaces the answer of a path: bytes, or a function that
    is called with the handler."""

    def __init__(self, *keys):
        self.keys = list(keys) or [Key("first")]
        self.answers, self.asked = {}, []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                issuer.asked.append(self.path)
                answer = issuer.answers.get(self.path) or issuer.document(self.path)
                if callable(answer):
                    return answer(self)
                self.send_response(200 if answer is not None else 404)
                self.send_header("Content-Length", str(len(answer or b"")))
                self.end_headers()
                self.wfile.write(answer or b"")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def document(self, path):
        if path == DISCOVERY:
            return json.dumps({"issuer": self.url, "jwks_uri": self.url + KEY_SET}).encode()
        if path == KEY_SET:
            return json.dumps({"keys": [key.jwk for key in self.keys]}).encode()
        return None

    def claims(self, **changes):
        """Good claims with changes; None takes one away."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "u", "iat": now - 1, "nbf": now - 1,
                  "exp": now + 600}
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, key=None, headers=None, **changes):
        key = key or self.keys[0]
        return jwt.encode(self.claims(**changes), key.private, algorithm=key.algorithm,
                          headers={"kid": key.kid} | (headers or {}))

    def configuration(self, *audiences):
        """JwtConfiguration of an authorizer."""
        return {"Issuer": self.url, "Audience": list(audiences or [AUDIENCE])}
