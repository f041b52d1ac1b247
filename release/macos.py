"""Lays out the agent for macOS, with the script that makes a package of it on a Mac, for Jamf and its like.

Nothing but a Mac makes and signs such a package. The agent needs a Python of python.org there.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from release.packages import DOWNLOADED, OUT, ROOT, build, pinned

SERVICE = ROOT / "agent/service/macos"
PYTHON_VERSION = "3.11"
PROCESSORS = {"arm64": "macosx_11_0_arm64", "x86_64": "macosx_10_9_x86_64"}
"""How a Mac calls its processor, and the wheels that fit it."""
EVERYWHERE, BUILT = {"annotated-types", "paho-mqtt"}, {"psutil"}
"""What the agent needs beside its own wheels: the same on every Mac, and built for a processor."""
LIBRARY = "usr/local/lib/rollcall-agent"
PROGRAM = """\
import os
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here / "lib"), str(here / os.uname().machine)]

from rollcall_agent.cli import main

sys.exit(main())
"""
PLACES = {
    "org.rollcall.agent.plist": "root/Library/LaunchDaemons",
    "rollcall-agent": "root/usr/local/bin",
    "uninstall": f"root/{LIBRARY}",
    "postinstall": "scripts",
    "make-pkg": ".",
}


def main() -> int:
    """Build the archive and say where it is."""
    print(pack())
    return 0


def pack() -> Path:
    """Build the archive. Raises subprocess.CalledProcessError where something cannot be built or fetched."""
    folder = lay_out(OUT / f"rollcall-agent-macos-{importlib.metadata.version('rollcall-agent')}")
    archive = folder.with_name(f"{folder.name}.tar.gz")
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, folder.name)
    shutil.rmtree(folder)
    return archive


def lay_out(folder: Path) -> Path:
    """The archive's content as a folder: `root` as it will lie on the Mac, its scripts, and what makes the package."""
    shutil.rmtree(folder, ignore_errors=True)
    library = folder / "root" / LIBRARY
    for name, place in PLACES.items():
        (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copy2(SERVICE / name, folder / place)
    maker, version = folder / "make-pkg", importlib.metadata.version("rollcall-agent")
    maker.write_text(maker.read_text().replace("VERSION", version))
    for ours in ("rollcall-agent", "rollcall-wire"):
        wheel = build(ours, folder)
        shutil.unpack_archive(wheel, library / "lib", format="zip")
        wheel.unlink()
    _install(EVERYWHERE, PROCESSORS["arm64"], library / "lib")
    for processor, platform in PROCESSORS.items():
        _install(BUILT, platform, library / processor)
    for tests in library.glob("*/psutil/tests"):
        shutil.rmtree(tests)
    (library / "run.py").write_text(PROGRAM)
    shutil.copy2(ROOT / "LICENSE", library)
    return folder


def _install(names: set[str], platform: str, folder: Path) -> None:
    wanted = DOWNLOADED / "macos.txt"
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text("".join(pinned(names, (ROOT / "requirements.lock").read_text())))
    only = ("--platform", platform, "--python-version", PYTHON_VERSION, "--only-binary=:all:", "--no-deps")
    command = [sys.executable, "-m", "pip", "install", *only, "--require-hashes", "--requirement", str(wanted)]
    subprocess.run([*command, "--target", str(folder), "--quiet", "--disable-pip-version-check"], check=True)  # noqa: S603  # pip, with pinned names


if __name__ == "__main__":
    sys.exit(main())
