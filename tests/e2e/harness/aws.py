"""The AWS CLI from PyPI, unmodified."""

import json
import subprocess
import sys
from pathlib import Path

from .site import clean_environment

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


def aws_cli(site):
    """Calls of it against a site: what they print, read as JSON; of one that fails, its words."""
    program = Path(sys.executable).parent / "aws"
    assert program.exists(), f"{program} is missing (tests/run installs it)"

    def run(*arguments, code=0, service="apigatewayv2", reads=True):
        done = subprocess.run(
            [program, "--endpoint-url", site.endpoint, service, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            env=clean_environment(**CREDENTIALS),
        )
        assert done.returncode == code, done
        if code:
            return done.stderr
        return json.loads(done.stdout) if reads and done.stdout.strip() else None

    return run
