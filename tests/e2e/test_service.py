"""The services as systemd runs them: a real one, process 1 of a machine made for these tests, with
everything that the units forbid forbidden."""

import http.client
import random
import signal
import threading
import time

import pytest

from harness import machine, secure
from harness import origin as origins
from harness.service import DAEMONS, Service
from harness.site import answers
from harness.waiting import until
from harness.wire import build

CONTROL, DATA = DAEMONS


@pytest.fixture(scope="module")
def installed(driver):
    if why := machine.obstacle():
        pytest.skip(f"NOT TESTED under a real systemd: {why}")
    site = Service(driver)
    try:
        assert "systemctl enable --now ringgate-control ringgated" in site.install()
        site.configure()
        # Before the first start: in directories that only systemd-tmpfiles can have made.
        assert "AWS_ACCESS_KEY_ID=" in site.command_line(
            "key", "new", "--account", "111122223333", user="ringgate")
        site.machine.systemctl("enable", "--now", "ringgate-control", "ringgated")
        site.wait_ready("systemd")
        yield site
    finally:
        site.close()


@pytest.fixture
def service(installed):
    yield installed.running()
    installed.settings()
    for unit in (*DAEMONS, "ringgated.socket"):
        installed.machine.run("rm", "-f", f"/etc/systemd/system/{unit}.d/90-case.conf")
    installed.machine.systemctl("daemon-reload")


def test_a_started_service_serves(service, origin, driver):
    assert service.data_plane()["driver"] == driver
    assert service.data_plane()["http"] == [f"127.0.0.1:{service.http}"], "the socket of the unit"
    # By name: the resolver has no netlink.
    api = service.make_api({"GET /x": f"http://localhost:{origin.port}/made"})
    assert api.ask("/x").json()["target"] == "/made"
    assert "data plane" in service.command_line("status"), "for root"
    assert "data plane" in service.command_line("status", user="ringgate")
    for unit in DAEMONS:
        assert service.state(unit, "ActiveState", "NRestarts") == ("active", "0")
        assert service.state(unit, "UnitFileState") == ("enabled",), "and at every boot"


def test_tls_has_a_socket_of_its_own(service, origin):
    origin.always(body=b"here")
    api = service.make_api({"GET /x": f"{origin.url}/"})
    assert secure.ask(service.https, api.host, "/x").endswith(b"here")


@pytest.mark.parametrize("unit", DAEMONS)
def test_a_daemon_has_no_privileges(service, unit):
    pid = service.machine.main_pid(unit)
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        of = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    uid = service.machine.run("id", "-u", "ringgate").strip()
    assert of["Uid"].split() == of["Gid"].split() == [uid] * 4
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(of[capabilities], 16) == 0, capabilities
    assert (of["NoNewPrivs"], of["Seccomp"], of["Umask"]) == ("1", "2", "0077")
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as mounts:
        rows = [line.split() for line in mounts]
    options = {row[4]: row[5].split(",") for row in rows}
    assert "ro" in options["/"]
    own = {"/run/ringgate", "/var/lib/ringgate"}
    assert all("rw" in options[folder] for folder in own)
    for folder in own:
        assert (service.inside / folder[1:]).stat().st_mode & 0o777 == 0o700


def test_a_killed_daemon_is_back_and_nobody_is_refused(service, origin):
    origin.always(body=b"here")
    api = service.make_api({"GET /x": f"{origin.url}/"})
    for unit in DAEMONS:
        before = service.machine.main_pid(unit)
        service.machine.systemctl("kill", "--signal=KILL", unit)
        # Both wait in the socket of systemd until the daemon is back.
        assert api.ask("/x").body == b"here"
        assert service.v2.get_api(ApiId=api.id)["ApiId"] == api.id
        until(lambda unit=unit: service.state(unit, "ActiveState") == ("active",), unit)
        assert service.machine.main_pid(unit) != before
    service.wait_ready("systemd")


