"""Host: RFC 9112 section 3.2, RFC 9110 section 7.2."""

import pytest

from harness.framing import either, head, passes, play, refused, table


def good(name, host, rule="9110 7.2"):
    return passes(name, rule, head(host=host), ("GET", "/x"))


def bad(name, host, rule="9112 3.2"):
    return refused(name, rule, head(host=host))


def gray(name, host, rule="9110 7.2"):
    """The grammar has it, or nearly; what it names is doubtful."""
    return either(name, rule, head(host=host), (400,), ("GET", "/x"))


def lines(*fields, version=b"HTTP/1.1"):
    return b"\r\n".join([b"GET /x " + version, *fields]) + b"\r\n\r\n"


@table(
    good("a name", b"a.test"),
    good("one label", b"localhost"),
    good("upper case", b"A.TEST"),
    good("digits", b"1.2.test"),
    good("a hyphen", b"a-b.test"),
    good("an underscore", b"a_b.test"),
    good("Punycode", b"xn--bcher-kva.test"),
    good("an address", b"127.0.0.1"),
    good("an address with a port", b"127.0.0.1:8080"),
    good("a port", b"a.test:8080"),
    good("the least port", b"a.test:1"),
    good("the largest port", b"a.test:65535"),
    good("an IPv6 address", b"[::1]"),
    good("an IPv6 address with a port", b"[::1]:8080"),
    good("a whole IPv6 address", b"[2001:db8:0:0:0:ff00:42:8329]"),
    good("an IPv6 address with an IPv4 tail", b"[::ffff:192.0.2.1]"),
    good("white space around it", b" \t a.test \t "),
    good("63 bytes in a label", b"a" * 63 + b".test"),
    passes("the last field", "9110 7.2", lines(b"X-A: b", b"Host: a.test"), ("GET", "/x"),
           fields={"x-a": b"b"}),
    passes("the name in upper case", "9110 5.1", lines(b"HOST: a.test"), ("GET", "/x")),
    passes("the name in mixed case", "9110 5.1", lines(b"hOsT: a.test"), ("GET", "/x")),
    passes("no space before it", "9112 5", lines(b"Host:a.test"), ("GET", "/x")),
    passes("nominated by Connection", "9110 7.6.1", head(b"Connection: host"), ("GET", "/x")),
    passes("beside fields that sound like it", "9110 7.2",
           head(b"X-Host: b.test", b"Hosts: b.test", b"Hos: b.test", b"Host-: b.test"),
           ("GET", "/x"), fields={"x-host": b"b.test", "hosts": b"b.test"}),
    passes("beside what others have forwarded", "9110 7.2",
           head(b"X-Forwarded-Host: b.test", b"X-Original-URL: /evil", b"X-Rewrite-URL: /evil"),
           ("GET", "/x")),
    refused("none", "9112 3.2", lines(b"X-A: b")),
    refused("none and no field at all", "9112 3.2", b"GET /x HTTP/1.1\r\n\r\n"),
    refused("none of an absolute target", "9112 3.2",
            b"GET http://a.test/x HTTP/1.1\r\nX-A: b\r\n\r\n"),
    refused("twice", "9112 3.2", lines(b"Host: a.test", b"Host: a.test")),
    refused("two different ones", "9112 3.2", lines(b"Host: a.test", b"Host: b.test")),
    refused("two, the first empty", "9112 3.2", lines(b"Host:", b"Host: a.test")),
    refused("two, the second empty", "9112 3.2", lines(b"Host: a.test", b"Host:")),
    refused("two in two cases", "9112 3.2", lines(b"Host: a.test", b"HOST: a.test")),
    refused("two far apart", "9112 3.2",
            lines(b"Host: a.test", *[b"X-%d: y" % n for n in range(90)], b"Host: b.test")),
    refused("two beside an absolute target", "9112 3.2",
            b"GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n"),
    refused("two of HTTP/1.0", "9112 3.2",
            lines(b"Host: a.test", b"Host: b.test", version=b"HTTP/1.0")),
    refused("folded", "9112 5.2", lines(b"Host: a.test\r\n b.test")),
    refused("a space before the colon", "9112 5.1", lines(b"Host : a.test")),
    refused("a second one before whose colon a space stands", "9112 5.1",
            lines(b"Host: a.test", b"Host : b.test")),
    refused("a second one that is folded", "9112 5.2", lines(b"Host: a.test", b" Host: b.test")),
    refused("a second one behind a bare LF", "9112 2.2", lines(b"Host: a.test\nHost: b.test")),
    refused("a second one behind a bare CR", "9112 2.2", lines(b"Host: a.test\rHost: b.test")),
    refused("no colon", "9112 5", lines(b"Host a.test")),
    bad("a list", b"a.test, b.test"),
    bad("two by a space", b"a.test b.test"),
    bad("two by a tab", b"a.test\tb.test"),
    bad("userinfo", b"u@a.test"),
    bad("userinfo with a password", b"u:p@a.test"),
    bad("an at sign alone", b"@"),
    bad("an at sign behind it", b"a.test@"),
    bad("a path", b"a.test/y"),
    bad("a slash", b"a.test/"),
    bad("a slash first", b"/a.test"),
    bad("a query", b"a.test?y"),
    bad("a fragment", b"a.test#y"),
    bad("a backslash", b"a.test\\b"),
    bad("a URL", b"http://a.test"),
    bad("a URL with a path", b"http://a.test/"),
    bad("quotes", b'"a.test"'),
    bad("angle brackets", b"<a.test>"),
    bad("braces", b"{a.test}"),
    bad("a caret", b"a^b.test"),
    bad("a grave", b"a`b.test"),
    bad("a bar", b"a|b.test"),
    bad("a NUL", b"a.test\0"),
    bad("a NUL and another", b"a.test\0.b.test"),
    bad("raw UTF-8", "b\u00fccher.test".encode()),
    bad("Latin-1", b"b\xfccher.test"),
    bad("a full-width dot", "a\uff0etest".encode()),
    bad("half a percent encoding", b"a%2.test"),
    bad("a percent encoding of letters", b"a%zz.test"),
    bad("a port of letters", b"a.test:http"),
    bad("a port too large", b"a.test:65536"),
    bad("a port far too large", b"a.test:99999999999999999999"),
    bad("a port that wraps to 80", b"a.test:65616"),
    bad("a negative port", b"a.test:-80"),
    bad("a port with a plus sign", b"a.test:+80"),
    bad("a hexadecimal port", b"a.test:0x50"),
    bad("a fraction of a port", b"a.test:80.0"),
    bad("a space before the port", b"a.test: 80"),
    bad("a space before the port's colon", b"a.test :80"),
    bad("a space in the port", b"a.test:8 0"),
    bad("junk behind the port", b"a.test:80x"),
    bad("a path behind the port", b"a.test:80/y"),
    bad("userinfo behind the port", b"a.test:80@b.test"),
    bad("two ports", b"a.test:80:81"),
    bad("two colons", b"a.test::80"),
    bad("a bare IPv6 address", b"::1"),
    bad("a bare IPv6 address of digits", b"2001:db8::1"),
    bad("an opening bracket", b"[::1"),
    bad("a closing bracket", b"::1]"),
    bad("empty brackets", b"[]"),
    bad("nonsense in brackets", b"[zz]"),
    bad("a name in brackets", b"[a.test]"),
    bad("an IPv4 address in brackets", b"[127.0.0.1]"),
    bad("too many groups", b"[1:2:3:4:5:6:7:8:9]"),
    bad("two gaps", b"[1::2::3]"),
    bad("a group too large", b"[12345::1]"),
    bad("junk behind brackets", b"[::1]x"),
    bad("a name behind brackets", b"[::1].a.test"),
    bad("digits behind brackets", b"[::1]80"),
    bad("junk before brackets", b"x[::1]"),
    bad("nested brackets", b"[[::1]]"),
    bad("a zone", b"[fe80::1%eth0]"),
    gray("empty", b""),
    gray("white space alone", b" \t "),
    gray("an empty port", b"a.test:"),
    gray("a port of zero", b"a.test:0"),
    gray("a port with zeros before it", b"a.test:00080"),
    gray("a port alone", b":80"),
    gray("a colon alone", b":"),
    gray("an encoded zone", b"[fe80::1%25eth0]"),
    gray("an address of the future", b"[v1.a]"),
    gray("a comma", b"a,b.test"),
    gray("a list without a space", b"a.test,b.test"),
    gray("a semicolon", b"a;b.test"),
    gray("an equals sign", b"a=b.test"),
    gray("an asterisk", b"*.test"),
    gray("a dollar sign", b"a$b.test"),
    gray("parentheses", b"(a.test)"),
    gray("a tilde", b"a~b.test"),
    gray("a quote", b"a'b.test"),
    gray("a percent encoding", b"a%2etest"),
    gray("an encoded NUL", b"a%00.test"),
    gray("an encoded slash", b"a%2fb.test"),
    gray("a dot at the end", b"a.test."),
    gray("two dots at the end", b"a.test.."),
    gray("two dots", b"a..test"),
    gray("a dot first", b".a.test"),
    gray("a dot alone", b"."),
    gray("an address out of range", b"256.256.256.256"),
    gray("a number", b"2130706433"),
    gray("a hexadecimal address", b"0x7f.1"),
    gray("64 bytes in a label", b"a" * 64 + b".test"),
    gray("256 bytes", b"a." * 128),
    gray("4,000 bytes", b"a." * 2000),
    either("none of HTTP/1.0", "9112 3.2", b"GET /x HTTP/1.0\r\n\r\n", (400, 403), ("GET", "/x")),
)
def test_host(rig, case):
    play(rig, case)


@pytest.mark.parametrize("host", [b"a.test", b"b.test:8080", b"[::1]:80", b"A.test"])
def test_the_origin_gets_one_host_and_it_is_its_own(rig, host):
    """RFC 9110 section 7.2: what the client named stands in Forwarded, once, and nowhere else."""
    rig.mark()
    with rig.wire() as wire:
        wire.send(head(host=host))
        assert wire.response().status == 200
    [request] = rig.forwarded()
    assert request.all("host") == [b"127.0.0.1:%d" % rig.port]
    [forwarded] = request.all("forwarded")
    parts = dict(part.split(b"=", 1) for part in forwarded.split(b";"))
    assert parts[b"host"].strip(b'"').lower() == host.lower()


def test_an_absolute_target_wins_over_host(rig):
    """RFC 9112 section 3.2.2: a received Host is ignored, and the origin is told the other."""
    rig.mark()
    with rig.wire() as wire:
        wire.send(head(target=b"http://a.test/x", host=b"b.test"))
        assert wire.response().status == 200
    [request] = rig.forwarded()
    assert b"b.test" not in b"".join(request.all("host") + request.all("forwarded"))
