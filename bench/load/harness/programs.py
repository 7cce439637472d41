"""Programs of the system: where they are, what they say of themselves."""

import os
import shutil
import subprocess

from .processes import Failure


def find_program(name):
    """Where a program is: daemons live outside many users' PATH."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    return shutil.which(name, path=path)


def program(name):
    found = find_program(name)
    if not found:
        raise Failure(f"{name} is not installed: run without --no-install, or install it")
    return found


def first_line(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return (done.stdout.splitlines() or [""])[0]
