"""What a TLS hello is answered: what is chosen, what is refused and with which alert (RFC 8446, RFC
5246, RFC 9325)."""

import ssl

import pytest

from harness import hello
from harness.h2raw import tls_context
from harness.tlswire import TlsWire

REFUSED = ("handshake_failure", "protocol_version", "illegal_parameter", "decode_error")

CBC = (0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0x002f, 0x0035, 0x003c)
STATIC_RSA = (0x009c, 0x009d, 0xc09c, 0xc09d)
WEAK = (0x000a, 0x0005, 0x0004, 0x0001, 0x0002, 0x003b, 0x0003, 0x0008, 0x0018, 0x0034, 0xc008,
        0xc012, 0xc011, 0xc007)
DHE = (0x009e, 0x009f, 0x0033, 0x0039, 0x0067, 0x006b)
ANON = (0xc018, 0xc019, 0x00a6, 0x00a7)


# Versions

def test_tls_1_3_is_chosen(secure):
    answer = hello.probe(secure.https)
    assert answer.version == 0x0304 and answer.cipher in hello.TLS13, answer


def test_tls_1_2_is_taken_with_the_mark_of_a_downgrade(secure):
    """RFC 8446 section 4.1.3: a server of 1.3 says so in the random."""
    answer = hello.probe(secure.https, versions=(), ciphers=hello.ECDHE_GCM)
    assert answer.version == 0x0303 and answer.cipher in hello.ECDHE_GCM, answer
    assert answer.random.endswith(b"DOWNGRD\x01")
    assert hello.EXTENDED_MASTER_SECRET in answer.extensions, "RFC 7627"
    assert hello.RENEGOTIATION_INFO in answer.extensions, "RFC 5746"


@pytest.mark.parametrize("legacy", [0x0302, 0x0301, 0x0300, 0x0200],
                         ids=["TLS 1.1", "TLS 1.0", "SSL 3", "SSL 2"])
def test_old_versions_are_refused(secure, legacy):
    answer = hello.probe(secure.https, versions=(), legacy=legacy, ciphers=hello.ECDHE_GCM + CBC)
    assert not answer.agreed and answer.alert in ("protocol_version", "handshake_failure"), answer


def test_old_versions_are_refused_in_the_extension_too(secure):
    answer = hello.probe(secure.https, versions=(0x0302, 0x0301), ciphers=hello.ECDHE_GCM + CBC)
    assert answer.alert == "protocol_version", answer


def test_an_unknown_version_beside_a_known_one(secure):
    assert hello.probe(secure.https, versions=(0x0305, 0x7f1c, 0x0304)).version == 0x0304


def test_a_hello_of_ssl_2_is_refused(secure):
    raw = bytes.fromhex("802e0100020015000000100100800200800600400400800700c003008005008000000000"
                        "0000000000000000000000000000")
    assert not hello.say(secure.https, raw).agreed


# Ciphers

@pytest.mark.parametrize("ciphers", [CBC, STATIC_RSA, WEAK, ANON, (0x1300,), (0x00ff,)],
                         ids=["CBC", "static RSA", "3DES, RC4, NULL, EXPORT", "anonymous",
                              "none of 1.3", "no cipher at all"])
def test_weak_ciphers_are_refused(secure, ciphers):
    for versions in ((), (0x0304, 0x0303)):
        answer = hello.probe(secure.https, versions=versions, ciphers=ciphers)
        assert not answer.agreed and answer.alert in REFUSED, answer


def test_finite_field_diffie_hellman_is_refused(secure):
    assert not hello.probe(secure.https, versions=(), ciphers=DHE).agreed


def test_weak_ciphers_first_are_not_preferred(secure):
    answer = hello.probe(secure.https, versions=(), ciphers=CBC + STATIC_RSA + hello.ECDHE_GCM)
    assert answer.cipher in hello.ECDHE_GCM, answer


def test_compression_is_not_chosen(secure):
    assert hello.probe(secure.https, versions=(), ciphers=hello.ECDHE_GCM,
                       compressions=b"\1\0").agreed
    answer = hello.probe(secure.https, versions=(), ciphers=hello.ECDHE_GCM, compressions=b"\1")
    assert not answer.agreed, answer


def test_signatures_by_sha_1_alone_are_refused(secure):
    answer = hello.probe(secure.https, versions=(), ciphers=hello.ECDHE_GCM,
                         signatures=(0x0203, 0x0201))
    assert not answer.agreed, answer


# Groups

def test_common_groups(secure):
    for group in (hello.X25519, hello.P256):
        answer = hello.probe(secure.https, groups=(group,), shares=(group,))
        assert answer.agreed and answer.group == group, answer


def test_a_retry_where_the_share_is_of_no_use(secure):
    answer = hello.probe(secure.https, groups=(hello.P256, hello.X25519), shares=())
    assert answer.retry and answer.group in (hello.P256, hello.X25519), answer


def test_x25519_with_ml_kem_768(secure):
    """A hello that offers it without a share is asked for one."""
    answer = hello.probe(secure.https, groups=(hello.X25519MLKEM768,), shares=())
    assert answer.retry and answer.group == hello.X25519MLKEM768, answer


def test_unknown_groups_alone_are_refused(secure):
    answer = hello.probe(secure.https, groups=(0x2a2a, 0x00fe), shares=())
    assert not answer.agreed, answer


def test_grease_is_ignored(secure):
    """RFC 8701."""
    answer = hello.probe(
        secure.https, ciphers=(0x0a0a, *hello.TLS13), groups=(0x1a1a, hello.X25519),
        versions=(0x2a2a, 0x0304), signatures=(0x3a3a, *hello.SIGNATURE_ALGORITHMS),
        more=hello.extension(0x4a4a, b"\0") + hello.extension(0x5a5a, b""))
    assert answer.version == 0x0304, answer


# ALPN (RFC 7301)

@pytest.mark.parametrize("offered,chosen", [
    (("h2",), "h2"), (("http/1.1",), "http/1.1"), (("h2", "http/1.1"), "h2"),
    (("http/1.1", "h2"), "h2"), (("spdy/3", "http/1.1"), "http/1.1"), ((), None)])
def test_alpn(secure, offered, chosen):
    with TlsWire(secure.https, tls_context(offered)) as wire:
        assert wire.sock.selected_alpn_protocol() == chosen


def test_alpn_without_overlap_is_refused_in_tls_1_2(secure):
    answer = hello.probe(secure.https, versions=(), alpn=(b"ftp", b"h3"))
    assert answer.alert == "no_application_protocol", answer


def test_alpn_without_overlap_is_refused_in_tls_1_3(secure):
    """Under keys by then: the alert is for a client that goes on."""
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        TlsWire(secure.https, tls_context(["ftp", "h3"]))


def test_an_empty_list_of_protocols_is_malformed(secure):
    assert not hello.probe(secure.https, alpn=()).agreed
