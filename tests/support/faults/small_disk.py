"""Small disks of a test's own that really run full, or that their file system really locks against writing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A mounted file system below `path`."""

    def __init__(self, path: Path, image: Path | None = None) -> None:
        self.path = path
        self._image = image

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast:
            for size in (65_536, 512, 1):
                with suppress(OSError):
                    while ballast.write(bytes(size)) == size:
                        pass

    def make_room(self) -> None:
        """Take away what filled it."""
        (self.path / "ballast").unlink()

    def remount(self, how: str) -> None:
        """`ro` or `rw`; nobody may write on it meanwhile."""
        _run("mount", "-o", f"remount,{how}", self.path)

    def break_down(self) -> None:
        """Let the kernel find an error in the file system: it locks itself at once, whoever writes on it."""
        assert self._image is not None, "only ext4 locks itself"
        device = Path(_run("findmnt", "-no", "SOURCE", self.path).strip()).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")

    def repair(self) -> None:
        """What a restart of the machine does: the file system is checked and mounted; nobody may stand on it."""
        assert self._image is not None, "only ext4 is checked"
        _run("umount", self.path)
        subprocess.run([_find("fsck.ext4"), "-fy", self._image], check=False, capture_output=True)
        _run("mount", "-o", "loop,errors=remount-ro", self._image, self.path)


@contextmanager
def small_disk(folder: Path, *, kilobytes: int) -> Iterator[SmallDisk]:
    """A disk in memory of this size. Skips where none can be mounted: with that right come the machine's own."""
    folder.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder)
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", folder)


@contextmanager
def breaking_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """A disk with ext4 in a file beside it, that locks itself at the first error as installers set it up. Skips."""
    image = folder.with_name(f"{folder.name}.ext4")
    folder.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    made = subprocess.run([_find("mkfs.ext4"), "-qF", image], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be made here: {made.stderr}")
    _mount("-o", "loop,errors=remount-ro", image, folder)
    try:
        yield SmallDisk(folder, image)
    finally:
        _run("umount", folder)


def _mount(*arguments: str | Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    made = subprocess.run([_find("mount"), *arguments], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")


def _run(program: str, *arguments: str | Path) -> str:
    return subprocess.run([_find(program), *arguments], check=True, capture_output=True, text=True).stdout


def _find(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"there is no {program} here")
    return found
