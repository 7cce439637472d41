"""Ringgate: both daemons, an API made with --target."""

import os
from pathlib import Path

from .. import procfs
from ..processes import Failure
from ..ringgate import Gateway, version
from ..unix_http import get
from .peer import Peer


class Ringgate(Peer):
    def __init__(self, name, workers=1, driver="auto", data_plane=None):
        super().__init__(name, workers)
        self.driver = driver
        self.program = data_plane
        self.gateway = None

    def launch(self, bench, folder, core, origin_port):
        self.gateway = Gateway(bench, folder, self.name, self.program)
        target = f"http://127.0.0.1:{origin_port}"
        self.gateway.start(
            core,
            core,
            target=target,
            port=self.port,
            tls_port=self.tls_port,
            certificate=self.certificate,
            driver=self.driver,
            workers=self.workers,
        )
        return self.gateway.data_plane

    def pids(self):
        # The control process is idle in these runs; what it costs is counted all the same.
        control = procfs.tree(self.gateway.control.pid)
        return control + procfs.tree(self.gateway.data_plane.pid)

    def stop(self):
        if self.gateway:
            self.gateway.stop()

    def version(self):
        return version(self.program)


# As AWS's guide to logging for HTTP APIs has it.
LOG_FORMAT = (
    '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", '
    '"requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", '
    '"routeKey":"$context.routeKey", "status":"$context.status", '
    '"protocol":"$context.protocol", "responseLength":"$context.responseLength" }'
)
# More than any bench asks for, so that every request takes a token and none is refused.
LIMIT = {"throttlingRateLimit": 1e7, "throttlingBurstLimit": 1_000_000,
         "detailedMetricsEnabled": True}


class Full(Ringgate):
    """The same with what a team turns on: a limit, a JSON access log, metrics of each route."""

    def launch(self, bench, folder, core, origin_port):
        data_plane = super().launch(bench, folder, core, origin_port)
        log = {"destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:full",
               "format": LOG_FORMAT}
        control = self.gateway.api()
        [api] = control.call("GET", "/v2/apis")[0]["items"]
        control.call("PATCH", f"/v2/apis/{api['apiId']}/stages/%24default",
                     {"defaultRouteSettings": LIMIT, "accessLogSettings": log})
        return data_plane


class Guarded(Full):
    """The same behind a JWT authorizer."""

    def start(self, bench, core, origin_port, certificate=None):
        super().start(bench, core, origin_port, certificate)
        control = self.gateway.api()
        [api] = control.call("GET", "/v2/apis")[0]["items"]
        path = f"/v2/apis/{api['apiId']}"
        made, _ = control.call("POST", f"{path}/authorizers",
                               self.issuer.authorizer("$request.header.Authorization"))
        for route in control.call("GET", f"{path}/routes")[0]["items"]:
            control.call("PATCH", f"{path}/routes/{route['routeId']}", {
                "authorizationType": "JWT", "authorizerId": made["authorizerId"]})
        status, _ = get(self.port, "/7")
        if status != 401:
            raise Failure(f"{self.name}: {status} to a request without a token")


class Before(Ringgate):
    """Ringgate with an earlier `ringgated`, whose path is in RINGGATE_BEFORE."""

    def __init__(self, name, workers=1):
        program = Path(os.environ.get("RINGGATE_BEFORE", "")).resolve()
        if not program.is_file():
            raise Failure(f"{name}: RINGGATE_BEFORE is not the path of a ringgated")
        super().__init__(name, workers, data_plane=program)
