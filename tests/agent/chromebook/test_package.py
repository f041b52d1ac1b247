"""What is packed: small, the same each time, and with no permission that it does not use."""

import io
import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from release.extension import SOURCE, crx_of, id_of, pack, public_key, zip_of
from tests.support.require import ROOT

MANIFEST = json.loads((SOURCE / "manifest.json").read_text())
MODULES = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.js"))}
USES = {
    "alarms": "chrome.alarms.",
    "enterprise.deviceAttributes": "api.enterprise?.deviceAttributes",
    "enterprise.hardwarePlatform": "api.enterprise.hardwarePlatform",
    "idle": "chrome.idle.",
    "offscreen": "api.offscreen.",
    "storage": "chrome.storage.",
    "system.cpu": "api.system.cpu.",
    "system.memory": "api.system.memory.",
    "system.storage": "api.system.storage.",
}
"""By which words each permission is used."""


def test_the_package_is_at_most_sixty_kilobytes(tmp_path: Path) -> None:
    zipped, crx, _ = pack(SOURCE, tmp_path, address="https://rollcall.example.org/extension", key=tmp_path / "key")

    assert zipped.stat().st_size < 60_000
    assert crx.stat().st_size < 60_000


def test_every_permission_is_used_and_none_is_asked_for_later() -> None:
    unused = {name for name, words in USES.items() if not any(words in text for text in MODULES.values())}

    assert set(MANIFEST["permissions"]) == USES.keys()
    assert unused == set()
    for never in ("host_permissions", "optional_permissions", "content_scripts", "externally_connectable"):
        assert never not in MANIFEST


def test_every_permission_has_its_reason_in_the_readme() -> None:
    readme = (SOURCE / "README.md").read_text()

    assert [name for name in MANIFEST["permissions"] if f"| `{name}` |" not in readme] == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    imported = {found for text in MODULES.values() for found in re.findall(r'from "([^"]+)"', text)}

    assert all(one.startswith((".", "..")) and one.endswith(".js") for one in imported)
    assert not any(re.search(r"\beval\(|new Function|import\(|innerHTML", text) for text in MODULES.values())
    assert MANIFEST["content_security_policy"]["extension_pages"].startswith("default-src 'none'; script-src 'self';")


def test_the_manifest_bears_the_agents_version() -> None:
    agent = tomllib.loads((ROOT / "agent" / "pyproject.toml").read_text())

    assert MANIFEST["version"] == agent["project"]["version"]


def test_the_same_sources_make_the_same_zip_without_what_is_for_people() -> None:
    zipped = zip_of(SOURCE)

    assert zipped == zip_of(SOURCE)
    names = zipfile.ZipFile(io.BytesIO(zipped)).namelist()
    assert {"manifest.json", "worker.js", "policy.schema.json"} <= set(names)
    assert not any(name.endswith(".md") for name in names)


def test_a_key_makes_one_id_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    key = tmp_path / "var" / "key.pem"
    pack(SOURCE, tmp_path / "out", address="https://rollcall.example.org/extension/", key=key)
    public = public_key(key)

    pack(SOURCE, tmp_path / "again", address="https://rollcall.example.org/extension/", key=key)

    assert key.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch("[a-p]{32}", id_of(public))
    assert f"appid={id_of(public)!r}".replace("'", '"') in (tmp_path / "again" / "updates.xml").read_text()
    assert crx_of(zip_of(SOURCE), public, key).startswith(b"Cr24\x03\x00\x00\x00")


@pytest.mark.parametrize("file", sorted(MODULES))
def test_a_module_is_small_and_opens_by_saying_what_it_is(file: str) -> None:
    lines = MODULES[file].splitlines()

    assert lines[0].startswith("// ")
    assert len(lines) <= 250


def test_make_writes_zip_crx_and_update_manifest() -> None:
    said = subprocess.run(["make", "-n", "extension"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert "release.extension" in said
