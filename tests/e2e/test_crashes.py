"""Killed, at any moment, with no warning: what was acknowledged stays, what runs goes on."""

import os
import random
import signal
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.h2raw import tls_context
from harness.loading import ALL_KINDS, assert_none_lost, load
from harness.places import free_port
from harness.site import listening
from harness.tlswire import TlsWire
from harness.waiting import until
from harness.wire import build

# Connections that are open at any time of that load; a "fresh" one comes and goes.
KEPT = sum(ALL_KINDS.values()) - ALL_KINDS["fresh"]
# Of writes until a kill: five, and more where a machine writes hardly anything in their time.
ROUNDS_MAX = 40
# From a data plane's death until its clients have a connection again; generous, for slow machines.
AWAY_S_MAX = 15.0


def echoing(site, nginx, echo):
    """An API that every kind of load can ask."""
    return site.make_api({"POST /id": f"{nginx.url}/id", "GET /x": f"{nginx.url}/0",
                          "GET /ws": echo.url})


def assert_broken_only(account, times):
    """What was under way on connections of a killed process broke at once, each at most once a
    kill; nothing waited in vain, nothing wrong came, and everybody was back soon."""
    assert account["lost"] == 0, account
    assert account["broken"] <= times * sum(
        count * (3 if kind == "h2" else 1) for kind, count in ALL_KINDS.items()), account
    for kind, count in ALL_KINDS.items():
        # A client that is on its way back when the next kill comes is away once, not twice.
        assert account["reopened"][kind] >= count, account
    assert account["awaySMax"] < AWAY_S_MAX, account


def test_the_daemons_start_in_either_order(driver, new_site, nginx):
    site = new_site(driver)
    site.start_data(wait=False)
    site.start_control()
    site.wait_ready("ringgated")
    api = site.make_api({"GET /x": nginx.url})
    assert api.ask("/x").status == 200


def test_control_killed_under_load_and_restarted_loses_nothing(daemons, nginx, echo):
    api = echoing(daemons, nginx, echo)
    with load(daemons, api.host, ALL_KINDS, rate=300) as account:
        for number in range(3):
            daemons.kill("ringgate-control")
            assert api.ask("/x").status == 200, "served without control"
            daemons.start_control()
            until(lambda: daemons.unsigned("/ready") == 200, "the data plane to come back")
            daemons.v2.update_integration(
                ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                IntegrationUri=f"{nginx.url}/after-{number}")
            assert api.ask("/x").body == f"GET /after-{number}".encode()
    assert_none_lost(account)


def test_control_under_up_killed_under_load_comes_back_by_itself(driver, new_site, nginx, echo):
    gateway = new_site(driver, https=free_port()).up()
    api = echoing(gateway, nginx, echo)
    with load(gateway, api.host, ALL_KINDS, rate=300) as account:
        killed = gateway.kill("ringgate-control")
        until(lambda: gateway.pids("ringgate-control"), "up to restart control", 60)
        assert gateway.pids("ringgate-control") != [killed]
        until(lambda: gateway.unsigned("/ready") == 200, "the data plane to attach again", 60)
        api.route("GET /new", f"{nginx.url}/new")
        assert api.ask("/new").body == b"GET /new"
    assert_none_lost(account)


def test_what_was_acknowledged_survives_kill_9_in_the_middle_of_writes(new_site):
    """Rounds of writes from three clients until a kill -9 at a random moment."""
    site, seed = new_site(), random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    acknowledged, deleted, lock = {}, set(), threading.Lock()

    def write(stop, number):
        v2 = site.client(region="us-east-1")
        count = 0
        while not stop.is_set():
            count += 1
            name = f"{number}-{count}"
            try:
                api_id = v2.create_api(Name=name, ProtocolType="HTTP", Tags={"n": name})["ApiId"]
                with lock:
                    acknowledged[api_id] = name
                if count % 3 == 0:
                    with lock:
                        acknowledged.pop(api_id)
                    v2.delete_api(ApiId=api_id)
                    with lock:
                        deleted.add(api_id)
            except (BotoCoreError, ClientError, OSError):
                return

    for round_number in range(ROUNDS_MAX):
        if round_number >= 5 and len(acknowledged) > 20:
            break
        site.start_control()
        v2 = site.client(region="us-east-1")
        shown = {api["ApiId"]: api for page in v2.get_paginator("get_apis").paginate()
                 for api in page["Items"]}
        for api_id, name in acknowledged.items():
            assert shown[api_id]["Name"] == name, f"round {round_number}: {api_id} was lost"
            assert shown[api_id]["Tags"] == {"n": name}
        assert not deleted & set(shown), f"round {round_number}: deleted ones are back"
        stop = threading.Event()
        writers = [threading.Thread(target=write, args=(stop, n)) for n in range(3)]
        for writer in writers:
            writer.start()
        time.sleep(dice.uniform(0.05, 0.4))
        site.kill("ringgate-control")
        stop.set()
        for writer in writers:
            writer.join(30)
    assert len(acknowledged) > 20, "hardly anything was written"


