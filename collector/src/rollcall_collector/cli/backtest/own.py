"""Back-tests the fleet on what is kept of it here, and says plainly where that is too little yet."""

import json
from collections.abc import Callable, Sequence
from datetime import date

from rollcall_collector.backtest.as_of import LONGEST_HORIZON
from rollcall_collector.backtest.own_fleet import OwnBacktest, Shortfall, backtest_fleet
from rollcall_collector.backtest.report import Report, day_of, report_of
from rollcall_collector.cli.parts.output import plain
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.judge.parameters import Parameters

_MENDED = (
    "A device that was repaired, retired or spared because it stood on a list looks better afterwards than it would "
    "have: what became of the named devices is understated."
)


def backtest_store(
    settings: CollectorSettings,
    *,
    today: date,
    days: Sequence[date],
    horizon_days: int | None,
    parameters: Parameters,
    say: Callable[[str], None],
) -> Report | OwnBacktest:
    """The report on the fleet's own record, or what was found where no day could be judged on yet."""
    with opened_store(settings) as engine:
        found = backtest_fleet(
            engine, today=today, cuts=days, horizon_days=horizon_days, parameters=parameters, say=say
        )
    if not found.outcomes:
        return found
    notes = [f"The record begins on {found.first_on}.", *_short_horizons(found, horizon_days), _MENDED]
    notes += [_say_short(one, parameters) for one in found.shortfalls]
    return report_of(found.outcomes, parameters, notes)


def tell_shortfall(found: OwnBacktest, *, is_json: bool) -> str:
    """Why nothing could be back-tested, and when it can be."""
    if found.first_on is None:
        sentences = [
            "Too little has been heard yet: a back-test needs half a year of reports before the day it judges."
        ]
    else:
        sentences = [_say_short(one, found.parameters) for one in found.shortfalls]
    if is_json:
        told = {"first_on": found.first_on, "shortfalls": found.shortfalls, "notes": sentences}
        return json.dumps(plain(told), indent=2)
    return "\n".join(sentences)


def _short_horizons(found: OwnBacktest, asked: int | None) -> list[str]:
    if asked is not None:
        return []
    return [
        f"{one.horizon_days} days are looked ahead from {day_of(one)}, not {LONGEST_HORIZON}: the record is too short "
        "for a whole year after it and as much before."
        for one in found.outcomes
        if one.horizon_days < LONGEST_HORIZON
    ]


def _say_short(one: Shortfall, parameters: Parameters) -> str:
    has = (
        f"Before {one.at} the record has {one.history_days} days and {one.incidents:,} incidents; a back-test needs "
        f"{parameters.fleet_days} days and {parameters.fleet_incidents} incidents."
    )
    if one.possible_on is None:
        return f"{has} No incident has been recorded yet, so nobody can say when it will be possible."
    if one.earliest_on is not None and one.earliest_on > one.at:
        return f"{has} Choose {one.earliest_on} or a later day with --at."
    return f"{has} If the fleet goes on failing as it has, it will be possible from about {one.possible_on} on."
