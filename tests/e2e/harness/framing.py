"""Cases of HTTP/1.1 framing: a request in bytes, what RFC 9110 and 9112 have done with it, and how
the two are compared.

`passes`, `refused` and `either` make cases for a module's table; `play` runs one on a rig.
"""

import pytest

from .wire import Truncated

BAD = (400,)
PROBE = b"GET /probe HTTP/1.1\r\nHost: a.test\r\n\r\n"


class Case:
    def __init__(self, name, rule, raw, *, want, statuses=(), requests=(), fields=None):
        self.name, self.rule, self.raw, self.want = name, rule, raw, want
        self.statuses, self.fields = statuses, fields or {}
        # Triples of method, target and body.
        self.requests = [(*request, b"")[:3] for request in requests]

    def __repr__(self):
        return f"{self.name} (RFC {self.rule}): {self.raw[:400]!r}"


def passes(name, rule, raw, *requests, fields=None):
    """Valid. `requests` are what the origin must see: pairs of method and target, or triples with a
    body; `fields` are names and values that the first must carry (None: must not carry)."""
    return Case(name, rule, raw, want="pass", requests=requests, fields=fields)


def refused(name, rule, raw, statuses=BAD, *, after=()):
    """Invalid: one of these statuses, then a close. `after` are valid requests before it."""
    return Case(name, rule, raw, want="refuse", statuses=statuses, requests=after)


def cut(name, rule, raw, statuses=BAD):
    """A body that breaks a rule: refused like a head, but its head may be at the origin already. No
    reader may take what is there for a whole request."""
    return Case(name, rule, raw, want="cut", statuses=statuses)


def either(name, rule, raw, statuses=BAD, *requests):
    """The RFC leaves a choice: refused, or passed on with this meaning."""
    return Case(name, rule, raw, want="either", statuses=statuses, requests=requests)


def head(*lines, target=b"/x", method=b"GET", host=b"a.test", version=b"HTTP/1.1"):
    """A request head: well-formed but for what `lines` (without CRLF) bring."""
    first = [method + b" " + target + b" " + version]
    hosts = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([*first, *hosts, *lines]) + b"\r\n\r\n"


def post(*lines, body=b"", **how):
    return head(*lines, method=b"POST", **how) + body


def table(*cases):
    """A decorator that runs a test once for each case; names are told apart."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
    return pytest.mark.parametrize("case", cases, ids=names)


def play(rig, case):
    """Sends the case and holds the gateway to it."""
    rig.mark()
    with rig.wire() as wire:
        wire.send_lossy(case.raw)
        JUDGES[case.want](rig, wire, case)


def answered(wire, request):
    """The origin's answer to this request, whole, and no other's."""
    method, target, body = request
    answer = wire.response(method)
    assert answer.status == 200 and answer.get("x-origin") == "yes", answer
    if method != "HEAD":
        seen = answer.json()
        assert (seen["method"], seen["target"], seen["length"]) == (method, target, len(body))


def passed(rig, wire, case):
    for request in case.requests:
        answered(wire, request)
    wire.send(PROBE)
    answered(wire, ("GET", "/probe", b""))
    whole = rig.forwarded()
    assert [r.meaning for r in whole] == [*case.requests, ("GET", "/probe", b"")], whole
    for name, value in case.fields.items():
        wanted = [] if value is None else value if isinstance(value, list) else [value]
        assert whole[0].all(name) == wanted, whole[0]


def refusal(rig, wire, case):
    for request in case.requests:
        answered(wire, request)
    refusal_itself(wire, wire.final_head(), case.statuses)
    assert [r.meaning for r in rig.forwarded()] == case.requests
    if case.want == "refuse" and not case.requests:
        assert rig.streams() == [], "refused, but not all of it stayed here"


def refusal_itself(wire, answer, statuses):
    """The gateway's own answer; it closes, and says so (RFC 9112 section 9.6)."""
    assert answer.status in statuses, answer
    assert (answer.get("connection") or "").lower() == "close", answer
    length = answer.get("content-length")
    answer.body = b"" if length is None else wire.exactly(int(length))
    wire.assert_closed()


def one_of_both(rig, wire, case):
    try:
        answer = wire.final_head()
    except (Truncated, ConnectionResetError):
        answer = None
    assert answer is not None, "closed without a word"
    if answer.status in case.statuses:
        refusal_itself(wire, answer, case.statuses)
        assert rig.forwarded() == []
        return
    assert answer.status == 200, answer
    whole = rig.forwarded()
    if case.requests:
        assert [r.meaning for r in whole] == case.requests


JUDGES = {"pass": passed, "refuse": refusal, "cut": refusal, "either": one_of_both}
