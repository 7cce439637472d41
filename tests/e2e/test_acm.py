"""Certificates of custom domain names: AWS Certificate Manager's API, and what traffic is shown."""

import functools
import json
import os
import signal
import ssl
import stat

import botocore.exceptions
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import serialization

from harness import pki
from harness.aws import aws_cli
from harness.places import free_port
from harness.tlswire import TlsWire

NAME = "api.example.com"
UNKNOWN = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def ca():
    return pki.root("test root", purposes=())


@pytest.fixture(scope="module")
def server(ca):
    """By an intermediate authority."""
    middle = ca.issue(pki.name("middle", O="Middle Org"), ca=True)
    return middle.issue(NAME, [NAME, "*.example.com"], purposes=pki.SERVER)


@pytest.fixture(scope="module")
def acm(control):
    return control.client("acm")


@pytest.fixture
def site(driver, new_site):
    return new_site(driver, https=free_port()).up()


def put(client, pair, chain=True, **more):
    if chain is True:
        chain = pair.chain
    members = {"CertificateChain": chain} if chain else {}
    return client.import_certificate(Certificate=pair.pem, PrivateKey=pair.key_pem, **members,
                                     **more)["CertificateArn"]


def refused(code, call, *arguments, **members):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **members)
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Error"]["Message"]


# The API


def test_a_certificate_is_imported_shown_and_deleted(acm, server):
    arn = put(acm, server, Tags=[{"Key": "team", "Value": "zoo"}, {"Key": "bare"}])
    assert arn.startswith("arn:aws:acm:us-east-1:000000000000:certificate/")
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    own = server.certificate
    assert shown["CertificateArn"] == arn and shown["DomainName"] == NAME
    assert shown["SubjectAlternativeNames"] == [NAME, "*.example.com"]
    assert int(shown["Serial"].replace(":", ""), 16) == own.serial_number
    assert shown["Subject"] == f"CN={NAME}" and shown["Issuer"] == "Middle Org"
    assert shown["NotBefore"] == own.not_valid_before_utc
    assert shown["NotAfter"] == own.not_valid_after_utc
    assert (shown["Status"], shown["Type"]) == ("ISSUED", "IMPORTED")
    assert shown["KeyAlgorithm"] == "EC_prime256v1"
    assert shown["SignatureAlgorithm"] == "SHA256WITHECDSA"
    assert shown["ExtendedKeyUsages"] == [
        {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}]
    assert shown["InUseBy"] == [] and shown["RenewalEligibility"] == "INELIGIBLE"
    got = acm.get_certificate(CertificateArn=arn)
    assert got["Certificate"].encode() == server.pem
    assert got["CertificateChain"].encode() == server.chain
    tags = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    assert tags == [{"Key": "bare"}, {"Key": "team", "Value": "zoo"}]
    acm.delete_certificate(CertificateArn=arn)
    message = refused("ResourceNotFoundException", acm.describe_certificate, CertificateArn=arn)
    assert message == f"Could not find certificate {arn} in account 000000000000."


def test_tags_are_added_and_removed(acm, server):
    arn = put(acm, server)
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "1"},
                                                          {"Key": "b", "Value": "2"}])
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "other"},
                                                               {"Key": "b"}])
    listed = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    assert listed == [{"Key": "a", "Value": "1"}]
    many = [{"Key": f"k{number}"} for number in range(50)]
    refused("TooManyTagsException", acm.add_tags_to_certificate, CertificateArn=arn, Tags=many)
    reserved = [{"Key": "aws:x"}]
    refused("InvalidTagException", acm.add_tags_to_certificate, CertificateArn=arn, Tags=reserved)
    wrong = [{"Key": "a!"}]
    refused("ValidationException", acm.add_tags_to_certificate, CertificateArn=arn, Tags=wrong)
    acm.delete_certificate(CertificateArn=arn)


def test_what_cannot_be_kept_is_refused(acm, ca, server):
    other = ca.issue(NAME, [NAME])
    late, early = ca.issue("late", [NAME], hours=(-48, -1)), ca.issue("soon", [NAME], hours=(1, 48))
    stale = ca.issue("stale", ca=True, hours=(-48, -1))
    under_stale = stale.issue("leaf", [NAME])
    ciphered = server.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"))
    odd = ca.issue("odd", [NAME], key=2560)
    middle = server.issuers[0].pem

    def why(certificate, key, chain=None):
        members = {"CertificateChain": chain} if chain else {}
        return refused("ValidationException", acm.import_certificate, Certificate=certificate,
                       PrivateKey=key, **members)

    in_order = "The certificate chain must start with the immediate signing certificate"
    for wanted, given in (
        ("more than one certificate", (server.pem + middle, server.key_pem, server.chain)),
        ("does not match", (server.pem, other.key_pem, server.chain)),
        ("has expired", (late.pem, late.key_pem, late.chain)),
        ("not in effect yet", (early.pem, early.key_pem, early.chain)),
        ("chain has expired", (under_stale.pem, under_stale.key_pem, under_stale.chain)),
        (in_order, (server.pem, server.key_pem, ca.pem + middle)),
        ("invalid certificate is: 1", (server.pem, server.key_pem, middle + server.pem)),
        ("not a valid self signed", (server.pem, server.key_pem)),
        ("in PEM format", (b"x", server.key_pem)),
        ("in PEM format", (server.pem, server.key_pem, b"x")),
        ("unencrypted key", (server.pem, ciphered, server.chain)),
        ("unencrypted key", (server.pem, server.pem, server.chain)),
        ("key algorithm", (odd.pem, odd.key_pem, odd.chain)),
    ):
        message = why(*given)
        assert wanted in message, (wanted, message)
        assert "PRIVATE" not in message
    assert acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]}).get(
        "CertificateSummaryList") == []


