"""Reckons lesson minutes: how many a device costs its pupils in a year, and how many each remedy wins back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from rollcall_collector.judge.arrays import DAYS_A_YEAR
from rollcall_collector.model.judgement import ANY, Judgement, StartJudgement
from rollcall_collector.procurement.minutes_table import MinutesTable

TYPICAL_DAYS = 180
"""Days a device is in use in a year where nothing is known of any (an assumption: a school year has so many)."""
WATCHED_DAYS = 180
"""A device watched for a shorter time has not shown its share of the year: holidays and terms weigh too much."""
FLAT_EVERY = 10
"""A spent battery runs empty in a lesson on every tenth day of use, once a fortnight of school (an assumption)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a device's minutes are reckoned from. `active_share` is the share of the year's days on which it is used.

    `rates` are of the kinds in which it failed; None where it was never judged, `starts` where none were counted.
    """

    active_share: float
    rates: Sequence[Judgement] | None = None
    starts: StartJudgement | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Won:
    """Minutes won back: in every year, and `once`. `unmeasured` names what is not among them because nobody knows."""

    yearly: float = 0.0
    once: float = 0.0
    unmeasured: tuple[str, ...] = ()

    def over(self, years: float) -> float:
        """All minutes of so many years."""
        return self.yearly * years + self.once

    def __add__(self, other: "Won") -> "Won":
        return Won(
            yearly=self.yearly + other.yearly,
            once=self.once + other.once,
            unmeasured=tuple(dict.fromkeys(self.unmeasured + other.unmeasured)),
        )


def lose_to_failures(record: Record, table: MinutesTable) -> dict[str, float] | None:
    """Minutes a calendar year lost to each kind of failure; None where the device was never judged.

    Forecast incidents of an active year, times the share of the year in which it is active, times the minutes of one.
    """
    if record.rates is None:
        return None
    return {
        one.channel: one.forecast_yearly * record.active_share * table.of(one.channel)
        for one in record.rates
        if one.channel != ANY
    }


def lose_to_waiting(starts: StartJudgement | None) -> float | None:
    """Minutes a year of waiting for starts longer than its model's; None where its starts are not measured."""
    if starts is None or starts.now_seconds is None or starts.model_seconds is None:
        return None
    return starts.starts_yearly * max(0.0, starts.now_seconds - starts.model_seconds) / 60


def win_by_mending(record: Record, table: MinutesTable, channel: str) -> Won:
    """What mending one part wins back: that kind of failure as far as it is above the model's usual."""
    return _above_usual(record, table, {channel})


def win_by_new_battery(record: Record, table: MinutesTable) -> Won:
    """What a new battery wins back in a device whose battery is spent."""
    flat_days = record.active_share * DAYS_A_YEAR / FLAT_EVERY
    return Won(yearly=flat_days * table.battery)


def win_by_new_disk(record: Record, table: MinutesTable, *, is_failing: bool) -> Won:
    """What a new disk wins back; one that fails a published rule will fail once more, for good, within the year."""
    once = Won(once=table.storage) if is_failing else Won()
    return _above_usual(record, table, {"storage"}) + once


def win_by_quicker_starts(record: Record, *, seconds_over_usual: float | None = None) -> Won:
    """What curing slow starts wins back: down to the device's own usual time where that is known, else its model's."""
    if seconds_over_usual is None or record.starts is None:
        return _waiting(record)
    return Won(yearly=record.starts.starts_yearly * max(0.0, seconds_over_usual) / 60)


def win_by_replacing(
    record: Record, table: MinutesTable, *, has_spent_battery: bool = False, has_failing_disk: bool = False
) -> Won:
    """What a new device wins back: all above the model's usual, for a new one fails at that rate too."""
    failures, waiting = _above_usual(record, table, None), _waiting(record)
    battery = win_by_new_battery(record, table).yearly if has_spent_battery else 0.0
    return Won(
        yearly=failures.yearly + waiting.yearly + battery,
        once=table.storage if has_failing_disk else 0.0,
        unmeasured=failures.unmeasured + waiting.unmeasured,
    )


def typical_share(shares: Iterable[tuple[int, int, int]]) -> float:
    """The share of days on which the fleet's devices are used: the median over those watched for long enough.

    `shares` are (active days, days watched, devices); an assumed school year where nothing was watched for long.
    """
    known = sorted(
        chain.from_iterable(
            repeat(active / watched, devices)
            for active, watched, devices in shares
            if watched >= WATCHED_DAYS and active > 0
        )
    )
    return known[len(known) // 2] if known else TYPICAL_DAYS / DAYS_A_YEAR


def active_share(active_days: int, watched_days: int | None, *, typical: float) -> float:
    """The share of days on which one device is used: its own, else what is typical of the fleet."""
    if watched_days is None or watched_days < WATCHED_DAYS or active_days <= 0:
        return typical
    return min(1.0, active_days / watched_days)


def _above_usual(record: Record, table: MinutesTable, channels: set[str] | None) -> Won:
    if record.rates is None:
        return Won(unmeasured=("failures",))
    minutes = 0.0
    for one in record.rates:
        if one.ratio > 1 and one.channel != ANY and (channels is None or one.channel in channels):
            minutes += one.forecast_yearly * (1 - 1 / one.ratio) * table.of(one.channel)
    return Won(yearly=minutes * record.active_share)


def _waiting(record: Record) -> Won:
    waiting = lose_to_waiting(record.starts)
    return Won(unmeasured=("waiting",)) if waiting is None else Won(yearly=waiting)
