"""A real NanoMDM, built once from its Go module, and make-believe iPads that speak to it as real ones do."""

import base64
import json
import os
import plistlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.support.ipads import posts
from tests.support.ipads.fake_nanomdm import API_KEY
from tests.support.require import ROOT, lacking
from tests.support.wait import wait_for

VERSION = "0.9.0"
MODULE = f"github.com/micromdm/nanomdm/cmd/nanomdm@v{VERSION}"
DM_KEY = "a-key-of-declarations"
TOPIC = "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555"
_BUILD_SECONDS = 900


def nanomdm_program() -> Path:
    """The program, built where it is not there yet: about a minute of processor time, once a checkout."""
    folder = ROOT / ".cache" / "nanomdm" / VERSION
    program = folder / "nanomdm"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        lacking("Go is not installed here, which NanoMDM is built with")
    folder.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        [go, "install", MODULE],
        env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-trimpath"},
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if built.returncode != 0:
        lacking(f"NanoMDM cannot be built here: {built.stderr.strip().splitlines()[-1:]}")
    return program


@dataclass(kw_only=True)
class RealNanoMdm:
    """It, running, with the authority that it knows devices by."""

    url: str
    folder: Path

    def make_ipad(self, number: int) -> "MakeBelieveIpad":
        """A device with a certificate of the authority."""
        key, request, certificate = (self.folder / f"ipad-{number}.{end}" for end in ("key", "csr", "pem"))
        _openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN=iPad {number}")
        extensions = self.folder / "ipad.ext"
        extensions.write_text("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n")
        signing = ("-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key", "-CAcreateserial")
        _openssl("x509", "-req", "-in", request, "-out", certificate, "-days", "30", "-extfile", extensions, *signing)
        return MakeBelieveIpad(number=number, url=self.url, key=key, certificate=certificate)


@dataclass(kw_only=True)
class MakeBelieveIpad:
    """Enrolls, fetches its commands, answers them, and tells its status when it was asked to."""

    number: int
    url: str
    key: Path
    certificate: Path
    level: float = 0.81
    free: float = 40.0
    status: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    subscribed: list[str] = field(default_factory=list)

    def enroll(self) -> None:
        self._check_in(posts.authenticate(self.number) | {"Topic": TOPIC})
        token = posts.token_update(self.number) | {"Topic": TOPIC, "PushMagic": str(uuid4())}
        self._check_in(token)

    def connect(self) -> None:
        """Say that it is idle, and answer every command that waits."""
        waiting = self._put(posts.idle(self.number))
        while waiting:
            command = plistlib.loads(waiting)
            kind = command["Command"]["RequestType"]
            self.asked.append(kind)
            said = {
                "Status": "Acknowledged",
                "UDID": posts.udid_of(self.number),
                "CommandUUID": command["CommandUUID"],
            }
            if kind == "DeviceInformation":
                said = posts.answer(self.number, command["CommandUUID"], level=self.level, free=self.free)
            waiting = self._put(said)
            if kind == "DeclarativeManagement":
                self.declare()

    def declare(self) -> None:
        """Fetch what it is to tell, and tell it."""
        items = json.loads(self._declarations("declaration-items"))
        for one in items["Declarations"]["Configurations"]:
            told = json.loads(self._declarations(f"declaration/configuration/{one['Identifier']}"))
            self.subscribed = [item["Name"] for item in told["Payload"]["StatusItems"]]
        self._check_in(posts.status(self.number, **self.status))

    def _declarations(self, endpoint: str) -> bytes:
        said = {"MessageType": "DeclarativeManagement", "UDID": posts.udid_of(self.number), "Endpoint": endpoint}
        return self._check_in(said)

    def _check_in(self, said: dict[str, Any]) -> bytes:
        return self._put(said, kind="application/x-apple-aspen-mdm-checkin")

    def _put(self, said: dict[str, Any], *, kind: str = "application/x-apple-aspen-mdm") -> bytes:
        body = plistlib.dumps(said)
        signing = ("-sign", "-binary", "-md", "sha256", "-outform", "DER", "-signer", self.certificate)
        signature = _openssl("cms", *signing, "-inkey", self.key, stdin=body)
        headers = {"content-type": kind, "mdm-signature": base64.b64encode(signature).decode()}
        answer = httpx.put(f"{self.url}/mdm", content=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.content


@contextmanager
def real_nanomdm(folder: Path, *, port: int, bridge_port: int) -> Iterator[RealNanoMdm]:
    """A running NanoMDM on files, whose webhook and declarations lead to the bridge."""
    program = nanomdm_program()
    folder.mkdir(parents=True, exist_ok=True)
    usage = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    ca = folder / "ca.pem"
    _openssl(
        "req", "-x509", *_NEW_KEY, "-keyout", folder / "ca.key", "-out", ca, "-days", "30", "-subj", "/CN=MDM", *usage
    )
    bridge = f"http://127.0.0.1:{bridge_port}"
    arguments: list[str | Path] = [
        "-ca",
        ca,
        "-listen",
        f"127.0.0.1:{port}",
        "-storage",
        "filekv",
        "-storage-dsn",
        folder / "kept",
    ]
    environment = {
        **os.environ,
        "NANOMDM_API": API_KEY,
        "NANOMDM_WEBHOOK_HMAC_KEY": posts.KEY,
        "NANOMDM_DM_SEND_HMAC_KEY": DM_KEY,
    }
    with (folder / "nanomdm.log").open("w") as log:
        running = subprocess.Popen(
            [program, *arguments, "-webhook-url", f"{bridge}/webhook", "-dm", f"{bridge}/ddm/"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: _answers(url), seconds=30, what="NanoMDM")
            yield RealNanoMdm(url=url, folder=folder)
        finally:
            running.terminate()
            running.wait(20)


_NEW_KEY = ("-newkey", "rsa:2048", "-nodes")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/version", timeout=2).status_code == 200
    except httpx.HTTPError:
        time.sleep(0.05)
        return False


def _openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True, timeout=60).stdout
