"""A machine to install on: systemd as process 1 of its own namespaces, over a copy-on-write view of
this system's files. What is done in there (users, units, files) is gone with it. The network is
shared, so that tests reach its ports; it needs root, and nothing else of this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .places import BINARIES, E2E, ROOT, new_folder
from .waiting import until

BOOT_S = 30.0
UNITS = "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:/run/base-units"


def cgroup():
    """Where this process may make control groups: below its own, in the unified hierarchy."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines()
           if line.startswith("0::")]
    for _, point, kind, *_ in mounts:
        if kind == "cgroup2" and own:
            return Path(point) / own[0].lstrip("/")
    return None


def obstacle():
    """Why no such machine can be had here; None where one can."""
    systemd = Path("/lib/systemd/systemd")
    if not systemd.exists():
        return "systemd is not installed"
    if os.geteuid() != 0:
        return "not root"
    if os.path.ismount("/usr"):
        return "/usr is a file system of its own"
    if cgroup() is None or not os.access(cgroup(), os.W_OK):
        return "no control group of the unified hierarchy to write to"
    probe = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--", "mount", "-t",
         "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, timeout=20)
    return f"namespaces: {probe.stderr.strip()}" if probe.returncode else None


class Machine:
    def __init__(self):
        self.folder = new_folder()
        self.group = cgroup() / self.folder.name
        self.group.mkdir()
        self.log = self.folder / "console.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                # Dies with the tests, and the machine with it.
                ["setpriv", "--pdeathsig", "KILL", "sh", "-c",
                 'echo $$ >"$0/cgroup.procs"; exec unshare "$@"', self.group,
                 "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child",
                 "sh", E2E / "harness" / "boot.sh", self.folder, ROOT, BINARIES],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_UNIT_PATH": UNITS},
            )
        until(self.is_up, "systemd to be up", BOOT_S)

    def is_up(self):
        assert self.process.poll() is None, self.log.read_text(errors="replace")
        return "running" in self.run("systemctl", "is-system-running", check=False)

    @property
    def init(self):
        """systemd's process id out here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return children.split()[0] if children else "0"

    def run(self, *command, check=True, text=None, timeout_s=60):
        """Runs a command in there; what it printed."""
        done = subprocess.run(["nsenter", "--target", self.init, "--all", "--", *map(str, command)],
                              input=text, capture_output=True, text=True, timeout=timeout_s)
        if check:
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.journal()}"
        return done.stdout + done.stderr

    def write(self, path, text):
        """Makes a file in there."""
        self.run("sh", "-c", 'mkdir -p "${0%/*}" && cat >"$0"', path, text=text)

    def drop_in(self, unit, text, name="50-test.conf"):
        """Changes a unit, from its next start on."""
        self.write(f"/etc/systemd/system/{unit}.d/{name}", text)
        self.run("systemctl", "daemon-reload")

    def systemctl(self, *arguments, check=True):
        return self.run("systemctl", *arguments, check=check)

    def show(self, unit, *properties):
        """Properties of a unit."""
        lines = self.systemctl("show", unit, "-p", ",".join(properties)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def main_pid(self, unit):
        """The main process, as it is numbered out here."""
        inside = self.show(unit, "MainPID")["MainPID"]
        for process in (self.group / "system.slice" / unit / "cgroup.procs").read_text().split():
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith("NSpid:") and line.split()[-1] == inside:
                    return int(process)
        raise AssertionError(f"{unit} has no main process: {self.journal()}")

    def journal(self, *arguments):
        return self.run("journalctl", "--no-pager", "-o", "short-monotonic", "-n", "60",
                        *arguments, check=False)

    def close(self):
        self.process.kill()
        self.process.wait(10)
        for folder, _, _ in os.walk(self.group, topdown=False):
            until(lambda folder=folder: removed(folder), f"{folder} to be empty")
        shutil.rmtree(self.folder, ignore_errors=True)


def removed(folder):
    try:
        os.rmdir(folder)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(obstacle())
