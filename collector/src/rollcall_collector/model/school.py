"""The school's day where a site does not say its own: zone and hours, the section [school] of the settings."""

import re
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollcall_wire import SchoolHours

DAY_MINUTES = 24 * 60


def read_clock(text: str) -> int:
    """`07:30` as minutes after midnight; `24:00` is the day's end. Raises ValueError saying how to write it."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])", text)
    minute = DAY_MINUTES + 1 if found is None else 60 * int(found[1]) + int(found[2])
    if minute > DAY_MINUTES:
        raise ValueError(f"'{text}' is no time of day: write it like 07:30")
    return minute


def say_clock(minute: int) -> str:
    """Minutes after midnight as `07:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolSettings:
    """Zone and hours of what belongs to no site yet, and of new sites. Raises ValueError for what cannot be a day."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    zone: str = ""
    opens: str = "07:00"
    closes: str = "17:00"

    def __post_init__(self) -> None:
        if self.zone:
            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"zone: '{self.zone}' is no zone: write it like Europe/Berlin") from None
        if read_clock(self.opens) >= read_clock(self.closes):
            raise ValueError("opens must be before closes")

    @property
    def hours(self) -> SchoolHours | None:
        """The hours in which instants of devices without a site may be exact; None without a zone: then never."""
        if not self.zone:
            return None
        return SchoolHours(zone=self.zone, opens_minute=read_clock(self.opens), closes_minute=read_clock(self.closes))
