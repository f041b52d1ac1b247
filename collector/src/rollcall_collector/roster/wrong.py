"""A cell that cannot be read, and one that says nothing: what is wrong with it, and what to write instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is expected of people's lists is a value, not an exception."""

    wrong: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A cell that is filled and yet says nothing, like a price of 0; what is known stays. `why` goes into a remark."""

    why: str
