"""Packs the agent into a package of Debian's kind: its wheels laid out beside each other, and Debian's own Python.

Nothing lighter was found (0.4 MB; with its own Python 20 to 45). It fits this kind of processor; needs dpkg-deb.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.packages import OUT, ROOT, build, fetch, needed, pinned

OURS = ("rollcall-agent", "rollcall-wire")
LIBRARY = "usr/lib/rollcall-agent"
PROGRAM = """\
#!/usr/bin/python3 -P
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib" / "rollcall-agent"))

from rollcall_agent.cli import main  # noqa: E402

sys.exit(main())
"""
CONTROL = """\
Package: rollcall-agent
Version: {version}
Architecture: {architecture}
Maintainer: Rollcall <maintainers@rollcall.invalid>
Depends: python3 (>= 3.11)
Recommends: smartmontools (>= 7.0)
Section: admin
Priority: optional
Description: tells how a school device starts and what fails
 Small, quiet, and blind to who uses the device. Enroll it with 'rollcall-agent
 enroll URL', or prepare /etc/rollcall-agent/environment before installing.
"""
SCRIPTS = {
    # In an image that is being made systemd does not run, but the agent is to start with what is made of it. With
    # DPKG_ROOT not even that: the programs are those of another system.
    "postinst": """\
#!/bin/sh
set -e
python3 -m compileall -q "${DPKG_ROOT}/usr/lib/rollcall-agent" || true
if [ -z "$DPKG_ROOT" ] && command -v systemctl >/dev/null; then
    systemctl enable rollcall-agent
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl restart rollcall-agent
    fi
fi
""",
    "prerm": """\
#!/bin/sh
set -e
if [ -z "$DPKG_ROOT" ] && command -v systemctl >/dev/null && [ "$1" = remove ]; then
    systemctl disable rollcall-agent
    if [ -d /run/systemd/system ]; then
        systemctl stop rollcall-agent rollcall-clean-stop
    fi
fi
find "${DPKG_ROOT}/usr/lib/rollcall-agent" -name __pycache__ -type d -prune -exec rm -rf {} +
""",
    "postrm": """\
#!/bin/sh
set -e
if [ "$1" = purge ]; then
    # The second holds the state of an agent that runs as nobody (without-smart.conf).
    rm -rf "${DPKG_ROOT}/var/lib/rollcall-agent" "${DPKG_ROOT}/var/lib/private/rollcall-agent"
    rm -rf "${DPKG_ROOT}/etc/rollcall-agent"
fi
if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
""",
}


def main() -> int:
    """Build the package and say where it is."""
    print(pack())
    return 0


def pack(version: str | None = None) -> Path:
    """Build the package. Raises subprocess.CalledProcessError where something cannot be built or fetched."""
    stated = version or importlib.metadata.version("rollcall-agent")
    architecture = _said("dpkg", "--print-architecture")
    OUT.mkdir(exist_ok=True)
    package = OUT / f"rollcall-agent_{stated}_{architecture}.deb"
    with tempfile.TemporaryDirectory(dir=OUT) as name:
        root = Path(name)
        root.chmod(0o755)
        _lay_out(root)
        control = root / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(CONTROL.format(version=stated, architecture=architecture))
        for script, text in SCRIPTS.items():
            (control / script).write_text(text)
            (control / script).chmod(0o755)
        _said("dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(package))
    return package


def _lay_out(root: Path) -> None:
    library, program = root / LIBRARY, root / "usr/bin/rollcall-agent"
    units, words = root / "usr/lib/systemd/system", root / "usr/share/doc/rollcall-agent"
    for folder in (library, program.parent, units, words):
        folder.mkdir(parents=True)
    built = [build(name, root) for name in OURS]
    for wheel in (*built, *fetch(pinned(needed(OURS), (ROOT / "requirements.lock").read_text()))):
        shutil.unpack_archive(wheel, library, format="zip")
    for wheel in built:
        wheel.unlink()
    for tests in list(library.glob("*/tests")):
        shutil.rmtree(tests)
    program.write_text(PROGRAM)
    program.chmod(0o755)
    hooks = root / "usr/lib/systemd/system-sleep"
    hooks.mkdir()
    shutil.copy2(ROOT / "agent/service/system-sleep", hooks / "rollcall-agent")
    shutil.copy2(ROOT / "agent/service/rollcall-clean-stop.service", units)
    unit = (ROOT / "agent/service/rollcall-agent.service").read_text()
    here = unit.replace("/opt/rollcall-agent/bin/rollcall-agent", "/usr/bin/rollcall-agent")
    (units / "rollcall-agent.service").write_text(
        here.replace("/opt/rollcall-agent/", "/usr/share/doc/rollcall-agent/")
    )
    shutil.copy2(ROOT / "agent/README.md", words / "README.md")
    shutil.copy2(ROOT / "LICENSE", words / "copyright")


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603  # dpkg's


if __name__ == "__main__":
    sys.exit(main())
