"""An authority that speaks ACME (RFC 8555), written for these tests: it checks every signature and
nonce, proves names by HTTP-01 and TLS-ALPN-01 at ports of this machine, and issues what a root of
the tests signs."""

import base64
import datetime
import hashlib
import http.server
import json
import secrets
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import acme_proofs, pki
from .places import free_port


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padless(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Acme:
    """`lifetime_s` is that of certificates; `proof_ports` is where names are asked, by the kind of
    challenge, which is offered where there is one; `fails` is how many orders more are turned
    down; `before_proof` is called with name and port before it looks."""

    def __init__(self, lifetime_s=86400):
        self.root = pki.root("acme root")
        self.lifetime_s, self.proof_ports, self.fails = lifetime_s, {}, 0
        self.before_proof = lambda name, port: None
        self.nonces, self.accounts, self.orders, self.issued = set(), {}, {}, []
        self.errors, self.proofs = [], []
        self.port = free_port()
        acme = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                acme.answer(self, 200, None)

            def do_GET(self):
                acme.answer(self, 200, acme.directory())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    acme.post(self, json.loads(body))
                except ConnectionError:
                    pass  # Whoever asked was killed.
                except Exception as error:  # Shown by the test that asks for `errors`.
                    acme.errors.append(repr(error))
                    acme.answer(self, 500, {"type": "about:blank", "detail": repr(error)})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def directory(self):
        return {"newNonce": f"{self.url}/nonce", "newAccount": f"{self.url}/account",
                "newOrder": f"{self.url}/order", "revokeCert": f"{self.url}/revoke",
                "keyChange": f"{self.url}/key"}

    def answer(self, handler, status, body, location=None, kind="application/json"):
        data = body or b""
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        nonce = secrets.token_urlsafe(16)
        self.nonces.add(nonce)
        handler.send_response(status)
        for name, value in (("Replay-Nonce", nonce), ("Content-Type", kind),
                            ("Content-Length", str(len(data))), ("Location", location)):
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    def post(self, handler, jws):
        protected = json.loads(unpadded(jws["protected"]))
        self.nonces.remove(protected["nonce"])
        assert protected["url"] == self.url + handler.path and protected["alg"] == "ES256"
        jwk = protected.get("jwk") or self.accounts[protected["kid"]]
        numbers = ec.EllipticCurvePublicNumbers(
            *(int.from_bytes(unpadded(jwk[name]), "big") for name in "xy"), ec.SECP256R1())
        raw = unpadded(jws["signature"])
        signature = encode_dss_signature(*(int.from_bytes(half, "big")
                                           for half in (raw[:32], raw[32:])))
        signed = f"{jws['protected']}.{jws['payload']}".encode()
        numbers.public_key().verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        payload = json.loads(unpadded(jws["payload"]) or b"null")
        what, _, rest = handler.path.strip("/").partition("/")
        getattr(self, f"on_{what}")(handler, rest, payload, jwk)

    def on_account(self, handler, _, payload, jwk):
        assert payload["termsOfServiceAgreed"] is True
        kid = f"{self.url}/accounts/{len(self.accounts)}"
        self.accounts[kid] = jwk
        self.contact = payload.get("contact")
        self.answer(handler, 201, {"status": "valid"}, kid)

    def on_order(self, handler, number, payload, jwk):
        if not number:
            number = str(len(self.orders))
            names = [identifier["value"] for identifier in payload["identifiers"]]
            self.orders[number] = {"names": names, "status": "pending", "tokens": {
                name: secrets.token_urlsafe(16) for name in names}}
            return self.answer(handler, 201, self.order(number), f"{self.url}/order/{number}")
        return self.answer(handler, 200, self.order(number))

    def order(self, number):
        order = self.orders[number]
        shown = {"status": order["status"], "finalize": f"{self.url}/finalize/{number}",
                 "identifiers": [{"type": "dns", "value": name} for name in order["names"]],
                 "authorizations": [f"{self.url}/authorization/{number}/{at}"
                                    for at in range(len(order["names"]))]}
        if "pem" in order:
            shown["certificate"] = f"{self.url}/certificate/{number}"
        return shown

    def on_authorization(self, handler, rest, payload, jwk):
        number, at = rest.split("/")
        self.answer(handler, 200, self.authorization(number, int(at)))

    def authorization(self, number, at):
        order = self.orders[number]
        name = order["names"][at]
        status = order.get(("proved", name), "pending")
        return {"status": status, "identifier": {"type": "dns", "value": name},
                "challenges": [self.challenge(number, at, kind) for kind in self.proof_ports]}

    def challenge(self, number, at, kind):
        order = self.orders[number]
        name = order["names"][at]
        return {"type": kind, "url": f"{self.url}/challenge/{number}/{at}/{kind}",
                "token": order["tokens"][name],
                "status": order.get(("proved", name), "pending")}

    def on_challenge(self, handler, rest, payload, jwk):
        number, at, kind = rest.split("/")
        order, at = self.orders[number], int(at)
        name, token = order["names"][at], order["tokens"][order["names"][at]]
        canonical = json.dumps({key: jwk[key] for key in ("crv", "kty", "x", "y")},
                               separators=(",", ":"), sort_keys=True)
        thumbprint = padless(hashlib.sha256(canonical.encode()).digest())
        port = self.proof_ports[kind]
        self.before_proof(name, port)
        wrong = acme_proofs.WAYS[kind](port, name, token, f"{token}.{thumbprint}")
        self.proofs.append((name, kind, wrong))
        proved = not wrong and not self.fails
        order[("proved", name)] = "valid" if proved else "invalid"
        if not proved:
            self.fails = max(0, self.fails - 1)
            order["status"] = "invalid"
        elif all(order.get(("proved", one)) == "valid" for one in order["names"]):
            order["status"] = "ready"
        self.answer(handler, 200, self.challenge(number, at, kind))

    def on_finalize(self, handler, number, payload, jwk):
        order = self.orders[number]
        assert order["status"] == "ready"
        csr = x509.load_der_x509_csr(unpadded(payload["csr"]))
        assert csr.is_signature_valid
        named = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert sorted(named.get_values_for_type(x509.DNSName)) == sorted(order["names"])
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        made = (x509.CertificateBuilder().subject_name(pki.name(order["names"][0]))
                .issuer_name(self.root.certificate.subject).public_key(csr.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now)
                .not_valid_after(now + datetime.timedelta(seconds=self.lifetime_s))
                .add_extension(named, critical=False).sign(self.root.key, hashes.SHA256()))
        order["pem"] = made.public_bytes(serialization.Encoding.PEM) + self.root.pem
        order["status"] = "valid"
        self.issued.append(made)
        self.answer(handler, 200, self.order(number))

    def on_certificate(self, handler, number, payload, jwk):
        kind = "application/pem-certificate-chain"
        self.answer(handler, 200, self.orders[number]["pem"], kind=kind)
