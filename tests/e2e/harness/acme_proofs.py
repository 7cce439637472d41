"""How an authority looks whether a name is proved: HTTP-01 (RFC 8555 section 8.3) and TLS-ALPN-01
(RFC 8737 section 3). Each says what is wrong, or nothing."""

import hashlib
import http.client

from cryptography import x509

from .h2raw import tls_context
from .tlswire import TlsWire

ALPN = "acme-tls/1"
ACME_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")


def by_http(port, name, token, key_authorization):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": name})
        seen = connection.getresponse()
        proof = (seen.status, seen.read().decode())
    finally:
        connection.close()
    return None if proof == (200, key_authorization) else f"the answer is {proof}"


def shake(port, name, alpn=(ALPN,)):
    """A handshake: the protocol agreed on, the certificate shown, and what followed."""
    with TlsWire(port, tls_context(alpn), name, timeout_s=10) as wire:
        shown = x509.load_der_x509_certificate(wire.sock.getpeercert(binary_form=True))
        return wire.sock.selected_alpn_protocol(), shown, wire.sock.recv(1)


def by_tls_alpn(port, name, _, key_authorization):
    try:
        protocol, shown, rest = shake(port, name)
    except OSError as error:
        return repr(error)
    extensions = shown.extensions
    named = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    proof = extensions.get_extension_for_oid(ACME_IDENTIFIER)
    digest = hashlib.sha256(key_authorization.encode()).digest()
    shown.verify_directly_issued_by(shown)
    rules = {
        "the protocol": protocol == ALPN,
        "the names": named == [x509.DNSName(name)],
        "acmeIdentifier is critical": proof.critical,
        # An OCTET STRING of 32 bytes in DER.
        "the digest": proof.value.value == b"\x04\x20" + digest,
        "nothing follows": rest == b"",
    }
    return ", ".join(rule for rule, holds in rules.items() if not holds) or None


WAYS = {"http-01": by_http, "tls-alpn-01": by_tls_alpn}
