"""Opens a list that is none of devices, such as who gets which role, as tolerantly as the list of devices."""

from collections.abc import Iterator, Mapping, Sequence

from rollcall_collector.errors import RosterError
from rollcall_collector.model.roster import Problem
from rollcall_collector.roster.columns import plain
from rollcall_collector.roster.mapping import find_heading_line
from rollcall_collector.roster.sheet import open_sheet
from rollcall_collector.sheets.csv_cells import unguard


def read_list(content: bytes, meanings: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line below the headings: its number, and its cells by what `meanings` says that their headings mean.

    A heading is known in whatever case and with whatever signs; cells of others are left out, missing ones are empty.
    What a cell says stands as it is: a word for nothing is a word. Raises RosterError naming a line that is broken.
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
