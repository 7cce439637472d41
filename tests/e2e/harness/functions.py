"""`ringgate functions` and functions for it: in Python and JavaScript under the official runtime
interface clients, and one that speaks the Runtime API by itself."""

import base64
import io
import json
import os
import sys
import zipfile
from pathlib import Path

from .places import E2E, TARGET, free_port
from .site import Site, answers

ROLE = "arn:aws:iam::000000000000:role/any"
# tests/run installs it there.
NODE_CLIENT = TARGET / "e2e-ric" / "node_modules" / ".bin" / "aws-lambda-ric"
PROGRAMS = E2E / "fixtures" / "functions"
PYTHON = f"python3.{sys.version_info.minor}"


def path_with_clients():
    """A PATH on which the Python of this venv, with awslambdaric, comes first."""
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def zipped(**files):
    """A zip file: names to texts; `bootstrap` can be executed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name.replace("__", "."))
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def python_code(text=None):
    return zipped(app__py=text or (PROGRAMS / "app.py").read_text())


def node_code():
    return zipped(index__mjs=(PROGRAMS / "index.mjs").read_text())


def bootstrap_code():
    text = (PROGRAMS / "bootstrap").read_text()
    return zipped(bootstrap=text.replace("#!/usr/bin/env python3", f"#!{sys.executable}"))


class Host(Site):
    """A host of functions alone, in a folder of its own. Its port is what Site calls management."""

    def start(self, *more, wait=True, env=None):
        flags = [f"--listen=127.0.0.1:{self.management}", f"--data-dir={self.data}", *self.flags]
        if not any("--functions-runtime=nodejs" in str(flag) for flag in more):
            more = (*more, f"--functions-runtime=nodejs={NODE_CLIENT} {{handler}}")
        env = {"PATH": path_with_clients()} | (env or {})
        self.spawn("ringgate", "functions", *flags, *more, env=env)
        if wait:
            self.wait_for("ringgate", lambda: answers(self.management), "the port of functions")
        return self

    @property
    def functions(self):
        return self.client("lambda")

    def load(self):
        return json.loads(self.unsigned_text("/health"))

    def state(self, *parts):
        return self.data.joinpath("functions", *parts)


def create(client, name, code=None, runtime=PYTHON, handler="app.handler", **more):
    """A function, Python unless something else is said."""
    return client.create_function(
        FunctionName=name, Runtime=runtime, Handler=handler, Role=ROLE,
        Code={"ZipFile": code or python_code()}, **more)


def create_bootstrap(client, name, **more):
    return create(client, name, bootstrap_code(), "provided.al2023", "any", **more)


def call(client, name, event=None, **more):
    """The payload of the answer, parsed; the whole answer with it."""
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}), **more)
    text = answer["Payload"].read()
    return (json.loads(text) if text else None), answer


def log_of(answer):
    return base64.b64decode(answer["LogResult"]).decode()


__all__ = ["Host", "call", "create", "create_bootstrap", "free_port", "log_of", "node_code",
           "path_with_clients", "python_code", "zipped", "NODE_CLIENT", "PYTHON", "ROLE"]
