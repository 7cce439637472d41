"""A certificate authority of the tests, and certificates by it."""

from .tlswire import openssl

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def authority(folder):
    """Key and certificate of a root."""
    key, cert = folder / "ca.key", folder / "ca.pem"
    openssl("req", "-x509", *KEY, "-keyout", str(key), "-out", str(cert),
            "-subj", "/CN=test root", "-days", "2")
    return key, cert


def leaf(folder, ca, name):
    """Certificate and key for a subjectAltName."""
    key, request, cert, more = (folder / f"leaf.{end}" for end in ("key", "csr", "pem", "ext"))
    more.write_text(f"subjectAltName={name}\n")
    openssl("req", *KEY, "-keyout", str(key), "-out", str(request), "-subj", "/CN=leaf")
    openssl("x509", "-req", "-in", str(request), "-CA", str(ca[1]), "-CAkey", str(ca[0]),
            "-CAcreateserial", "-days", "2", "-extfile", str(more), "-out", str(cert))
    return cert, key
