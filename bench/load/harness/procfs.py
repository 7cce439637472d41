"""CPU time and memory of processes, and what the machine is, from /proc."""

import os
import platform
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


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
    """(user, system) CPU seconds of the processes, all their threads and reaped children."""
    user = system = 0
    for pid in pids:
        fields = stat_fields(pid)
        if fields:
            user += int(fields[11]) + int(fields[13])
            system += int(fields[12]) + int(fields[14])
    return user / TICKS_PER_SECOND, system / TICKS_PER_SECOND


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
