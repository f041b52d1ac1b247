"""Operating system versions of the make-believe year: when each came out, what it did to start-up, which was bad."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.schoolyear import SchoolDay

_EVERY_DAYS = 45
_NAMES = {
    "chromeos": "{0}.0.{1}",
    "ipados": "26.{2}",
    "windows-10": "10.0.19045.{1}",
    "windows-11": "10.0.26100.{1}",
    "macos": "26.{2}",
    "linux": "6.12.{1}",
}
LAG_DAYS_MAX = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One version. `boot_factor` is how long starts take under it, against the first version of the year."""

    version: str
    on: date
    boot_factor: float = 1.0
    bad_for: str | None = None
    """The model that crashes under it; None for a good version."""


def releases(line: str, *, first: date, last: date, random: Random) -> tuple[Release, ...]:
    """The versions of one system: the one before the first day, then one about every six weeks."""
    found: list[Release] = []
    on, factor, build = first - timedelta(days=60), 1.0, random.randint(1000, 4000)
    while on <= last:
        number = len(found)
        factor *= priors.UPDATE_BOOT_FACTORS.get(number, 1.0)
        name = _NAMES[line].format(140 + number, build, number)
        found.append(Release(version=name, on=on, boot_factor=round(factor * random.uniform(0.98, 1.02), 3)))
        build += random.randint(100, 400)
        on = first if number == 0 else on
        on += timedelta(days=_EVERY_DAYS + random.randint(-6, 6))
    return tuple(found)


def with_one_bad(found: tuple[Release, ...], *, model: str, days: tuple[SchoolDay, ...]) -> tuple[Release, ...]:
    """The same versions, of which the one that ran on most school days before its successor is bad for a model.

    The last version is never bad, so that the fix is seen as well; with fewer than three versions none is.
    """
    if len(found) < len(("before", "bad", "fixed")):
        return found
    spans = {
        number: sum(found[number].on <= day.on < found[number + 1].on for day in days)
        for number in range(1, len(found) - 1)
    }
    worst = max(spans, key=lambda number: (spans[number], number))
    return (*found[:worst], replace(found[worst], bad_for=model), *found[worst + 1 :])


def installs(found: tuple[Release, ...], random: Random) -> tuple[tuple[date, Release], ...]:
    """When one device takes each version: a staged roll-out, a few days after it came out."""
    lags = (min(LAG_DAYS_MAX, int(random.expovariate(1 / priors.UPDATE_LAG_DAYS))) for _ in found)
    return tuple((one.on + timedelta(days=lag), one) for one, lag in zip(found, lags, strict=True))
