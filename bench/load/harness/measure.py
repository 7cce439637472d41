"""One measurement: a load through a proxy, and the CPU time that took."""

import time
from dataclasses import dataclass, field

from . import cli, generator, procfs

WARM_UP_SECONDS = 1.0
# The share of a core that the hypervisor may take from a measurement, and how often it is tried.
STOLEN_MAX = 0.05
TRIES_MAX = 3
# NewSessionTicket messages that a full handshake ends with: OpenSSL's and rustls's default.
TICKETS = 2


@dataclass
class Subject:
    """What is measured: a way of asking a proxy, and the proxy's processes."""

    name: str
    url: str
    load: dict
    pids: list
    # URLs that are asked at the same time, with as much load again.
    also: list = field(default_factory=list)


def measure(bench, subject, origin, cores, seconds, rate=0):
    """A flat record of the try that was robbed least, or of one that went wrong."""
    tries = []
    while len(tries) < TRIES_MAX and all(each["stolen"] > STOLEN_MAX for each in tries):
        cli.progress(subject.name)
        session = Session(bench, subject, origin, cores, seconds, rate)
        tries.append(session.run())
        session.end()
    failed = [each for each in tries if each["requests_failed"]]
    return failed[0] if failed else min(tries, key=lambda each: each["stolen"])


class Session:
    """Connections that are warm, every body byte of their answers checked, and then run over."""

    def __init__(self, bench, subject, origin, cores, seconds, rate=0):
        self.subject = subject
        self.origin = origin
        self.cores = cores
        options = {**subject.load, "rate": rate or None, "warm_up_seconds": WARM_UP_SECONDS}
        self.loads = [
            generator.Load(bench, cores.load, url, **options, seconds=seconds)
            for url in [subject.url, *subject.also]
        ]
        self.warm = self.reports()

    def run(self):
        """A record of one run, in which nothing but its requests is counted."""
        before = self.sample()
        for load in self.loads:
            load.again()
        report = self.reports()
        after = self.sample()
        made = record(self.warm, report, before, after)
        # What failed in the warm-up is told once.
        self.warm = {**self.warm, "requests_failed": 0}
        return made

    def reports(self):
        return generator.together([load.report() for load in self.loads])

    def end(self):
        for load in self.loads:
            load.stop()
            load.child.stop()

    def sample(self):
        watched = dict.fromkeys([*self.cores.proxies, self.cores.load])
        return {
            "upstreams": self.origin.stats()["connections_total"],
            "cpu": procfs.cpu_seconds(self.subject.pids),
            "busy": sum(procfs.core_seconds(core)[0] for core in self.cores.proxies),
            "stolen": [procfs.core_seconds(core)[1] for core in watched],
            "time": time.monotonic(),
        }


def record(warm, report, before, after):
    user = after["cpu"][0] - before["cpu"][0]
    cpu = after["cpu"][1] - before["cpu"][1]
    span = after["time"] - before["time"]
    served = max(report["requests_ok"], 1)
    busy = after["busy"] - before["busy"]
    stolen = max(late - early for late, early in zip(after["stolen"], before["stolen"]))
    failed = report["requests_failed"] + warm["requests_failed"]
    first_failure = warm["first_failure"] or report["first_failure"]
    wrong = wrong_handshakes(warm["handshakes"], report["handshakes"])
    return {
        "cpu_us": cpu / served * 1e6,
        "user_us": user / served * 1e6,
        "requests_per_second": report["requests_per_second"],
        "latency_us": report["latency_us"],
        "requests_ok": report["requests_ok"],
        "requests_failed": failed or int(bool(wrong)),
        "requests_unsent": report["requests_unsent"],
        "first_failure": first_failure if failed else wrong,
        "closed_by_peer": report["connections"]["closed_by_peer"],
        "connections_opened": report["connections"]["opened"],
        "tls": (warm["handshakes"] or {}).get("agreed"),
        # The origin's own connection for the statistics is not the proxy's.
        "upstreams_opened": max(after["upstreams"] - before["upstreams"] - 1, 0),
        "core_used": cpu / span,
        "core_foreign": max(busy - cpu, 0.0) / span,
        "stolen": stolen / span,
    }


def wrong_handshakes(*runs):
    """In words, if handshakes were not full or did not end with as many tickets as all others'."""
    for handshakes in filter(None, runs):
        finished, tickets = handshakes["finished"], handshakes["tickets"]
        if handshakes["resumed"]:
            return f"{handshakes['resumed']} of {finished} TLS handshakes resumed a session"
        if tickets != TICKETS * finished:
            return f"{tickets} session tickets in {finished} handshakes, not {TICKETS} in each"
    return None
