"""Decides which column of the file is taken as what, so that a person can see it before anything is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rollcall_collector.errors import RosterError
from rollcall_collector.model.roster import CLEAR, Column, HeadingUse, Problem
from rollcall_collector.roster.cell_text import read_out
from rollcall_collector.roster.cells import READERS
from rollcall_collector.roster.columns import (
    COLUMNS,
    doubtful_meaning,
    mark,
    meaning,
    offered_meaning,
    plain,
    ranked_meaning,
)
from rollcall_collector.roster.csv_lines import Line
from rollcall_collector.roster.headings import Mark
from rollcall_collector.roster.wrong import Unsaid, Wrong

Wanted = Mapping[str, Column | None]
"""What people said of headings, as the file or the hand writes them; None: leave it out."""
Named = Callable[[Sequence[str]], tuple[bool, int]]
"""Whether a line of cells names what a list cannot be without, and how many columns: most of all the headings do."""
_HEADING_LINES = 30
_ASKED = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Headings:
    """Which cell of a line is which column, how the file calls it, and how each heading was understood.

    Cells of a `doubtful` column that do not read as such are left open instead of being wrong.
    """

    line: int
    titles: Sequence[str]
    places: Mapping[Column, int]
    marks: Mapping[int, Mark]
    doubtful: frozenset[Column]
    uses: tuple[HeadingUse, ...]

    @property
    def identity(self) -> Column:
        """The column that says which device a line is of: its serial number, or its tag where the list has none."""
        return "serial_number" if "serial_number" in self.places else "asset_tag"

    def title(self, column: Column) -> str:
        """The column as the file calls it, so that people find it."""
        return self.titles[self.places[column]]

    def cell(self, cells: Sequence[str], column: Column) -> str:
        """The line's cell of this column; empty where the list or the line has none."""
        place = self.places.get(column)
        return cells[place] if place is not None and place < len(cells) else ""


def read_wishes(texts: Sequence[str]) -> dict[str, Column | None]:
    """What people want taken as what, each like `Location=cart` or `Location=-`. Raises RosterError."""
    wishes: dict[str, Column | None] = {}
    for text in texts:
        title, _, name = (part.strip() for part in text.rpartition("="))
        column = meaning(name)
        if not title or (column is None and name != CLEAR):
            way_out = f'write it like "Location=cart" or "Location=-"; the columns are {", ".join(COLUMNS)}'
            raise RosterError(f"'{text}' does not say what a heading means: {way_out}")
        wishes[title] = column
    return wishes


def naming(wanted: Wanted) -> Named:
    """How a list of devices names its columns: the serial number before all."""
    asked = {plain(title): column for title, column in wanted.items()}

    def count(titles: Sequence[str]) -> tuple[bool, int]:
        found = {asked.get(plain(title), meaning(title)) for title in titles} - {None}
        return "serial_number" in found, len(found)

    return count


def find_heading_line(lines: Sequence[Line], named: Named) -> int:
    """Which of the lines has the headings: the one that names most columns, and what no list can be without."""
    top = range(min(len(lines), _HEADING_LINES))
    return max(top, key=lambda place: named(lines[place][1]), default=0)


def read_headings(
    line: Line, body: Sequence[Line], wanted: Wanted, *, is_tag_enough: bool = False
) -> Headings | Problem:
    """How the headings are understood, with the cells below in view; or why they cannot be.

    With `is_tag_enough` the list may name its devices by their tags, which are known already.
    """
    number, titles = line
    asked = {plain(title): column for title, column in wanted.items()}
    if (problem := _unknown_wish(number, titles, wanted)) is not None:
        return problem
    rivals = _rivals(titles, asked)
    places: dict[Column, int] = {}
    for column, ranked in rivals.items():
        taken = _strongest(ranked, body)
        if isinstance(taken, tuple):
            return _both(number, column, titles[taken[0]], titles[taken[1]])
        places[column] = taken
    doubtful = _doubtful(titles, asked, places, body)
    places |= doubtful
    if "serial_number" not in places and not (is_tag_enough and "asset_tag" in places):
        way_out = f"Begin with a line of headings; they are: {', '.join(COLUMNS)}"
        wrong = "no heading names the serial number"
        return Problem(line=number, column="", wrong=wrong, way_out=way_out)
    marks = {
        place: found
        for place, title in enumerate(titles)
        if place not in places.values() and plain(title) not in asked and (found := mark(title))
    }
    uses = tuple(_use(place, titles, places, marks, asked) for place, title in enumerate(titles) if title)
    return Headings(line=number, titles=titles, places=places, marks=marks, doubtful=frozenset(doubtful), uses=uses)


