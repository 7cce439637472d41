"""One measurement: a load through a proxy, and the CPU time that took."""

import time

from . import generator, procfs

WARM_UP_SECONDS = 1.0


def measure(bench, peer, origin, scenario, cores, seconds, rate=0):
    """Warms the peer up with every body byte checked, then measures; gives a flat record."""
    url = f"http://127.0.0.1:{peer.port}{scenario.path}"
    load = {**scenario.load, "rate": rate or None}
    pattern = "pattern" if "expect_bytes" in load else None
    warm = generator.run(
        bench, cores.load, url, **load, seconds=WARM_UP_SECONDS, check=pattern
    )
    pids = peer.pids()
    before = sample(pids, cores, origin)
    report = generator.run(bench, cores.load, url, **load, seconds=seconds)
    after = sample(pids, cores, origin)
    return record(peer, scenario, warm, report, before, after)


def sample(pids, cores, origin):
    return {
        "upstreams": origin.stats()["connections_total"],
        "cpu": procfs.cpu_seconds(pids),
        "core": procfs.core_busy_seconds(cores.proxy),
        "time": time.monotonic(),
    }


def record(peer, scenario, warm, report, before, after):
    user = after["cpu"][0] - before["cpu"][0]
    system = after["cpu"][1] - before["cpu"][1]
    span = after["time"] - before["time"]
    served = max(report["requests_ok"], 1)
    core = after["core"] - before["core"]
    return {
        "peer": peer.name,
        "scenario": scenario.name,
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
        "core_foreign": max(core - user - system, 0.0) / span,
    }
