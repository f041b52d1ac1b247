"""Reads what the present battery holds out of a device's days, as every battery rule reads it."""

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median

from rollcall_collector.judge.findings.rule import READING_DAYS, SPAN_DAYS
from rollcall_collector.model.fact import DeviceDay
from rollcall_collector.model.reading import Reading

LEAST_READINGS = 3
JUMP = 8.0
"""Health that leaps by more points than this is a new battery, not a recovery (shared by every battery rule)."""
READ = Reading(field="battery_full_wh", over="battery_design_wh")
"""The reading itself, for a rule that looks at it where something else asks for a look."""


def held_percent(days: Sequence[DeviceDay], today: date) -> float | None:
    """What the present battery holds, in percent of its design: the median of its newest days' readings."""
    readings = newest_readings(days, today)
    return median(health_percent(day) for day in readings) if len(readings) >= LEAST_READINGS else None


def newest_readings(days: Sequence[DeviceDay], today: date) -> list[DeviceDay]:
    """The readings of the newest 30 days that have any, since the battery was last changed."""
    readings = [day for day in days if _is_read(day) and today - day.on <= timedelta(days=READING_DAYS)]
    for place in range(len(readings) - 1, 0, -1):
        if health_percent(readings[place]) - health_percent(readings[place - 1]) > JUMP:
            readings = readings[place:]
            break
    return [day for day in readings if readings[-1].on - day.on < timedelta(days=SPAN_DAYS)]


def has_new_battery(days: Sequence[DeviceDay], since: date) -> bool:
    """Whether what the battery holds has leapt up since that day."""
    readings = [day for day in days if _is_read(day)]
    before = [health_percent(day) for day in readings if day.on <= since]
    after = [health_percent(day) for day in readings if day.on > since]
    return bool(before and after) and after[-1] - before[-1] > JUMP


def health_percent(day: DeviceDay) -> float:
    """Full charge over design, in percent."""
    return 100 * (day.battery_full_wh or 0) / (day.battery_design_wh or 1)


def _is_read(day: DeviceDay) -> bool:
    return day.battery_full_wh is not None and bool(day.battery_design_wh)