def test_a_killed_data_plane_serves_the_last_table_without_control(driver, new_site, nginx):
    site = new_site(driver).start_control().start_data()
    api = site.make_api({"GET /x": f"{nginx.url}/last", "$default": f"{nginx.url}/rest"})
    assert api.ask("/x").body == b"GET /last"
    site.kill("ringgate-control")
    took = []
    for _ in range(3):
        site.kill("ringgated")
        began = time.monotonic()
        site.start_data(wait=False)
        site.wait_traffic("ringgated")
        assert api.ask("/x").body == b"GET /last", "the first answer is the table's"
        took.append((time.monotonic() - began) * 1000)
    print(f"from exec to the first answer: {', '.join(f'{ms:.0f}' for ms in took)} ms")
    assert min(took) < 1000, took
    site.start_control()
    until(lambda: site.unsigned("/ready") == 200, "control to see the data plane")
    api.route("GET /y", f"{nginx.url}/y")
    assert api.ask("/y").body == b"GET /y"


def test_what_was_live_is_in_the_last_good_table_after_kill_9(driver, new_site, nginx):
    """A change whose call returned is served by a data plane that starts alone after a crash."""
    site = new_site(driver).start_control().start_data()
    api = site.make_api({"GET /x": f"{nginx.url}/0"})
    for number in range(1, 6):
        for step in range(4):
            site.v2.update_integration(
                ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                IntegrationUri=f"{nginx.url}/{number}-{step}")
        site.kill("ringgated")
        site.kill("ringgate-control")
        site.start_data()
        assert api.ask("/x").body == f"GET /{number}-3".encode()
        site.start_control()
        until(lambda: site.unsigned("/ready") == 200, "control to see the data plane")


def test_two_data_planes_show_every_change(driver, new_site, nginx):
    """Both are attached to one control, as during an upgrade; both acknowledge."""
    site, other = new_site(driver).start_control().start_data(), new_site(driver)
    other.start_data("--runtime-dir", site.data)
    until(lambda: len(site.status()["dataPlanes"]) == 2, "the second data plane")
    api = site.make_api({"GET /x": f"{nginx.url}/0"})
    for number in range(1, 20):
        site.v2.update_integration(ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                                   IntegrationUri=f"{nginx.url}/{number}")
        for plane in (site, other):
            assert plane.ask("/x", host=api.host).body == f"GET /{number}".encode()
    other.kill("ringgated")
    api.route("GET /y", f"{nginx.url}/y")
    assert api.ask("/y").body == b"GET /y"


def test_a_change_made_while_no_data_plane_runs_is_pending_then_live(driver, new_site, nginx):
    site = new_site(driver).start_control()
    made = site.v2.create_api(Name="quick", ProtocolType="HTTP", Target=f"{nginx.url}/quick")
    assert made["ResponseMetadata"]["HTTPHeaders"]["x-ringgate-live"] == "pending"
    site.start_data()
    host = f"{made['ApiId']}.execute-api.localhost"
    assert site.ask("/x", host=host).body == b"GET /quick"


