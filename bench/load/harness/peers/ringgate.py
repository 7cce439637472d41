"""Ringgate: both daemons, an API made with --target."""

import os
from pathlib import Path

from .. import procfs
from ..processes import Failure
from ..ringgate import Gateway, version
from .peer import Peer


class Ringgate(Peer):
    def __init__(self, name, workers=1, driver="auto", data_plane=None):
        super().__init__(name, workers)
        self.driver = driver
        self.program = data_plane
        self.gateway = None

    def launch(self, bench, folder, core, origin_port):
        self.gateway = Gateway(bench, folder, self.name, self.program)
        target = f"http://127.0.0.1:{origin_port}"
        self.gateway.start(
            core,
            core,
            target=target,
            port=self.port,
            tls_port=self.tls_port,
            certificate=self.certificate,
            driver=self.driver,
            workers=self.workers,
        )
        return self.gateway.data_plane

    def pids(self):
        # The control process is idle in these runs; what it costs is counted all the same.
        control = procfs.tree(self.gateway.control.pid)
        return control + procfs.tree(self.gateway.data_plane.pid)

    def stop(self):
        if self.gateway:
            self.gateway.stop()

    def version(self):
        return version(self.program)


class Before(Ringgate):
    """Ringgate with an earlier `ringgated`, whose path is in RINGGATE_BEFORE."""

    def __init__(self, name, workers=1):
        program = Path(os.environ.get("RINGGATE_BEFORE", "")).resolve()
        if not program.is_file():
            raise Failure(f"{name}: RINGGATE_BEFORE is not the path of a ringgated")
        super().__init__(name, workers, data_plane=program)
