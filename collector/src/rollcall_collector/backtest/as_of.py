"""Judges the fleet as it would have been judged on a past day, and says when its record is long enough for that."""

from array import array
from dataclasses import dataclass, replace
from math import ceil
from typing import TypeVar

import numpy as np

from rollcall_collector.backtest.evaluate import CHANNEL, CutOutcome, backtest, is_ranked
from rollcall_collector.backtest.unit_records import STILL_SERVING, ActiveDays, Records
from rollcall_collector.judge.arrays import Bools, Ints, as_ints
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.reliability import FleetJudgement, judge_fleet
from rollcall_collector.judge.fleet_arrays import arrange, join_kinds
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.fleet import UNKNOWN, FailureColumns, FleetHistory, MonthColumns, StartColumns
from rollcall_collector.model.record import FleetRecord

LONGEST_HORIZON = 365
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, kw_only=True, slots=True)
class TooShort:
    """A day before which too little is on record: how much there is, and how many days before it would be enough.

    `days_needed` is reckoned from how often the fleet has failed so far; None while it never has.
    """

    until_day: int
    history_days: int
    incidents: int
    days_needed: int | None


def usual_horizon(known_days: int) -> int:
    """How far to look ahead: a year, or half of what is known where that is less."""
    return max(1, min(LONGEST_HORIZON, known_days // 2))


def known_days_for(days_needed: int, horizon_days: int | None) -> int:
    """How long a record must be to leave so many days before the cut; None looks ahead by the usual horizon."""
    if horizon_days is not None:
        return days_needed + horizon_days
    return days_needed + min(days_needed, LONGEST_HORIZON)


def backtest_own(
    record: FleetRecord, records: Records, *, until_day: int, horizon_days: int, parameters: Parameters
) -> CutOutcome | TooShort:
    """The fleet's own record judged as of a day and compared with what followed; `records` are those of `records_of`.

    Judged is as the product judges: by kind of failure, versions of the system taken out, from active days.
    """
    judged = judge_as_of(record, records, until_day=until_day, parameters=parameters)
    if not judged.is_enough:
        return TooShort(
            until_day=until_day,
            history_days=judged.history_days,
            incidents=judged.incident_count,
            days_needed=_days_needed(record, records, parameters),
        )
    return backtest(records, until_day=until_day, horizon_days=horizon_days, parameters=parameters, judged=judged)


def records_of(record: FleetRecord, parameters: Parameters) -> Records:
    """The record as plain units and incidents: all judged kinds together, from a device's first active day on."""
    history = record.history
    whole = replace(parameters, window_days=history.window_days, bin_days=history.bin_days)
    no_starts = np.zeros(len(history.starts.on), dtype=np.bool_)
    arrays = arrange(replace(history, starts=_chosen_starts(history.starts, no_starts)), whole)
    device, day = join_kinds(arrays.incidents, gap_hours=parameters.gap_hours)
    retired, bought = as_ints(history.devices.retired_on), as_ints(record.bought_on)
    return Records(
        start_day=arrays.first_day,
        end_day=np.where(retired == UNKNOWN, STILL_SERVING, retired),
        levels=arrays.levels,
        incident_device=device,
        incident_day=day,
        active=ActiveDays(device=as_ints(record.active_device), day=as_ints(record.active_on)),
        bought_day=np.where(bought == UNKNOWN, arrays.first_day, bought),
        kinds=arrays.incidents,
        site=arrays.site,
        hours=arrays.hours if np.isfinite(arrays.hours).any() else None,
    )


def judge_as_of(record: FleetRecord, records: Records, *, until_day: int, parameters: Parameters) -> FleetJudgement:
    """What the fleet's judging would have said of failures on the eve of that day, had nothing been settled before."""
    arrays = arrange(as_of(record, until_day, parameters), parameters)
    peers = choose_peers(
        arrays.levels,
        arrays.exposure.sum(axis=1, dtype=np.float64),
        least_devices=parameters.cohort_devices,
        least_years=parameters.cohort_years,
    )
    nothing = np.zeros(0, dtype=np.int64)
    return judge_fleet(
        arrays.exposure,
        peers,
        arrays.incidents or {CHANNEL: (nothing, nothing)},
        until_day=until_day,
        in_service=is_ranked(records, until_day),
        parameters=parameters,
        splits=arrays.splits,
        site=arrays.site,
        hours=arrays.hours,
    )


def as_of(record: FleetRecord, until_day: int, parameters: Parameters) -> FleetHistory:
    """The history as it would have been read on that day, batteries left out: nothing later is in it."""
    history, since = record.history, until_day - parameters.window_days
    failures, starts = history.failures, history.starts
    failed_on, started_on = as_ints(failures.on), as_ints(starts.on)
    # Failures just before the window may be the beginning of an incident within it.
    failed = (failed_on >= since - ceil(parameters.cap_days)) & (failed_on < until_day)
    started = (started_on >= since) & (started_on < until_day)
    return FleetHistory(
        until_day=until_day,
        window_days=parameters.window_days,
        bin_days=parameters.bin_days,
        devices=history.devices,
        months=_months(record, until_day, parameters),
        failures=FailureColumns(
            device=_chosen(failures.device, failed),
            channel=_chosen(failures.channel, failed),
            on=_chosen(failures.on, failed),
            at_us=_chosen(failures.at_us, failed),
            count=_chosen(failures.count, failed),
        ),
        starts=_chosen_starts(starts, started),
    )


def _months(record: FleetRecord, until_day: int, parameters: Parameters) -> MonthColumns:
    device, on = as_ints(record.active_device), as_ints(record.active_on)
    inside = (on >= until_day - parameters.window_days) & (on < until_day)
    device, on = device[inside], on[inside]
    cell = device * parameters.bins + (until_day - 1 - on) // parameters.bin_days
    order = np.lexsort((on, cell))
    months, first, count = np.unique(cell[order], return_index=True, return_counts=True)
    day = on[order]
    unknown = array("d", [float("nan")]) * len(months)
    return MonthColumns(
        device=_array(months // parameters.bins),
        bin=_array(months % parameters.bins),
        active_days=_array(count),
        first_on=_array(day[first]),
        last_on=_array(day[first + count - 1]),
        health=unknown,
        full_wh=unknown,
        drain_watts=unknown,
    )


def _days_needed(record: FleetRecord, records: Records, parameters: Parameters) -> int | None:
    """Days before the cut that would be enough, if the fleet goes on failing as often as it has."""
    if len(records.incident_day) == 0:
        return None
    known = record.history.until_day - int(records.start_day.min())
    daily = len(records.incident_day) / max(known, 1)
    return max(parameters.fleet_days, ceil(parameters.fleet_incidents / daily))


def _chosen_starts(starts: StartColumns, wanted: Bools) -> StartColumns:
    return StartColumns(
        device=_chosen(starts.device, wanted),
        on=_chosen(starts.on, wanted),
        seconds=_chosen(starts.seconds, wanted),
        version=_chosen(starts.version, wanted),
        is_fast=_chosen(starts.is_fast, wanted),
        versions=starts.versions,
    )


def _chosen(column: "array[_Number]", wanted: Bools) -> "array[_Number]":
    kept = column[:0]
    if len(column):
        kept.frombytes(np.frombuffer(column, dtype=column.typecode)[wanted].tobytes())
    return kept


def _array(values: Ints) -> "array[int]":
    kept = array("q")
    kept.frombytes(values.astype(np.int64).tobytes())
    return kept
