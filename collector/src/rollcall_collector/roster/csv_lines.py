"""Splits a list's text into lines of cells, and survives a quote that stands where it should not.

Quotes inside a quoted cell should be doubled; an inch sign often is not (`"HP 11.6" G8"`). A quote therefore closes a
cell only before a separator or the line's end. Where it then closes nothing, or swallows whole lines, each line is
read by itself, and one that cannot be is told with its number while its neighbours are read.
"""

import re
from collections.abc import Iterator

from rollcall_collector.model.roster import Problem

Line = tuple[int, list[str]]
LINES_A_CELL_MAX = 60
"""A cell with more lines than this is a quote that nobody closed."""
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def split_lines(text: str, separator: str, *, first_line: int = 1, width: int = 0) -> Iterator[Line | Problem]:
    """Each line that is not blank, with its number in the file. `width` is how many cells a whole line has."""
    lines = _LINE_ENDS.split(text)
    place = 0
    while place < len(lines):
        cells, last = _record(lines, place, separator)
        if cells is None or (last > place and _swallows(lines[place : last + 1], separator, width)):
            cells, last = _alone(lines[place], separator), place
            cells = cells if cells is None or len(cells) == (width or len(cells)) else None
        cells = _unpacked(cells, separator, width)
        if cells is None:
            yield _unmatched(first_line + place)
        elif any(cell.strip() for cell in cells):
            yield first_line + place, cells
        place = last + 1


def split_line(line: str, separator: str) -> list[str]:
    """The cells of one line by itself, as well as they can be told."""
    return _unpacked(_alone(line, separator), separator, 0) or line.split(separator)


def _unpacked(cells: list[str] | None, separator: str, width: int) -> list[str] | None:
    """A whole line inside one pair of quotes, as a spreadsheet writes back what it did not split, is that line."""
    inner = _alone(cells[0], separator) if cells and len(cells) == 1 and separator in cells[0] else None
    return inner if inner and len(inner) == (width or len(inner)) else cells


def _record(lines: list[str], place: int, separator: str) -> tuple[list[str] | None, int]:
    """The cells of the record that begins here and its last line; no cells where a quote is never closed."""
    if '"' not in lines[place]:
        return lines[place].split(separator), place
    cells: list[str] = []
    is_open = False
    for last in range(place, min(len(lines), place + LINES_A_CELL_MAX)):
        is_open = _read(lines[last], separator, cells, is_open=is_open)
        if not is_open:
            return cells, last
    return None, place


def _read(line: str, separator: str, cells: list[str], *, is_open: bool) -> bool:
    """Add the line's cells; `is_open`: its beginning belongs to the last of them. Returns the same for its end."""
    place = 0
    while True:
        begin = place + len(line[place:]) - len(line[place:].lstrip(" "))
        if is_open or line[begin : begin + 1] == '"':
            start = place if is_open else begin + 1
            end = _closing(line, start, separator)
            said = line[start : len(line) if end is None else end].replace('""', '"')
            if is_open:
                cells[-1] += "\n" + said
            else:
                cells.append(said)
            if end is None:
                return True
            is_open = False
            next_one = line.find(separator, end + 1)
        else:
            next_one = _bare_end(line, begin, separator)
            cells.append(line[place : len(line) if next_one < 0 else next_one])
        if next_one < 0:
            return False
        place = next_one + 1


def _bare_end(line: str, begin: int, separator: str) -> int:
    """Where a cell without quotes around it ends; in ="1,2" the separator is text."""
    if line.startswith('="', begin) and (end := _closing(line, begin + 2, separator)) is not None:
        return line.find(separator, end + 1)
    return line.find(separator, begin)


def _closing(line: str, start: int, separator: str) -> int | None:
    """The quote that closes the cell: not doubled, and only spaces up to the separator or the line's end."""
    place = line.find('"', start)
    while place >= 0:
        if line.startswith('""', place):
            place = line.find('"', place + 2)
            continue
        if _ends_cell(line, place, separator):
            return place
        place = line.find('"', place + 1)
    return None


def _ends_cell(line: str, place: int, separator: str) -> bool:
    rest = line[place + 1 : place + 9].lstrip(" ")
    return not rest or rest.startswith(separator)


def _swallows(lines: list[str], separator: str, width: int) -> bool:
    """Whether a cell that seems to run over these lines really holds whole lines of the list.

    The first line makes sense by itself, and those below have as many cells as a whole line; or it makes none, but all
    those below do, with each quote matched on its own line: the last line of a true cell has the quote that ends it.
    """
    first, *below = [_alone(line, separator) for line in lines]
    if width < 2:  # noqa: PLR2004  # with one column every line is a whole line
        return False
    if first is not None and len(first) == width:
        return all(
            len(line.split(separator)) == width or (cells is not None and len(cells) == width)
            for line, cells in zip(lines[1:], below, strict=True)
        )
    return all(
        cells is not None and len(cells) == width and line.count('"') % 2 == 0
        for line, cells in zip(lines[1:], below, strict=True)
    )


def _alone(line: str, separator: str) -> list[str] | None:
    """One line's cells with every quote that closes nothing taken as a sign; None where one is left over."""
    cells: list[str] = []
    if not _read(line, separator, cells, is_open=False):
        return cells
    cells, rest = [], line
    while True:
        bare = rest.lstrip(" ")
        end = _first_end(bare, separator) if bare.startswith('"') else None
        if end is not None:
            cells.append(bare[1:end].replace('""', '"'))
            rest = bare[end + 1 :].lstrip(" ")
        else:
            said, _, _ = rest.partition(separator)
            if bare.startswith('"') and said.count('"') % 2:
                return None
            cells.append(said)
            rest = rest[len(said) :]
        if not rest:
            return cells
        rest = rest[len(separator) :]


def _first_end(line: str, separator: str) -> int | None:
    """The first quote before a separator or the line's end, doubled or not."""
    place = line.find('"', 1)
    while place >= 0 and not _ends_cell(line, place, separator):
        place = line.find('"', place + 1)
    return None if place < 0 else place


def _unmatched(line: int) -> Problem:
    way_out = 'Write a quote inside a cell twice ("HP 11"" G8"), or take it out'
    return Problem(line=line, column="", wrong="the quotes of this line do not match", way_out=way_out)
