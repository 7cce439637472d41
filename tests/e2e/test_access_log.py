"""The structured access log: off by default, one JSON object a request (issue: data plane)."""

import json
import time

import pytest

from harness.site import Site
from harness.waiting import until
from harness.wire import build


@pytest.fixture(scope="module")
def logged(driver):
    site = Site(driver).keep_log().up()
    yield site
    site.close()


def records(site, count, mark):
    """The records of the requests whose path holds `mark`, once there are so many."""
    def read():
        lines = site.log_file.read_text().splitlines() if site.log_file.exists() else []
        parsed = [json.loads(line) for line in lines]
        found = [record for record in parsed if mark in json.dumps(record)]
        return found if len(found) >= count else None

    return until(read, f"{count} records of {mark}")


def test_a_request_is_recorded_with_what_matters(logged, nginx):
    api = logged.make_api({"GET /logged/{id}": f"{nginx.url}/x"})
    answer = api.ask("/logged/abc-1?q=2", headers={"User-Agent": "tests/1"})
    [record] = records(logged, 1, "abc-1")
    assert record["requestId"] == answer.get("apigw-requestid")
    assert record["apiId"] == api.id
    assert record["stage"] == "$default"
    assert record["routeKey"] == "GET /logged/{id}"
    assert record["httpMethod"] == "GET"
    assert record["path"].startswith("/logged/abc-1")
    assert record["protocol"] == "HTTP/1.1"
    assert record["status"] == 200
    assert record["ip"] == "127.0.0.1"
    assert record["domainName"] == api.host
    assert record["responseLength"] == len(answer.body)
    assert 0 < record["integrationLatencyUs"] <= record["responseLatencyUs"] < 10_000_000
    assert abs(record["requestTimeEpoch"] / 1000 - time.time()) < 60


def test_errors_of_the_gateway_are_recorded_too(logged):
    api = logged.make_api({"GET /refused-2": "http://127.0.0.1:1/"})
    api.ask("/no-route-2")
    api.ask("/refused-2")
    [missing] = records(logged, 1, "no-route-2")
    [refused] = records(logged, 1, "/refused-2")
    assert missing["status"] == 404
    assert refused["status"] == 503


def test_every_request_of_a_connection_has_one_record(logged, nginx):
    api = logged.make_api({"GET /{proxy+}": f"{nginx.url}/{{proxy}}"})
    with api.wire() as wire:
        for number in range(30):
            wire.request(f"/many-3-{number}")
    found = records(logged, 30, "many-3-")
    assert len(found) == 30
    assert len({record["requestId"] for record in found}) == 30


def test_a_client_cannot_forge_a_line(logged, nginx):
    api = logged.make_api({"GET /{proxy+}": f"{nginx.url}/x"})
    with api.wire() as wire:
        answer = wire.request("/forged-4/%22%7D%0A%7B%22status%22%3A%221%22%7D", headers={
            "User-Agent": 'x", "status": "1"', "X-Quote": '"\\'})
        assert answer.status == 200
    found = records(logged, 1, "forged-4")
    assert len(found) == 1 and found[0]["status"] == 200


def test_a_bad_request_is_recorded_or_not_but_breaks_no_line(logged):
    with logged.wire() as wire:
        wire.send(b"GET /bad-5\x01 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.response().status == 400
    logged.make_api({"GET /after-5": "http://127.0.0.1:1/"}).ask("/after-5")
    assert records(logged, 1, "after-5")


def test_a_moved_log_is_opened_anew_on_sighup_or_goes_on(logged, nginx):
    """Whatever rotation does, no request is held up by it."""
    api = logged.make_api({"GET /{proxy+}": f"{nginx.url}/x"})
    logged.log_file.rename(logged.folder / "access.log.1")
    assert api.ask("/rotated-6").status == 200
    # A new file, where it was noticed that the old one is gone.
    files = [logged.folder / name for name in ("access.log", "access.log.1")]
    until(lambda: any("rotated-6" in file.read_text() for file in files if file.exists()),
          "the record")


def test_standard_output_is_a_log_too(driver, new_site, nginx):
    site = new_site(driver).start_control().start_data("--access-log", "-")
    api = site.make_api({"GET /printed-7": nginx.url})
    api.ask("/printed-7")
    until(lambda: '"routeKey":"GET /printed-7"' in site.logs().replace('": "', '":"'), "the record")


def test_sigterm_ends_it_with_its_last_record_written(driver, new_site, nginx):
    site = new_site(driver)
    site.log_file = site.folder / "access.log"
    site.start_control().start_data("--access-log", site.log_file)
    api = site.make_api({"GET /{proxy+}": nginx.url})
    for number in range(20):
        api.ask(f"/ended-9-{number}")
    assert site.stop("ringgated") == 0
    lines = [json.loads(line) for line in site.log_file.read_text().splitlines()]
    # Each worker writes in its own time.
    assert {line["path"] for line in lines} == {f"/ended-9-{number}" for number in range(20)}
    assert len(lines) == 20


def test_a_log_that_cannot_be_written_is_refused_at_start(driver, new_site):
    site = new_site(driver)
    site.start_data("--access-log", "/proc/nowhere/log", wait=False)
    assert site.processes["ringgated"].wait(40) != 0
    assert "/proc/nowhere/log" in site.logs()


def test_it_is_off_by_default(driver, new_site, nginx):
    site = new_site(driver).up()
    api = site.make_api({"GET /quiet-8": nginx.url})
    with api.wire() as wire:
        wire.send(build("/quiet-8", host=api.host))
        wire.response()
    assert "quiet-8" not in site.logs()
