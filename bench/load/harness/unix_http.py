"""HTTP to a port and over the control socket, by the standard library's client."""

import http.client
import json
import socket

from .processes import Failure

TIMEOUT_SECONDS = 60


class UnixConnection(http.client.HTTPConnection):
    """HTTP/1.1 over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Control:
    """The management API over the control socket: no signature, one kept connection."""

    def __init__(self, path):
        self.connection = UnixConnection(path)

    def call(self, method, path, body=None):
        """(answer's JSON, its x-ringgate-live header); anything but 2xx is a Failure."""
        payload = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        self.connection.request(method, path, payload, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise Failure(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return (json.loads(text) if text else None), answer.getheader("x-ringgate-live")


def get(port, path, host=None):
    """(status, body) of one request to 127.0.0.1:port; (0, b"") if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
