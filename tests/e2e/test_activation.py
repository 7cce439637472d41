"""Socket activation and the units' environment, with systemd's own tools but no systemd that runs;
and that every system call of the daemons is one that the units let through."""

import pytest

from harness import secure
from harness.activated import Activated, Traced, obstacle_to_tracing
from harness.site import answers
from harness.units import syscalls_allowed
from harness.waiting import until


@pytest.fixture
def make():
    sites = []

    def new(kind, *args, **kwargs):
        sites.append(kind(*args, **kwargs))
        return sites[-1]

    yield new
    for site in sites:
        site.close()


def test_the_first_connection_starts_a_daemon_and_is_answered(driver, make, nginx):
    site = make(Activated, driver)
    site.spawn("ringgate-control", env=site.environment())
    site.start_data(wait=False)
    until(lambda: answers(site.management), "the management socket")
    site.wait_management("ringgate-control")
    until(lambda: answers(site.http), "the traffic socket")
    api = site.make_api({"GET /x": f"{nginx.url}/made"})
    assert api.ask("/x").body == b"GET /made"
    assert site.data_plane()["http"] == [f"127.0.0.1:{site.http}"]
    assert site.data_plane()["driver"] == driver
    assert (site.state / "control.redb").exists() and (site.state / "table.last-good").exists()
    assert {path.name for path in site.data.iterdir()} == {"control.sock", "table.sock"}


def test_the_second_socket_is_for_tls(driver, make, nginx):
    site = make(Activated, driver, https=True)
    site.start_control().start_data(wait=False)
    until(lambda: answers(site.https), "the TLS socket")
    api = site.make_api({"GET /x": f"{nginx.url}/made"})
    assert api.ask("/x").body == b"GET /made"
    assert secure.ask(site.https, api.host, "/x").endswith(b"GET /made")


@pytest.mark.parametrize("program", ["ringgated", "ringgate-control"])
def test_every_system_call_is_one_that_its_unit_lets_through(driver, make, origin, program):
    if why := obstacle_to_tracing():
        pytest.skip(f"NOT TESTED, system calls cannot be traced here: {why}")
    site = make(Traced, driver)
    site.start_control().start_data()
    until(lambda: site.unsigned("/ready") == 200, "/ready", 60)
    assert site.data_plane()["driver"] == driver
    # By name: the resolver's calls are among those that count.
    api = site.make_api({"GET /{proxy+}": f"http://localhost:{origin.port}/{{proxy}}"})
    for size in (0, 1 << 10, 1 << 20):
        answer = api.ask(f"/{size}", method="GET", body=b"x" * size or None)
        assert answer.status == 200, answer
    assert "data plane" in site.cli("status").stdout
    for name in ("ringgated", "ringgate-control"):
        site.stop(name)
    calls = until(lambda: site.calls(program), "the trace")
    print(f"{program} on {driver}: {len(calls)} different calls")
    assert {"execve", "futex", "mmap"} <= calls, "the trace is one"
    assert calls - syscalls_allowed(f"{program}.service") == set()
