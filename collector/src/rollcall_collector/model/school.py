"""The school as a whole: its name, and the day of a site that does not say its own; as set in a file, or by people."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollcall_collector.model.site import NewSite
from rollcall_wire import SchoolHours

DAY_MINUTES = 24 * 60
FIRST_SITE = "This school"
"""What the first site is called until somebody says how the school is called."""
NAME_MAX = 100
_OPENS, _CLOSES, _DAYS = "07:00", "17:00", "12345"


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
    """What the section [school] of the settings says, or what people entered; empty is not said here.

    Hours are said together: who says one of them says the other by its default. Raises ValueError for what cannot be.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str = ""
    zone: str = ""
    opens: str = ""
    closes: str = ""
    days: str = ""

    def __post_init__(self) -> None:
        if len(self.name) > NAME_MAX or not self.name.isprintable():
            raise ValueError(f"name: at most {NAME_MAX} letters that can be printed")
        if self.zone:
            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"zone: '{self.zone}' is no zone: write it like Europe/Berlin") from None
        if read_clock(self.opens or _OPENS) >= read_clock(self.closes or _CLOSES):
            raise ValueError("opens must be before closes")
        if set(self.days) - set("1234567") or len(set(self.days)) != len(self.days):
            raise ValueError(f"days: '{self.days}' names no weekdays: Monday to Friday is 12345")

    @property
    def said(self) -> frozenset[str]:
        """Which settings are said here: of name, zone, hours, days."""
        said = {"name": self.name, "zone": self.zone, "hours": self.opens or self.closes, "days": self.days}
        return frozenset(name for name, value in said.items() if value)


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    """The school as it holds now; `name` is empty until somebody says it.

    Minutes count from midnight, days are ISO weekdays, holidays those entered for the whole school. `of_file`
    names what the settings file says: it wins.
    """

    zone: str
    name: str = ""
    is_zone_said: bool = False
    opens_minute: int = 420
    closes_minute: int = 1020
    days: str = _DAYS
    holidays: tuple[tuple[date, str], ...] = ()
    of_file: frozenset[str] = frozenset()

    @property
    def hours(self) -> SchoolHours | None:
        """The hours in which instants of devices without a site may be exact; None until somebody says a zone."""
        if not self.is_zone_said:
            return None
        return SchoolHours(
            zone=self.zone,
            days=tuple(int(day) for day in self.days),
            opens_minute=self.opens_minute,
            closes_minute=self.closes_minute,
        )

    @property
    def first_site(self) -> str:
        """What the one site is called as long as nobody named another."""
        return self.name or FIRST_SITE

    @property
    def new_site(self) -> NewSite:
        """What a site gets that is only named so far."""
        return NewSite(
            zone=self.zone,
            opens_minute=self.opens_minute,
            closes_minute=self.closes_minute,
            days=self.days,
            holidays=self.holidays,
        )


def school_of(file: SchoolSettings, entered: Mapping[str, Any], *, usual_zone: str) -> School:
    """What the file says, else what people entered, else this machine's zone and the usual hours."""
    said = SchoolSettings(**{name: entered[name] for name in asdict(SchoolSettings()) if name in entered})
    hours = file if "hours" in file.said else said
    return School(
        name=file.name or said.name,
        zone=file.zone or said.zone or usual_zone,
        is_zone_said=bool(file.zone or said.zone),
        opens_minute=read_clock(hours.opens or _OPENS),
        closes_minute=read_clock(hours.closes or _CLOSES),
        days="".join(sorted(file.days or said.days or _DAYS)),
        holidays=tuple((date.fromisoformat(on), called) for on, called in sorted(entered.get("holidays", {}).items())),
        of_file=file.said,
    )
