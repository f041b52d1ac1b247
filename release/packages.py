"""Packs Rollcall into two archives, for a server and for devices, that install with Python alone and no network.

Each holds the wheels of this clone, the wheels they need, and a `requirements.txt` that pins every one by its hash:
ours as they were just built, the others as `requirements.lock` has them. They fit this kind of processor and system;
the server's need this very Python (3.11 is not 3.12), the agent's any from 3.11 on.
"""

import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OUT = ROOT / "dist"
DOWNLOADED = ROOT / ".cache" / "wheels"
SOURCES = {
    "rollcall-wire": ROOT / "agent" / "wire",
    "rollcall-agent": ROOT / "agent",
    "rollcall-collector": ROOT / "collector",
    "rollcall-dashboards": ROOT / "dashboards",
}
ARCHIVES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rollcall-agent": (
        ("rollcall-agent", "rollcall-wire"),
        (
            "agent/service/rollcall-agent.service",
            "agent/service/rollcall-clean-stop.service",
            "agent/service/system-sleep",
            "agent/service/without-smart.conf",
            "agent/README.md",
            "LICENSE",
        ),
    ),
    "rollcall-server": (
        ("rollcall-collector", "rollcall-dashboards", "rollcall-wire"),
        ("collector/service/rollcall.service", "collector/rollcall.sample.toml", "README.md", "LICENSE"),
    ),
}
"""What each archive installs, and the files beside it."""


def main() -> int:
    """Build the archives that are named, else both, and say where they are."""
    for name in sys.argv[1:] or ARCHIVES:
        print(pack(name))
    return 0


def pack(name: str) -> Path:
    """Build one archive. Raises subprocess.CalledProcessError where a wheel cannot be built or fetched."""
    ours, files = ARCHIVES[name]
    folder = OUT / f"{name}-{importlib.metadata.version(ours[0])}"
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    built = [build(one, wheels) for one in ours]
    pins = pinned(needed(ours), (ROOT / "requirements.lock").read_text())
    for wheel in fetch(pins):
        shutil.copy2(wheel, wheels)
    (folder / "requirements.txt").write_text("".join([*map(_pin, built), *pins]))
    for file in files:
        shutil.copy2(ROOT / file, folder)
    archive = OUT / f"{folder.name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:  # wheels are compressed already
        packed.add(folder, folder.name)
    shutil.rmtree(folder)
    return archive


def needed(ours: Iterable[str]) -> set[str]:
    """The names of everything that these need here, as installed in this environment, without our own."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in ours]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        key = f"{name}[{','.join(sorted(one.extras))}]"
        if key in found:
            continue
        found.add(key)
        for line in importlib.metadata.requires(name) or []:
            below = Requirement(line)
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in (one.extras or {""})):
                waiting.append(below)
    return {key.partition("[")[0] for key in found} - SOURCES.keys()


def pinned(names: set[str], lock: str) -> list[str]:
    """Their entries of the lock, hashes and all. Raises LookupError for a name that the lock does not have."""
    entries = [(canonicalize_name(re.split(r"[\[=]", entry, maxsplit=1)[0]), entry) for entry in _entries(lock)]
    if lacking := names - {name for name, _ in entries}:
        raise LookupError(f"requirements.lock lacks {', '.join(sorted(lacking))}: run `make lock`")
    return [entry for name, entry in entries if name in names]  # one may stand there twice, for two Pythons


def _entries(lock: str) -> list[str]:
    return [f"{entry.strip()}\n" for entry in re.split(r"\n(?=[a-z0-9])", lock) if entry.strip()[:1].isalnum()]


def build(name: str, wheels: Path) -> Path:
    """The wheel of one of ours, built into this folder."""
    before = set(wheels.iterdir())
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(command, cwd=SOURCES[name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own sources
    (built,) = set(wheels.iterdir()) - before
    return built


def _pin(wheel: Path) -> str:
    name, version = wheel.name.split("-")[:2]
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def fetch(pins: list[str]) -> list[Path]:
    """The wheels that these pins name: those fetched before, from the network only what is new."""
    DOWNLOADED.mkdir(parents=True, exist_ok=True)
    wanted, chosen = DOWNLOADED / "requirements.txt", DOWNLOADED / "chosen"
    wanted.write_text("".join(pins))
    shutil.rmtree(chosen, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(wanted), "--dest", str(chosen)]
    known = [*command, "--no-index", "--find-links", str(DOWNLOADED)]
    if subprocess.run(known, check=False, stderr=subprocess.DEVNULL).returncode != 0:  # noqa: S603  # pip, as above
        subprocess.run([*command, "--find-links", str(DOWNLOADED)], check=True)  # noqa: S603
        for wheel in chosen.iterdir():
            shutil.copy2(wheel, DOWNLOADED)
    return sorted(chosen.iterdir())


if __name__ == "__main__":
    sys.exit(main())
