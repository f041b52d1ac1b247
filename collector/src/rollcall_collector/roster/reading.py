"""Reads a list of devices: every good row, and every bad one with its line, its column and the way out."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollcall_collector.model.roster import Column, Problem, RosterReading, RosterRow, Value
from rollcall_collector.roster.cells import READERS
from rollcall_collector.roster.columns import COLUMNS, meaning
from rollcall_collector.roster.dates import Order, evident_order, read_date
from rollcall_collector.roster.sheet import SEPARATORS, Sheet, open_sheet
from rollcall_collector.roster.wrong import Wrong

CLEAR = "-"
"""In a cell: take away what is known. An empty cell leaves it as it is."""
DATES: tuple[Column, ...] = ("purchased_on", "warranty_until", "support_until")
Line = tuple[int, list[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Headings:
    """Which cell of a line is which column, and how the file calls it."""

    line: int
    places: Mapping[Column, int]
    titles: Sequence[str]

    def title(self, column: Column) -> str:
        """The column as the file calls it, so that people find it."""
        return self.titles[self.places[column]]


def read_roster(content: bytes, *, dates: Order | None = None) -> RosterReading:
    """Read a list. `dates` says what 03/04/2024 means where the file itself does not show it."""
    sheet = open_sheet(content)
    if isinstance(sheet, Problem):
        return RosterReading(problems=(sheet,), is_readable=False)
    try:
        lines = list(sheet.lines())
    except csv.Error as error:
        problem = Problem(
            line=1, column="", wrong=f"the quotes do not match ({error})", way_out="Export the list again"
        )
        return RosterReading(problems=(problem,), is_readable=False)
    headings = _headings(lines[0])
    if isinstance(headings, Problem):
        return RosterReading(problems=(headings,), is_readable=False)
    return _read_lines(sheet, headings, lines[1:], dates)


def _read_lines(sheet: Sheet, headings: Headings, lines: list[Line], dates: Order | None) -> RosterReading:
    remarks = [*sheet.remarks, *_foreign(headings)]
    if sheet.separator != ",":
        remarks.append(f"columns are separated by {SEPARATORS[sheet.separator]}s")
    written = (_cell(cells, headings, column) for _, cells in lines for column in DATES)
    order = dates or evident_order(text for text in written if text)
    rows: list[RosterRow] = []
    problems: list[Problem] = []
    for line, cells in lines:
        row = _row(line, cells, headings, order)
        if isinstance(row, RosterRow):
            rows.append(row)
        else:
            problems += row
    good, twice = _without_repeats(rows, headings.title("serial_number"))
    if not lines:
        problems.append(
            _problem(headings.line, "", Wrong("there is no device below the headings", "Add a line a device"))
        )
    return RosterReading(
        rows=tuple(good), problems=tuple(sorted([*problems, *twice], key=lambda one: one.line)), remarks=tuple(remarks)
    )


def _headings(line: Line) -> Headings | Problem:
    number, titles = line
    places: dict[Column, int] = {}
    for place, title in enumerate(titles):
        column = meaning(title)
        if column is None:
            continue
        if column in places:
            wrong = f"'{titles[places[column]]}' and '{title}' both name the {column.replace('_', ' ')}"
            return Problem(line=number, column=title, wrong=wrong, way_out="Keep one of the two columns")
        places[column] = place
    if "serial_number" not in places:
        return Problem(
            line=number,
            column="",
            wrong="no heading names the serial number",
            way_out=f"Begin with a line of headings; they are: {', '.join(COLUMNS)}",
        )
    return Headings(line=number, places=places, titles=titles)


def _foreign(headings: Headings) -> list[str]:
    foreign = [title for place, title in enumerate(headings.titles) if title and place not in headings.places.values()]
    return [f"not known here and left out: {', '.join(foreign)}"] if foreign else []


def _cell(cells: list[str], headings: Headings, column: Column) -> str:
    place = headings.places.get(column)
    return cells[place] if place is not None and place < len(cells) else ""


def _row(line: int, cells: list[str], headings: Headings, order: Order | str | None) -> RosterRow | list[Problem]:
    if any(cells[len(headings.titles) :]):
        way_out = "Put cells that hold the separator in double quotes"
        return [_problem(line, "", Wrong(f"{len(cells)} cells under {len(headings.titles)} headings", way_out))]
    values: dict[Column, Value] = {}
    problems: list[Problem] = []
    for column in headings.places:
        text = _cell(cells, headings, column)
        if not text:
            continue
        read = _value(column, text, order)
        if isinstance(read, Wrong):
            problems.append(_problem(line, headings.title(column), read))
        else:
            values[column] = read
    problems += _contradictions(line, values, headings) if not problems else []
    serial = values.pop("serial_number", None)
    if problems or not isinstance(serial, str):
        return problems
    return RosterRow(line=line, serial_number=serial, values=values)


def _value(column: Column, text: str, order: Order | str | None) -> Value | Wrong:
    if text == CLEAR and column != "serial_number":
        return None
    if text[0] == "'" and text[1:2] in tuple("=+-@"):
        text = text[1:]
    if column in DATES:
        return read_date(text, order)  # type: ignore[arg-type]  # one of the three words
    return READERS[column](text)


def _contradictions(line: int, values: Mapping[Column, Value], headings: Headings) -> list[Problem]:
    if values.get("serial_number") is None:
        wrong = Wrong("there is no serial number", "Every device needs the number its maker gave it")
        return [_problem(line, headings.title("serial_number"), wrong)]
    if values.get("cart") is not None and values.get("site") is None:
        wrong = Wrong("a cart is named, but no site", "Say to which site the cart belongs")
        return [_problem(line, headings.title("cart"), wrong)]
    if values.get("slot") is not None and values.get("cart") is None:
        wrong = Wrong("a slot is named, but no cart", "Say in which cart the slot is")
        return [_problem(line, headings.title("slot"), wrong)]
    return []


def _without_repeats(rows: list[RosterRow], title: str) -> tuple[list[RosterRow], list[Problem]]:
    """The rows whose serial number stands once; a problem for every row of those that do not."""
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row.serial_number.casefold(), []).append(row.line)
    good: list[RosterRow] = []
    problems: list[Problem] = []
    for row in rows:
        where = lines[row.serial_number.casefold()]
        if len(where) == 1:
            good.append(row)
            continue
        wrong = f"'{row.serial_number}' stands on lines {' and '.join(map(str, where))}"
        problems.append(_problem(row.line, title, Wrong(wrong, "Keep the line that is right")))
    return good, problems


def _problem(line: int, column: str, wrong: Wrong) -> Problem:
    return Problem(line=line, column=column, wrong=wrong.wrong, way_out=wrong.way_out)
