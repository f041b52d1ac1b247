"""A real Keycloak on this machine, as `make test-keycloak` fetches it, with a realm of the test's own."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from typing import Any

from playwright.sync_api import Page

from tests.support.require import ROOT, lacking
from tests.support.sign_in.real_provider import free_port
from tests.support.sign_in.small_issuer import CLIENT, SECRET
from tests.support.wait import wait_for

FOLDER = ROOT / ".cache" / "keycloak"
_START_SECONDS = 300
"""It takes a minute alone; beside other work more."""
_PASSWORD = "any password"  # of people who exist for a test alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Keycloak:
    """One realm of a Keycloak that runs."""

    url: str

    def sign_in_there(self, page: Page, name: str) -> None:
        """Name and password: the school's own client needs no consent."""
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", _PASSWORD)
        page.click("[type=submit]")


@contextmanager
def keycloak(redirect: str, people: Mapping[str, Mapping[str, Any]]) -> Iterator[Keycloak]:
    """A running Keycloak whose one client comes back to `redirect`."""
    found = sorted(FOLDER.glob("keycloak-*/bin/kc.sh"))
    if not found:
        lacking(f"Keycloak is not in {FOLDER.relative_to(ROOT)}: 'make test-keycloak' puts it there")
    folder = Path(mkdtemp(prefix="keycloak-"))
    home = copytree(found[-1].parents[1], folder / "keycloak")
    (home / "data" / "import").mkdir(parents=True)
    (home / "data" / "import" / "school.json").write_text(json.dumps(_realm(redirect, people)))
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = ["sh", "bin/kc.sh", "start-dev", "--import-realm", "--cache", "local", "--hostname-strict", "false"]
    command += ["--http-host", "127.0.0.1", "--http-port", str(port)]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            command,
            cwd=home,
            env=os.environ | {"JAVA_OPTS_KC_HEAP": "-Xmx512m"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            made = Keycloak(url=f"{url}/realms/school")
            wait_for(lambda: _answers(running, made.url, folder / "log"), seconds=_START_SECONDS, what="Keycloak")
            yield made
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            rmtree(folder)


def _answers(running: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    assert running.poll() is None, f"Keycloak ended: {log.read_text()[-2_000:]}"
    try:
        with urllib.request.urlopen(f"{url}/.well-known/openid-configuration", timeout=20) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _realm(redirect: str, people: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The realm: people in groups and with roles of it, and a client whose tokens tell both."""
    told = {"id.token.claim": "true", "userinfo.token.claim": "true"}
    client = {
        "clientId": CLIENT,
        "secret": SECRET,
        "redirectUris": [redirect],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": [
            _mapper("oidc-group-membership-mapper", {"claim.name": "groups", "full.path": "false", **told}),
            _mapper("oidc-usermodel-realm-role-mapper", {"claim.name": "roles", "multivalued": "true", **told}),
        ],
    }
    return {
        "realm": "school",
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": name} for name in _named(people, "groups")],
        "roles": {"realm": [{"name": name} for name in _named(people, "roles")]},
        "users": [_user(name, said) for name, said in people.items()],
        "clients": [client],
    }


def _named(people: Mapping[str, Mapping[str, Any]], what: str) -> list[str]:
    return sorted({name for said in people.values() for name in said.get(what, [])})


def _mapper(kind: str, config: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": config["claim.name"],
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": config,
    }


def _user(name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    first, _, last = said["name"].partition(" ")
    return {
        "username": name,
        "enabled": True,
        "firstName": first,
        "lastName": last,
        "email": said["email"],
        "emailVerified": said["email_verified"],
        "groups": [f"/{group}" for group in said.get("groups", [])],
        "realmRoles": said.get("roles", []),
        "credentials": [{"type": "password", "value": _PASSWORD}],
    }
