"""Ringgate as a user runs it: `ringgate up`, or the two daemons singly, in a folder of its own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import boto3
from botocore.config import Config
from prometheus_client.parser import text_string_to_metric_families

from .places import binary, free_port, new_folder
from .waiting import POLL_S, until
from .wire import Wire

START_S = 40.0
STOP_S = 40.0
GRACE_S = 10.0
# One try: a call that failed must not be made good by a second one.
ONE_TRY = Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=20)


def clean_environment(**more):
    """This process's environment without what would steer Ringgate or an AWS client."""
    steering = ("AWS_", "RINGGATE_", "LISTEN_", "NOTIFY_SOCKET", "STATE_DIR", "RUNTIME_DIR")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(steering)}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true"} | more


def answers(port):
    """True when something accepts on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def listening(port):
    """True while some socket listens there, a dead process's too: the kernel takes an io_uring of a
    killed process apart a moment after the process is gone, and its sockets with it."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return any(row[3] == "0A" and int(row[1].split(":")[1], 16) == port for row in rows)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=40)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Site:
    """Ports, folder and clients of one Ringgate; `up` or `start_*` runs it."""

    living = []

    def __init__(self, driver=None, flags=(), https=None):
        self.driver, self.flags, self.https = driver, list(flags), https
        self.folder = new_folder()
        self.data = self.folder / "d"
        self.http, self.management = free_port(), free_port()
        self.processes, self.clients, self.log_count = {}, {}, 0
        # Programs, by the name of ours, that ours is started through (`prlimit`).
        self.through = {}
        self.program = binary
        Site.living.append(self)

    def keep_log(self):
        """Has every request logged in `log_file`."""
        self.log_file = self.folder / "access.log"
        self.flags += ["--access-log", str(self.log_file)]
        return self

    # Processes

    def command(self, name):
        """How a program of ours is started."""
        return [*self.through.get(name, ()), self.program(name)]

    def spawn(self, name, *arguments, env=None):
        """Starts a program of ours; its output goes to a file that a failing test shows."""
        self.log_count += 1
        with open(self.folder / f"{self.log_count:02}-{name}.log", "wb") as log:
            process = subprocess.Popen(
                [*self.command(name), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=clean_environment(**(env or {})),
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def common(self):
        https = f"127.0.0.1:{self.https}" if self.https else "none"
        return ["--data-dir", self.data, "--http", f"127.0.0.1:{self.http}", "--https", https]

    def data_flags(self):
        return ["--driver", self.driver] if self.driver else []

    def up(self, *more, wait=True):
        """`ringgate up`, and both ports open."""
        self.spawn("ringgate", "up", *self.common(), "--management",
                   f"127.0.0.1:{self.management}", *self.data_flags(), *self.flags, *more)
        if wait:
            self.wait_ready("ringgate")
        return self

    def start_control(self, *more, wait=True):
        self.spawn("ringgate-control", *self.common(), "--management",
                   f"127.0.0.1:{self.management}", *more)
        if wait:
            self.wait_management("ringgate-control")
        return self

    def start_data(self, *more, wait=True):
        self.spawn("ringgated", *self.common(), *self.data_flags(), *self.flags, *more)
        if wait:
            self.wait_traffic("ringgated")
        return self

    def wait_management(self, owner):
        self.wait_for(owner, lambda: answers(self.management), "the management port")
        self.wait_for(owner, lambda: self.unsigned("/health") == 200, "/health")

    def wait_traffic(self, owner):
        self.wait_for(owner, lambda: answers(self.http), "the traffic port")

    def wait_ready(self, owner):
        self.wait_management(owner)
        self.wait_traffic(owner)
        self.wait_for(owner, lambda: self.unsigned("/ready") == 200, "/ready")

    def wait_for(self, owner, condition, what):
        def check():
            code = self.processes[owner].poll()
            assert code is None, f"{owner} ended with {code}:\n{self.logs()}"
            return condition()

        try:
            until(check, what, START_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def unsigned(self, path):
        try:
            return self.get_unsigned(path).status
        except OSError:
            return None

    def unsigned_text(self, path):
        answer = self.get_unsigned(path)
        assert answer.status == 200, answer.status
        return answer.read().decode()

    def get_unsigned(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.management, timeout=5)
        connection.request("GET", path)
        return connection.getresponse()

    def pids(self, name=None):
        """Processes of this site: those whose command line names its folder."""
        found = {}
        mark = str(self.folder).encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                program = os.readlink(entry / "exe").rsplit("/", 1)[-1].split(" ")[0]
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except (OSError, IndexError):
                continue
            if mark in command and state != "Z" and program.startswith("ringgate"):
                found[int(entry.name)] = program
        return [pid for pid, program in found.items() if name in (None, program)]

    def pid(self, name):
        """The one running process of this name."""
        pids = self.pids(name)
        assert len(pids) == 1, f"{name}: {pids}\n{self.logs()}"
        return pids[0]

    def kill(self, name, how=signal.SIGKILL):
        """Kills the program of this name, whoever started it; gone when this returns."""
        pid = self.pid(name)
        os.kill(pid, how)
        process = self.processes.get(name)
        if process and process.pid == pid:
            process.wait(STOP_S)
        until(lambda: pid not in self.pids(name), f"{name} to die", STOP_S)
        if name == "ringgated" and "ringgate" not in self.processes:
            until(lambda: not listening(self.http), "its sockets to be gone")
        return pid

    @contextlib.contextmanager
    def paused(self, name):
        """This program stands still, every thread of it, while the block runs."""
        pid = self.pid(name)

        def still():
            # The signal is one thread's to take before the others stop.
            return all(path.read_text().rsplit(")", 1)[1].split()[0] == "T"
                       for path in Path(f"/proc/{pid}/task").glob("*/stat"))

        os.kill(pid, signal.SIGSTOP)
        try:
            until(still, f"{name} to stand still")
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def stop(self, name):
        """SIGTERM, and the exit status."""
        process = self.processes[name]
        process.terminate()
        return process.wait(STOP_S)

    def close(self):
        """Ends whatever of this site still runs and removes its folder."""
        if self in Site.living:
            Site.living.remove(self)
        for client in self.clients.values():
            client.close()
        # `up` first, which ends its children; then whatever it left behind.
        self.signal_all(signal.SIGTERM, self.pids("ringgate"))
        self.signal_all(signal.SIGTERM, self.pids())
        self.signal_all(signal.SIGKILL, self.pids())
        for process in self.processes.values():
            process.wait(STOP_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def signal_all(self, how, pids):
        """Signals these processes and gives them a moment to be gone."""
        for pid in pids:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass
        end = time.monotonic() + GRACE_S
        while set(pids) & set(self.pids()) and time.monotonic() < end:
            for process in self.processes.values():
                process.poll()
            time.sleep(POLL_S)

    def logs(self, bytes_max=2500):
        """What the programs of this site printed last."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_bytes()[-bytes_max:].decode(errors="replace")
            parts.append(f"--- {path.name}\n{text}")
        return "\n".join(parts)

    def copy_programs(self):
        """Runs copies of the programs, which a test may then replace."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for name in ("ringgate", "ringgated", "ringgate-control"):
            self.install(name)
        self.program = lambda name: str(bin_folder / name)
        return self

    def install(self, name, script=None):
        """Puts a program there, or a shell script, as a new file under the old name."""
        place = self.folder / "bin" / name
        new = place.with_suffix(".new")
        if script is None:
            shutil.copy(binary(name), new)
        else:
            new.write_text(f"#!/bin/sh\n{script}\n")
            new.chmod(0o755)
        new.rename(place)

    # Management

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.management}"

    def client(self, service="apigatewayv2", region="us-east-1", key="test", secret="test",
               token=None):
        """A boto3 client of this site."""
        wanted = (service, region, key, secret, token)
        if wanted not in self.clients:
            self.clients[wanted] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=region, aws_access_key_id=key,
                aws_secret_access_key=secret, aws_session_token=token, config=ONE_TRY,
            )
        return self.clients[wanted]

    @property
    def v2(self):
        return self.client()

    def control_socket(self, method, path, body=None):
        """A call on the control socket: status and parsed body."""
        connection = UnixConnection(self.data / "control.sock")
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    @contextlib.contextmanager
    def changing(self):
        """A connection to the control socket that is kept: a function of method, path and body that
        makes a change and says whether it is live."""
        connection = UnixConnection(self.data / "control.sock")

        def change(method, path, body=None):
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return (answer.headers["x-ringgate-live"] or "").endswith("ms")

        try:
            yield change
        finally:
            connection.close()

    def status(self):
        """The native status of both processes."""
        code, status = self.control_socket("GET", "/ringgate/v1/status")
        assert code == 200, status
        return status

    def data_plane(self):
        """The status of the one attached data plane."""
        planes = self.status()["dataPlanes"]
        assert len(planes) == 1, planes
        return planes[0]

    def stats(self):
        """The counters of the data plane; null where it was too busy to say, so asked again."""
        return until(lambda: self.data_plane()["stats"], "counters")

    def metric_families(self):
        families = list(text_string_to_metric_families(self.unsigned_text("/metrics")))
        for family in families:
            assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        return families

    def metrics(self):
        """What /metrics says, read by Prometheus' own parser: every sample without labels, and the
        sum over the data planes of those that have one each."""
        numbers = {}
        for family in self.metric_families():
            for sample in family.samples:
                if set(sample.labels) <= {"pid"}:
                    numbers[sample.name] = numbers.get(sample.name, 0) + sample.value
        return numbers

    def cli(self, *arguments, check=True, data_dir=True):
        """The command line, run to its end."""
        where = ["--data-dir", str(self.data)] if data_dir else []
        done = subprocess.run(
            [binary("ringgate"), *map(str, arguments), *where], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, cwd=self.folder, env=clean_environment(),
        )
        if check:
            assert done.returncode == 0, f"{done.args}: {done.stdout}{done.stderr}"
        return done

    # Traffic

    def wire(self, **how):
        return Wire(self.http, **how)

    def ask(self, path="/", **how):
        """One request on a connection of its own."""
        with self.wire() as wire:
            return wire.request(path, **how)

    def make_api(self, routes, *, stage="$default", auto_deploy=True, name="test", variables=None,
                 **settings):
        """An HTTP API: route key to URI, or to a dict of integration members, or to None."""
        api = self.v2.create_api(Name=name, ProtocolType="HTTP", **settings)
        made = HttpApi(self, api["ApiId"])
        if stage:
            more = {"StageVariables": variables} if variables else {}
            self.v2.create_stage(ApiId=made.id, StageName=stage, AutoDeploy=auto_deploy, **more)
        for key, target in routes.items():
            made.route(key, target)
        return made

    def make_proxy(self, origin):
        """One that passes every path on to this origin."""
        return self.make_api({"ANY /{proxy+}": f"{origin.url}/{{proxy}}"})


class HttpApi:
    """An API made by a test."""

    def __init__(self, site, api_id):
        self.site, self.id = site, api_id
        self.host = f"{api_id}.execute-api.localhost"
        self.routes, self.integrations = {}, {}

    def integration(self, target):
        members = {"IntegrationUri": target} if isinstance(target, str) else dict(target)
        members = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
                   "PayloadFormatVersion": "1.0"} | members
        return self.site.v2.create_integration(ApiId=self.id, **members)["IntegrationId"]

    def route(self, key, target):
        members = {}
        if target is not None:
            self.integrations[key] = self.integration(target)
            members["Target"] = f"integrations/{self.integrations[key]}"
        route = self.site.v2.create_route(ApiId=self.id, RouteKey=key, **members)
        self.routes[key] = route["RouteId"]
        return route["RouteId"]

    def ask(self, path="/", **how):
        how.setdefault("host", self.host)
        return self.site.ask(path, **how)

    def fields(self, path="/x", method="GET"):
        """The pseudo-header fields of a request over HTTP/2."""
        return ((":method", method), (":scheme", "http"), (":authority", self.host),
                (":path", path))

    def wire(self, **how):
        return ApiWire(self, **how)


class ApiWire(Wire):
    """A connection whose requests name one API."""

    def __init__(self, api, **how):
        super().__init__(api.site.http, **how)
        self.host = api.host

    def request(self, *args, **how):
        how.setdefault("host", self.host)
        return super().request(*args, **how)
