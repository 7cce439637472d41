"""Ringgate's own programs: built, started, spoken to over the control socket."""

import os
import subprocess
from pathlib import Path

from .processes import Failure, free_port, wait_for
from .programs import first_line
from .unix_http import Control

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ["ringgate-load", "ringgate-origin"]
DAEMONS = ["ringgated", "ringgate-control", "ringgate"]


def target_directory():
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def binary(name):
    path = target_directory() / "release" / name
    if not path.exists():
        raise Failure(f"{path} is not built: run without --no-build")
    return path


def build(with_daemons=True):
    """Builds what a bench runs, as it is shipped."""
    argv = ["cargo", "build", "--release"]
    for name in TOOLS + (DAEMONS if with_daemons else []):
        argv += ["--bin", name]
    if subprocess.run(argv, cwd=ROOT).returncode != 0:
        raise Failure("the build failed")


def version(program=None):
    return first_line(program or binary("ringgated"), "--version").replace(" ", "/")


class Gateway:
    """`ringgate-control` and `ringgated` in a data directory of their own."""

    def __init__(self, bench, folder, name, data_plane=None):
        """`data_plane`: the path of another `ringgated` than the one just built."""
        self.data_plane_program = data_plane or binary("ringgated")
        self.bench = bench
        self.folder = folder
        self.name = name
        self.control = None
        self.data_plane = None
        self.port = None

    def start(
        self,
        data_core,
        control_core,
        target=None,
        port=None,
        tls_port=None,
        certificate=None,
        driver="auto",
        workers=1,
        options=(),
    ):
        """Starts both and waits for the table to be live."""
        self.port = port or free_port()
        self.target = ["--target", target] if target else []
        self.options = ["--workers", str(workers), "--driver", driver, *options]
        self.https = "none"
        if certificate:
            files = f"{certificate.certificate},{certificate.key}"
            self.https = f"127.0.0.1:{tls_port}"
            self.options += ["--certificate", files]
        management = ["--management", f"127.0.0.1:{free_port()}"]
        argv = self.common() + management + self.target
        self.control = self.run(binary("ringgate-control"), "control", argv, control_core)
        wait_for("control socket", self.control, self.socket.exists)
        self.start_data_plane(data_core)
        wait_for("data plane", self.data_plane, lambda: self.status()["dataPlanes"])

    def start_data_plane(self, core):
        """Starts only `ringgated`, without waiting."""
        argv = self.common() + self.target + self.options
        self.data_plane = self.run(self.data_plane_program, "data", argv, core)

    def common(self):
        return ["--data-dir", self.folder / "data", "--http", f"127.0.0.1:{self.port}",
                "--https", self.https]

    def run(self, program, role, argv, core):
        # Settings of the caller's shell or directory are not part of a bench.
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RINGGATE_")}
        name = f"{self.name}-{role}"
        return self.bench.start(name, [program] + argv, core, cwd=self.folder, env=kept)

    @property
    def socket(self):
        return self.folder / "data" / "control.sock"

    def api(self):
        """A connection for management calls."""
        return Control(self.socket)

    def status(self):
        return self.api().call("GET", "/ringgate/v1/status")[0]

    def stats(self):
        """What the data plane counts."""
        planes = self.status()["dataPlanes"]
        return planes[0].get("stats") or {} if planes else {}

    def stop(self):
        for child in (self.data_plane, self.control):
            if child:
                child.stop()
