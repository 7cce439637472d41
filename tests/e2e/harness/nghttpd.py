"""nghttp2's own server, in clear or under TLS, with files in a folder of its own."""

import shutil
import subprocess

from .places import free_port, new_folder
from .site import answers
from .waiting import until

LARGE_BYTES = 8 << 20


class Nghttpd:
    def __init__(self, *flags, certificate=None):
        program = shutil.which("nghttpd") or shutil.which("nghttpd", path="/usr/sbin:/sbin")
        assert program, "nghttpd is not installed (tests/run installs it)"
        self.folder, self.port = new_folder(), free_port()
        (self.folder / "small").write_text("a small file\n")
        (self.folder / "large").write_bytes(bytes(range(256)) * (LARGE_BYTES // 256))
        cert, key = certificate or (None, None)
        secure = [str(key), str(cert)] if certificate else []
        self.scheme = "h2" if certificate else "h2c"
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [program, "-v", "-a", "127.0.0.1", "-d", str(self.folder), *flags,
                 *([] if certificate else ["--no-tls"]), str(self.port), *secure],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        until(lambda: self.process.poll() is not None or answers(self.port), "nghttpd to listen")
        assert self.process.poll() is None, self.log()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def connections(self):
        """How many sent it a request."""
        lines = [line for line in self.log().splitlines() if "recv HEADERS frame" in line]
        return len({line.split("]")[0] for line in lines})

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
