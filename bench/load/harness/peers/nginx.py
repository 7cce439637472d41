"""nginx: kept upstream connections, no access log, X-Forwarded-For."""

from ..programs import find_program, first_line, program
from .peer import Peer

BIG_BUFFERS = """
            proxy_buffer_size 64k;
            proxy_buffers 16 64k;
            proxy_busy_buffers_size 256k;"""

TLS = """
        listen 127.0.0.1:{port} ssl http2 backlog=4096{reuseport};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        ssl_ecdh_curve X25519;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"""

CONFIG = """
daemon off;
worker_processes {workers};
{affinity}worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 19900; }}
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
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        "" "";
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096{reuseport};{tls}
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_read_timeout 600s;
            proxy_max_temp_file_size 0;{big_buffers}
        }}
    }}
}}
"""


class Nginx(Peer):
    is_bar = True

    def __init__(self, name, workers=1, big_buffers=False):
        super().__init__(name, workers)
        self.big_buffers = BIG_BUFFERS if big_buffers else ""

    def launch(self, bench, folder, core, origin_port):
        config = folder / "nginx.conf"
        several = self.workers > 1
        # So that the kernel deals connections out evenly.
        reuseport = " reuseport" if several else ""
        config.write_text(
            CONFIG.format(
                folder=folder,
                workers=self.workers,
                affinity="worker_cpu_affinity auto;\n" if several else "",
                origin_port=origin_port,
                port=self.port,
                reuseport=reuseport,
                tls=self.tls(reuseport),
                big_buffers=self.big_buffers,
            )
        )
        argv = [program("nginx"), "-p", folder, "-c", config]
        return bench.start(self.name, argv, core)

    def tls(self, reuseport):
        if not self.certificate:
            return ""
        files = {"certificate": self.certificate.certificate, "key": self.certificate.key}
        return TLS.format(port=self.tls_port, reuseport=reuseport, **files)

    def version(self):
        return first_line(program("nginx"), "-v").replace("nginx version: ", "")

    def missing(self):
        return None if find_program("nginx") else "nginx"
