"""HAProxy: kept and shared upstream connections, no log, X-Forwarded-For."""

from ..programs import find_program, first_line, program
from .peer import Peer

CONFIG = """
global
    nbthread {workers}
{affinity}    maxconn {connections_max}
    tune.bufsize {buffer_bytes}
    stats socket {folder}/stats.sock mode 600 expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 600s
    timeout server 600s
    timeout http-keep-alive 600s
    timeout http-request 30s
    timeout tunnel 600s
    option http-keep-alive
    option forwardfor
    http-reuse always
{splice}
frontend in
    bind 127.0.0.1:{port} backlog 4096
{tls}    default_backend origin
backend origin
    server origin 127.0.0.1:{origin_port} pool-max-conn 1024 pool-purge-delay 600s
"""

TLS = (
    "    bind 127.0.0.1:{port} backlog 4096 ssl crt {both} alpn h2,http/1.1 curves X25519"
    " ciphersuites TLS_AES_128_GCM_SHA256 ssl-min-ver TLSv1.3\n"
)
AFFINITY = "    cpu-map auto:1/1-{workers} {cores}\n"
BUFFER_BYTES_DEFAULT = 16384
SPLICE = "    option splice-auto\n"
# Two descriptors a connection, and half of one for a share of a pipe, of the 20,000 many machines
# allow.
CONNECTIONS_MAX = 9200
CONNECTIONS_MAX_SPLICE = 7000


class Haproxy(Peer):
    is_bar = True

    def __init__(self, name, workers=1, buffer_bytes=BUFFER_BYTES_DEFAULT, splice=False):
        super().__init__(name, workers)
        self.buffer_bytes = buffer_bytes
        self.splice = SPLICE if splice else ""

    def launch(self, bench, folder, core, origin_port):
        config = folder / "haproxy.cfg"
        cores = str(core).replace(",", " ")
        affinity = AFFINITY.format(workers=self.workers, cores=cores)
        config.write_text(
            CONFIG.format(
                folder=folder,
                workers=self.workers,
                affinity=affinity if self.workers > 1 else "",
                tls=self.tls(),
                origin_port=origin_port,
                port=self.port,
                buffer_bytes=self.buffer_bytes,
                splice=self.splice,
                connections_max=CONNECTIONS_MAX_SPLICE if self.splice else CONNECTIONS_MAX,
            )
        )
        argv = [program("haproxy"), "-W", "-db", "-f", config]
        return bench.start(self.name, argv, core)

    def tls(self):
        if not self.certificate:
            return ""
        return TLS.format(port=self.tls_port, both=self.certificate.both)

    def version(self):
        line = first_line(program("haproxy"), "-v")
        return " ".join(line.split()[:3]).replace(" version ", "/")

    def missing(self):
        return None if find_program("haproxy") else "haproxy"
