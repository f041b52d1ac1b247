"""Makes the disk of an emulated PC: a small Debian with systemd, the agent's packages on it but not installed."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.require import ROOT, lacking

CACHE = ROOT / ".cache" / "vm"
SUITE = "bookworm"
PACKAGES = "systemd,systemd-sysv,dbus,udev,kmod,linux-image-amd64,python3,ca-certificates,iproute2"
DISK_BYTES = 3 << 30
_FILES = {
    "etc/hostname": "school-pc\n",
    # The test's server is certified as localhost; from in here its machine is reached under this address.
    "etc/hosts": "10.0.2.2 localhost\n",
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    "etc/systemd/network/wired.network": "[Match]\nType=ether\n[Network]\nDHCP=yes\n",
    "etc/systemd/system/serial-getty@ttyS0.service.d/root.conf": (
        "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I dumb\n"
    ),
    # Its place in the journal outlives a start only with this folder.
    "var/log/journal/.keep": "",
}
_FEW_DRIVERS = (
    '--setup-hook=cd "$1"; mkdir -p etc/initramfs-tools/conf.d usr/share/initramfs-tools/modules.d;'
    "echo MODULES=list >etc/initramfs-tools/conf.d/few;"
    "printf 'virtio_pci\\nvirtio_blk\\next4\\n' >usr/share/initramfs-tools/modules.d/few"
)
"""The first file system of its start holds what this machine needs, a fifth of all: each start unpacks it."""
_BATTERY = """\
DefinitionBlock ("", "SSDT", 2, "SCHOOL", "BATTERY", 1)
{
    Scope (\\_SB)
    {
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 0)
            Name (LEFT, 40000)
            Method (_STA) { Return (0x1F) }
            Method (_BIF) { Return (Package (13) { 0, 50000, 40000, 1, 11400, 0, 0, 1, 1, "Lab", "1", "LION", "Lab" }) }
            Method (_BST, 0, Serialized)
            {
                If (LEFT > 8000) { LEFT -= 400 }
                Return (Package (4) { 1, 10000, LEFT, 11000 })
            }
        }
    }
}
"""
"""A battery that loses a hundredth each time it is asked, and is full again at each start."""


def base() -> Path:
    """The folder of the system (`root`), its kernel and its battery, made once: minutes. Skips where it cannot be."""
    done, fresh = CACHE / SUITE, CACHE / f"{SUITE}.new"
    if done.is_dir():
        return done
    shutil.rmtree(fresh, ignore_errors=True)
    root = fresh / "root"
    root.parent.mkdir(parents=True)
    _run("mmdebstrap", "--variant=minbase", "--mode=root", f"--include={PACKAGES}", _FEW_DRIVERS, SUITE, root)
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    _run("chroot", root, "systemctl", "enable", "systemd-networkd", "serial-getty@ttyS0")
    for pattern, name in (("vmlinuz-*", "vmlinuz"), ("initrd.img-*", "initrd")):
        shutil.copy(next((root / "boot").glob(pattern)), fresh / name)
    (fresh / "battery.asl").write_text(_BATTERY)
    _run("iasl", "-p", fresh / "battery", fresh / "battery.asl")
    fresh.rename(done)
    return done


def make_disk(disk: Path, files: Mapping[str, Path | str]) -> None:
    """A fresh disk with these files, given as texts or as where they lie, beside the system's own."""
    root = base() / "root"
    added = []
    for name, given in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(given) if isinstance(given, str) else shutil.copy(given, path)
        added.append(path)
    with disk.open("wb") as file:
        file.truncate(DISK_BYTES)
    _run("mkfs.ext4", "-q", "-F", "-d", root, disk)
    for path in added:
        path.unlink()


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    except FileNotFoundError:
        lacking(f"{command[0]} is not installed here")
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