def test_traffic_goes_on_without_control(service, origin):
    origin.always(body=b"here")
    api = service.make_api({"GET /x": f"{origin.url}/"})
    service.machine.systemctl("stop", "ringgate-control.socket", CONTROL)
    assert api.ask("/x").body == b"here"
    # A data plane that starts now has the last table.
    service.machine.systemctl("restart", DATA)
    assert api.ask("/x").body == b"here"
    assert service.state(CONTROL, "ActiveState") == ("inactive",), "it is not started for it"
    service.machine.systemctl("start", CONTROL)
    service.wait_ready("systemd")
    api.route("GET /y", f"{origin.url}/")
    assert api.ask("/y").body == b"here", "it found control again"


def test_control_goes_on_without_a_data_plane(service, origin):
    origin.always(body=b"here")
    service.machine.systemctl("stop", "ringgated.socket", "ringgated-https.socket", DATA)
    assert not answers(service.http)
    api = service.make_api({"GET /x": f"{origin.url}/"})
    status = service.command_line("status")
    assert "none attached" in status, "its socket is still there"
    service.machine.systemctl("start", DATA)
    assert service.state("ringgated.socket", "ActiveState") == ("active",), "the service wants it"
    service.wait_ready("systemd")
    assert api.ask("/x").body == b"here"


def test_stop_lets_requests_under_way_end(service, origin):
    release = threading.Event()

    def slow(peer, seen):
        release.wait(40)
        peer.send(origins.response(body=b"finished"))

    origin.reply = slow
    api = service.make_api({"GET /x": f"{origin.url}/"})
    with api.wire() as busy:
        busy.send(build("/x", host=api.host))
        origin.wait_for(lambda o: o.requests)
        service.machine.systemctl("stop", "--no-block", DATA)
        until(lambda: service.state(DATA, "ActiveState") == ("deactivating",), "the drain")
        release.set()
        assert busy.response().body == b"finished"
    ended = ("inactive", "success")
    until(lambda: service.state(DATA, "ActiveState", "Result") == ended, "its end")


@pytest.mark.parametrize("unit", DAEMONS)
def test_a_daemon_that_says_nothing_any_more_is_started_again(service, unit):
    service.machine.drop_in(unit, "[Service]\nWatchdogSec=5s\n", "90-case.conf")
    service.machine.systemctl("restart", unit)
    before = service.machine.main_pid(unit)
    time.sleep(7)
    assert service.machine.main_pid(unit) == before, "one that is well is left alone"
    service.machine.systemctl("kill", "--signal=STOP", unit)
    again = ("active", "1")
    until(lambda: service.state(unit, "ActiveState", "NRestarts") == again, "the restart", 60)
    assert "Watchdog timeout" in service.machine.journal("-u", unit)


def test_a_connection_starts_a_stopped_service(service):
    service.machine.systemctl("stop", DATA)
    assert service.state(DATA, "ActiveState") == ("inactive",)
    assert service.ask("/x").status == 403
    # Answered a moment before it says that it is ready.
    until(lambda: service.state(DATA, "ActiveState") == ("active",), "its readiness")


def test_a_wrong_setting_stops_it_once_and_says_where(service):
    service.settings("workres = 2\n")
    service.machine.systemctl("stop", "ringgated.socket", "ringgated-https.socket", DATA)
    service.machine.systemctl("start", DATA, check=False)
    until(lambda: service.state(DATA, "ActiveState") == ("failed",), "the failure")
    assert service.state(DATA, "Result", "ExecMainStatus", "NRestarts") == ("exit-code", "2", "0")
    journal = service.machine.journal("-u", DATA)
    assert "ringgate.toml:5:1" in journal and "did you mean 'workers'" in journal, journal
    service.settings()
    service.running()