def _rivals(titles: Sequence[str], asked: Wanted) -> dict[Column, list[tuple[int, int]]]:
    """For each column the places whose headings name it, with how surely."""
    rivals: dict[Column, list[tuple[int, int]]] = {}
    for place, title in enumerate(titles):
        if plain(title) in asked:
            column, rank = asked[plain(title)], _ASKED
        else:
            column, rank = ranked_meaning(title) or (None, 0)
        if column is not None:
            rivals.setdefault(column, []).append((rank, place))
    return rivals


def _strongest(ranked: list[tuple[int, int]], body: Sequence[Line]) -> int | tuple[int, int]:
    """The place to take: the surest that holds anything. Two that are as sure and differ come back as a pair."""
    if len(ranked) == 1:
        return ranked[0][1]
    filled = [(rank, place) for rank, place in ranked if rank == _ASKED or any(_column(body, place))] or ranked
    surest = min(filled)[0]
    first, *others = [place for rank, place in filled if rank == surest]
    said = _column(body, first)
    return next(((first, place) for place in others if _column(body, place) != said), first)


def _column(body: Sequence[Line], place: int) -> list[str]:
    return [read_out(cells[place]) if place < len(cells) else "" for _, cells in body]


def _doubtful(
    titles: Sequence[str], asked: Wanted, places: Mapping[Column, int], body: Sequence[Line]
) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for place, title in enumerate(titles):
        column = doubtful_meaning(title)
        if column is None or column in places or column in found or plain(title) in asked:
            continue
        if any(cell and not isinstance(READERS[column](cell), Wrong | Unsaid) for cell in _column(body, place)):
            found[column] = place
    return found


def _use(
    place: int, titles: Sequence[str], places: Mapping[Column, int], marks: Mapping[int, Mark], asked: Wanted
) -> HeadingUse:
    title = titles[place]
    for column, taken in places.items():
        if taken == place:
            return HeadingUse(title=title, column=column)
    if plain(title) in asked:
        return HeadingUse(title=title, column=None, why="left out as you said")
    if place in marks:
        return HeadingUse(title=title, column=None, why="read to see which devices are in use; not kept")
    found = meaning(title)
    if found is not None:
        return HeadingUse(title=title, column=None, why=f"'{titles[places[found]]}' says it")
    offered = offered_meaning(title)
    if offered is not None and offered not in places:
        why = f'it may name the {offered}: if it does, say --map "{title}={offered}"'
        return HeadingUse(title=title, column=None, why=why)
    return HeadingUse(title=title, column=None, why="not known here")


def _unknown_wish(number: int, titles: Sequence[str], wanted: Wanted) -> Problem | None:
    there = {plain(title) for title in titles}
    for title in wanted:
        if plain(title) not in there:
            named = ", ".join(title for title in titles if title)
            return Problem(
                line=number,
                column="",
                wrong=f"no heading is called '{title}'",
                way_out=f"Name one of these with --map: {named}",
            )
    return None


def _both(number: int, column: Column, first: str, second: str) -> Problem:
    return Problem(
        line=number,
        column=second,
        wrong=f"'{first}' and '{second}' both name the {column.replace('_', ' ')}",
        way_out=f'Keep one of the two columns, or say --map "{second}=-" to leave one out',
    )
