"""Scripts for the official AWS SDK for JavaScript (v3), run by node."""

import json
import shutil
import subprocess

from .places import E2E, NODE_PROJECT
from .site import clean_environment


def run(script, *arguments):
    """What a script of `js/` prints, read as JSON."""
    node = shutil.which("node")
    assert node, "node is not installed (tests/run installs it)"
    assert (NODE_PROJECT / "node_modules").is_dir(), "the SDK is missing (tests/run installs it)"
    for name in ("client.mjs", script):
        shutil.copyfile(E2E / "js" / name, NODE_PROJECT / name)
    done = subprocess.run(
        [node, NODE_PROJECT / script, *arguments], cwd=NODE_PROJECT, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=90, env=clean_environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