def test_a_drop_in_opens_a_low_port(service, origin):
    origin.always(body=b"here")
    api = service.make_api({"GET /x": f"{origin.url}/"})
    address = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}"
    # Once per worker, as the guide says.
    lines = "".join(f"ListenStream={address}:80\n" for _ in range(2))
    service.machine.drop_in("ringgated.socket", f"[Socket]\n{lines}", "90-case.conf")
    service.machine.systemctl("stop", DATA)
    service.machine.systemctl("restart", "ringgated.socket")
    service.machine.systemctl("start", DATA)
    for _ in range(10):
        connection = http.client.HTTPConnection(address, 80, timeout=15)
        connection.request("GET", "/x", headers={"Host": api.host})
        assert connection.getresponse().read() == b"here"
        connection.close()


def test_the_access_log_goes_to_its_directory_and_nowhere_else(service):
    service.settings('access-log = "/var/log/ringgate/access.log"\n')
    service.machine.systemctl("restart", DATA)
    service.ask("/logged")
    log = service.inside / "var/log/ringgate/access.log"
    until(lambda: log.exists() and "/logged" in log.read_text(), "the line")
    service.settings('access-log = "/var/log/access.log"\n')
    service.machine.systemctl("restart", DATA, check=False)
    until(lambda: "Read-only file system" in service.machine.journal("-u", DATA), "the refusal")


def test_reload_changes_no_process_and_loses_no_connection(service, origin):
    origin.always(body=b"here")
    api = service.make_api({"GET /x": f"{origin.url}/"})
    before = service.machine.main_pid(DATA)
    with api.wire() as kept:
        assert kept.request("/x").body == b"here"
        service.machine.systemctl("reload", DATA)
        assert kept.request("/x").body == b"here"
    assert service.machine.main_pid(DATA) == before


def test_an_upgrade_is_a_new_main_process_of_the_same_service(service, origin):
    release = threading.Event()

    def slow(peer, seen):
        if seen.target == "/slow":
            release.wait(40)
        peer.send(origins.response(body=b"here"))

    origin.reply = slow
    api = service.make_api({"GET /{proxy+}": f"{origin.url}/{{proxy}}"})
    # The new process must speak for itself in time.
    service.machine.drop_in(DATA, "[Service]\nWatchdogSec=5s\n", "90-case.conf")
    service.machine.systemctl("restart", DATA)
    before = service.machine.main_pid(DATA)
    with api.wire() as busy:
        busy.send(build("/slow", host=api.host))
        origin.wait_for(lambda o: o.requests)
        service.machine.systemctl("kill", "--kill-who=main", f"--signal={signal.SIGUSR2}", DATA)
        until(lambda: service.machine.main_pid(DATA) != before, "MAINPID of the new one", 60)
        assert service.state(DATA, "ActiveState") == ("active",)
        assert api.ask("/x").body == b"here", "by the new one"
        release.set()
        assert busy.response().body == b"here", "by the old one, which drains"
    group = service.machine.group / "system.slice" / DATA / "cgroup.procs"
    after = service.machine.main_pid(DATA)
    until(lambda: group.read_text().split() == [str(after)], "the old one to end")
    time.sleep(3)
    assert service.state(DATA, "ActiveState", "NRestarts") == ("active", "0")
    # systemd watches the new one as it did the old.
    service.machine.systemctl("kill", "--signal=KILL", DATA)
    assert api.ask("/x").body == b"here"
    again = ("active", "1")
    until(lambda: service.state(DATA, "ActiveState", "NRestarts") == again, "the restart")


def test_uninstall_ends_it_and_keeps_what_was_made(service):
    out = service.install("--uninstall")
    assert "Kept: settings in /etc/ringgate" in out
    assert not answers(service.http) and not answers(service.management)
    assert service.state(DATA, "LoadState") != ("loaded",)
    assert not (service.inside / "usr/local/bin/ringgated").exists()
    assert (service.inside / "var/lib/ringgate/control.redb").exists()
    service.install()
    service.machine.systemctl("enable", "--now", "ringgate-control", "ringgated")
    service.wait_ready("systemd")
    assert service.v2.get_apis()["Items"], "everything is still there"
