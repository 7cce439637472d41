"""A root of one's own, and certificates under it, by the `openssl` program."""

from .tlswire import openssl


def authority(folder):
    key, cert = folder / "ca.key", folder / "ca.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(cert), "-subj", "/CN=test root", "-days", "2")
    return key, cert


def leaf(folder, ca, name):
    key, request, cert, more = (folder / f"leaf.{end}" for end in ("key", "csr", "pem", "ext"))
    more.write_text(f"subjectAltName={name}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(request), "-subj", "/CN=leaf")
    openssl("x509", "-req", "-in", str(request), "-CA", str(ca[1]), "-CAkey", str(ca[0]),
            "-CAcreateserial", "-days", "2", "-extfile", str(more), "-out", str(cert))
    return cert, key
