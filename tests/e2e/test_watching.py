"""`ringgate top` and `ringgate logs`."""

import json
import os
import subprocess

import pytest

from harness.places import binary
from harness.waiting import until

LOG = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:/watched/{}",
       "Format": '$context.requestId $context.path'}


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def run(site, *arguments):
    """A command that goes on by itself."""
    return subprocess.Popen([binary("ringgate"), *arguments, "--data-dir", site.data],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_top_shows_what_happens_between_two_looks(api):
    assert api.ask("/before").status == 200
    watching = run(api.site, "top", api.id, "-o", "json", "-n", "3", "--interval", "1")
    looks = []
    for line in watching.stdout:
        looks.append(json.loads(line)["meters"])
        if len(looks) < 3:
            for _ in range(5):
                assert api.ask("/a").status == 200
    assert watching.wait(30) == 0
    [before], [first], [second] = looks
    assert (before["requests"], first["requests"] + second["requests"]) == (0, 10)
    assert first["stage"] == "$default" and first["latencyP50Us"] > 0


def test_top_for_people(api):
    assert api.ask("/a").status == 200
    shown = api.site.cli("top", api.id, "-n", "1").stdout
    assert shown.splitlines()[0].split()[:4] == ["API", "NAME", "STAGE", "ROUTE"]
    assert api.id in shown


def test_logs_show_the_last_lines_and_follow_through_a_rotation(api):
    site = api.site
    settings = LOG | {"DestinationArn": LOG["DestinationArn"].format(api.id)}
    site.v2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=settings)
    path = site.data / "logs" / f"+watched+{api.id}.log"
    for at in range(4):
        assert api.ask(f"/{at}").status == 200
    until(lambda: path.exists() and path.read_text().count("\n") == 4, "the records")
    last = site.cli("logs", api.id, "-n", "2").stdout.splitlines()
    assert last == path.read_text().splitlines()[-2:]
    following = run(site, "logs", api.id, "-f", "-n", "1")
    assert following.stdout.readline() == last[-1] + "\n"
    assert api.ask("/more").status == 200
    assert following.stdout.readline().endswith(" /more\n")
    os.rename(path, path.with_suffix(".1"))
    # Into the old file or the new one: it is shown all the same.
    assert api.ask("/moved").status == 200
    assert following.stdout.readline().endswith(" /moved\n")
    until(lambda: api.ask("/again").status == 200 and path.exists(), "a new file")
    assert following.stdout.readline().endswith(" /again\n")
    following.terminate()
    following.wait(30)


def test_an_api_without_a_log_says_how_to_get_one(api):
    refused = api.site.cli("logs", api.id, check=False)
    assert refused.returncode == 1
    assert "has an access log in a file: see update-stage --access-log-settings" in refused.stderr
