"""Makes a certificate authority and a server's certificate, with the key usages that strict clients ask for."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


def sign_again(folder: Path, *, ends_at: datetime, name: str = "server.pem") -> None:
    """Put a new certificate with the same key in place of the old one: good from a year before until then."""
    ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    ca_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    old = x509.load_pem_x509_certificate((folder / name).read_bytes())
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    draft = x509.CertificateBuilder(
        issuer_name=ca.subject,
        subject_name=old.subject,
        public_key=old.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=ends_at - timedelta(days=365),
        not_valid_after=ends_at,
        extensions=list(old.extensions),
    )
    written = folder / f"{name}.new"
    written.write_bytes(draft.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    written.replace(folder / name)
