"""Puts together the record of each group of devices: rate, lists, starts, ages, batteries."""

from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.medians import group_quantiles
from rollcall_collector.judge.models.ageing import Lives, age_curves, read_lives
from rollcall_collector.judge.models.counts import HARDWARE, Counted, count_calm, every_incident, incidents_of
from rollcall_collector.judge.models.rates import ModelRate, rate_models
from rollcall_collector.judge.models.starts import starts_now
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.hardware import Ageing, BatteryFigures, LifeRecord, StartFigures

LEAST_HEALTH = 0.80


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What is known by device, before it is added up; `is_telling`: a device of its platform has told a failure."""

    judged: WholeJudgement
    history: FleetHistory
    counted: Counted
    lives: Lives
    is_telling: Bools


def measure(judged: WholeJudgement, history: FleetHistory) -> Measured:
    """The fleet by device, counted with its models' struck months left out."""
    model, platform = judged.arrays.levels[1], judged.arrays.levels[2]
    incidents = every_incident(judged, history)
    used = judged.arrays.first_day, judged.arrays.last_day
    told = np.bincount(
        platform[np.asarray(history.failures.device, dtype=np.int64)], minlength=int(platform.max(initial=-1)) + 1
    )
    return Measured(
        judged=judged,
        history=history,
        counted=count_calm(judged, history, model, incidents),
        lives=read_lives(history, used, incidents, incidents_of(judged, history, HARDWARE)),
        is_telling=told[platform] > 0,
    )


def rates_of(known: Measured, group: Ints) -> list[ModelRate]:
    """One rate a group; where nobody of the platform tells failures there is none: silence is not health."""
    rates = rate_models(group, known.counted.days, known.counted.incidents)
    telling = _are_telling(known, group, groups=len(rates))
    return [
        one if tells else replace(one, rate=None, interval=None) for one, tells in zip(rates, telling, strict=True)
    ]


def records_of(known: Measured, group: Ints, rates: list[ModelRate]) -> list[LifeRecord]:
    """One record a group, in the order of its codes; `group` has one code a device."""
    groups, judged = len(rates), known.judged
    starts = starts_now(judged, group, groups=groups)
    telling = _are_telling(known, group, groups=groups)
    ages = age_curves(known.lives, group, [one.is_sufficient for one in rates])
    batteries = _batteries(judged, group, groups=groups)
    in_use = judged.arrays.in_service & (judged.arrays.exposure.sum(axis=1) > 0)
    sums = [
        np.bincount(group, weights=one, minlength=groups).astype(np.int64)
        for one in (in_use, known.counted.left_out, judged.failures.replace, judged.failures.watch)
    ]
    return [
        _record(
            rates[one],
            tuple(int(column[one]) for column in sums),
            starts=starts[one],
            ageing=ages[one],
            batteries=batteries[one],
            is_telling=telling[one],
        )
        for one in range(groups)
    ]


def _record(
    rate: ModelRate,
    sums: tuple[int, ...],
    *,
    starts: StartFigures | None,
    ageing: Ageing | None,
    batteries: BatteryFigures | None,
    is_telling: bool,
) -> LifeRecord:
    in_service, left_out, named_replace, named_watch = sums
    low, high = rate.interval or (None, None)
    return LifeRecord(
        devices=rate.devices,
        in_service=in_service,
        device_days=round(rate.device_days, 1),
        incidents=rate.incidents if is_telling else None,
        left_out=left_out,
        rate=_rounded(rate.rate),
        low=_rounded(low),
        high=_rounded(high),
        dispersion=round(rate.dispersion, 3),
        lacking=rate.lacking,
        named_replace=named_replace,
        named_watch=named_watch,
        starts=starts,
        ageing=ageing,
        batteries=batteries,
    )


def _are_telling(known: Measured, group: Ints, *, groups: int) -> list[bool]:
    return [bool(one) for one in np.bincount(group, weights=known.is_telling, minlength=groups)]


def _batteries(judged: WholeJudgement, group: Ints, *, groups: int) -> list[BatteryFigures | None]:
    found = judged.batteries
    is_read = np.isfinite(found.health) & judged.arrays.in_service
    health = _middle(np.where(is_read, found.health, np.nan), group, groups)
    loss = _middle(np.where(is_read, found.loss, np.nan), group, groups)
    read, under, due = (
        np.bincount(group, weights=one, minlength=groups)
        for one in (is_read, is_read & (found.health < LEAST_HEALTH), is_read & found.is_due)
    )
    return [
        BatteryFigures(
            devices=int(read[one]),
            median_health=round(float(health[one]), 4),
            under_80=int(under[one]),
            due=int(due[one]),
            loss_monthly=_rounded(float(loss[one])),
        )
        if read[one]
        else None
        for one in range(groups)
    ]


def _middle(values: Floats, group: Ints, groups: int) -> Floats:
    return group_quantiles(values, group, (0.5,), groups=groups)[:, 0]


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 6)
