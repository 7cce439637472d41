"""Limits that are off until a flag sets them."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from harness import wsraw as ws
from harness.lambdas import integration
from harness.waiting import until
from harness.wire import build
from harness.wsorigin import silent


def test_aws_limits_drop_what_aws_drops(driver, new_site, origin):
    """Spec section 2.13: Upgrade, TE, Trailer and Expect of a request go no further."""
    api = new_site(driver, flags=["--aws-limits"]).up().make_proxy(origin)
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        assert wire.response().status == 200
    assert origin.last().all("upgrade") == []
    fields = [("TE", "trailers"), ("Trailer", "x-sum"), ("Expect", "100-continue"),
              ("Content-Length", "2")]
    with api.wire() as wire:
        wire.send(build("/x", method="POST", host=api.host, headers=fields))
        assert wire.head().status == 100, "from the gateway, as the origin is not asked"
        wire.send(b"ok")
        assert wire.response("POST").status == 200
    seen = origin.last()
    assert seen.body == b"ok"
    assert [seen.all(name) for name in ("te", "trailer", "expect")] == [[], [], []]


def test_an_address_has_no_more_connections_than_it_may(driver, new_site, origin):
    site = new_site(driver, flags=["--connections-per-address", "3"]).up()
    api = site.make_proxy(origin)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            wire = stack.enter_context(api.wire())
            assert wire.request("/x").status == 200
        with pytest.raises((AssertionError, OSError)):
            with api.wire() as one_more:
                one_more.request("/x")
        assert wire.request("/still").status == 200
    # The gateway has seen that they are gone, soon.
    until(lambda: gets_in(api), "room for one more")


def gets_in(api):
    try:
        return api.ask("/after").status == 200
    except (AssertionError, OSError):
        return False


def test_a_backend_has_no_more_connections_than_it_may(driver, new_site, origin):
    """What is over the bound waits for a connection, and gets it."""
    api = bounded(driver, new_site, origin)
    with two_of(api, origin, 6):
        pass
    assert origin.connections == 2


def test_who_waits_in_vain_for_a_connection_to_a_backend_is_told(driver, new_site, origin):
    api = bounded(driver, new_site, origin)
    with two_of(api, origin, 2):
        assert api.ask("/third").status == 503
    assert api.ask("/after").status == 200


def bounded(driver, new_site, origin):
    flags = ["--upstream-connections-per-target", "2", "--workers", "1"]
    return new_site(driver, flags=flags).up().make_proxy(origin)


@contextlib.contextmanager
def two_of(api, origin, asked):
    """Two of so many requests are at the origin during the block; then all are answered."""
    go = threading.Event()
    origin.on_head = lambda peer, seen: not go.wait(20)
    with ThreadPoolExecutor(asked) as pool:
        answers = [pool.submit(api.ask, f"/{n}") for n in range(asked)]
        origin.wait_for(lambda origin: len(origin.heads) == 2)
        yield
        go.set()
        assert [answer.result().status for answer in answers] == [200] * asked


@pytest.mark.parametrize("flag,reason", [
    ("--websocket-idle-timeout-ms", b"idle for too long"),
    ("--websocket-lifetime-ms", b"open for too long")])
def test_a_websocket_ends_in_time(driver, new_site, origin, flag, reason):
    api = new_site(driver, flags=[flag, "1000"]).up().make_proxy(origin)
    origin.on_head = silent
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        assert wire.head().status == 101
        opcode, _, _, payload, _ = ws.read(wire.exactly)
        assert (opcode, payload) == (ws.CLOSE, (1001).to_bytes(2, "big") + reason)


def test_a_quiet_websocket_client_is_pinged_and_one_that_stays_silent_is_gone(
        driver, new_site, origin):
    api = new_site(driver, flags=["--ping-interval-ms", "1000"]).up().make_proxy(origin)
    origin.on_head = silent
    with api.wire() as wire:
        wire.send(ws.handshake("/ws", api.host, ws.new_key()))
        assert wire.head().status == 101
        for _ in range(2):
            opcode, _, _, payload, _ = ws.read(wire.exactly)
            assert (opcode, payload) == (ws.PING, b"")
        assert wire.rest() == b""


def test_limits_of_the_file_hold_for_both_daemons(driver, new_site, origin):
    """deploy/docs/limits.md: `[limits]`; a flag wins over it."""
    site = new_site(driver, flags=["--limit-stages-per-api", "2"])
    (site.folder / "ringgate.toml").write_text(
        "[limits]\nrequest-head-bytes = 20_000\nstages-per-api = 1\nscopes-per-route = 1\n"
        "integration-timeout-ms = 60_000\nlog-format-chars = 4_000\n")
    api = site.up().make_proxy(origin)
    over = "v" * 15_000
    assert api.ask("/long", headers=[("x-long", over)]).status == 200
    assert origin.last().all("x-long") == [over]
    assert api.ask("/longer", headers=[("x-long", "v" * 20_000)]).status == 431
    site.v2.create_stage(ApiId=api.id, StageName="second")
    with pytest.raises(ClientError, match=r"Maximum number of Stages .* \(2\)"):
        site.v2.create_stage(ApiId=api.id, StageName="third")
    [made] = site.v2.get_integrations(ApiId=api.id)["Items"]
    where = {"ApiId": api.id, "IntegrationId": made["IntegrationId"]}
    assert site.v2.update_integration(TimeoutInMillis=60_000, **where)["TimeoutInMillis"] == 60_000
    with pytest.raises(ClientError, match="less than or equal to 60000"):
        site.v2.update_integration(TimeoutInMillis=60_001, **where)
    log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:l",
           "Format": "$context.requestId " + "x" * 3_500}
    site.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=log)
    with pytest.raises(ClientError, match="at most 4000 characters"):
        site.v2.update_stage(ApiId=api.id, StageName="$default",
                             AccessLogSettings=log | {"Format": log["Format"] + "x" * 500})


def test_what_is_held_whole_has_the_limits_that_are_set(driver, new_site, functions):
    site = new_site(driver, flags=[
        "--lambda-endpoint", functions.url, "--limit-held-body-bytes", "2000",
        "--limit-lambda-payload-bytes", "3000"])
    api = site.up().make_api({"$default": integration()})
    assert api.ask("/", method="POST", body=b"x" * 1_000).status == 200
    assert api.ask("/", method="POST", body=b"x" * 2_001).status == 413, "the content"
    assert api.ask("/" + "p" * 1_500, method="POST", body=b"x" * 1_000).status == 413, "the event"
    functions.answer = lambda event: {"statusCode": 200, "body": "x" * 3_000}
    assert api.ask("/").status == 500, "the answer"
