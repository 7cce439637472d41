"""Child processes: started on a core, watched, stopped by their ids whatever happens."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

STOP_SECONDS = 10
READY_SECONDS = 15
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Bench:
    """A working directory and every process started in it; a `with` block ends them all."""

    def __init__(self, keep=False):
        self.directory = Path(tempfile.mkdtemp(prefix="ringgate-bench-"))
        self.keep = keep
        self.children = []

    def __enter__(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for number in ENDINGS:
            signal.signal(number, interrupt)
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave half of them running.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self.children):
            child.stop()
        if self.keep:
            print(f"kept {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name, argv, core=None, **options):
        """Starts `argv` pinned to `core`; its output goes to NAME.log unless told otherwise."""
        child = Child(self, name, [str(part) for part in argv], core, options)
        self.children.append(child)
        return child

    def folder(self, name):
        path = self.directory / name
        path.mkdir(parents=True, exist_ok=True)
        return path


class Child:
    """One process that was started here, leading a session of its own."""

    def __init__(self, bench, name, argv, core, options):
        self.name = name
        self.bench = bench
        self.log = bench.directory / f"{name}.log"
        if core is not None:
            argv = ["taskset", "-c", str(core)] + argv
        with open(self.log, "ab") as log:
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", log)
            self.process = subprocess.Popen(argv, stderr=log, start_new_session=True, **options)
        self.pid = self.process.pid
        self.prioritise(os.getpriority(os.PRIO_PROCESS, 0))

    def prioritise(self, nice):
        """Where sessions share a core evenly (autogroups), nice values count within one only."""
        group = Path(f"/proc/{self.pid}/autogroup")
        try:
            if nice and group.exists():
                group.write_text(str(nice))
        except OSError:
            pass

    def check(self):
        """Fails with the end of the log if the process has ended."""
        if self.process.poll() is not None:
            text = self.log.read_text(errors="replace")[-2000:]
            raise Failure(f"{self.name} ended with {self.process.returncode}:\n{text}")

    def stop(self, number=signal.SIGTERM):
        """Asks it to end, then makes it and what it left behind in its session end."""
        if self in self.bench.children:
            self.bench.children.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


def interrupt(*_):
    raise KeyboardInterrupt


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, child, ready, seconds=READY_SECONDS):
    """Polls `ready()` until it gives something true, and gives it back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        child.check()
        answer = ready()
        if answer:
            return answer
        time.sleep(0.01)
    raise Failure(f"{child.name}: no {what} within {seconds} s\n" + child.log.read_text()[-2000:])
