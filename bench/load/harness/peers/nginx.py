"""nginx: one worker, kept upstream connections, no access log, X-Forwarded-For."""

from ..programs import find_program, first_line, program
from .peer import Peer

BIG_BUFFERS = """
            proxy_buffer_size 64k;
            proxy_buffers 16 64k;
            proxy_busy_buffers_size 256k;"""

CONFIG = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 19000; }}
http {{
    access_log off;
    sendfile on;
    tcp_nodelay on;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream origin {{
        server 127.0.0.1:{origin_port};
        keepalive 1024;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_max_temp_file_size 0;{big_buffers}
        }}
    }}
}}
"""


class Nginx(Peer):
    is_bar = True

    def __init__(self, name, big_buffers=False):
        super().__init__(name)
        self.big_buffers = BIG_BUFFERS if big_buffers else ""

    def launch(self, bench, folder, core, origin_port):
        config = folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=folder,
                origin_port=origin_port,
                port=self.port,
                big_buffers=self.big_buffers,
            )
        )
        argv = [program("nginx"), "-p", folder, "-c", config]
        return bench.start(self.name, argv, core)

    def version(self):
        return first_line(program("nginx"), "-v").replace("nginx version: ", "")

    def missing(self):
        return None if find_program("nginx") else "nginx"
