"""Says of one device everything that the fleet's judging found, finding by finding."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from rollcall_collector.judge.evidence import Papers, battery_evidence, startup_evidence
from rollcall_collector.judge.failures.evidence import failure_evidence
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.unarguable import BATTERY_JUMP
from rollcall_collector.judge.verdict import (
    UNRELIABLE,
    find_battery,
    find_failures,
    find_missing,
    find_slow_since_day_one,
    find_slow_start,
    find_support_end,
)
from rollcall_collector.model.flag import Finding

Whole = Literal["unreliable", "slow_start", "slow_since_day_one", "battery_outlook", "support_end", "missing"]
WHOLE_RULES: tuple[Whole, ...] = (
    "unreliable",
    "slow_start",
    "slow_since_day_one",
    "battery_outlook",
    "support_end",
    "missing",
)
"""The findings that need the whole fleet, or the calendar."""
_SAID_BETTER = {
    "storage": ("failing_disk", "growing_disk_errors"),
    "disk_errors": ("failing_disk", "growing_disk_errors"),
    "battery_outlook": ("worn_battery", "battery_replace_now"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is known of a device beside its record: its papers, its silence in school days, the price of a battery.

    `battery_percent` is what its present battery holds by the newest readings; `settled` has the days on which people
    were done with a finding, or dismissed it.
    """

    papers: Papers
    last_on: date | None
    school_days_silent: int
    settled: dict[str, date]
    battery_percent: float | None = None
    price: float | None = None
    swap_price: float | None = None


def deserve_a_look(judged: WholeJudgement) -> set[int]:
    """The places of devices of which the fleet's judging may have something to say, its calendar and papers apart."""
    failures, batteries = judged.failures, judged.batteries
    found = failures.replace | failures.watch | batteries.is_due | batteries.is_watched
    for one in judged.starts:
        found = found | one.slowness.is_slow | one.is_slow_from_day_one
    return set(np.flatnonzero(found & judged.arrays.in_service).tolist())


def find_whole(
    judged: WholeJudgement, place: int, standing: Standing, *, parameters: Parameters | None = None
) -> tuple[Finding, ...]:
    """Every finding on one device, by its place in the fleet's columns; what people have settled is left out."""
    papers = standing.papers
    failures = failure_evidence(judged.failures, place, parameters=parameters) if judged.failures.channels else None
    found = [
        None if failures is None else find_failures(failures, papers),
        *_find_starts(judged, place, standing),
        find_battery(
            battery_evidence(judged.batteries, place, full_wh=_full_wh(judged, place)),
            papers,
            price=standing.price,
            swap_price=standing.swap_price,
        ),
        find_support_end(papers),
        find_missing(standing.last_on, standing.school_days_silent),
    ]
    return tuple(one for one in found if one is not None and not _is_settled(one, standing))


def without_repeats(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings without those that an unarguable one says better: a dying disk is not accused twice."""
    named = {one.finding for one in findings}

    def is_said(one: Finding) -> bool:
        topic = one.evidence.get("channel") if one.finding == UNRELIABLE else one.finding
        return not named.isdisjoint(_SAID_BETTER.get(str(topic), ()))

    return tuple(one for one in findings if not is_said(one))


def _find_starts(judged: WholeJudgement, place: int, standing: Standing) -> tuple[Finding | None, ...]:
    """That of the kind of start which is worst: a PC may be slow in full starts and quick in fast ones."""
    slow = [startup_evidence(one.track, one.slowness, place) for one in judged.starts]
    worst = max((one for one in slow if one is not None), key=lambda one: one.sureness, default=None)
    from_day_one = None
    if worst is None and any(bool(one.is_slow_from_day_one[place]) for one in judged.starts):
        seconds, usual = float(judged.now_seconds[place]), float(judged.model_seconds[place])
        if np.isfinite(seconds) and np.isfinite(usual):
            from_day_one = find_slow_since_day_one(seconds, usual)
    return find_slow_start(worst, standing.papers), from_day_one


def _full_wh(judged: WholeJudgement, place: int) -> float | None:
    value = float(judged.arrays.full_wh[place])
    return value if np.isfinite(value) else None


def _is_settled(found: Finding, standing: Standing) -> bool:
    """A finding that cannot change by itself is not made again once people were done with it.

    A battery changed since the month that speaks against it needs nobody's word.
    """
    done_on = standing.settled.get(found.finding)
    match found.finding:
        case "battery_outlook":
            held, now = found.evidence["health"], standing.battery_percent
            return isinstance(held, float) and now is not None and now > 100 * held + BATTERY_JUMP
        case "missing":
            return done_on is not None and standing.last_on is not None and standing.last_on <= done_on
        case "support_end" | "slow_since_day_one":
            return done_on is not None
        case _:
            return False
