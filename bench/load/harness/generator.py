"""The load generator and the origin, run from Python."""

import json
import subprocess

from .processes import Failure, wait_for
from .ringgate import binary
from .unix_http import get


class Origin:
    """One `ringgate-origin`."""

    def __init__(self, bench, core):
        argv = [binary("ringgate-origin"), "--listen", "127.0.0.1:0"]
        self.child = bench.start("origin", argv, core)
        line = wait_for("address", self.child, self.child.log.read_text)
        self.port = int(line.strip().rpartition(":")[2])

    def stats(self):
        status, body = get(self.port, "/stats")
        if status != 200:
            raise Failure("the origin does not answer")
        return json.loads(body)


def arguments(url, **options):
    """The generator's command line: `body_bytes=5` is `--body-bytes 5`, True is a bare flag."""
    argv = [binary("ringgate-load"), "--url", url, "-o", "json"]
    for name, value in options.items():
        if value is not None and value is not False:
            argv.append("--" + name.replace("_", "-"))
            if value is not True:
                argv.append(str(value))
    return argv


def run(bench, core, url, **options):
    """One load to its end; gives the report."""
    load = Load(bench, core, url, **options)
    return load.report()


def together(reports):
    """Reports of loads that ran at the same time, as one; latencies are the first one's."""
    whole = reports[0]
    for report in reports[1:]:
        sums = ["requests_ok", "requests_failed", "requests_unsent", "requests_per_second"]
        whole = {
            **whole,
            **{key: whole[key] + report[key] for key in sums},
            "connections": add(whole["connections"], report["connections"]),
            "first_failure": whole["first_failure"] or report["first_failure"],
        }
    return whole


def add(one, other):
    return {key: value + other[key] for key, value in one.items()}


class Load:
    """A load under way."""

    def __init__(self, bench, core, url, **options):
        argv = arguments(url, **options)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.child = bench.start("load", argv, core, **pipes)
        self.ends = not options.get("hold") and not options.get("warm_up_seconds")

    def again(self):
        """Begins another run on the same connections, of a load with `warm_up_seconds`."""
        self.child.process.stdin.write(b"again\n")
        self.child.process.stdin.flush()

    def stop(self):
        """Ends a load that was started `until_stdin_closes`, to `hold`, or to run `again`."""
        self.child.process.stdin.close()

    def report(self):
        """Waits for the report; a load that could not run at all is a Failure."""
        line = self.child.process.stdout.readline()
        if not line:
            self.child.process.wait()
            self.child.check()
            raise Failure("the load generator gave no report")
        if self.ends:
            self.child.stop()
        return json.loads(line)

    def end(self):
        """Ends a held load; gives how many connections the peer closed meanwhile."""
        self.stop()
        line = self.child.process.stdout.readline()
        self.child.stop()
        return json.loads(line)["closed_while_held"]
