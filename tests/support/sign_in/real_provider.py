"""A real OpenID provider in Node, started for a test, stopped and started anew with another key."""

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey
from playwright.sync_api import Page

from tests.support.require import ROOT, lacking, require
from tests.support.sign_in.small_issuer import CLIENT, SECRET, key

FOLDER = ROOT / ".cache" / "oidc-provider"
"""`.ci/run` installs the package there."""
_SCRIPT = Path(__file__).with_name("provider.mjs")


@dataclass
class RealProvider:
    """The provider's account are its people, by the name with which they sign in there; any password will do."""

    redirect: str
    people: Mapping[str, Mapping[str, Any]]
    port: int
    _running: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, signer: RSAKey | None = None) -> None:
        asked = {
            "port": self.port,
            "client": CLIENT,
            "secret": SECRET,
            "redirect": self.redirect,
            "people": self.people,
            "key": (signer or key()).as_dict(private=True),
        }
        command = [require("node"), _SCRIPT, FOLDER]
        pipe = subprocess.PIPE
        started = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self._running = started
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(json.dumps(asked))
        started.stdin.close()
        assert any(line.strip() == "ready" for line in started.stdout), "the provider did not start"

    def sign_in_there(self, page: Page, name: str) -> None:
        """Name, password, consent."""
        page.fill("input[name=login]", name)
        page.fill("input[name=password]", "any")
        page.click("button[type=submit]")
        page.wait_for_selector("button[type=submit]:has-text('Continue')")
        page.click("button[type=submit]")

    def stop(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            assert self._running.stdout is not None
            self._running.stdout.close()
            self._running = None


@contextmanager
def real_provider(redirect: str, people: Mapping[str, Mapping[str, Any]]) -> Iterator[RealProvider]:
    """A running provider whose one client comes back to `redirect`."""
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        lacking(f"npm's oidc-provider is not in {FOLDER.relative_to(ROOT)}: 'npm install --prefix' puts it there")
    made = RealProvider(redirect=redirect, people=people, port=free_port())
    made.start()
    try:
        yield made
    finally:
        made.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
