"""Back-tests the fleet on its own kept record: what its lists would have been worth on a past day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from rollcall_collector.backtest.as_of import TooShort, backtest_own, known_days_for, records_of, usual_horizon
from rollcall_collector.backtest.evaluate import CutOutcome
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.store.history.fleet_record import first_active_day, read_record
from rollcall_collector.store.instants import from_day, to_day

_LEAST_AHEAD_DAYS = 90
"""A day to judge on is proposed only where so many days have followed it."""
_LEAST_DAYS = 2
"""One to judge on, and one that follows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortfall:
    """A day that cannot be judged on yet, and why.

    `earliest_on` is the first day to judge on by this record, None where no day in it will do yet; `possible_on` is
    when today's usual question can be answered. Both are reckoned from the fleet's failures so far, None without any.
    """

    at: date
    history_days: int
    incidents: int
    earliest_on: date | None
    possible_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnBacktest:
    """What the fleet's own record says, by the days judged on; `first_on` is its first day (None: nobody heard)."""

    first_on: date | None
    parameters: Parameters
    outcomes: tuple[CutOutcome, ...]
    shortfalls: tuple[Shortfall, ...]


def backtest_fleet(
    engine: Engine,
    *,
    today: date,
    cuts: Sequence[date] = (),
    horizon_days: int | None = None,
    parameters: Parameters | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> OwnBacktest:
    """Judge the fleet as of each of `cuts` and compare with the days that followed, up to yesterday.

    Without `cuts` the day is so chosen that the horizon ends yesterday; without `horizon_days` that is a year, or half
    of the record where it is shorter, or what has passed since a cut. Raises RecordsError for a day outside it.
    """
    parameters, until = parameters or Parameters(), to_day(today)
    with engine.connect() as connection:
        first = first_active_day(connection)
        if first is None or first >= until or (not cuts and until - first < _LEAST_DAYS):
            return OwnBacktest(first_on=None, parameters=parameters, outcomes=(), shortfalls=())
        usual = horizon_days or usual_horizon(until - first)
        days = sorted({to_day(cut) for cut in cuts}) or [until - usual]
        horizons = {day: _horizon(day, usual, first=first, until=until, asked=horizon_days) for day in days}
        say("reading the fleet's record")
        record = read_record(connection, since_day=max(first, days[0] - parameters.window_days), until_day=until)
    records = records_of(record, parameters)
    outcomes, shortfalls = [], []
    for day, horizon in horizons.items():
        say(f"judging as of {from_day(day)}")
        found = backtest_own(record, records, until_day=day, horizon_days=horizon, parameters=parameters)
        if isinstance(found, CutOutcome):
            outcomes.append(found)
        else:
            shortfalls.append(_shortfall(found, first=first, until=until, horizon_days=horizon_days))
    return OwnBacktest(
        first_on=from_day(first), parameters=parameters, outcomes=tuple(outcomes), shortfalls=tuple(shortfalls)
    )


def _horizon(day: int, usual: int, *, first: int, until: int, asked: int | None) -> int:
    if day >= until:
        raise RecordsError(f"nothing has followed {from_day(day)} yet: choose a day in the past for --at")
    if day <= first:
        raise RecordsError(f"the record begins on {from_day(first)}: choose a later day than {from_day(day)} for --at")
    if asked is not None and day + asked > until:
        raise RecordsError(
            f"only {until - day} days have passed since {from_day(day)}: choose an earlier day, or a shorter --horizon"
        )
    return min(usual, until - day)


def _shortfall(found: TooShort, *, first: int, until: int, horizon_days: int | None) -> Shortfall:
    needed, least_ahead = found.days_needed, horizon_days or _LEAST_AHEAD_DAYS
    earliest = None if needed is None or first + needed + least_ahead > until else from_day(first + needed)
    possible = None if needed is None else from_day(first + known_days_for(needed, horizon_days))
    return Shortfall(
        at=from_day(found.until_day),
        history_days=found.history_days,
        incidents=found.incidents,
        earliest_on=earliest,
        possible_on=possible,
    )
