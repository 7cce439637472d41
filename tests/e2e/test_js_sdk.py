"""The official AWS SDK for JavaScript (v3), run by node."""

import json
import shutil
import subprocess

from harness.places import E2E, NODE_PROJECT
from harness.site import clean_environment


def run(control, nginx, *more):
    node = shutil.which("node")
    assert node, "node is not installed (tests/run installs it)"
    script = NODE_PROJECT / "calls.mjs"
    assert (NODE_PROJECT / "node_modules").is_dir(), "the SDK is missing (tests/run installs it)"
    shutil.copyfile(E2E / "js" / "calls.mjs", script)
    done = subprocess.run(
        [node, script, control.endpoint, nginx.url, *more], cwd=NODE_PROJECT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_create_route_get_page_and_delete(control, nginx):
    steps = run(control, nginx)
    assert steps["created"]["status"] == 201
    assert steps["createdDateIsADate"] is True
    assert steps["route"] == "GET /things/{id}"
    assert steps["description"] == "changed"
    assert steps["tags"] == {"team": "zoo"}
    assert steps["listed"] == {"count": 5, "distinct": 5, "pages": 3}
    assert steps["missing"] == {"name": "NotFoundException", "known": True}
    assert steps["conflict"] == {"name": "ConflictException", "known": True}
    assert steps["left"] == 0


def test_a_route_made_by_it_is_live(control, nginx):
    steps = run(control, nginx, "keep")
    api_id = steps["created"]["api"]
    answer = control.ask("/things/9", host=f"{api_id}.execute-api.localhost")
    assert answer.body == b"GET /js/9"
    control.client(region="eu-north-1").delete_api(ApiId=api_id)
