"""Certificates from an authority that nobody here wrote: pebble, by either challenge."""

import ssl

import pytest

from harness.pebble import Pebble
from harness.places import free_port
from harness.tlswire import TlsWire

NAMES = ["api.example.com", "www.example.com"]


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_pebble_issues_a_certificate_that_is_presented(new_site, driver, challenge):
    site = new_site(driver, https=free_port())
    pebble = Pebble(site.http, site.https)
    try:
        site.up("--acme-directory", pebble.url, "--acme-ca", pebble.ca,
                "--acme-challenge", challenge)
        acm = site.client("acm")
        arn = acm.request_certificate(
            DomainName=NAMES[0], SubjectAlternativeNames=NAMES, ValidationMethod="HTTP",
            KeyAlgorithm="EC_prime256v1")["CertificateArn"]
        acm.get_waiter("certificate_validated").wait(
            CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 90})
        for name in NAMES:
            configuration = {"CertificateArn": arn}
            site.v2.create_domain_name(DomainName=name, DomainNameConfigurations=[configuration])
            context = ssl.create_default_context(cadata=pebble.roots())
            with TlsWire(site.https, context, name) as wire:
                names = wire.sock.getpeercert()["subjectAltName"]
                assert sorted(names) == [("DNS", name) for name in NAMES]
    except BaseException:
        print(pebble.said())
        raise
    finally:
        pebble.close()