def test_a_self_signed_one_needs_no_chain(acm):
    for made in (pki.self_signed(NAME, [NAME]), pki.self_signed(NAME, [NAME], ca=True, key=2048)):
        arn = put(acm, made)
        assert "CertificateChain" not in acm.get_certificate(CertificateArn=arn)
        acm.delete_certificate(CertificateArn=arn)


def test_lists_show_rsa_2048_unless_asked_and_in_pages(acm, ca):
    arns = [put(acm, ca.issue(f"n{n}", [f"n{n}.example"], key=2048)) for n in range(3)]
    ecdsa = put(acm, ca.issue("ec", ["ec.example"], purposes=pki.SERVER))
    pages = acm.get_paginator("list_certificates")
    found = [item["CertificateArn"] for page in pages.paginate(PaginationConfig={"PageSize": 1})
             for item in page["CertificateSummaryList"]]
    assert sorted(found) == sorted(arns) and len(found) == 3
    turned = acm.list_certificates(SortBy="CREATED_AT", SortOrder="DESCENDING")
    backwards = [item["CertificateArn"] for item in turned["CertificateSummaryList"]]
    assert backwards == found[::-1]
    only = acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})
    [summary] = only["CertificateSummaryList"]
    assert summary["CertificateArn"] == ecdsa and summary["DomainName"] == "ec"
    assert summary["SubjectAlternativeNameSummaries"] == ["ec.example"]
    assert summary["InUse"] is False and summary["KeyAlgorithm"] == "EC_prime256v1"
    assert not acm.list_certificates(CertificateStatuses=["EXPIRED"])["CertificateSummaryList"]
    refused("InvalidArgsException", acm.list_certificates, SortBy="CREATED_AT")
    refused("ValidationException", acm.list_certificates, NextToken="x")
    for arn in [*arns, ecdsa]:
        acm.delete_certificate(CertificateArn=arn)


def test_arns_and_operations_that_are_not_here(acm, control, server):
    refused("ResourceNotFoundException", acm.get_certificate, CertificateArn=UNKNOWN)
    refused("InvalidArnException", acm.get_certificate,
            CertificateArn="arn:aws:iam::000000000000:role/x")
    message = refused("UnknownOperationException", acm.renew_certificate, CertificateArn=UNKNOWN)
    assert "RenewCertificate" in message
    arn = put(acm, server)
    elsewhere = control.client("acm", region="eu-west-1")
    refused("ResourceNotFoundException", elsewhere.get_certificate, CertificateArn=arn)
    acm.delete_certificate(CertificateArn=arn)
    stranger = control.client("acm", key="nobody")
    refused("UnrecognizedClientException", stranger.list_certificates)


def test_the_aws_cli_does_it_too(control, server, tmp_path):
    aws = functools.partial(aws_cli(control), service="acm")
    for name, text in (("c", server.pem), ("k", server.key_pem), ("m", server.chain)):
        (tmp_path / name).write_bytes(text)
    arn = aws("import-certificate", "--certificate", f"fileb://{tmp_path}/c", "--private-key",
              f"fileb://{tmp_path}/k", "--certificate-chain", f"fileb://{tmp_path}/m"
              )["CertificateArn"]
    shown = aws("describe-certificate", "--certificate-arn", arn)["Certificate"]
    assert shown["DomainName"] == NAME
    aws("delete-certificate", "--certificate-arn", arn)
    assert "(ResourceNotFoundException)" in aws("get-certificate", "--certificate-arn", arn,
                                                code=255)


# Traffic


def domain(site, arn, name=NAME):
    site.v2.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": arn}])


def shown(site, ca, name=NAME):
    """The certificate that a client who trusts the authority is shown for a name."""
    context = ssl.create_default_context(cadata=ca.pem.decode())
    with TlsWire(site.https, context, name) as wire:
        return wire.sock.getpeercert(binary_form=True)


def der(pair):
    return pair.certificate.public_bytes(serialization.Encoding.DER)


