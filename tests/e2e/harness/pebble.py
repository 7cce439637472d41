"""Pebble, the authority that Let's Encrypt has for tests, and its name server."""

import json
import os
import shutil
import ssl
import subprocess
import urllib.request

from . import pki
from .places import free_port, new_folder
from .site import answers
from .waiting import until


class Pebble:
    """An authority that finds every name at 127.0.0.1, and looks at these ports."""

    def __init__(self, http, https):
        self.folder = new_folder()
        self.port, self.management, names = free_port(), free_port(), free_port()
        self.vouches = pki.root("pebble root")
        self.ca = self.folder / "root.pem"
        self.ca.write_bytes(self.vouches.pem)
        own = self.vouches.issue("localhost", ["localhost"], purposes=pki.SERVER)
        certificate, key = own.files(self.folder, "own")
        config = self.folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(certificate), "privateKey": str(key),
            "httpPort": http, "tlsPort": https,
            "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
        self.log = open(self.folder / "log", "wb")
        self.processes = [
            self.spawn("pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
                       "-dns01", f"127.0.0.1:{names}", "-http01", "", "-https01", "",
                       "-tlsalpn01", "", "-management", ""),
            self.spawn("pebble", "-strict", "-config", config, "-dnsserver", f"127.0.0.1:{names}"),
        ]
        until(lambda: answers(self.port) and answers(self.management), "pebble")

    def spawn(self, *command):
        # It looks at once, and at every name anew; one nonce in twenty is refused all the same.
        environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"}
        return subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=self.log,
                                stderr=subprocess.STDOUT, env=environment)

    @property
    def url(self):
        return f"https://localhost:{self.port}/dir"

    def roots(self):
        """What its certificates lead to, in PEM."""
        context = ssl.create_default_context(cafile=self.ca)
        url = f"https://localhost:{self.management}/roots/0"
        with urllib.request.urlopen(url, context=context, timeout=10) as answer:
            return answer.read().decode()

    def said(self):
        return (self.folder / "log").read_text(errors="replace")

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait(10)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
