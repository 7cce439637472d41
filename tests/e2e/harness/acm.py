"""Certificates of a site by ACM's API, which an authority that speaks ACME issues."""

import ssl

from cryptography.hazmat.primitives import serialization

from .tlswire import TlsWire
from .waiting import until

NAME, OTHER = "api.example.com", "www.example.com"


def request(site, **more):
    """The ARN of a certificate that is to be issued."""
    members = {"DomainName": NAME, "ValidationMethod": "HTTP", "KeyAlgorithm": "EC_prime256v1"}
    return site.client("acm").request_certificate(**members | more)["CertificateArn"]


def described(site, arn):
    return site.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]


def issued(site, arn):
    """The same, once it is issued."""
    return until(lambda: (lambda it: it["Status"] == "ISSUED" and it)(described(site, arn)),
                 "the certificate")


def present(site, arn, name=NAME):
    site.v2.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": arn}])


def shown(site, authority, name=NAME):
    """What clients are shown who trust this authority alone."""
    context = ssl.create_default_context(cadata=authority.root.pem.decode())
    with TlsWire(site.https, context, name) as wire:
        return wire.sock.getpeercert(binary_form=True)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)
