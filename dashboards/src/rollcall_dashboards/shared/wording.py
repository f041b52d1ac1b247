"""Says instants, days, sizes and shares as people write them, in the zone of their school."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollcall_collector.carts.told import midnight
from rollcall_collector.model import wording
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.model.wording import MONTHS
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_wire.codes import SYSTEMS

_SOURCE = re.compile(r" \([^()]*\.\)")
_BRACKETS = re.compile(r" \([^()]*\)")
_END = re.compile(r"(?<=\.) (?=[A-Z0-9])")
_SHORT = 70
"""So few letters say what to do, not yet why."""
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOT_KNOWN = "\N{EN DASH}"


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name; UTC where the name is empty or unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def say_sites(scope: Scope, sites: Iterable[Site]) -> str:
    """`all sites`, `no site`, or the names of those of these that are in scope."""
    if scope.is_all:
        return translate("all sites")
    return ", ".join(one.name for one in sites if one.site in (scope.sites or ())) or translate("no site")


def say_day(on: date | None, *, today: date | None = None) -> str:
    """`Mon 23 Nov 2026`; the year is left out where it is today's."""
    if on is None:
        return NOT_KNOWN
    year = "" if today is not None and on.year == today.year else f" {on.year}"
    return f"{translate(_WEEKDAYS[on.weekday()])} {on.day} {translate(MONTHS[on.month - 1])}{year}"


def say_date(on: date | None) -> str:
    """`23 Nov 2026`, for papers and narrow columns."""
    return NOT_KNOWN if on is None else f"{on.day} {say_month(on)}"


def say_month(on: date) -> str:
    """`Nov 2026`."""
    return f"{translate(MONTHS[on.month - 1])} {on.year}"


def say_instant(at: datetime | None, zone: str, *, now: datetime, is_day_only: bool = False) -> str:
    """`Mon 23 Nov, 08:14` in the school's zone.

    What happened outside school hours is known to its day only and arrives as midnight: it is said as a day.
    """
    if at is None:
        return NOT_KNOWN
    local = at.astimezone(zone_of(zone))
    day = say_day(local.date(), today=now.astimezone(zone_of(zone)).date())
    return day if is_day_only or is_start_of_day(at, zone) else f"{day}, {local:%H:%M}"


def is_start_of_day(at: datetime, zone: str) -> bool:
    """Whether the day begins there at this instant, which then stands for the day; UTC where the zone is unknown."""
    return at == midnight(zone_of(zone), at)


def say_ago(at: datetime | None, zone: str, *, now: datetime) -> str:
    """`12 min ago` within two hours, `today 08:14`, `yesterday`, else the day."""
    if at is None:
        return translate("never")
    there = zone_of(zone)
    local, today = at.astimezone(there), now.astimezone(there).date()
    is_midnight = is_start_of_day(at, zone)
    if timedelta(0) <= now - at < timedelta(hours=2) and not is_midnight:
        minutes = int((now - at).total_seconds() // 60)
        return translate_count("%(num)s min ago", "%(num)s min ago", minutes) if minutes else translate("just now")
    if local.date() == today:
        return translate("today") if is_midnight else translate("today %(at)s", at=f"{local:%H:%M}")
    if local.date() == today - timedelta(days=1):
        return translate("yesterday")
    return say_day(local.date(), today=today)


def say_bytes(size: float | None) -> str:
    """`8.6 GB`, in powers of ten as disks are sold."""
    if size is None:
        return NOT_KNOWN
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004  # the step from unit to unit
            return f"{say_number(size)} {unit}"
        size /= 1000
    return f"{say_number(size)} TB"


def say_seconds(seconds: float | None) -> str:
    """`23 s`, `4 min 10 s`, `6 h 5 min`."""
    if seconds is None:
        return NOT_KNOWN
    whole = round(seconds)
    if whole < 100:  # noqa: PLR2004  # below it a start reads best in seconds
        return f"{say_number(seconds)} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def say_number(value: float | None) -> str:
    """A number with at most one decimal and thin spaces between thousands."""
    return NOT_KNOWN if value is None else wording.say_number(value)


def say_platform(platform: str | None) -> str:
    """`ChromeOS`; one that the wire does not know is said to be unknown."""
    return next((name for known, name in SYSTEMS.items() if known == platform), translate("System not known"))


def say_field(name: str, value: object) -> str:
    """A field of a report by the unit that its name carries; None is not measured, never zero."""
    match value:
        case None:
            return translate("not measured")
        case bool():
            return translate("yes") if value else translate("no")
        case int() | float():
            return next((say(value) for ending, say in _UNITS.items() if name.endswith(ending)), say_number(value))
        case list() | tuple():
            return ", ".join(str(one) for one in value) or translate("none")
        case _:
            return str(value)


_UNITS: dict[str, Callable[[float], str]] = {
    "_bytes": say_bytes,
    "_seconds": say_seconds,
    "_percent": lambda value: f"{say_number(value)} %",
    "_wh": lambda value: f"{say_number(value)} Wh",
    "_celsius": lambda value: f"{say_number(value)} °C",
}


def say_briefly(sentence: str) -> str:
    """A verdict's sentence without the source in brackets that ends it; the whole stands with the evidence."""
    return _SOURCE.sub("", sentence).strip()


def say_headline(sentence: str) -> str:
    """A verdict's first sentence, and the next where it is short; brackets are left out, the evidence has them."""
    first, *rest = _END.split(_BRACKETS.sub("", sentence).strip(), maxsplit=2)
    return f"{first} {rest[0]}" if rest and len(first) < _SHORT else first


def say_sentence(text: str) -> str:
    """The same with a capital at its start; `capitalize` would make the rest small."""
    return text[:1].upper() + text[1:]


def today_in(zone: str, now: datetime) -> date:
    """The day on the school's wall calendar."""
    return now.astimezone(zone_of(zone)).date()


def iso(at: datetime) -> str:
    """For the `datetime` attribute of a `time` element."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
