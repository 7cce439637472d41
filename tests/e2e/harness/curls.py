"""curl as the client of an API, over HTTP/1.1 or HTTP/2."""

import json
import subprocess


class Answered:
    """What curl got."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status, self.body = int(lines[0].split(" ")[1]), body
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        return next(iter(self.all(name)), None)

    def json(self):
        return json.loads(self.body)


class Curl:
    def __init__(self, version):
        self.flag = {"1.1": "--http1.1", "2": "--http2-prior-knowledge"}[version]

    def ask(self, api, path="/", *more, body=None, headers=()):
        """One request; `more` are options of curl."""
        command = ["curl", "-sS", "-i", "-g", "--path-as-is", "--max-time", "60", self.flag]
        for name, value in [("Host", api.host), *dict(headers).items()]:
            command += ["-H", f"{name}: {value}" if value else f"{name};"]
        if body is not None:
            command += ["--data-binary", "@-"]
        command += [*more, f"http://127.0.0.1:{api.site.http}{path}"]
        done = subprocess.run(command, input=body, capture_output=True, timeout=90, check=False)
        assert done.returncode == 0, (done.stderr, done.stdout)
        head, rest = done.stdout.split(b"\r\n\r\n", 1)
        while head.split(b" ")[1] == b"100":
            head, rest = rest.split(b"\r\n\r\n", 1)
        return Answered(head, rest)
