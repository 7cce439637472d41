"""When the ports open, and how the processes end (DESIGN section 1)."""

import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness import origin as origins
from harness.answers import FORBIDDEN, assert_answer
from harness.memory import resident_bytes
from harness.places import binary, free_port
from harness.site import answers
from harness.waiting import until
from harness.wire import Truncated, Wire, build

MIB = 1024 * 1024


def first_answer(port, host="localhost", timeout_s=40):
    """The response to a request sent as soon as the port takes a connection."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            with Wire(port) as wire:
                return wire.request("/first", host=host)
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the port never opened"
            time.sleep(0.001)


def test_the_first_request_after_the_port_opens_is_answered_by_the_target(driver, new_site, nginx):
    for _ in range(3):
        site = new_site(driver)
        site.up("--target", nginx.url, wait=False)
        answer = first_answer(site.http)
        assert (answer.status, answer.body) == (200, b"GET /first"), answer
        site.wait_ready("ringgate")
        assert site.stop("ringgate") == 0
        site.up("--target", nginx.url, wait=False)
        assert first_answer(site.http).body == b"GET /first", "on the same data directory too"
        site.close()


def test_the_first_request_of_a_restarted_site_is_answered_by_its_apis(driver, new_site, nginx):
    site = new_site(driver).up()
    api = site.make_api({"GET /first": f"{nginx.url}/made"})
    site.stop("ringgate")
    site.up(wait=False)
    assert first_answer(site.http, api.host).body == b"GET /made"


def test_ready_from_exec_with_an_empty_store(driver, new_site):
    took = []
    for _ in range(5):
        site = new_site(driver)
        began = time.monotonic()
        site.up(wait=False)
        until(lambda: answers(site.http) and answers(site.management), "both ports")
        took.append((time.monotonic() - began) * 1000)
        site.close()
    print(f"from exec to both ports open: {', '.join(f'{ms:.0f}' for ms in sorted(took))} ms")
    assert min(took) < 1000, took


def test_an_idle_data_plane_is_small(driver, new_site):
    site = new_site(driver).up()
    resident = resident_bytes(site.pid("ringgated"))
    print(f"idle ringgated: {resident / MIB:.1f} MiB resident")
    assert resident < 20 * MIB


def test_ready_tells_of_the_table_and_health_of_life(new_site):
    site = new_site()
    site.start_control()
    assert site.unsigned("/health") == 200
    assert site.unsigned("/ready") != 200, "no data plane is attached"
    site.start_data()
    until(lambda: site.unsigned("/ready") == 200, "/ready")


def test_without_a_table_the_port_opens_in_the_end_and_answers_503(driver, new_site):
    site = new_site(driver)
    began = time.monotonic()
    site.start_data("--table-wait-ms", "400", wait=False)
    answer = first_answer(site.http)
    assert answer.status == 503, answer
    assert time.monotonic() - began > 0.35
    site.start_control()
    until(lambda: site.ask("/x").status == 403, "the first table")


def test_the_target_serves_every_host_that_names_no_api(driver, new_site, nginx):
    site = new_site(driver).up("--target", nginx.url)
    for host in ("localhost", "127.0.0.1", "www.example.com:8080", "x.execute-apix.y"):
        assert site.ask("/a/b?x=1", host=host).body == b"GET /a/b?x=1"
    assert site.ask("/a", host=None, version="HTTP/1.0").body == b"GET /a"
    assert_answer(site.ask("/", host="aaaaaaaaaa.execute-api.localhost"), FORBIDDEN)
    [api] = site.v2.get_apis()["Items"]
    assert site.ask("/a", host=f"{api['ApiId']}.execute-api.localhost").body == b"GET /a"
    path = f"/_aws/execute-api/{api['ApiId']}/$default/a"
    assert site.ask(path).body == b"GET /a"


def test_the_target_is_an_ordinary_api_updated_by_the_next_start(driver, new_site, nginx):
    site = new_site(driver).up("--target", nginx.url)
    [api] = site.v2.get_apis()["Items"]
    route = site.v2.create_route(ApiId=api["ApiId"], RouteKey="GET /mine")
    assert site.ask("/mine").status == 500, "changeable like any other"
    site.stop("ringgate")
    site.up("--target", f"{nginx.url}/moved")
    [again] = site.v2.get_apis()["Items"]
    assert again["ApiId"] == api["ApiId"]
    assert site.ask("/x").body == b"GET /moved"
    routes = site.v2.get_routes(ApiId=api["ApiId"])["Items"]
    assert route["RouteId"] in [item["RouteId"] for item in routes]


def test_a_path_form_names_its_api_though_there_is_a_target(driver, new_site, nginx):
    site = new_site(driver).up("--target", f"{nginx.url}/target")
    other = site.make_api({"GET /x": f"{nginx.url}/other"})
    assert site.ask(f"/_aws/execute-api/{other.id}/$default/x").body == b"GET /other"
    assert site.ask("/x").body == b"GET /target"
    assert site.ask("/x", host=other.host).body == b"GET /other"


def test_sigterm_ends_up_and_its_children_cleanly(driver, new_site):
    site = new_site(driver).up()
    assert site.stop("ringgate") == 0
    assert site.pids() == []
    assert not answers(site.http) and not answers(site.management)
    site.up()
    assert site.stop("ringgate") == 0


def test_sigint_ends_it_too(new_site):
    site = new_site().up()
    process = site.processes["ringgate"]
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    assert site.pids() == []


def test_sigterm_lets_requests_under_way_end(driver, new_site, origin):
    release = threading.Event()

    def slow(peer, seen):
        release.wait(40)
        peer.send(origins.response(body=b"finished"))

    origin.reply = slow
    site = new_site(driver).start_control().start_data()
    api = site.make_api({"GET /x": f"{origin.url}/"})
    with api.wire() as busy, api.wire() as idle:
        busy.send(build("/x", host=api.host))
        origin.wait_for(lambda o: o.requests)
        idle.send(b"")
        site.processes["ringgated"].send_signal(signal.SIGTERM)
        until(lambda: not answers(site.http), "the listener to close")
        release.set()
        assert busy.response().body == b"finished"
        idle.assert_closed()
    assert site.processes["ringgated"].wait(40) == 0


def test_the_drain_ends_by_its_wait(driver, new_site, origin):
    origin.on_head = lambda peer, seen: peer.closed_by_peer(20)
    site = new_site(driver).start_control().start_data("--drain-timeout-ms", "500")
    api = site.make_api({"GET /x": f"{origin.url}/"})
    with api.wire() as busy:
        busy.send(build("/x", host=api.host))
        origin.wait_for(lambda o: o.heads)
        began = time.monotonic()
        site.processes["ringgated"].send_signal(signal.SIGTERM)
        assert site.processes["ringgated"].wait(40) is not None
        assert time.monotonic() - began < 20
        with pytest.raises((Truncated, ConnectionResetError, AssertionError)):
            busy.response()


def test_up_prints_the_urls_and_no_line_per_request(driver, new_site, nginx):
    site = new_site(driver).up("--target", nginx.url)
    until(lambda: f":{site.http}" in site.logs(), "the URLs")
    assert f":{site.management}" in site.logs()
    before = len(site.logs(1 << 20))
    for _ in range(50):
        site.ask("/x")
    assert len(site.logs(1 << 20)) - before < 2000


def test_a_port_in_use_is_a_clear_error(new_site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        site = new_site()
        site.http = taken.getsockname()[1]
        site.up(wait=False)
        assert site.processes["ringgate"].wait(40) != 0
        assert f":{site.http}" in site.logs() and ("use" in site.logs() or "taken" in site.logs())
        assert site.pids() == []


def test_the_root_key_test_is_refused_on_other_addresses(new_site):
    site = new_site()
    site.spawn("ringgate-control", *site.common(), "--management", f"0.0.0.0:{site.management}")
    assert site.processes["ringgate-control"].wait(40) != 0
    assert "ringgate key new" in site.logs()
    assert not answers(site.management)


def test_two_sites_on_one_data_directory_are_refused(new_site):
    site = new_site().start_control()
    second = free_port()
    site.processes.pop("ringgate-control")
    again = site.spawn("ringgate-control", *site.common(), "--management", f"127.0.0.1:{second}")
    assert again.wait(40) != 0
    assert site.unsigned("/health") == 200, "the first goes on"


@pytest.mark.parametrize("program", ["ringgate", "ringgated", "ringgate-control"])
def test_help_shows_every_flag_with_its_default(program):
    arguments = ["up", "--help"] if program == "ringgate" else ["--help"]
    text = subprocess.run([binary(program), *arguments], capture_output=True, text=True,
                          check=True, timeout=20).stdout
    assert "--data-dir" in text and ".ringgate" in text
    if program != "ringgate-control":
        for flag in ("--http", "--https", "--workers", "--head-timeout-ms", "--drain-timeout-ms",
                     "--driver"):
            assert flag in text, flag
    if program != "ringgated":
        assert "127.0.0.1:4566" in text
    assert re.search(r"127\.0\.0\.1:8080", text)


@pytest.mark.parametrize(
    "flags, part",
    [
        (["--htpp", "127.0.0.1:1"], "--http"),
        (["--workers", "0"], "workers"),
        (["--http", "nonsense"], "nonsense"),
        (["--head-timeout-ms", "1"], "head-timeout-ms"),
        (["--region", ""], "region"),
        (["--account-id", "12"], "account-id"),
        (["--target", "ftp://x"], "target"),
        (["--https", "nobody"], "--https"),
    ],
)
def test_an_unknown_or_bad_flag_is_refused_by_name(new_site, flags, part):
    site = new_site()
    process = site.spawn("ringgate", "up", "--data-dir", site.data, *flags)
    assert process.wait(40) == 2
    assert part in site.logs()
    assert not site.data.exists(), "a refused start makes nothing"


def test_a_settings_file_is_read_and_its_mistakes_are_shown_with_line_and_hint(new_site):
    site = new_site()
    (site.folder / "ringgate.toml").write_text('# settings\nregion = "eu-west-1"\nworkres = 2\n')
    process = site.spawn("ringgate", "up", "--data-dir", site.data)
    assert process.wait(40) != 0
    logs = site.logs()
    assert "ringgate.toml:3" in logs and "workres" in logs and "workers" in logs
    (site.folder / "ringgate.toml").write_text('region = "eu-west-1"\nworkers = 1\n')
    site.up()
    assert site.status()["control"]["region"] == "eu-west-1"
    assert site.data_plane()["workers"] == 1
