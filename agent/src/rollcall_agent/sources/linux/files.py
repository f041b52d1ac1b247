"""Reads the small files in which the Linux kernel tells about the device."""

from pathlib import Path

BYTES_MAX = 65_536


def text(path: Path) -> str | None:
    """The file's text without surrounding space, or None where it cannot be read. Bytes outside UTF-8 are replaced.

    Firmware writes names in any encoding: a battery's model name in the wild was not UTF-8.
    """
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX).decode(errors="replace").strip(" \t\r\n\0")
    except OSError:
        return None


def number(path: Path) -> int | None:
    """The file's whole number, decimal or 0x hexadecimal, or None."""
    found = text(path)
    try:
        return None if found is None else int(found, 0)
    except ValueError:
        try:
            return int(found or "")  # 0010 is ten to the kernel, an error to int(…, 0)
        except ValueError:
            return None


def folders(path: Path, pattern: str = "*") -> list[Path]:
    """The entries below a folder, in order; none where it cannot be listed."""
    try:
        return sorted(path.glob(pattern))
    except OSError:
        return []


def is_forbidden(path: Path) -> bool:
    """Whether it exists, but may not be read or listed by this agent."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        else:
            with path.open("rb") as file:
                file.read(1)
    except PermissionError:
        return True
    except OSError:
        return False
    return False
