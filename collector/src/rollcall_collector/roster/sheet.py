"""Turns the bytes of a list into lines of cells: whichever program wrote it, with whichever separator and letters."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rollcall_collector.errors import RosterError
from rollcall_collector.model.roster import Problem
from rollcall_collector.roster.cell_text import clean
from rollcall_collector.roster.columns import plain
from rollcall_collector.roster.csv_lines import Line, split_line, split_lines
from rollcall_collector.roster.mapping import Named, find_heading_line
from rollcall_collector.sheets.csv_cells import unguard

BYTES_MAX = 64 << 20
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_OLD = {"Windows-1252": "cp1252", "Mac Roman": "mac_roman", "DOS 850": "cp850"}
"""What older programs write where no UTF-8 is asked for: Windows, Excel on a Mac, and what came from DOS."""
_MOST = 0.7
_USUAL = "äöüÄÖÜßàâáãåæçéèêëíîïñóôõøœúùûÀÂÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÕØŒÚÙÛ€°\u2018\u2019\u201c\u201d\u2013\u2014 \u00a0"
_WESTERN = re.compile(r"[A-Za-z][äöüßàâáãåæçéèêëíîïñóôõøœúùû]|\b[ÄÖÜÀÂÁÅÇÉÈÊÎÑÓÔÕØÚ][a-z]")
_TOP_LINES = 40
_TOP_LETTERS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A list's lines that are not blank (one at least), its separator, and how it had to be understood."""

    lines: tuple[Line, ...]
    separator: str
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]


def open_sheet(content: bytes, named: Named) -> Sheet | Problem:
    """The sheet, or the one problem that keeps it from being read. `named` helps to find the headings."""
    if (problem := _unreadable(content)) is not None:
        return problem
    text, remarks = _decode(content)
    if "\0" in text:
        return _whole("the file holds zero bytes", "Save it as CSV (UTF-8) and import that")
    if not text.strip():
        return _whole("the file is empty", "Give it a line of headings")
    first_line = 1
    declared = text.split("\n", 1)[0].strip().strip('"').casefold()
    if declared.startswith("sep=") and len(declared) == len("sep=,"):
        text, first_line = text.split("\n", 1)[1] if "\n" in text else "", 2
    separator = _separator(text, named)
    width = _width(text, separator, named)
    lines, problems = _cleaned(split_lines(text, separator, first_line=first_line, width=width))
    if not lines:
        return problems[0] if problems else _whole("the file is empty", "Give it a line of headings")
    return Sheet(lines=tuple(lines), separator=separator, problems=tuple(problems), remarks=remarks)


def read_list(content: bytes, meanings: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line below the headings of a list that is none of devices: its number, and its cells by their meaning.

    `meanings` says what headings mean, in whatever case and with whatever signs they stand; cells of others are left
    out, missing ones are empty. What a cell says stands as it is: a word for nothing is a word. Raises RosterError.
    """
    known = {plain(heading): name for heading, name in meanings.items()}

    def named(titles: Sequence[str]) -> tuple[bool, int]:
        found = {known.get(plain(title)) for title in titles} - {None}
        return bool(found), len(found)

    sheet = open_sheet(content, named)
    if isinstance(sheet, Problem):
        raise RosterError(str(sheet))
    if sheet.problems:
        raise RosterError(str(sheet.problems[0]))
    place = find_heading_line(sheet.lines, named)
    names = [known.get(plain(title)) for title in sheet.lines[place][1]]
    for number, cells in sheet.lines[place + 1 :]:
        padded = [*cells, *[""] * (len(names) - len(cells))]
        yield number, {name: unguard(cell) for name, cell in zip(names, padded, strict=False) if name}


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
    for encoding, zeros in (("utf-16-le", content[1:_TOP_LETTERS:2]), ("utf-16-be", content[0:_TOP_LETTERS:2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) * _MOST:
            return content.decode(encoding, errors="replace"), ("read as UTF-16: its mark is missing",)
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        name = max(_OLD, key=lambda one: _likelihood(content[:_TOP_LETTERS].decode(_OLD[one], errors="replace")))
        return content.decode(_OLD[name], errors="replace"), (f"read as {name}: it is not UTF-8",)


def _likelihood(text: str) -> int:
    """How many more signs are letters inside words than what no word holds, such as a box-drawing line."""
    letters = _WESTERN.findall(text)
    return 2 * len(letters) - sum(not sign.isascii() and sign not in _USUAL for sign in text)


def _separator(text: str, named: Named) -> str:
    """The separator under which one of the first lines names most columns; a comma where none does."""
    top = re.split(r"[\r\n]+", text[:_TOP_LETTERS])[:_TOP_LINES]

    def known(separator: str) -> tuple[bool, int]:
        return max(named([clean(cell) for cell in split_line(line, separator)]) for line in top)

    return max(SEPARATORS, key=known)


def _width(text: str, separator: str, named: Named) -> int:
    """How many cells the line of headings has."""
    top, _ = _cleaned(split_lines(text[:_TOP_LETTERS], separator))
    return len(top[find_heading_line(top, named)][1]) if top else 0


def _cleaned(found: Iterable[Line | Problem]) -> tuple[list[Line], list[Problem]]:
    lines: list[Line] = []
    problems: list[Problem] = []
    for line in found:
        if isinstance(line, Problem):
            problems.append(line)
        elif any(cells := [clean(cell) for cell in line[1]]):
            lines.append((line[0], cells))
    return lines, problems


def _whole(wrong: str, way_out: str) -> Problem:
    return Problem(line=1, column="", wrong=wrong, way_out=way_out)
