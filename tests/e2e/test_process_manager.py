"""Under a process manager: sockets that it holds, what it is told, the signals that it sends."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from harness.places import E2E, binary
from harness.site import clean_environment
from harness.waiting import until


class Manager:
    """Listening sockets to pass down and a socket to be told on."""

    def __init__(self, site):
        self.site = site
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.bind(str(site.folder / "notify.sock"))
        self.told.settimeout(10)
        self.sockets = {}

    def listen(self, name, port, count=1):
        """Listens like `ListenStream=port` of a unit with `FileDescriptorName=name`."""
        for _ in range(count):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.hold(name, listener, ("127.0.0.1", port))

    def hold(self, name, listener, address):
        listener.bind(address)
        listener.listen()
        self.sockets.setdefault(name, []).append(listener)

    def start(self, program, *arguments):
        """The program with all sockets, as `Sockets=` units pass them."""
        pairs = [(name, held) for name, all_held in self.sockets.items() for held in all_held]
        numbers = [held.fileno() for _, held in pairs]
        with open(self.site.folder / f"{program}.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, E2E / "harness" / "activate.py", ",".join(map(str, numbers)),
                 ":".join(name for name, _ in pairs), binary(program), *map(str, arguments)],
                pass_fds=numbers, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                cwd=self.site.folder,
                env=clean_environment(NOTIFY_SOCKET=str(self.site.folder / "notify.sock")),
            )
        self.site.processes[program] = process
        return process

    def hears(self):
        return self.told.recv(4096).decode()


@pytest.fixture
def new_manager(new_site):
    managers = []

    def make(driver=None):
        managers.append(Manager(new_site(driver)))
        return managers[-1]

    yield make
    for manager in managers:
        manager.told.close()
        for held in sum(manager.sockets.values(), []):
            held.close()


def test_ringgated_takes_the_sockets_it_is_activated_with(driver, new_manager):
    manager = new_manager(driver)
    site = manager.site
    manager.listen("http", site.http, count=2)
    manager.listen("https", site.management)
    # The addresses of the flags are those of somebody else: what is passed down wins.
    process = manager.start("ringgated", "--data-dir", site.data, "--driver", driver,
                            "--workers", "3", "--http", "192.0.2.1:1", "--https", "192.0.2.1:2",
                            "--table-wait-ms", "0")
    assert f"127.0.0.1:{site.http}, 127.0.0.1:{site.management} with 3 workers" in manager.hears()
    for _ in range(20):
        assert site.ask("/x").status == 503, "there is no table"
    socket.create_connection(("127.0.0.1", site.management), 5).close()
    process.send_signal(signal.SIGTERM)
    assert manager.hears().startswith("STOPPING=1")
    assert process.wait(40) == 0


def test_ringgated_refuses_a_socket_that_it_has_no_use_for(new_manager):
    manager = new_manager()
    manager.listen("web", manager.site.http)
    process = manager.start("ringgated", "--data-dir", manager.site.data)
    assert process.wait(40) == 1
    assert "inherited socket 'web': expected one named 'http' or 'https'" in manager.site.logs()


def test_control_takes_its_sockets_and_says_how_it_is(new_manager):
    manager = new_manager()
    site = manager.site
    manager.listen("management", site.management)
    site.data.mkdir(mode=0o700)
    manager.hold("control", socket.socket(socket.AF_UNIX), str(site.data / "control.sock"))
    process = manager.start("ringgate-control", "--data-dir", site.data,
                            "--management", "192.0.2.1:1")
    assert manager.hears() == f"READY=1\nSTATUS=management on 127.0.0.1:{site.management}"
    assert site.unsigned("/health") == 200
    assert site.status()["control"]["pid"] == process.pid, "asked on the control socket"
    process.send_signal(signal.SIGHUP)
    assert manager.hears().startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert manager.hears() == "READY=1"
    assert site.unsigned("/health") == 200
    process.send_signal(signal.SIGTERM)
    assert manager.hears() == "STOPPING=1"
    assert process.wait(40) == 0
    assert (site.data / "control.sock").exists(), "its file is the manager's"


def test_the_watchdog_hears_from_control(new_manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    manager = new_manager()
    manager.listen("management", manager.site.management)
    manager.start("ringgate-control", "--data-dir", manager.site.data)
    until(lambda: manager.hears() == "WATCHDOG=1", "the first sign of life")
    until(lambda: manager.hears() == "WATCHDOG=1", "the next one")


def test_a_moved_access_log_is_opened_anew_on_sighup(driver, new_site):
    site = new_site(driver)
    log = site.folder / "access.log"
    site.start_control().start_data("--access-log", log)
    site.make_api({}).ask("/before-1")
    until(lambda: log.exists() and "before-1" in log.read_text(), "the first record")
    log.rename(site.folder / "access.log.1")
    os.kill(site.pid("ringgated"), signal.SIGHUP)
    until(log.exists, "the new file")
    assert "before-1" not in log.read_text()
    site.make_api({}).ask("/after-1")
    until(lambda: "after-1" in log.read_text(), "the next record")
