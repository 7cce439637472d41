"""Records to Markdown: medians with their range, side by side and as ratios."""

from statistics import median


def spread(values, digits=1):
    """median [least-most]"""
    low, high = min(values), max(values)
    if len(values) == 1:
        return f"{low:.{digits}f}"
    return f"{median(values):.{digits}f} [{low:.{digits}f}-{high:.{digits}f}]"


TAIL = ("latency_us", "p999")


class Table:
    """All rounds of one scenario."""

    def __init__(self, scenario, rate=0, absent=()):
        self.scenario = scenario
        self.rate = rate
        # Peers that are not set up for its protocol.
        self.absent = absent
        self.rounds = {}

    def add(self, record):
        self.rounds.setdefault(record["peer"], []).append(record)

    def column(self, peer, *keys):
        values = self.rounds[peer]
        for key in keys:
            values = [value[key] for value in values]
        return values

    def best_bar(self, bars, *keys):
        """Of nginx and haproxy in all variants, the one that spends least CPU, or has least of
        what `keys` name."""
        here = [name for name in bars if name in self.rounds]
        keys = keys or ("cpu_us",)
        return min(here, key=lambda name: median(self.column(name, *keys)), default=None)

    def ratios(self, peer, base, *keys):
        """CPU per request, or what `keys` name, against `base`, within each round."""
        if base not in self.rounds:
            return None
        keys = keys or ("cpu_us",)
        pairs = zip(self.column(peer, *keys), self.column(base, *keys))
        return [mine / max(theirs, 1e-9) for mine, theirs in pairs]

    def markdown(self, bars):
        best = self.best_bar(bars)
        against = f"x best ({best})" if best else "x best"
        title = f"### ({self.scenario.name}) {self.scenario.title}"
        if self.rate:
            title += f": {self.rate:.0f} requests/s"
        lines = [
            title,
            "",
            f"| proxy | CPU us/request | of it user | x nginx | {against} | requests/s "
            "| p50 us | p99 us | p99.9 us | core used | others on it | stolen |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        order = sorted(self.rounds, key=lambda name: median(self.column(name, "cpu_us")))
        lines += [self.row(name, best) for name in order]
        return "\n".join(lines + self.tails(order, bars) + self.notes()) + "\n"

    def tails(self, order, bars):
        """At a fixed rate, how p99.9 compares."""
        best = self.best_bar(bars, *TAIL) if self.rate else None
        ratios = {name: self.ratios(name, best, *TAIL) for name in order if best}
        words = ", ".join(f"{name} {spread(each, 2)}" for name, each in ratios.items())
        return ["", f"p99.9 x best ({best}): {words}"] if words else []

    def row(self, peer, best):
        cells = [
            peer,
            spread(self.column(peer, "cpu_us")),
            f"{median(self.column(peer, 'user_us')):.1f}",
        ]
        for base in ("nginx", best):
            ratios = self.ratios(peer, base)
            cells.append(spread(ratios, 2) if ratios else "-")
        cells.append(f"{median(self.column(peer, 'requests_per_second')):.0f}")
        for quantile in ("p50", "p99", "p999"):
            cells.append(spread(self.column(peer, "latency_us", quantile), 0))
        for share in ("core_used", "core_foreign", "stolen"):
            cells.append(f"{100 * median(self.column(peer, share)):.0f} %")
        return "| " + " | ".join(cells) + " |"

    def notes(self):
        """What makes a figure doubtful."""
        notes = [f"- not set up for this: {', '.join(self.absent)}"] if self.absent else []
        for peer, records in self.rounds.items():
            failed = sum(record["requests_failed"] for record in records)
            if failed:
                words = next(r["first_failure"] for r in records if r["requests_failed"])
                notes.append(f"- **{peer}: {failed} requests failed** (first: {words})")
            closed = sum(record["closed_by_peer"] for record in records)
            if closed:
                notes.append(f"- **{peer} closed {closed} connections unasked**")
            unsent = sum(record["requests_unsent"] for record in records)
            if unsent > sum(record["requests_ok"] for record in records) // 100:
                notes.append(f"- **{peer} did not keep up: {unsent} requests never sent**")
            opened = sum(record["upstreams_opened"] for record in records)
            if opened > sum(record["requests_ok"] for record in records) // 100:
                notes.append(f"- {peer} opened {opened} upstream connections while measured")
        agreed = {record["tls"] for records in self.rounds.values() for record in records} - {None}
        if agreed:
            notes.append(f"- TLS: {', '.join(sorted(agreed))}")
        return [""] + notes if notes else []

    def has_failures(self):
        every = [record for records in self.rounds.values() for record in records]
        return any(record["requests_failed"] + record["closed_by_peer"] for record in every)
