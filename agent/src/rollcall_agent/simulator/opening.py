"""When a make-believe device is open, and when it reads its battery: waking, by the hour while open, and closing.

A closed device reads nothing and is silent, whether it sleeps in a bag or charges in its cart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from rollcall_agent.simulator.life.schoolyear import LESSON_SECONDS, Use

PAUSE_MAX_SECONDS = 15 * 60
"""Over a longer pause it is closed and, from a cart, put back."""
_AFTER_WAKING_SECONDS = 20
_EARLIEST_SHARE = 0.8
"""A real agent comes up to a fifth of its interval early, so that a fleet does not march in step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """One time open, in seconds after midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VitalsReading:
    """When it reads (seconds after midnight), and how long it was open since the reading before or since it woke."""

    second: int
    open_seconds: int


def stretches(use: Use) -> Iterator[Stretch]:
    """The times it is open on this day; lessons with a short pause between are one."""
    opens = use.begins
    for lesson, following in zip(use.lessons, (*use.lessons[1:], None), strict=True):
        closes = lesson + LESSON_SECONDS
        if following is None:
            yield Stretch(opens=opens, closes=use.ends)
        elif following - closes > PAUSE_MAX_SECONDS:
            yield Stretch(opens=opens, closes=closes)
            opens = following + (use.begins - use.lessons[0])


def readings(stretch: Stretch, interval_seconds: int, random: Random) -> Iterator[VitalsReading]:
    """One after waking, one each interval, one when it is closed."""
    before, second = stretch.opens, stretch.opens + _AFTER_WAKING_SECONDS
    while second < stretch.closes:
        yield VitalsReading(second=second, open_seconds=second - before)
        before = second
        second += int(interval_seconds * (1 - (1 - _EARLIEST_SHARE) * random.random()))
    yield VitalsReading(second=stretch.closes, open_seconds=stretch.closes - before)
