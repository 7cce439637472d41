"""Servers that are programs of their own, so that the test's own work does not slow them down. Each
says its port, and ends with its input."""

import subprocess
import sys

from .places import E2E


class Program:
    """A module of the harness that runs so, as a test has it."""

    def __init__(self, module):
        self.process = subprocess.Popen([sys.executable, "-m", f"harness.{module}"], cwd=E2E,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
