"""pingora: the least proxy made with it (`bench/load/pingora`), built from crates.io."""

import subprocess

from ..processes import Failure
from ..programs import find_program
from ..ringgate import ROOT, target_directory
from .peer import Peer

SOURCE = ROOT / "bench" / "load" / "pingora"


class Pingora(Peer):
    protocols = {"http"}

    def launch(self, bench, folder, core, origin_port):
        argv = [binary(), f"127.0.0.1:{self.port}", f"127.0.0.1:{origin_port}"]
        return bench.start(self.name, argv, core, cwd=folder)

    def version(self):
        manifest = (SOURCE / "Cargo.toml").read_text()
        return "pingora/" + manifest.partition('version = "=')[2].partition('"')[0]

    def missing(self):
        # Its zlib is built with it.
        return None if find_program("cmake") else "cmake"

    def install(self):
        argv = ["cargo", "build", "--release", "--locked"]
        argv += ["--manifest-path", SOURCE / "Cargo.toml", "--target-dir", folder()]
        if subprocess.run(argv).returncode != 0:
            raise Failure("pingora could not be built")


def folder():
    return target_directory() / "bench-pingora"


def binary():
    path = folder() / "release" / "ringgate-bench-pingora"
    if not path.exists():
        raise Failure("pingora is not built: run without --no-install")
    return path
