"""A TLS client that takes whatever certificate it is shown."""

import socket
import ssl

from .wire import build


def ask(port, host, path):
    """Everything that a request gets for an answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), 15)
    with context.wrap_socket(raw, server_hostname=host) as client:
        client.sendall(build(path, host=host, headers=[("Connection", "close")]))
        return b"".join(iter(lambda: client.recv(65536), b""))
