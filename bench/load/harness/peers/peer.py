"""What every proxy under test has in common."""

from .. import procfs
from ..processes import free_port, wait_for
from ..unix_http import get

# How clients speak to a proxy: the scheme of the URL, and what the generator is told besides.
PROTOCOLS = {
    "http": ("http", {}),
    "tls": ("https", {}),
    "h2": ("https", {"http2": True}),
    "websocket": ("ws", {}),
}


class Peer:
    """One proxy: subclasses say how it starts."""

    # nginx and haproxy in all their variants are what Ringgate is held against.
    is_bar = False
    # The protocols it is set up for here.
    protocols = set(PROTOCOLS)

    def __init__(self, name, workers=1):
        self.name = name
        self.workers = workers
        self.child = None
        self.port = None
        self.certificate = None
        self.tls_port = None
        # Who makes the tokens, where a scenario has them.
        self.issuer = None

    def start(self, bench, core, origin_port, certificate=None):
        """Starts it before the origin and waits until a request goes through."""
        self.port = free_port()
        if certificate and "tls" in self.protocols:
            self.certificate = certificate
            self.tls_port = free_port()
        folder = bench.folder(self.name)
        self.child = self.launch(bench, folder, core, origin_port)
        wait_for("answer", self.child, lambda: get(self.port, "/7") == (200, b"0000000"))

    def launch(self, bench, folder, core, origin_port):
        raise NotImplementedError

    def target(self, protocol, path):
        """(URL, the generator's options) of asking it in a protocol."""
        scheme, options = PROTOCOLS[protocol]
        if scheme != "https":
            return f"{scheme}://127.0.0.1:{self.port}{path}", options
        options = {**options, "certificate": self.certificate.certificate}
        return f"{scheme}://127.0.0.1:{self.tls_port}{path}", options

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
