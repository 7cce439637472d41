"""Debian's nginx as the real backend: its own configuration in its own folder."""

import os
import shutil
import signal
import socket
import subprocess

from .places import free_port, new_folder
from .waiting import until

FILE_BYTES = 50 * 1024 * 1024

CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  server_tokens off;
  client_max_body_size 0;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type text/plain;
  server {{
    listen 127.0.0.1:{port} backlog=4096{http2};
    # What was asked for, so that a test sees which integration answered.
    location / {{ return 200 "$request_method $request_uri"; }}
    location /id {{ return 200 "$http_x_request_id"; }}
    # Which of several answered.
    location = /who {{ return 200 "{port}"; }}
    location /files/ {{ root {folder}; }}
  }}
}}
"""


class Nginx:
    def __init__(self, http2=False):
        """`http2`: that alone is spoken, in clear."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
        assert program, "nginx is not installed (tests/run installs it)"
        self.folder, self.port = new_folder(), free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "files").mkdir()
        with open(self.folder / "files" / "large", "wb") as file:
            block = bytes(range(256)) * 4096
            for _ in range(FILE_BYTES // len(block)):
                file.write(block)
        (self.folder / "files" / "small.txt").write_text("a small file\n")
        text = CONFIGURATION.format(user=user, folder=self.folder, port=self.port,
                                    http2=" http2" if http2 else "")
        (self.folder / "nginx.conf").write_text(text)
        self.program = program
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        until(self.answers, "nginx to listen")

    def kill(self):
        """Kills it and its worker at once; its folder stays, so that it can be started again."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            workers = [int(child) for child in children.read().split()]
        for victim in (pid, *workers):
            os.kill(victim, signal.SIGKILL)
        self.process.wait(10)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def answers(self):
        assert self.process.poll() is None, self.process.stderr.read().decode()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
