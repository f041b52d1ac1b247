"""Which of a day's readings a judging looks at, and from when on they ask for a closer look."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A field of `DeviceDay`, or its share of another (`over`), as it stood in the last months.

    A device is looked at closely where the lowest value lies under `below`, the highest reaches `at_least`, or the
    field `has_grown`. With none of these it is only read, where something else asks for a look.
    """

    field: str
    over: str | None = None
    below: float | None = None
    at_least: float | None = None
    has_grown: bool = False
