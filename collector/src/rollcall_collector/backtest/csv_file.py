"""Opens anyone's CSV file: whichever separator, letters and line ends it has, whatever case its headings are in."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollcall_collector.errors import RecordsError

_SEPARATORS = (",", ";", "\t", "|")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NOTHING = frozenset({"", "na", "n/a", "nan", "nat", "null", "none", "-"})


def read_rows(path: Path, *, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty, by heading in small letters, with its line in the file; the headings are line 1.

    Cells are stripped. Raises RecordsError for a file that cannot be read, lacks a needed column, or has a row of
    another length.
    """
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, needed))
    try:
        headings = [one.strip().casefold() for one in next(reader, [])]
        _check(path, headings, needed)
        width = len(headings)
        for cells in reader:
            row = [one.strip() for one in cells]
            if not any(row):
                continue
            if len(row) < width or any(row[width:]):
                raise RecordsError(f"{path.name} line {reader.line_num}: not as many fields as the header has")
            yield reader.line_num, dict(zip(headings, row, strict=False))
    except csv.Error as error:
        raise RecordsError(f"{path.name} line {reader.line_num}: this is not CSV: {error}") from error


def is_nothing(cell: str) -> bool:
    """Whether a cell of a date says that there is none, as people or programs write it."""
    return cell.casefold() in _NOTHING


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordsError(f"cannot read {path}: {error.strerror}") from error
    if content.startswith(_SPREADSHEETS):
        raise RecordsError(f"{path.name} is a spreadsheet or an archive: save or unpack it as CSV (UTF-8)")
    try:
        return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordsError(f"{path.name} is not a CSV file in UTF-8: {error}") from error


def _separator(text: str, needed: Sequence[str]) -> str:
    """The one under which the headings name most of the needed columns, then most columns; a comma where none does."""
    first = io.StringIO(text, newline="").readline()

    def found(separator: str) -> tuple[int, int]:
        headings = [one.strip().casefold() for one in next(csv.reader([first], delimiter=separator), [])]
        return len({one.casefold() for one in needed} & set(headings)), len(headings)

    return max(_SEPARATORS, key=found)


def _check(path: Path, headings: Sequence[str], needed: Sequence[str]) -> None:
    count = Counter(headings)
    for one in needed:
        if count[one.casefold()] == 0:
            has = ", ".join(name for name in headings if name) or "nothing"
            raise RecordsError(f"{path.name} line 1: the column '{one}' is missing; the file has {has}")
        if count[one.casefold()] > 1:
            raise RecordsError(f"{path.name} line 1: the column '{one}' stands there {count[one.casefold()]} times")
