"""The certificate that all proxies show: ECDSA on P-256, signed by itself, made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import Failure
from .programs import program

DAYS = 30


@dataclass
class Certificate:
    certificate: Path
    key: Path
    # Both in one file, as HAProxy wants them.
    both: Path


def make(bench):
    folder = bench.folder("certificate")
    made = Certificate(folder / "certificate.pem", folder / "key.pem", folder / "both.pem")
    argv = [program("openssl"), "req", "-x509", "-newkey", "ec", "-nodes", "-days", str(DAYS)]
    argv += ["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost"]
    argv += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    argv += ["-addext", "basicConstraints=critical,CA:FALSE"]
    argv += ["-out", made.certificate, "-keyout", made.key]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failure(f"openssl made no certificate:\n{done.stdout}")
    made.both.write_text(made.certificate.read_text() + made.key.read_text())
    return made