def test_a_domain_name_presents_its_certificate_and_its_renewal(site, nginx, ca, server):
    acm = site.client("acm")
    arn = put(acm, server)
    api = site.make_api({"ANY /{proxy+}": f"http://127.0.0.1:{nginx.port}/{{proxy}}"})
    domain(site, arn)
    site.v2.create_api_mapping(DomainName=NAME, ApiId=api.id, Stage="$default")
    assert shown(site, ca) == der(server)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(site, ca, "www.example.com")
    users = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
    assert users == [f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}"]
    message = refused("ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
    assert message == f"Certificate {arn} in account 000000000000 is in use."

    context = ssl.create_default_context(cadata=ca.pem.decode())
    with TlsWire(site.https, context, NAME) as old:
        assert old.request("/one", host=NAME).status == 200
        wrong_kind = ca.issue(NAME, [NAME], key=2048)
        assert "key algorithm" in refused(
            "ValidationException", put, acm, wrong_kind, CertificateArn=arn)
        renewed = ca.issue(NAME, [NAME])
        refused("ValidationException", put, acm, renewed, CertificateArn=arn,
                Tags=[{"Key": "a"}])
        assert shown(site, ca) == der(server), "what was refused changed nothing"
        answer = acm.import_certificate(
            CertificateArn=arn, Certificate=renewed.pem, PrivateKey=renewed.key_pem,
            CertificateChain=renewed.chain)
        live = answer["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-live"]
        assert live.endswith("ms"), live
        assert shown(site, ca) == der(renewed), "it is presented once the call has returned"
        assert old.request("/two", host=NAME).status == 200, "the connection from before"
    site.v2.delete_domain_name(DomainName=NAME)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(site, ca)
    acm.delete_certificate(CertificateArn=arn)


def test_a_certificate_must_cover_its_domain_name(site, server):
    arn = put(site.client("acm"), server)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        domain(site, arn, "api.example.org")
    assert "does not cover api.example.org" in caught.value.response["Error"]["Message"]
    domain(site, arn, "other.example.com")
    domain(site, arn, "*.example.com")


def test_it_is_presented_before_control_is_there_and_after_sighup(new_site, driver, ca, server):
    site = new_site(driver, https=free_port()).start_control().start_data()
    domain(site, put(site.client("acm"), server))
    assert shown(site, ca) == der(server)
    for name in ("ringgate-control", "ringgated"):
        site.kill(name)
    site.start_data()
    assert shown(site, ca) == der(server)
    os.kill(site.pid("ringgated"), signal.SIGHUP)
    assert shown(site, ca) == der(server)


def test_no_private_key_lies_on_the_disk_in_clear(new_site, driver, server):
    site = new_site(driver, https=free_port()).start_control().start_data()
    arn = put(site.client("acm"), server)
    domain(site, arn)
    key = site.data / "secrets.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_text()) == 65
    raw = server.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                   serialization.NoEncryption())
    secret = server.key.private_numbers().private_value.to_bytes(32, "big")
    body = server.key_pem.splitlines()[1]
    for name in ("ringgate-control", "ringgated"):
        site.kill(name)
    looked_at = 0
    for path in site.data.rglob("*"):
        if path.is_file() and path != key and not path.name.startswith("self-signed"):
            text = path.read_bytes()
            looked_at += 1
            for clear in (raw, secret, body, b"PRIVATE KEY"):
                assert clear not in text, path
    assert looked_at >= 2
    for log in site.folder.glob("*.log"):
        assert body not in log.read_bytes(), log


def test_another_key_for_secrets_is_no_key(new_site, driver, ca, server, tmp_path):
    given = tmp_path / "key"
    given.write_text("ab" * 32)
    given.chmod(0o600)
    flags = ["--secrets-key", str(given)]
    site = new_site(driver, flags=flags, https=free_port())
    site.start_control(*flags).start_data()
    assert not (site.data / "secrets.key").exists()
    domain(site, put(site.client("acm"), server))
    assert shown(site, ca) == der(server)
    for name in ("ringgate-control", "ringgated"):
        site.kill(name)
    given.write_text("cd" * 32)
    site.start_control(*flags, wait=False)
    assert site.processes["ringgate-control"].wait(30) != 0
    assert f"{given} is not the key for secrets of this store" in site.logs()
    # The data plane serves what it can, and says so.
    site.start_data()
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(site, ca)
    assert "sealed with another key" in site.logs()
    given.chmod(0o644)
    site.start_control(*flags, wait=False)
    assert site.processes["ringgate-control"].wait(30) != 0
    assert "its mode is 0644" in site.logs()


def test_wrong_json_is_refused_and_quotes_nothing(control):
    secret = "c2VjcmV0LWtleQ=="
    for body in ('{"PrivateKey": "' + secret, json.dumps({"PrivateKey": [secret]}), "[]"):
        request = AWSRequest("POST", control.endpoint + "/", data=body, headers={
            "X-Amz-Target": "CertificateManager.ImportCertificate",
            "Content-Type": "application/x-amz-json-1.1"})
        SigV4Auth(Credentials("test", "test"), "acm", "us-east-1").add_auth(request)
        answer = requests.post(request.url, body, headers=dict(request.headers), timeout=30)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        assert answer.json()["__type"] == "SerializationException" and secret not in answer.text
