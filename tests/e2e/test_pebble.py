"""Certificates from an authority that nobody here wrote: pebble, by either challenge."""

import ssl

import pytest

from harness.acm import NAME, OTHER, present, request
from harness.pebble import Pebble
from harness.places import free_port
from harness.tlswire import TlsWire

NAMES = [NAME, OTHER]


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_pebble_issues_a_certificate_that_is_presented(new_site, driver, challenge):
    site = new_site(driver, https=free_port())
    pebble = Pebble(site.http, site.https)
    try:
        site.up("--acme-directory", pebble.url, "--acme-ca", pebble.ca,
                "--acme-challenge", challenge)
        arn = request(site, SubjectAlternativeNames=NAMES)
        site.client("acm").get_waiter("certificate_validated").wait(
            CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 90})
        context = ssl.create_default_context(cadata=pebble.roots())
        for name in NAMES:
            present(site, arn, name)
            with TlsWire(site.https, context, name) as wire:
                names = wire.sock.getpeercert()["subjectAltName"]
                assert sorted(names) == [("DNS", name) for name in NAMES]
    except BaseException:
        print(pebble.said())
        raise
    finally:
        pebble.close()
