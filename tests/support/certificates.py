"""A certificate authority and a server certificate for tests, made by openssl."""

import shutil
import subprocess
from pathlib import Path

from tests.support.require import lacking


def make_certificates(folder: Path, *, host: str = "127.0.0.1") -> Path:
    """Write ca.pem, server.pem and server.key into the folder; returns ca.pem."""
    openssl = shutil.which("openssl")
    if openssl is None:
        lacking("openssl is not installed here")
    _run(openssl, folder, "ca", "/CN=Test authority", "keyUsage=critical,keyCertSign,cRLSign")
    _run(
        openssl, folder, "server", "/CN=Test broker", f"subjectAltName=IP:{host}", "-CA", "ca.pem", "-CAkey", "ca.key"
    )
    return folder / "ca.pem"


def _run(openssl: str, folder: Path, name: str, subject: str, extension: str, *signed_by: str) -> None:
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", subject, "-addext", extension, "-keyout", f"{name}.key", "-out", f"{name}.pem", *signed_by,
        ],
        cwd=folder, check=True, capture_output=True, timeout=30,
    )  # fmt: skip
