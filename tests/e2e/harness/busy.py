"""Processor time of a process."""

import os
import time


def processor_s(pid):
    """User and system time so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy(pid, over_s):
    """The share of one core that it uses from now on, over this time."""
    before, began = processor_s(pid), time.monotonic()
    time.sleep(over_s)
    return (processor_s(pid) - before) / (time.monotonic() - began)
