"""HTTP/1.1 over TLS as the raw client speaks it, and the `openssl` program."""

import socket
import subprocess

from .h2raw import tls_context
from .wire import Wire

NAME = "a.execute-api.localhost"


class TlsWire(Wire):
    """One connection; an end without close_notify is an error."""

    def __init__(self, port, context=None, name=NAME, session=None, timeout_s=30):
        raw = socket.create_connection(("127.0.0.1", port), timeout_s)
        context = context or tls_context(["http/1.1"])
        self.sock = context.wrap_socket(raw, server_hostname=name, session=session,
                                        suppress_ragged_eofs=False)
        self.buffer = b""


def openssl(*arguments, stdin=b"", timeout_s=30):
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True,
                          timeout=timeout_s, check=False)
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
