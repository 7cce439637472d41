"""What every proxy under test has in common."""

from .. import procfs
from ..processes import free_port, wait_for
from ..unix_http import get


class Peer:
    """One proxy: subclasses say how it starts."""

    # nginx and haproxy in all their variants are what Ringgate is held against.
    is_bar = False

    def __init__(self, name):
        self.name = name
        self.child = None
        self.port = None

    def start(self, bench, core, origin_port):
        """Starts it before the origin and waits until a request goes through."""
        self.port = free_port()
        folder = bench.folder(self.name)
        self.child = self.launch(bench, folder, core, origin_port)
        wait_for("answer", self.child, lambda: get(self.port, "/7") == (200, b"0000000"))

    def launch(self, bench, folder, core, origin_port):
        raise NotImplementedError

    def pids(self):
        """All its processes."""
        return procfs.tree(self.child.pid)

    def stop(self):
        if self.child:
            self.child.stop()

    def version(self):
        raise NotImplementedError

    def missing(self):
        """None, or what has to be installed first."""
        return None
