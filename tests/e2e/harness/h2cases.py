"""Cases of HTTP/2: frames behind the preface, what RFC 9113 has done with them, and the judge.

A connection error is a GOAWAY with a code and a close. A stream error is a RST_STREAM with a code,
or an error response before it (RFC 9113 section 8.1.1), or a connection error of the same code
(section 5.4.2); the connection serves on. What is refused never reaches the origin.
"""

import pytest

from . import h2frames as h2
from .h2raw import H2, Gone
from .rig import Pumped

PROBE_STREAM = 1001
PROBE = ((":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/probe"))
WAIT_S = 20.0


class Case:
    def __init__(self, name, rule, raw, want, codes=(), streams=()):
        self.name, self.rule, self.raw, self.want = name, rule, raw, want
        self.codes, self.streams = codes, streams


def fatal(name, rule, raw, *codes):
    """A connection error of one of these codes."""
    return Case(name, rule, raw, "fatal", codes)


def stream_error(name, rule, raw, *codes, stream=1):
    return Case(name, rule, raw, "stream", codes, [stream])


def works(name, rule, raw, *streams):
    """Legal: each of these streams is answered 200, or, with none, nothing happens."""
    return Case(name, rule, raw, "works", (), streams)


def table(*cases):
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
    return pytest.mark.parametrize("case", cases, ids=names)


def connect(rig, **how):
    """An HTTP/2 connection with prior knowledge through the rig's gateway."""
    wire = rig.wire(timeout_s=WAIT_S)
    assert isinstance(wire.sock, Pumped)
    return H2(sock=wire.sock, timeout_s=WAIT_S, **how)


def play(rig, case):
    rig.mark()
    with connect(rig) as client:
        client.send_lossy(case.raw)
        {"fatal": died, "stream": reset, "works": worked}[case.want](rig, client, case)


def died(rig, client, case):
    goaway = client.drained()
    assert goaway, f"closed without GOAWAY: {client.frames}"
    assert goaway[1] in case.codes, f"GOAWAY with {goaway[1]}, not {case.codes}"
    rig.forwarded()


def reset(rig, client, case):
    stream = client.of(case.streams[0])
    try:
        client.until(lambda: stream.over, "reset")
    except Gone:
        assert client.goaway and client.goaway[1] in case.codes, client.goaway
        return
    if stream.reset is None or stream.reset == h2.NO_ERROR:
        assert stream.status and 400 <= stream.status < 500, stream
    else:
        assert stream.reset in case.codes, f"reset with {stream.reset}, not {case.codes}"
    serves_on(client)
    assert [request.target for request in rig.forwarded()] in (["/probe"], ["/x", "/probe"])


def worked(rig, client, case):
    for stream in case.streams:
        answer = client.response(stream)
        assert answer.status == 200 and answer.reset is None, answer
    serves_on(client)
    rig.forwarded()


def serves_on(client):
    client.send(h2.headers(PROBE_STREAM, PROBE))
    answer = client.response(PROBE_STREAM)
    assert answer.status == 200, answer
