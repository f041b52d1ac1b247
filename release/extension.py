"""Packs the Chromebook extension: a zip for the Web Store, or a signed CRX with its update manifest to serve oneself.

`python -m release.extension [ADDRESS]`: ADDRESS is where a web server of the school will hand out what lies in
`dist/extension`. The key makes the extension's id, so it is made once and must be kept: `var/extension-key.pem`.
"""

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "agent" / "chromebook"
OUT = ROOT / "dist" / "extension"
KEY = ROOT / "var" / "extension-key.pem"
ADDRESS = "https://rollcall.example.org/extension"
NAME = "rollcall-chromebook"

_NOT_PACKED = {".md"}
_LOW_BITS = 0x7F
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same sources make the same zip
_SIGNED = b"CRX3 SignedData\x00"
_UPDATES = """\
<?xml version='1.0' encoding='UTF-8'?>
<gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'>
  <app appid={app}><updatecheck codebase={crx} version={version}/></app>
</gupdate>
"""


def main() -> int:
    """Write zip, CRX and update manifest, and say what to enter in the Admin console."""
    address = (sys.argv[1] if len(sys.argv) > 1 else ADDRESS).rstrip("/")
    for path in pack(SOURCE, OUT, address=address, key=KEY):
        print(f"{path} ({path.stat().st_size} bytes)")
    print(f"extension id: {id_of(public_key(KEY))}\nupdate address: {address}/updates.xml")
    return 0


def pack(source: Path, out: Path, *, address: str, key: Path) -> list[Path]:
    """The zip, the CRX and the update manifest of this folder's extension, written to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    if not key.exists():
        _make_key(key)
    zipped, public = zip_of(source), public_key(key)
    version = json.loads((source / "manifest.json").read_text())["version"]
    updates = _UPDATES.format(
        app=quoteattr(id_of(public)), crx=quoteattr(f"{address}/{NAME}.crx"), version=quoteattr(version)
    )
    written = {
        out / f"{NAME}.zip": zipped,
        out / f"{NAME}.crx": crx_of(zipped, public, key),
        out / "updates.xml": updates.encode(),
    }
    for path, content in written.items():
        path.write_bytes(content)
    return list(written)


def zip_of(source: Path) -> bytes:
    """The folder as a zip, without what is for people."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(source.rglob("*")):
            if path.is_file() and path.suffix not in _NOT_PACKED:
                entry = zipfile.ZipInfo(path.relative_to(source).as_posix(), _STAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def id_of(public: bytes) -> str:
    """The extension's id: the first half of the key's hash, its digits written a to p."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(public).hexdigest()[:32])


def crx_of(zipped: bytes, public: bytes, key: Path) -> bytes:
    """The zip with a signed header, as Chromium's crx3.proto lays it out."""
    signed_header = _field(1, hashlib.sha256(public).digest()[:16])
    told = _SIGNED + struct.pack("<I", len(signed_header)) + signed_header + zipped
    proof = _field(1, public) + _field(2, _openssl("dgst", "-sha256", "-sign", key, given=told))
    header = _field(2, proof) + _field(10_000, signed_header)
    return b"Cr24" + struct.pack("<II", 3, len(header)) + header + zipped


def public_key(key: Path) -> bytes:
    """The public half of a private key, in DER."""
    return _openssl("rsa", "-in", key, "-pubout", "-outform", "DER")


def _make_key(key: Path) -> None:
    key.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_openssl("genrsa", "2048"))


def _field(number: int, content: bytes) -> bytes:
    """One field of a protocol buffer that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > _LOW_BITS:
        parts.append(number & _LOW_BITS | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _openssl(*arguments: str | Path, given: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, check=True, capture_output=True).stdout  # noqa: S603, S607  # our own arguments


if __name__ == "__main__":
    sys.exit(main())
