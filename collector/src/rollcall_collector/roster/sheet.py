"""Turns the bytes of a list into lines of cells: whichever program wrote it, with whichever separator and letters."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from rollcall_collector.model.roster import Problem
from rollcall_collector.roster.columns import count_known

BYTES_MAX = 64 << 20
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A list's text, its separator, and how it had to be understood."""

    text: str
    separator: str
    first_line: int
    remarks: tuple[str, ...]

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Each line that is not empty: its number in the file and its cells, stripped. Raises csv.Error."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator, strict=True)
        begin = self.first_line
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield begin, stripped
            begin = self.first_line + reader.line_num


def open_sheet(content: bytes) -> Sheet | Problem:
    """The sheet, or the one problem that keeps it from being read."""
    if (problem := _unreadable(content)) is not None:
        return problem
    text, remarks = _decode(content)
    if "\0" in text:
        return _whole("the file holds zero bytes", "Save it as CSV (UTF-8) and import that")
    if not text.strip():
        return _whole("the file is empty", "Give it a line of headings and one line a device")
    first_line = 1
    declared = text.split("\n", 1)[0].strip().strip('"').casefold()
    if declared.startswith("sep=") and len(declared) == len("sep=,"):
        text, first_line = text.split("\n", 1)[1] if "\n" in text else "", 2
    return Sheet(text=text, separator=_separator(text), first_line=first_line, remarks=remarks)


def _unreadable(content: bytes) -> Problem | None:
    if len(content) > BYTES_MAX:
        return _whole(f"the file is larger than {BYTES_MAX >> 20} MB", "Split it; each part is imported by itself")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _whole("this is a spreadsheet, not a CSV file", "Open it and save it as CSV (UTF-8)")
    return None


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ()
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1"), ("read as Latin-1: it is not UTF-8",)
    return text, ("read as Windows-1252: it is not UTF-8",)


def _separator(text: str) -> str:
    """The separator under which the headings name most columns; a comma where none does."""
    headings = next((line for line in text.splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        return count_known(next(csv.reader([headings], delimiter=separator), []))

    return max(SEPARATORS, key=known)


def _whole(wrong: str, way_out: str) -> Problem:
    return Problem(line=1, column="", wrong=wrong, way_out=way_out)
