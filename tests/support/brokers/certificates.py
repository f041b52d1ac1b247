"""Makes a certificate authority and a server's certificate, with the key usages that strict clients ask for."""

import subprocess
from pathlib import Path

_AUTHORITY = "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"
_SERVER = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
    "subjectAltName=IP:127.0.0.1,DNS:localhost\n"
)


def make_certificates(folder: Path) -> Path:
    """Write `ca.pem`, `server.pem` and `server.key`, good for this machine; returns the authority's file."""
    ca, ca_key, request = folder / "ca.pem", folder / "ca.key", folder / "server.csr"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    extensions = [word for one in _AUTHORITY for word in ("-addext", one)]
    _openssl("req", "-x509", *key, "-keyout", ca_key, "-out", ca, "-days", "30", "-subj", "/CN=Test CA", *extensions)
    _openssl("req", *key, "-keyout", folder / "server.key", "-out", request, "-subj", "/CN=localhost")
    (folder / "server.ext").write_text(_SERVER)
    signing = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "30", "-extfile", folder / "server.ext")
    _openssl("x509", "-req", "-in", request, "-out", folder / "server.pem", *signing)
    return ca


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
