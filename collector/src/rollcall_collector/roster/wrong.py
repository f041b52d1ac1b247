"""A cell that cannot be read: what is wrong with it, and what to write instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is expected of people's lists is a value, not an exception."""

    wrong: str
    way_out: str
