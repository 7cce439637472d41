"""Two or more ways of asking, in turn in short slices, so that what disturbs one disturbs all."""

import math
from statistics import median

from . import cli
from .measure import Session


def duel(bench, subjects, origin, cores, slices, seconds):
    """Records by subject, `slices` of each; the order turns with each slice, and every subject
    keeps its connections to the end.

    `cores` has one Cores for each subject.
    """
    sessions = [
        Session(bench, subject, origin, where, seconds)
        for subject, where in zip(subjects, cores)
    ]
    records = [[] for _ in sessions]
    order = list(range(len(sessions)))
    for number in range(slices):
        if number % 10 == 0:
            cli.progress(f"{', '.join(each.name for each in subjects)}: slice {number + 1}")
        for place in order if number % 2 == 0 else reversed(order):
            records[place].append(sessions[place].run())
    for session in sessions:
        session.end()
    return records


def ratios(records, base, key="cpu_us"):
    """Each slice against the neighbouring one of `base`."""
    return [mine[key] / max(theirs[key], 1e-9) for mine, theirs in zip(records, base)]


def interval(values):
    """(least, median, most): where the true median lies, with 95 % confidence.

    From ranks alone (the sign test's interval), so that outliers and the shape of the noise do not
    matter.
    """
    ordered = sorted(values)
    count = len(ordered)
    reach = 0.98 * math.sqrt(count)
    low = max(math.floor(count / 2 - reach), 0)
    high = min(math.ceil(count / 2 + reach), count - 1)
    return ordered[low], median(ordered), ordered[high]


def words(values):
    low, middle, high = interval(values)
    return f"{middle:.3f} [{low:.3f}-{high:.3f}]"


def failures(records):
    return sum(each["requests_failed"] + each["closed_by_peer"] for each in records)
