"""A make-believe Chromebook: Debian's Chromium with real managed policy, the extension force-installed from a CRX.

Two things are stood in for, in the test build alone (`tests/agent/chromebook/stand_in.js`): `chrome.enterprise`, which
exists only on ChromeOS, and the battery, which this computer may not have.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import connect

from release.extension import SOURCE, id_of, pack, public_key
from tests.support.require import ROOT, lacking, require
from tests.support.wait import wait_for

DIRECTORY_ID = "0f3c5d1e-7b2a-4c66-9f0d-5a1b2c3d4e5f"
SERIAL = "NXHKJAA00192837465"
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_STAND_IN = ROOT / "tests" / "agent" / "chromebook" / "stand_in.js"
_MOUNTS = (
    "mount --make-rprivate / && mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed"
    ' && mount --bind "$0" /etc/chromium/policies/managed && exec "$@"'
)
_TYPES = {".xml": "application/xml", ".crx": "application/x-chrome-extension"}


class Chromebook:
    """One device; its browser is started, killed and given policies by the test."""

    permitted: list[str]
    """The names of the interfaces that the browser gives the extension."""
    kept: list[str]
    """The names under which the extension keeps something."""

    def __init__(self, folder: Path, *, serial: str = SERIAL, directory_id: str = DIRECTORY_ID) -> None:
        self.serial, self.directory_id = serial, directory_id
        self.battery: dict[str, Any] = {"charging": False, "level": 0.41, "chargingTime": 0}
        self.permitted, self.kept = [], []
        self._times_asked = 0
        self._folder = folder
        self._policies = folder / "policies"
        self._policies.mkdir(parents=True)
        self._browser: subprocess.Popen[bytes] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._asked())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._build()

    def set_policy(self, values: dict[str, str]) -> None:
        """Force the extension's installation, with these values of its own policy; the browser notices in seconds."""
        forced = {
            "installation_mode": "force_installed",
            "update_url": f"{self.address}/updates.xml",
            "override_update_url": True,
        }
        policy = {
            "EnterpriseHardwarePlatformAPIEnabled": True,
            "ExtensionSettings": {self.id: forced},
            "3rdparty": {"extensions": {self.id: values}},
        }
        draft = self._folder / "policy.json"
        draft.write_text(json.dumps(policy))
        shutil.move(draft, self._policies / "rollcall.json")

    def set_battery(self, **changed: Any) -> None:
        """Change what the battery says; comes back once the device has noticed."""
        self.battery.update(changed)
        before = self._times_asked
        wait_for(lambda: self._times_asked >= before + 2, what="a look at the battery")

    def start(self, *, profile: str = "profile") -> None:
        """Open the browser, as signing in does."""
        self._profile = self._folder / profile
        command = [*_tied(), "bash", "-c", _MOUNTS, str(self._policies), str(require("chromium")), *_FLAGS]
        with (self._folder / "chromium.log").open("ab") as log:
            self._browser = subprocess.Popen(
                [*command, f"--user-data-dir={self._profile}", "about:blank"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """As a lid that closes and a battery that ends: SIGKILL to all of the browser."""
        if self._browser is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._browser.pid, signal.SIGKILL)
            self._browser.wait(10)
            self._browser = None

    def keep_copy(self, profile: str) -> None:
        """Keep what the profile holds now as another: to open that later is to be set back."""
        shutil.copytree(self._profile, self._folder / profile, ignore=shutil.ignore_patterns("Singleton*"))

    def stop_worker(self) -> None:
        """End the extension's worker, as the browser itself does to one that rests: only an event brings it back.

        Asked of the browser through a page of its own: who attaches to the worker itself keeps it alive.
        """
        port = (self._profile / "DevToolsActivePort").read_text().splitlines()[0]
        pages = json.load(urlopen(f"http://127.0.0.1:{port}/json/list"))
        page = next(one for one in pages if one["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None) as tools:
            for number, method in enumerate(("ServiceWorker.enable", "ServiceWorker.stopAllWorkers")):
                tools.send(json.dumps({"id": number, "method": method}))
                while json.loads(tools.recv(10)).get("id") != number:
                    pass

    def log(self) -> str:
        """What the browser said."""
        return (self._folder / "chromium.log").read_text(errors="replace")

    def serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="chromebook", daemon=True).start()

    def close(self) -> None:
        self.kill()
        self._server.shutdown()
        self._server.server_close()

    def _build(self) -> None:
        test_build = self._folder / "extension"
        shutil.copytree(SOURCE, test_build)
        shutil.copy2(_STAND_IN, test_build)
        standing = {"directoryId": self.directory_id, "serialNumber": self.serial, "assetTag": "CB-017"}
        told = json.dumps({**standing, "server": self.address})
        (test_build / "standing.js").write_text(f"export const standing = {told};\n")
        for file, way in (("worker.js", "./"), ("sources/battery_page.js", "../")):
            path = test_build / file
            path.write_text(f'import "{way}stand_in.js";\n{path.read_text()}')
        key = self._folder / "key.pem"
        pack(test_build, self._folder / "web", address=self.address, key=key)
        self.id = id_of(public_key(key))

    def _asked(self) -> type[BaseHTTPRequestHandler]:
        chromebook = self

        class Asked(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                file = chromebook._folder / "web" / path.lstrip("/")
                if path == "/battery":
                    chromebook._times_asked += 1
                    self._answer(json.dumps(chromebook.battery).encode(), "application/json")
                elif file.is_file():
                    self._answer(file.read_bytes(), _TYPES[file.suffix])
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                told = chromebook.permitted if self.path == "/permitted" else chromebook.kept
                told[:] = json.loads(self.rfile.read(length))
                self._answer(b"", "text/plain")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.send_header("access-control-allow-origin", "*")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        return Asked


@contextlib.contextmanager
def chromebook(folder: Path, **identity: str) -> Iterator[Chromebook]:
    """A device with the extension built and its update address served; gone afterwards."""
    require("chromium")
    if not Path("/etc/chromium").is_dir() or not _may_mount():
        lacking("policies cannot be set: no /etc/chromium, or no mount namespace of one's own")
    device = Chromebook(folder, **identity)
    device.serve()
    try:
        yield device
    finally:
        device.close()


def _tied() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]


def _may_mount() -> bool:
    return subprocess.run([*_tied(), "true"], check=False, capture_output=True).returncode == 0
