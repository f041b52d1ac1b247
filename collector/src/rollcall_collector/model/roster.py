"""What a purchase list says of devices, row by row, and what was wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Column = Literal[
    "serial_number",
    "asset_tag",
    "model",
    "platform",
    "manufacturer",
    "site",
    "cart",
    "slot",
    "purchased_on",
    "price",
    "warranty_until",
    "support_until",
    "role",
]
Value = str | int | float | date | None
CLEAR = "-"
"""In a cell: take away what is known. An empty cell leaves it as it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterRow:
    """One device of the list. `values` holds only what the row says; None there means: take it away."""

    line: int
    serial_number: str
    values: Mapping[Column, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong: the line and column as a spreadsheet counts them, what is wrong, and the way out."""

    line: int
    column: str
    wrong: str
    way_out: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.wrong}. {self.way_out}."


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadingUse:
    """How one heading of the list was understood: the column it is taken as, or None and why it is left out."""

    title: str
    column: Column | None
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineLeftOut:
    """A line that is no device in use: a sum, a footer, or a device that the list itself says is gone or broken."""

    line: int
    said: str
    why: str
    serial_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterReading:
    """A list as read: good rows, problems by line, how each heading was understood, and which lines are no devices.

    `remarks` say in words how the list was understood. `is_readable` is false where the file as a whole could not be
    read: then there is nothing to skip.
    """

    rows: tuple[RosterRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    headings: tuple[HeadingUse, ...] = ()
    left_out: tuple[LineLeftOut, ...] = ()
    is_readable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterChanges:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    sites: tuple[str, ...] = ()
    carts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[str, ...] = field(default=())

    @property
    def total(self) -> int:
        """How many devices were added or changed."""
        return self.added + self.changed
