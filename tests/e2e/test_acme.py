"""Certificates by ACME (RFC 8555): requested by ACM's API, proved by HTTP-01, renewed by
themselves. The authority is one that these tests bring (`harness/acme.py`), which can be told to
fail; test_pebble.py has another, and test_tls_alpn.py the other challenge."""

import ssl

import botocore.exceptions
import pytest

from harness.acm import NAME, OTHER, der, described, issued, present, request, shown
from harness.places import free_port
from harness.waiting import until


@pytest.fixture
def site(new_site, driver, authority):
    made = new_site(driver, https=free_port())
    authority.proof_ports = {"http-01": made.http, "tls-alpn-01": made.https}
    return made.up("--acme-directory", authority.url, "--acme-contact", "mailto:a@example.com")


def presents_the_last(site, authority):
    try:
        return shown(site, authority) == der(authority.issued[-1])
    except ssl.SSLCertVerificationError:
        return False  # The one before has expired.


@pytest.mark.parametrize("kind", ["EC_prime256v1", "RSA_2048"])
def test_a_certificate_is_requested_proved_and_presented(site, authority, kind):
    arn = request(site, SubjectAlternativeNames=[NAME, OTHER], KeyAlgorithm=kind)
    first = described(site, arn)
    assert first["Type"] == "AMAZON_ISSUED" and first["DomainName"] == NAME
    site.client("acm").get_waiter("certificate_validated").wait(
        CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 40})
    it = issued(site, arn)
    assert it["SubjectAlternativeNames"] == [NAME, OTHER] and it["KeyAlgorithm"] == kind
    assert [one["ValidationStatus"] for one in it["DomainValidationOptions"]] == ["SUCCESS"] * 2
    assert it["RenewalEligibility"] == "ELIGIBLE" and "IssuedAt" in it and "ImportedAt" not in it
    assert authority.proofs == [(NAME, "http-01", None), (OTHER, "http-01", None)]
    assert authority.contact == ["mailto:a@example.com"]
    present(site, arn)
    assert shown(site, authority) == der(authority.issued[0])
    chain = site.client("acm").get_certificate(CertificateArn=arn)["CertificateChain"]
    assert chain.encode() == authority.root.pem
    # What proved the names is gone.
    token = authority.orders["0"]["tokens"][NAME]
    until(lambda: site.ask(f"/.well-known/acme-challenge/{token}", host=NAME).status == 403,
          "the challenge to be forgotten")


def test_what_cannot_be_requested_is_refused(site, control):
    def refused(code, where=site, **members):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            request(where, **members)
        assert caught.value.response["Error"]["Code"] == code
        return caught.value.response["Error"]["Message"]

    assert "--acme-directory" in refused("InvalidParameterException", control)
    refused("InvalidParameterException", ValidationMethod="DNS")
    refused("InvalidParameterException", KeyAlgorithm="RSA_4096")
    refused("InvalidParameterException", DomainName="localhost")
    refused("InvalidDomainValidationOptionsException", DomainName="*.example.com")
    one = request(site, IdempotencyToken="t1")
    assert request(site, IdempotencyToken="t1") == one
    assert request(site) != one


def test_before_it_is_issued_it_is_pending(site, authority):
    authority.fails = 1
    arn = request(site)
    until(lambda: authority.proofs, "the first attempt")
    assert described(site, arn)["Status"] == "PENDING_VALIDATION"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        site.client("acm").get_certificate(CertificateArn=arn)
    assert caught.value.response["Error"]["Code"] == "RequestInProgressException"
    present(site, arn)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(site, authority)
    # The next attempt is half a minute later, and what it gives is presented at once.
    until(lambda: described(site, arn)["Status"] == "ISSUED", "the second attempt", 90)
    assert shown(site, authority) == der(authority.issued[-1])


def test_it_is_renewed_at_two_thirds_of_its_time_also_after_a_restart(new_site, driver, authority):
    authority.lifetime_s = 12
    site = new_site(driver, https=free_port())
    authority.proof_ports = {"http-01": site.http}
    flags = ["--acme-directory", authority.url]
    site.start_control(*flags).start_data()
    arn = request(site)
    issued(site, arn)
    present(site, arn)
    until(lambda: len(authority.issued) >= 2, "the first renewal", 60)
    site.kill("ringgate-control")
    authority.lifetime_s = 3600
    site.start_control(*flags)
    before = len(authority.issued)
    until(lambda: len(authority.issued) > before, "a renewal after the restart", 60)
    until(lambda: presents_the_last(site, authority), "the renewed one")
    assert len(authority.accounts) == 1, "the account is kept"
    assert described(site, arn)["NotAfter"] == authority.issued[-1].not_valid_after_utc
