"""Changes of a configuration under load, one class for each proxy.

Each makes ready what is loaded (`url`, `host`), and then changes: `change(number)` returns when the
proxy says it is done, and gives the Expectation that the next request must meet.
"""

import signal
from dataclasses import dataclass

from . import peers, procfs
from .processes import free_port
from .ringgate import Gateway

# The origin answers /N with N bytes: the length tells which configuration served a request.
LENGTHS = 4000


@dataclass
class Expectation:
    path: str
    status: int
    length: int
    # What Ringgate said of when the change was live.
    live: str = ""


class RinggateChanges:
    """Changes of routes and integrations through the management API, on the control socket."""

    def __init__(self, bench, cores, origin_port):
        self.origin = f"http://127.0.0.1:{origin_port}"
        self.gateway = Gateway(bench, bench.folder("ringgate"), "ringgate")
        self.gateway.start(cores.proxy, cores.load)
        self.api = self.gateway.api()
        made = self.call("POST", "/v2/apis", name="swap", protocolType="HTTP")[0]
        self.base = f"/v2/apis/{made['apiId']}"
        self.host = f"{made['apiId']}.execute-api.localhost"
        self.port = self.gateway.port
        self.url = f"http://127.0.0.1:{self.port}/load"
        self.call("POST", self.base + "/stages", stageName="$default", autoDeploy=True)
        self.route("POST /load", self.integration("/echo-length"))
        self.first = self.integration("/1")
        self.second = self.integration("/2")
        self.length = 1
        self.extra = None

    def change(self, number):
        """In turn: an integration's URI, a route made, the route's target, the route deleted."""
        step = number % 4
        if step == 0:
            self.length = 3 + number % LENGTHS
            uri = f"{self.origin}/{self.length}"
            path = f"{self.base}/integrations/{self.first}"
            live = self.call("PATCH", path, integrationUri=uri)[1]
            if self.extra is None:
                self.extra = self.route("GET /probe", self.first)[0]
            return Expectation("/probe", 200, self.length, live)
        if step == 1:
            self.key = f"/extra-{number}"
            self.made, live = self.route(f"GET {self.key}", self.first)
            return Expectation(self.key, 200, self.length, live)
        path = f"{self.base}/routes/{self.made}"
        if step == 2:
            live = self.call("PATCH", path, target=f"integrations/{self.second}")[1]
            return Expectation(self.key, 200, 2, live)
        live = self.call("DELETE", path)[1]
        return Expectation(self.key, 404, -1, live)

    def call(self, method, path, **body):
        return self.api.call(method, path, body or None)

    def integration(self, path):
        made, _ = self.call(
            "POST",
            self.base + "/integrations",
            integrationType="HTTP_PROXY",
            integrationMethod="ANY",
            integrationUri=self.origin + path,
            payloadFormatVersion="1.0",
        )
        return made["integrationId"]

    def route(self, key, integration):
        target = f"integrations/{integration}"
        made, live = self.call("POST", self.base + "/routes", routeKey=key, target=target)
        return made["routeId"], live

    def memory(self):
        return procfs.memory_bytes([self.gateway.data_plane.pid], "Rss")

    def control_memory(self):
        return procfs.memory_bytes([self.gateway.control.pid], "Rss")

    def stats(self):
        return self.gateway.stats()


class ReloadChanges:
    """nginx or HAProxy told to reload after its configuration was written anew."""

    host = None

    def __init__(self, bench, cores, origin_port, name):
        self.peer = peers.make(name)
        self.peer.start(bench, cores.proxy, origin_port)
        self.port = self.peer.port
        self.url = f"http://127.0.0.1:{self.port}/echo-length"
        folder = bench.folder(name)
        self.config = next(path for path in folder.iterdir() if path.suffix in (".conf", ".cfg"))
        self.text = self.config.read_text()
        self.signal = signal.SIGHUP if name == "nginx" else signal.SIGUSR2
        self.nginx = name == "nginx"

    def change(self, number):
        length = 3 + number % LENGTHS
        if self.nginx:
            route = "location /probe {{ rewrite ^ /{0} break; proxy_pass http://origin; }}\n"
            text = self.text.replace("location / {", route.format(length) + "location / {")
        else:
            rule = "    http-request set-path /{0} if {{ path /probe }}\n"
            backend = "\nbackend origin\n"
            text = self.text.replace(backend, backend + rule.format(length))
        self.config.write_text(text)
        self.peer.child.process.send_signal(self.signal)
        return Expectation("/probe", 200, length)

    def memory(self):
        return procfs.memory_bytes(self.peer.pids(), "Rss")

    def control_memory(self):
        return 0

    def stats(self):
        return {}
