"""Certificates of every kind, right and wrong, made with the `cryptography` package."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

HOUR = datetime.timedelta(hours=1)
SERVER, CLIENT = [Purpose.SERVER_AUTH], [Purpose.CLIENT_AUTH]


def new_key(kind="ec"):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=kind)


def name(common, **more):
    parts = [(NameOID.COUNTRY_NAME, "C"), (NameOID.ORGANIZATION_NAME, "O")]
    named = [x509.NameAttribute(oid, more[key]) for oid, key in parts if key in more]
    return x509.Name([*named, x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Pair:
    """A certificate and its key."""

    def __init__(self, certificate, key, issuers=()):
        self.certificate, self.key, self.issuers = certificate, key, list(issuers)

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    @property
    def chain(self):
        """PEM of those that lead from it to the root, the root too."""
        return b"".join(issuer.pem for issuer in self.issuers)

    def files(self, folder, stem="pair"):
        """The certificate with its chain, and the key, as files."""
        cert, key = folder / f"{stem}.pem", folder / f"{stem}.key"
        cert.write_bytes(self.pem + self.chain)
        key.write_bytes(self.key_pem)
        return cert, key

    def issue(self, subject, names=(), ca=False, purposes=(), hours=(-1, 48), key="ec",
              hash_by=None, serial=None):
        """A certificate by this one."""
        made = key if not isinstance(key, (str, int)) else new_key(key)
        subject = name(subject) if isinstance(subject, str) else subject
        return Pair(build(subject, made.public_key(), self.certificate.subject, self.key, names, ca,
                          purposes, hours, hash_by, serial), made, [self, *self.issuers])


def self_signed(subject, names=(), ca=False, purposes=(), hours=(-1, 48), key="ec", hash_by=None):
    made = new_key(key)
    subject = name(subject) if isinstance(subject, str) else subject
    return Pair(build(subject, made.public_key(), subject, made, names, ca, purposes, hours,
                      hash_by, None), made)


def root(common="test root", **more):
    return self_signed(common, ca=True, **more)


def build(subject, public, issuer, signer, names, ca, purposes, hours, hash_by, serial):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
               .public_key(public).serial_number(serial or x509.random_serial_number())
               .not_valid_before(now + hours[0] * HOUR).not_valid_after(now + hours[1] * HOUR)
               .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    if ca:
        builder = builder.add_extension(x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False), critical=True)
    return builder.sign(signer, hash_by or hashes.SHA256())


def crl(issuer, revoked):
    """A revocation list in PEM of the pairs that an authority has revoked."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
               .last_update(now - HOUR).next_update(now + 48 * HOUR)
               .add_extension(x509.CRLNumber(1), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   issuer.certificate.public_key()), critical=False))
    for pair in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(pair.certificate.serial_number)
            .revocation_date(now - HOUR).build())
    made = builder.sign(issuer.key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)
