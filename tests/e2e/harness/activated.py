"""The daemons as the units start them, by systemd's own socket activation, without a systemd that
runs: nothing on the command line but the driver, everything else by environment and descriptors."""

import subprocess

from .places import binary, free_port
from .site import Site


class Activated(Site):
    """The sockets are open as soon as a program is started; the first connection starts it."""

    def __init__(self, driver=None, https=False):
        super().__init__(driver)
        self.https = free_port() if https else None
        self.state = self.folder / "state"
        self.data = self.folder / "run"  # Where the sockets are.
        self.traces = {}

    def common(self):
        return []

    def start_control(self, wait=True):
        self.spawn("ringgate-control", env=self.environment())
        if wait:
            self.wait_management("ringgate-control")
        return self

    def environment(self):
        # systemd gives lists, the service's own directory first.
        return {"STATE_DIRECTORY": f"{self.state}:/nonexistent",
                "RUNTIME_DIRECTORY": str(self.data),
                "RINGGATE_HTTP": f"127.0.0.1:{self.http}", "RINGGATE_HTTPS": "none"}

    def start_data(self, *more, wait=True):
        self.spawn("ringgated", *self.data_flags(), *more, env=self.environment())
        if wait:
            self.wait_traffic("ringgated")
        return self

    def sockets(self, name):
        """Name and port of each socket that a program is given."""
        if name == "ringgate-control":
            return {"management": self.management}
        return {"http": self.http} | ({"https": self.https} if self.https else {})

    def command(self, name):
        if name == "ringgate":
            return super().command(name)
        sockets = self.sockets(name)
        command = ["systemd-socket-activate", f"--fdname={':'.join(sockets)}"]
        for port in sockets.values():
            command += ["--listen", f"127.0.0.1:{port}"]
        for variable in self.environment():
            command += ["--setenv", variable]
        return [*command, binary(name)]

    def pids(self, name=None):
        return [process.pid for program, process in self.processes.items()
                if name in (None, program) and process.poll() is None]


class Traced(Activated):
    """The same, with the system calls of each program written down. No socket activation: its
    variables name a process, which strace would not be."""

    def environment(self):
        return super().environment() | {"RINGGATE_MANAGEMENT": f"127.0.0.1:{self.management}"}

    def command(self, name):
        if name == "ringgate":
            return super().command(name)
        self.traces[name] = self.folder / f"{name}.calls"
        # -D: the program is our child, strace is not in between.
        return ["strace", "-D", "-f", "-c", "-U", "name", "-o", self.traces[name], binary(name)]

    def calls(self, name):
        """The names of all system calls that a program made, once it has ended."""
        words = self.traces[name].read_text().split() if self.traces[name].exists() else []
        # A table of one column: title, rule, the calls, rule, total.
        return set(words[2:-2]) if words[-1:] == ["total"] else None


def obstacle_to_tracing():
    """Why no process can be traced here; None where it can."""
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True,
                          timeout=20)
    return done.stderr.strip() if done.returncode else None
