"""A new ringgated takes the place of the running one, under load, and nobody notices.

RINGGATE_UPGRADES sets how many upgrades the long test makes.
"""

import os
import signal
import time

import pytest

from harness.h2raw import tls_context
from harness.loading import ALL_KINDS, assert_none_lost, load
from harness.places import free_port
from harness.tlswire import TlsWire
from harness.waiting import until
from harness.wire import build

UPGRADES = int(os.environ.get("RINGGATE_UPGRADES", "100"))


def serving(site):
    """The pids of the data planes that accept."""
    return [plane["pid"] for plane in site.status()["dataPlanes"] if not plane["draining"]]


def upgrade(site):
    """One upgrade; the process that accepts now."""
    done = site.cli("upgrade", check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}{site.logs()}"
    assert "has taken over from" in done.stdout
    return int(done.stdout.split()[1])


def upgrade_often(site, nginx, echo, count):
    """So many upgrades under load; the pids that served."""
    api = site.make_api({"POST /id": f"{nginx.url}/id", "GET /ws": echo.url})
    seen, began = serving(site), time.monotonic()
    with load(site, api.host, ALL_KINDS, rate=300, may_close=True) as account:
        for _ in range(count):
            pid = upgrade(site)
            assert pid not in seen
            seen.append(pid)
        took = time.monotonic() - began
        # WebSockets that nobody ends are ended after NEXT_REQUEST_MS_MAX, with a word to both ends.
        until(lambda: site.pids("ringgated") == seen[-1:], "the processes before to end", 40)
    assert_none_lost(account)
    print(f"{count} upgrades in {took:.1f} s: {account}")
    assert all(account["reopened"].values()), "no connection stayed with a process that went"
    assert account["cut"] <= account["reopened"]["websocket"], account
    assert serving(site) == seen[-1:]
    return seen


@pytest.mark.timeout(120 + 3 * UPGRADES)
def test_a_hundred_upgrades_under_load_lose_nothing(daemons, nginx, echo):
    first = daemons.processes["ringgated"]
    upgrade_often(daemons, nginx, echo, UPGRADES)
    assert first.wait(40) == 0, "the first one has ended well"


def test_a_ticket_given_before_an_upgrade_is_taken_after_it(daemons, nginx):
    """The new process is given the keys of the old one, so no client pays a full handshake."""
    api = daemons.make_api({"GET /x": nginx.url})
    context = tls_context(["http/1.1"])
    with TlsWire(daemons.https, context, timeout_s=30) as wire:
        assert wire.request("/x", host=api.host).status == 200
        session = wire.sock.session
    for _ in range(2):
        upgrade(daemons)
        with TlsWire(daemons.https, context, session=session, timeout_s=30) as wire:
            assert wire.sock.session_reused
            assert wire.request("/x", host=api.host).status == 200
            session = wire.sock.session


def test_upgrades_under_up_lose_nothing_and_up_follows(driver, new_site, nginx, echo):
    site = new_site(driver, https=free_port()).up()
    pids = upgrade_often(site, nginx, echo, 20)
    assert site.logs(100_000).count("died") == 0
    assert f"ringgated (pid {pids[0]}) replaced by pid {pids[1]}" in site.logs(100_000)
    # The one that has taken over is watched like one that was started.
    site.kill("ringgated")
    until(lambda: site.pids("ringgated") not in ([], pids[-1:]), "up to restart it", 60)
    until(lambda: site.unsigned("/ready") == 200, "the data plane to attach again", 60)
    assert f"ringgated (pid {pids[-1]}) died by signal 9" in site.logs(100_000)
    upgrade(site)
    assert site.stop("ringgate") == 0
    assert site.pids() == [], "up ends whoever serves"


