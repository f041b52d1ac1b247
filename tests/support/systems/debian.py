"""A Debian system to copy from: made once, kept in the temporary folder, with what a server needs already fetched."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.require import lacking

RELEASE = "bookworm"
INSTALLED = (
    *("systemd", "systemd-sysv", "dbus", "udev", "iproute2", "ca-certificates"),
    *("python3", "python3-apt", "openssh-server"),
)
"""What a server has when it is rented, and Ansible asks for."""
FETCHED = ("mosquitto", "nginx-light", "python3-venv", "smartmontools", "rsync", "openssh-client", "postgresql")
"""What the roles install: the systems of the tests have no way out."""

NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork")
"""What a container may forbid even root: `.ci/run` asks for the same."""


def base_system() -> Path:
    """The folder of the system, made where it is not there yet (half a minute). Skips where that cannot be."""
    if os.geteuid() != 0:
        lacking("systems of one's own need root")
    for program in ("mmdebstrap", "systemd-nspawn", "ip", "nsenter", "ssh-keygen"):
        if shutil.which(program) is None:
            lacking(f"{program} is not installed here")
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False, timeout=30)
    if tried.returncode != 0:
        lacking(f"systems of one's own need namespaces, which cannot be had here: {tried.stderr.strip()}")
    recipe = hashlib.sha256(repr((RELEASE, INSTALLED, FETCHED)).encode()).hexdigest()[:12]
    base = Path(tempfile.gettempdir(), f"rollcall-debian-{recipe}")
    with base.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not base.is_dir():
            _make(base)
    return base


def _make(base: Path) -> None:
    draft = base.with_suffix(".draft")
    if draft.exists():
        shutil.rmtree(draft)
    done = subprocess.run(
        [
            *("unshare", "--mount"),  # what it mounts goes with it, also where it is killed
            *("mmdebstrap", "--mode=root", "--variant=minbase", "--skip=cleanup/apt", "--dpkgopt=force-unsafe-io"),
            *("--aptopt=APT::Install-Recommends false", f"--include={','.join(INSTALLED)}"),
            f'--customize-hook=chroot "$1" apt-get install --yes --download-only {" ".join(FETCHED)}',
            *(RELEASE, draft),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    for name in ("etc/machine-id", "etc/resolv.conf", "etc/hostname"):
        (draft / name).unlink(missing_ok=True)
    (draft / "etc/machine-id").touch()
    draft.rename(base)
