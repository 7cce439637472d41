"""One measurement: a load through a proxy, and the CPU time that took."""

import time
from dataclasses import dataclass

from . import cli, generator, procfs

WARM_UP_SECONDS = 1.0
# The share of a core that the hypervisor may take from a measurement, and how often it is tried.
STOLEN_MAX = 0.05
TRIES_MAX = 3


@dataclass
class Subject:
    """What is measured: a way of asking a proxy, and the proxy's processes."""

    name: str
    url: str
    load: dict
    pids: list


def measure(bench, subject, origin, cores, seconds, rate=0):
    """A flat record of the try that was robbed least, or of one that went wrong."""
    tries = []
    while len(tries) < TRIES_MAX and all(each["stolen"] > STOLEN_MAX for each in tries):
        cli.progress(subject.name)
        tries.append(measure_once(bench, subject, origin, cores, seconds, rate))
    failed = [each for each in tries if each["requests_failed"]]
    return failed[0] if failed else min(tries, key=lambda each: each["stolen"])


def measure_once(bench, subject, origin, cores, seconds, rate):
    """Warms up with every body byte checked, then measures."""
    load = {**subject.load, "rate": rate or None}
    pattern = "pattern" if "expect_bytes" in load else None
    warm = generator.run(
        bench, cores.load, subject.url, **load, seconds=WARM_UP_SECONDS, check=pattern
    )
    before = sample(subject.pids, cores, origin)
    report = generator.run(bench, cores.load, subject.url, **load, seconds=seconds)
    after = sample(subject.pids, cores, origin)
    return record(warm, report, before, after)


def sample(pids, cores, origin):
    return {
        "upstreams": origin.stats()["connections_total"],
        "cpu": procfs.cpu_seconds(pids),
        "busy": procfs.core_seconds(cores.proxy)[0],
        "stolen": [procfs.core_seconds(core)[1] for core in (cores.proxy, cores.load)],
        "time": time.monotonic(),
    }


def record(warm, report, before, after):
    user = after["cpu"][0] - before["cpu"][0]
    system = after["cpu"][1] - before["cpu"][1]
    span = after["time"] - before["time"]
    served = max(report["requests_ok"], 1)
    busy = after["busy"] - before["busy"]
    stolen = max(late - early for late, early in zip(after["stolen"], before["stolen"]))
    return {
        "cpu_us": (user + system) / served * 1e6,
        "user_us": user / served * 1e6,
        "requests_per_second": report["requests_per_second"],
        "latency_us": report["latency_us"],
        "requests_ok": report["requests_ok"],
        "requests_failed": report["requests_failed"] + warm["requests_failed"],
        "requests_unsent": report["requests_unsent"],
        "first_failure": warm["first_failure"] or report["first_failure"],
        "closed_by_peer": report["connections"]["closed_by_peer"],
        # The origin's own connection for the statistics is not the proxy's.
        "upstreams_opened": max(after["upstreams"] - before["upstreams"] - 1, 0),
        "core_used": (user + system) / span,
        "core_foreign": max(busy - user - system, 0.0) / span,
        "stolen": stolen / span,
    }
