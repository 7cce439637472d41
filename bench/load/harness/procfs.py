"""CPU time and memory of processes, and what the machine is, from /proc."""

import os
import platform
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# The kernel's name for the time that the scheduler has given a process.
CPUCLOCK_SCHED = 2


def tree(root):
    """`root` and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat_fields(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo.extend(children.get(pid, []))
    return found


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on; None if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(") ")[2].split()


def cpu_seconds(pids):
    """(user, all) CPU seconds of the processes and all their threads; user time by ticks only."""
    user_ticks, total = 0, 0.0
    for pid in pids:
        fields = stat_fields(pid)
        if fields:
            user_ticks += int(fields[11])
            total += clock_seconds(pid)
    return user_ticks / TICKS_PER_SECOND, total


def clock_seconds(pid):
    """CPU seconds of a process, to the nanosecond: the clock of clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime_ns(~pid << 3 | CPUCLOCK_SCHED) / 1e9
    except OSError:
        return 0.0


def core_seconds(core):
    """(busy, stolen) seconds of a core: with anything but idling, and taken by the hypervisor."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _, _, irq, softirq, stolen = map(int, line.split()[1:9])
            busy = user + nice + system + irq + softirq
            return busy / TICKS_PER_SECOND, stolen / TICKS_PER_SECOND
    return 0.0, 0.0


def memory_bytes(pids, field="Pss"):
    """Sum of a field of /proc/PID/smaps_rollup: Rss, Pss, Private_Dirty, ..."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))
    return total


def machine():
    """What a reader needs to know of this machine."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    disabled = Path("/proc/sys/kernel/io_uring_disabled")
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "io_uring": not disabled.exists() or disabled.read_text().strip() == "0",
    }
