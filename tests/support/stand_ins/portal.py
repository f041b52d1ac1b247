"""A web server that stands where a collector should: with any status, and with a certificate of any time."""

import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

PAGE = b"<html><title>Guest Wi-Fi: please sign in</title></html>"
ALWAYS = ("20200101000000Z", "20360101000000Z")
_AUTHORITY = """[ca]
default_ca=d
[d]
dir=.
database=index.txt
serial=serial
new_certs_dir=.
certificate=ca.pem
private_key=ca.key
default_md=sha256
policy=p
copy_extensions=copy
[p]
commonName=supplied
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """Where it answers, and the authority to trust."""

    url: str
    ca_file: Path


@contextmanager
def answering(
    folder: Path, *, status: int, body: bytes = PAGE, certificate: Sequence[str] | None = None, name: str = "localhost"
) -> Iterator[Answering]:
    """A running server; `certificate` is its time, from and to, as OpenSSL writes it, `name` the name in it."""

    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", "http://portal.example/login?token=secret")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    authority = folder / "authority"
    _make_certificate(authority, certificate or ALWAYS, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    with HTTPServer(("127.0.0.1", 0), Portal) as http:
        # The handshake is left to the request: a client that refuses the certificate must not end the server.
        http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield Answering(url=f"https://localhost:{http.server_port}", ca_file=authority / "ca.pem")
        finally:
            http.shutdown()
            thread.join(5)


def _make_certificate(folder: Path, span: Sequence[str], name: str) -> None:
    folder.mkdir()
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("1000\n")
    (folder / "ca.cnf").write_text(_AUTHORITY)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    usage = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    signing = ("-config", "ca.cnf", "-in", "server.csr", "-out", "server.pem", "-notext")
    for arguments in (
        ("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "9000", "-subj", "/CN=Field", *usage),
        ("req", *key, "-keyout", "server.key", "-out", "server.csr", *named),
        ("ca", "-batch", *signing, "-startdate", span[0], "-enddate", span[1]),
    ):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)
