"""The unit files as they are in the tree."""

import re
import subprocess

from .places import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = ("ringgated.service", "ringgate-control.service")


def unit(name):
    """Each setting of a unit with every value it is given, in order; an empty one resets."""
    settings = {}
    for line in (DEPLOY / "systemd" / name).read_text().splitlines():
        if line and line[0] not in "#[":
            key, value = line.split("=", 1)
            settings.setdefault(key, []).append(value)
    return settings


def seconds(span):
    """A time span of a unit."""
    number, suffix = re.fullmatch(r"(\d+)(ms|s|min)", span).groups()
    return int(number) * {"ms": 0.001, "s": 1, "min": 60}[suffix]


def syscalls_of(group):
    """The calls of a group that systemd knows by name, @groups in it taken apart."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True,
                          text=True, check=True, timeout=20).stdout
    calls = set()
    for line in text.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            calls |= syscalls_of(name)
        elif name and not name.startswith("#"):
            calls.add(name)
    return calls


def syscalls_allowed(service):
    """What the SystemCallFilter= lines of a service leave over."""
    allowed = set()
    for line in unit(service)["SystemCallFilter"]:
        groups = line.removeprefix("~").split()
        calls = set().union(*(syscalls_of(g) if g[0] == "@" else {g} for g in groups))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed
