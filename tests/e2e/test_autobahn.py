"""Autobahn|Testsuite through the gateway, both ways: its fuzzing client against an origin, and its
fuzzing server as the origin of a client. The other end is the `websockets` package, which the same
cases are put to directly: through the gateway everything is as good as without it.

RINGGATE_AUTOBAHN names other cases than the chosen ones, `*` for all (an hour and more).
"""

import pytest

from harness import autobahn

pytestmark = [pytest.mark.skipif(autobahn.obstacle() is not None, reason=str(autobahn.obstacle())),
              pytest.mark.timeout(autobahn.RUN_S_MAX)]

# NON-STRICT: the connection failed as it must, with echoes of what came before it not awaited. The
# gateway ends both sides as soon as it sees the bad frame, and an origin may too.
GOOD = ("OK", "NON-STRICT", "INFORMATIONAL")
CLOSED_WELL = ("OK", "INFORMATIONAL")
CASES_MIN = 1 if autobahn.cases() != autobahn.CASES else 250


@pytest.fixture(scope="session")
def of_server(echo):
    """What the fuzzing client finds when it talks to the origin itself."""
    return autobahn.fuzz_server(f"ws://127.0.0.1:{echo.port}/ws")


@pytest.fixture(scope="session")
def server():
    fuzzing = autobahn.FuzzingServer()
    yield fuzzing
    fuzzing.close()


@pytest.fixture(scope="session")
def of_client(server):
    """What the fuzzing server finds when the client talks to it itself."""
    return server.findings("direct", f"ws://127.0.0.1:{server.port}", server.port)


def assert_as_good(through, direct):
    assert len(direct) == len(through) >= CASES_MIN, (len(direct), len(through))
    worse = {}
    for case, found in through.items():
        alone = direct[case]
        good = found["behavior"] in GOOD or found["behavior"] == alone["behavior"]
        closed = (found["behaviorClose"] in CLOSED_WELL
                  or found["behaviorClose"] == alone["behaviorClose"])
        if not (good and closed):
            worse[case] = (found, alone)
    assert not worse, worse
    found = [case["behavior"] for case in through.values()]
    print({kind: found.count(kind) for kind in sorted(set(found))})
    assert found.count("OK") > len(found) * 3 // 4, "hardly anything is strictly right"


def test_frames_of_clients(gateway, echo, of_server):
    api = gateway.make_api({"GET /ws": echo.url})
    url = f"ws://127.0.0.1:{gateway.http}/_aws/execute-api/{api.id}/$default/ws"
    assert_as_good(autobahn.fuzz_server(url), of_server)


def test_frames_of_origins(gateway, server, of_client):
    api = gateway.make_api({"GET /{proxy+}": f"http://127.0.0.1:{server.port}/{{proxy}}"})
    url = f"ws://{api.host}:{gateway.http}"
    assert_as_good(server.findings(gateway.driver, url, gateway.http), of_client)