def test_a_change_is_live_wherever_the_next_request_goes(daemons, nginx):
    """Changes in the middle of upgrades: a call that has returned is seen by every connection."""
    api = daemons.make_api({"GET /x": f"{nginx.url}/0"})
    number = 0
    for _ in range(8):
        [before] = serving(daemons)
        os.kill(before, signal.SIGUSR2)
        while before in serving(daemons):
            number += 1
            changed = daemons.v2.update_integration(
                ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                IntegrationUri=f"{nginx.url}/{number}")
            headers = changed["ResponseMetadata"]["HTTPHeaders"]
            assert headers["x-ringgate-live"].endswith("ms"), headers["x-ringgate-live"]
            for _ in range(4):
                assert api.ask("/x").body == f"GET /{number}".encode()
    # ... and is there after both are killed, whoever of the two kept it.
    daemons.kill("ringgate-control")
    until(lambda: len(daemons.pids("ringgated")) == 1, "the one before to end", 60)
    daemons.kill("ringgated")
    daemons.start_data()
    assert api.ask("/x").body == f"GET /{number}".encode()


def test_an_upgrade_that_fails_changes_nothing_and_says_why(driver, new_site, nginx):
    site = new_site(driver).copy_programs()
    site.start_control().start_data("--upgrade-timeout-ms", "1500")
    api = site.make_api({"POST /id": f"{nginx.url}/id"})
    pid = site.pid("ringgated")
    with load(site, api.host, {"clear": 8}, rate=200) as account:
        for script, reason in [
            (None, "does not start: No such file"),
            ("exit 7", "with exit status: 7"),
            ("kill -9 $$", "signal: 9"),
            ("exec sleep 1000", "nothing was heard of it for 1500 ms (offered)"),
        ]:
            if script is None:
                (site.folder / "bin" / "ringgated").unlink()
            else:
                site.install("ringgated", script)
            done = site.cli("upgrade", check=False)
            assert done.returncode == 1 and reason in done.stderr, done.stderr
            assert f"ringgated {pid} goes on: " in done.stderr
            assert serving(site) == [pid]
        answered = site.cli("-o", "json", "upgrade", check=False)
        assert f'"pid": {pid}' in answered.stdout and '"error"' in answered.stdout
    assert_none_lost(account)
    site.install("ringgated")
    assert upgrade(site) != pid


def test_a_new_process_that_control_does_not_answer_takes_nothing_over(driver, new_site, nginx):
    """It could not tell whether what it serves is what is live."""
    site = new_site(driver).start_control().start_data("--upgrade-timeout-ms", "1000")
    api = site.make_api({"GET /x": nginx.url})
    pid = site.pid("ringgated")
    with site.paused("ringgate-control"):
        os.kill(pid, signal.SIGUSR2)
        until(lambda: "it gets no table from control; this process goes on" in site.logs(),
              "the upgrade to be given up", 60)
    assert api.ask("/x").status == 200
    # Control finds the connection of the one that gave up, and that nobody is there.
    site.v2.get_apis()
    until(lambda: "a data plane is gone" in site.logs(), "control to see that it is gone")
    assert serving(site) == [pid]
    assert upgrade(site) != pid


def test_without_control_a_signal_does_it(daemons, nginx):
    api = daemons.make_api({"GET /x": nginx.url})
    before = daemons.pid("ringgated")
    daemons.kill("ringgate-control")
    done = daemons.cli("upgrade", check=False)
    assert done.returncode == 1 and "no gateway runs" in done.stderr
    os.kill(before, signal.SIGUSR2)
    until(lambda: daemons.pids("ringgated") not in ([before], []) and
          before not in daemons.pids("ringgated"), "the process before to end", 60)
    assert api.ask("/x").status == 200
    daemons.start_control()
    until(lambda: daemons.unsigned("/ready") == 200, "control to see it", 60)
    api.route("GET /y", nginx.url)
    assert api.ask("/y").status == 200


def test_requests_under_way_are_finished_by_the_one_that_has_them(daemons, origin):
    api = daemons.make_api({"GET /slow": origin.url})
    before = daemons.pid("ringgated")
    done = []

    def when_done(peer, seen):
        until(lambda: done, "the upgrade")
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    origin.reply = when_done
    with api.wire() as wire:
        wire.send(build("/slow", host=api.host))
        origin.wait_for(lambda seen: seen.heads)
        upgrade(daemons)
        assert "finishes its requests and ends" in daemons.cli("status").stdout
        assert before in daemons.pids("ringgated")
        done.append(True)
        answer = wire.response()
        assert answer.body == b"ok" and answer.get("connection") == "close"
    until(lambda: before not in daemons.pids("ringgated"), "the process before to end", 60)
