"""Reads a list of devices: every good row, every bad one with its line and way out, and what was taken as what."""

from collections.abc import Sequence
from datetime import date, timedelta

from rollcall_collector.model.roster import LineLeftOut, Problem, RosterReading, RosterRow
from rollcall_collector.roster.cell_text import read_out
from rollcall_collector.roster.csv_lines import Line
from rollcall_collector.roster.dates import Order, evident_order
from rollcall_collector.roster.known import KnownDevices
from rollcall_collector.roster.mapping import Wanted, find_heading_line, naming, read_headings
from rollcall_collector.roster.remarks import say_above, say_left_out, say_statuses, say_unsaid, say_unused
from rollcall_collector.roster.rows import DATES, RowReader, problem
from rollcall_collector.roster.sheet import SEPARATORS, Sheet, open_sheet
from rollcall_collector.roster.wrong import Wrong

_NOBODY = KnownDevices()
_AHEAD = timedelta(days=366)  # an order may stand in the list before it has come


def read_roster(
    content: bytes,
    *,
    dates: Order | None = None,
    columns: Wanted | None = None,
    site: str | None = None,
    only_site: str | None = None,
    today: date | None = None,
    known: KnownDevices = _NOBODY,
) -> RosterReading:
    """Read a list.

    `dates` says what 03/04/2024 means where the file itself does not show it, `columns` what single headings mean
    (None: leave out), `site` to which site the lines belong that name none; `only_site` is that site where the list
    has no column for it at all. Nothing was bought more than a year after `today`. Of `known` devices a line may say
    the tag alone, and a cart without its site.
    """
    named = naming(columns or {})
    sheet = open_sheet(content, named)
    if isinstance(sheet, Problem):
        return RosterReading(problems=(sheet,), is_readable=False)
    lines = sheet.lines
    place = find_heading_line(lines, named)
    above, body = lines[:place], lines[place + 1 :]
    headings = read_headings(lines[place], body, columns or {}, is_tag_enough=bool(known.serials))
    if isinstance(headings, Problem):
        return RosterReading(problems=(headings,), is_readable=False)
    written = (read_out(headings.cell(cells, column)) for _, cells in body for column in DATES)
    order = dates or evident_order(text for text in written if text)
    reader = RowReader(
        headings=headings,
        order=order,
        site=site or (None if "site" in headings.places else only_site),
        bought_until=None if today is None else today + _AHEAD,
        known=known,
    )
    return _read_lines(sheet, reader, above, body)


def _read_lines(sheet: Sheet, reader: RowReader, above: Sequence[Line], body: Sequence[Line]) -> RosterReading:
    headings = reader.headings
    rows: list[RosterRow] = []
    problems = list(sheet.problems)
    left_out: list[LineLeftOut] = []
    for line in body:
        match reader.read(line):
            case RosterRow() as row:
                rows.append(row)
            case LineLeftOut() as line_left_out:
                left_out.append(line_left_out)
            case found:
                problems += found
    good, twice = _without_repeats(rows, headings.title(headings.identity))
    if not rows and not problems:
        what = "device in use" if left_out else "device"
        wrong = Wrong(f"there is no {what} below the headings", "Add a line a device")
        problems.append(problem(headings.line, "", wrong))
    remarks = [*sheet.remarks, *say_above(above, headings.line), *say_unused(headings.uses)]
    if reader.placed:
        left = f"{reader.placed} lines name" if reader.placed > 1 else "1 line names"
        remarks.append(f"{left} no site: taken as devices of '{reader.site}'")
    if sheet.separator != ",":
        remarks.append(f"columns are separated by {SEPARATORS[sheet.separator]}s")
    return RosterReading(
        rows=tuple(good),
        problems=tuple(sorted([*problems, *twice], key=lambda found: found.line)),
        remarks=(*remarks, *say_unsaid(reader.unsaid), *say_statuses(reader.unknown), *say_left_out(left_out)),
        headings=headings.uses,
        left_out=tuple(left_out),
    )


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
        problems.append(problem(row.line, title, Wrong(wrong, "Keep the line that is right")))
    return good, problems
