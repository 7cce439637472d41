"""Sockets of the servers that tests bring along."""

import contextlib
import socket


def end(sock):
    """Closes it. A thread that waits in accept or recv goes on: closing alone does not wake it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
