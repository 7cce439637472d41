"""A TLS client that takes whatever certificate it is shown."""

import socket
import ssl
import subprocess

from .places import binary
from .wire import build


def knows_tls():
    """Whether the data plane that was built has TLS traffic at all."""
    return "--https" in subprocess.run([binary("ringgated"), "--help"], capture_output=True,
                                       text=True, check=True, timeout=20).stdout


def ask(port, host, path):
    """Everything that a request gets for an answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), 15)
    with context.wrap_socket(raw, server_hostname=host) as client:
        client.sendall(build(path, host=host, headers=[("Connection", "close")]))
        return b"".join(iter(lambda: client.recv(65536), b""))
