"""Reads one line of a list: a device with what the line says of it, what is wrong with it, or why it is no device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rollcall_collector.model.roster import CLEAR, Column, LineLeftOut, Problem, RosterRow, Value
from rollcall_collector.roster.cell_text import read_out
from rollcall_collector.roster.cells import NO_SERIAL, READERS
from rollcall_collector.roster.csv_lines import Line
from rollcall_collector.roster.dates import Order, read_date
from rollcall_collector.roster.known import KnownDevices
from rollcall_collector.roster.mapping import Headings
from rollcall_collector.roster.no_device import what_else
from rollcall_collector.roster.not_in_use import is_gone, is_in_use
from rollcall_collector.roster.warranty import add_months, read_months
from rollcall_collector.roster.wrong import Unsaid, Wrong

DATES: tuple[Column, ...] = ("purchased_on", "warranty_until", "support_until")
_SPANS: tuple[Column, ...] = ("warranty_until", "support_until")


@dataclass(kw_only=True, slots=True)
class RowReader:
    """Reads line after line under the same headings, and remembers which filled cells said nothing.

    `site` is that of lines which name none, `placed` how many did. `unsaid` maps (heading, why) to the cells' texts,
    nothing was bought after `bought_until`, `unknown` holds the statuses that no list of ours knows.
    """

    headings: Headings
    order: Order | Literal["mixed"] | None
    site: str | None = None
    unsaid: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    placed: int = 0
    known: KnownDevices = field(default_factory=KnownDevices)
    bought_until: date | None = None

    def read(self, line: Line) -> RosterRow | LineLeftOut | list[Problem]:
        """What this line is."""
        number, cells = line
        serial = read_out(self.headings.cell(cells, self.headings.identity))
        if (other := what_else(cells, self.headings.titles, serial)) is not None:
            said = next((cell for cell in cells if cell), "")
            return LineLeftOut(line=number, said=said, why=other)
        if (gone := self._gone(cells)) is not None:
            return LineLeftOut(line=number, said=gone, why="not in use", serial_number=serial or None)
        if any(cells[len(self.headings.titles) :]):
            way_out = "Put cells that hold the separator in double quotes"
            wrong = Wrong(f"{len(cells)} cells under {len(self.headings.titles)} headings", way_out)
            return [problem(number, "", wrong)]
        return self._device(number, cells)

    def _device(self, line: int, cells: Sequence[str]) -> RosterRow | list[Problem]:
        values: dict[Column, Value] = {}
        problems: list[Problem] = []
        for column in self.headings.places:
            text = self.headings.cell(cells, column)
            if text == CLEAR and column != "serial_number":
                values[column] = None
            elif text := read_out(text):
                self._take(line, column, text, values, problems)
        unclear = None if problems else self.known.complete(values)
        if unclear is not None and self.headings.identity == "asset_tag":
            return [problem(line, self.headings.title(self.headings.identity), unclear)]
        self._count_spans(values)
        if self.site is not None and "site" not in values:
            values["site"] = self.site
            self.placed += 1
        problems += [] if problems else self._contradictions(line, values)
        serial = values.pop("serial_number", None)
        if problems or not isinstance(serial, str):
            return problems
        return RosterRow(line=line, serial_number=serial, values=values)

    def _take(
        self, line: int, column: Column, text: str, values: dict[Column, Value], problems: list[Problem]
    ) -> None:
        read = self._value(column, text)
        if isinstance(read, Wrong) and column in self.headings.doubtful:
            read = Unsaid(f"is no {column}")
        if isinstance(read, Wrong):
            problems.append(problem(line, self.headings.title(column), read))
        elif isinstance(read, Unsaid):
            self._note(column, read.why, text)
        else:
            values[column] = read

    def _value(self, column: Column, text: str) -> Value | Wrong | Unsaid:
        if column not in DATES:
            return READERS[column](text)
        if column != "purchased_on":
            return read_months(text) or read_date(text, self.order)
        day = read_date(text, self.order)
        if isinstance(day, date) and self.bought_until is not None and day > self.bought_until:
            return Wrong(f"'{text}' has not come yet", "Write the day on which it was bought")
        return day

    def _count_spans(self, values: dict[Column, Value]) -> None:
        """A span becomes the day on which it ends, where the line tells the day from which it runs."""
        bought = values.get("purchased_on")
        for column in _SPANS:
            months = values.get(column)
            if not isinstance(months, int):
                continue
            if isinstance(bought, date):
                values[column] = add_months(bought, months)
            else:
                del values[column]
                self._note(column, "is a span, and no day of purchase is told", f"{months} months")

    def _note(self, column: Column, why: str, text: str) -> None:
        self.unsaid.setdefault((self.headings.title(column), why), []).append(text)

    def _gone(self, cells: Sequence[str]) -> str | None:
        """What the line says of a device that is not in use; None for one that is, or of which it says nothing."""
        for place, mark in self.headings.marks.items():
            said = read_out(cells[place]) if place < len(cells) else ""
            if mark == "gone_on" and is_gone(said):
                return f"{self.headings.titles[place]}: {said}"
            if mark == "status" and said:
                in_use = is_in_use(said)
                if in_use is False:
                    return said
                if in_use is None:
                    self.unknown[said] = self.unknown.get(said, 0) + 1
        return None

    def _contradictions(self, line: int, values: Mapping[Column, Value]) -> list[Problem]:
        title = self.headings.title
        if values.get("serial_number") is None:
            return [problem(line, title(self.headings.identity), NO_SERIAL)]
        if values.get("cart") is not None and values.get("site") is None:
            wrong = Wrong("a cart is named, but no site", "Say to which site the cart belongs, or say --site NAME")
            return [problem(line, title("cart"), wrong)]
        if values.get("slot") is not None and values.get("cart") is None:
            return [problem(line, title("slot"), Wrong("a slot is named, but no cart", "Say in which cart it is"))]
        return []


def problem(line: int, column: str, wrong: Wrong) -> Problem:
    """What is wrong with a cell, with its place."""
    return Problem(line=line, column=column, wrong=wrong.wrong, way_out=wrong.way_out)