@pytest.mark.parametrize("harm", ["garbage", "truncated", "empty", "one bit"])
def test_a_damaged_last_good_table_is_refused_and_control_asked(driver, new_site, nginx, harm):
    site = new_site(driver).start_control().start_data()
    api = site.make_api({"GET /x": f"{nginx.url}/x"})
    until(lambda: (site.data / "table.last-good").exists(), "the last-good table")
    site.stop("ringgated")
    table = site.data / "table.last-good"
    data = bytearray(table.read_bytes())
    assert data
    if harm == "one bit":
        data[len(data) // 2] ^= 1
    table.write_bytes({"garbage": b"\xff" * 4096, "truncated": data[: len(data) // 2],
                       "empty": b"", "one bit": data}[harm])
    site.start_data()
    # A file cut short may still hold an older table, served until control's is there.
    until(lambda: api.ask("/x").body == b"GET /x", "control's snapshot")
    wanted = site.status()["control"]["generation"]
    until(lambda: site.data_plane()["ackedGeneration"] == wanted, "the same generation on both")


def test_a_damaged_table_without_control_answers_503_in_the_end(driver, new_site):
    site = new_site(driver)
    site.data.mkdir(mode=0o700)
    (site.data / "table.last-good").write_bytes(b"\xff" * 100)
    site.start_data("--table-wait-ms", "200")
    assert site.ask("/x").status == 503


def test_killing_up_itself_leaves_the_children_serving(driver, new_site, nginx, echo):
    site = new_site(driver, https=free_port()).up()
    api = echoing(site, nginx, echo)
    up = site.processes["ringgate"]
    with load(site, api.host, ALL_KINDS, rate=300) as account:
        os.kill(up.pid, signal.SIGKILL)
        up.wait(40)
        assert api.ask("/x").status == 200
        api.route("GET /y", f"{nginx.url}/y")
        assert api.ask("/y").body == b"GET /y"
    assert_none_lost(account)
    assert site.pids("ringgated") and site.pids("ringgate-control")


def test_stale_sockets_of_a_killed_run_are_replaced(driver, new_site, nginx):
    site = new_site(driver).up()
    api = site.make_api({"GET /x": nginx.url})
    for pid in site.pids("ringgate") + site.pids("ringgated") + site.pids("ringgate-control"):
        os.kill(pid, signal.SIGKILL)
    site.processes["ringgate"].wait(40)
    until(lambda: not site.pids(), "everything to die")
    until(lambda: not listening(site.http), "its sockets to be gone")
    assert (site.data / "control.sock").exists(), "a stale socket to be replaced"
    site.up()
    assert api.ask("/x").status == 200
    until(lambda: site.data_plane()["ackedGeneration"], "the data plane to be attached")


def killed_and_back(site, api, nginx, start):
    """Three times: a change that is acknowledged, a kill, and the change is what is served, to all
    who were there before."""
    for number in range(1, 4):
        site.v2.update_integration(ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                                   IntegrationUri=f"{nginx.url}/{number}")
        killed = site.kill("ringgated")
        start(killed)
        with site.wire(timeout_s=30) as wire:
            assert wire.request("/x", host=api.host).body == f"GET /{number}".encode()
        until(lambda: site.unsigned("/ready") == 200, "the data plane to attach again", 30)
        until(lambda: site.stats()["connections"] >= KEPT, "its clients to be back", 30)


def test_a_killed_data_plane_breaks_its_connections_and_all_come_back(daemons, nginx, echo):
    """Every protocol, singly: while nobody listens connections are refused, and tried again."""
    api = echoing(daemons, nginx, echo)
    with load(daemons, api.host, ALL_KINDS, rate=300, may_break=True) as account:
        killed_and_back(daemons, api, nginx, lambda _: daemons.start_data())
    print(account)
    assert_broken_only(account, 3)


def test_a_killed_data_plane_under_up_is_back_for_every_protocol(driver, new_site, nginx, echo):
    site = new_site(driver, https=free_port()).up()
    api = echoing(site, nginx, echo)

    def restarted(killed):
        until(lambda: site.pids("ringgated") not in ([], [killed]), "up to restart it", 30)
        until(lambda: f"ringgated (pid {killed}) died by signal 9" in site.logs(1 << 20), "word")

    with load(site, api.host, ALL_KINDS, rate=300, may_break=True) as account:
        killed_and_back(site, api, nginx, restarted)
    print(account)
    assert_broken_only(account, 3)


def test_a_ticket_of_a_killed_data_plane_costs_a_full_handshake(daemons, nginx):
    """Its keys were in its memory alone: old tickets open nothing, and harm nothing."""
    api = daemons.make_api({"GET /x": nginx.url})
    context = tls_context(["http/1.1"])
    with TlsWire(daemons.https, context, timeout_s=30) as wire:
        assert wire.request("/x", host=api.host).status == 200
        session = wire.sock.session
    daemons.kill("ringgated")
    daemons.start_data()
    reused = []
    for _ in range(2):
        with TlsWire(daemons.https, context, session=session, timeout_s=30) as wire:
            assert wire.request("/x", host=api.host).status == 200
            reused.append(wire.sock.session_reused)
            session = wire.sock.session
    assert reused == [False, True]


def test_a_killed_data_plane_under_up_refuses_no_connection(driver, new_site, nginx):
    """The sockets stay open in `up`: connections wait in the backlog."""
    site = new_site(driver).up("--target", nginx.url)
    failures, served, stop = [], [0], threading.Event()

    def knock():
        while not stop.is_set():
            try:
                with site.wire(timeout_s=20) as wire:
                    wire.send(build("/x", headers={"Connection": "close"}))
                    wire.response()
                served[0] += 1
            except ConnectionRefusedError as error:
                failures.append(repr(error))
            except (OSError, AssertionError):
                # Its connection was the killed process's: lost with it, but not refused.
                pass

    knockers = [threading.Thread(target=knock, daemon=True) for _ in range(4)]
    for knocker in knockers:
        knocker.start()
    for _ in range(2):
        killed = site.kill("ringgated")
        until(lambda: site.pids("ringgated") not in ([], [killed]), "up to restart it", 60)
        count = served[0]
        until(lambda: served[0] > count + 20, "traffic to go on", 60)
    stop.set()
    for knocker in knockers:
        knocker.join(30)
    assert failures == [], failures[:5]


def test_a_child_that_dies_at_once_is_not_restarted_in_a_frenzy(driver, new_site, nginx):
    site = new_site(driver).up()
    seen = set()
    began = time.monotonic()
    while len(seen) < 4 and time.monotonic() - began < 20:
        for pid in site.pids("ringgated"):
            if pid not in seen:
                seen.add(pid)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(0.01)
    assert len(seen) >= 4, "it goes on restarting it"
    # Back-off from the third death within 10 s: four deaths cannot fit into a moment.
    assert time.monotonic() - began > 0.2
    until(lambda: site.unsigned("/ready") == 200, "recovery", 30)
