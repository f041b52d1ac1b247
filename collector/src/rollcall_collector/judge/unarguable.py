"""Names what stands without any statistics: a disk or a battery that by its own word or a published rule is spent.

Everything else waits for enough evidence: that is a verdict too, and says how much is lacking. Nothing here compares
devices. Facts up to the day on which people called a finding done are spent and not looked at again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median

from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.verdict import Verdict

FAILURE_DAYS = 365
"""A failure report older than this no longer speaks for the device of today."""
READING_DAYS = 180
"""Nor does a reading older than this."""
SPAN_DAYS = 30
BATTERY_PERCENT = 60.0
BATTERY_READINGS = 3
BATTERY_JUMP = 8.0
"""Health that leaps by more points than this is a new battery, not a recovery (shared by every battery rule)."""
BATTERY_SOURCE = "Microsoft Endpoint analytics: under 60 % of design capacity is 'most impacted'"
RISES = 2
"""One jump of a counter may be a second disk read for the first time; two on different days are growth."""
GROWTH_SOURCE = (
    "Backblaze's published rule: growth within 30 days of attributes 187, 197, 198, or of NVMe media errors"
)
_DISK_SAYS = {
    "smart_failing": "its own health check (SMART) says that it is failing",
    "spare_low": "it has used up its spare blocks",
    "read_only": "it has locked itself against writing",
}
_COUNTERS = {"media_errors": "reads it could not mend", "pending_sectors": "sectors it could not read"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Growth:
    """A counter that grew between two days."""

    counter: str
    first: int
    last: int
    first_on: date
    last_on: date


def find_unarguable(facts: DeviceFacts, today: date) -> tuple[Finding, ...]:
    """Every finding that stands, each with a sentence that can be checked against its numbers."""
    found = (rule(_unspent(facts, name), today) for name, rule in RULES.items())
    return tuple(finding for finding in found if finding is not None)


def _failing_disk(facts: DeviceFacts, today: date) -> Finding | None:
    last = _last_failure(facts.failures, "storage", _DISK_SAYS, today)
    if last is None:
        return None
    return Finding(
        finding="failing_disk",
        verdict=_mending(facts, today),
        sentence=f"Replace the disk: on {_on(last.occurred_on)} {_DISK_SAYS[last.code]}.{_claim(facts, today)}",
        evidence={
            **last.evidence,
            "code": last.code,
            "on": last.occurred_on.isoformat(),
            "reports": _count(facts.failures, last),
        },
    )


def _growing_errors(facts: DeviceFacts, today: date) -> Finding | None:
    found = _counted_growth(facts.days, today) or _reported_growth(facts.failures, today)
    if found is None:
        return None
    grown = found.last - found.first
    when = f"on {_on(found.last_on)}"
    if found.first_on != found.last_on:
        when = f"between {_on(found.first_on)} and {_on(found.last_on)}"
    return Finding(
        finding="growing_disk_errors",
        verdict=_mending(facts, today),
        sentence=(
            f"Replace the disk: {_COUNTERS[found.counter]} grew by {grown} {when}, "
            f"from {found.first} to {found.last}. ({GROWTH_SOURCE}.){_claim(facts, today)}"
        ),
        evidence={
            "counter": found.counter,
            "first": found.first,
            "first_on": found.first_on.isoformat(),
            "last": found.last,
            "last_on": found.last_on.isoformat(),
            "source": GROWTH_SOURCE,
        },
    )


def battery_percent(facts: DeviceFacts, today: date) -> float | None:
    """What the present battery holds, in percent of its design: the median of its newest days' readings."""
    readings = _battery_readings(facts.days, today)
    return median(_health(day) for day in readings) if len(readings) >= BATTERY_READINGS else None


def _worn_battery(facts: DeviceFacts, today: date) -> Finding | None:
    health, readings = battery_percent(facts, today), _battery_readings(facts.days, today)
    if health is None or health >= BATTERY_PERCENT:
        return None
    last = readings[-1]
    cycles = "" if last.battery_cycles is None else f" after {last.battery_cycles} charges"
    return Finding(
        finding="worn_battery",
        verdict=_mending(facts, today),
        sentence=(
            f"Replace the battery: it holds {last.battery_full_wh:.1f} of {last.battery_design_wh:.1f} Wh{cycles}, "
            f"{health:.0f} % in the middle of {len(readings)} days' readings up to {_on(last.on)}. "
            f"({BATTERY_SOURCE}.){_claim(facts, today)}"
        ),
        evidence={
            "median_percent": round(health, 1),
            "battery_full_wh": last.battery_full_wh,
            "battery_design_wh": last.battery_design_wh,
            "battery_cycles": last.battery_cycles,
            "readings": len(readings),
            "last_on": last.on.isoformat(),
            "rule": f"median under {BATTERY_PERCENT:.0f} % of design, {BATTERY_READINGS} days or more",
            "source": BATTERY_SOURCE,
        },
    )


def _replace_now(facts: DeviceFacts, today: date) -> Finding | None:
    last = _last_failure(facts.failures, "battery", ("replace_now",), today)
    if last is None or _has_new_battery(facts.days, last.occurred_on):
        return None
    return Finding(
        finding="battery_replace_now",
        verdict=_mending(facts, today),
        sentence=(
            f"Replace the battery: on {_on(last.occurred_on)} the device itself reported 'replace now'."
            f"{_claim(facts, today)}"
        ),
        evidence={
            **last.evidence,
            "code": last.code,
            "on": last.occurred_on.isoformat(),
            "source": "the maker's own battery check",
        },
    )


def _unspent(facts: DeviceFacts, finding: str) -> DeviceFacts:
    spent_on = (facts.settled or {}).get(finding)
    if spent_on is None:
        return facts
    return replace(
        facts,
        failures=tuple(one for one in facts.failures if one.occurred_on > spent_on),
        days=tuple(one for one in facts.days if one.on > spent_on),
    )


def _last_failure(failures: Sequence[Failure], channel: str, codes: Iterable[str], today: date) -> Failure | None:
    since = today - timedelta(days=FAILURE_DAYS)
    wanted = [one for one in failures if one.channel == channel and one.code in codes and one.occurred_on > since]
    return max(wanted, key=lambda one: one.occurred_on, default=None)


def _count(failures: Sequence[Failure], like: Failure) -> int:
    return sum(one.count for one in failures if one.code == like.code)


def _counted_growth(days: Sequence[DeviceDay], today: date) -> _Growth | None:
    """The newest span of 30 days in which a day's reading rose above all earlier ones, on two days or more."""
    for counter in _COUNTERS:
        read = [(day.on, value) for day in days if (value := getattr(day, counter)) is not None]
        read = [one for one in read if today - one[0] <= timedelta(days=READING_DAYS)]
        rises = [
            (on, value)
            for place, (on, value) in enumerate(read)
            if place and value > max(earlier for _, earlier in read[:place])
        ]
        rises = [one for one in rises if rises[-1][0] - one[0] <= timedelta(days=SPAN_DAYS)]
        if len(rises) >= RISES:
            before = [one for one in read if one[0] < rises[0][0]][-1]
            return _Growth(
                counter=counter, first=before[1], last=rises[-1][1], first_on=before[0], last_on=rises[-1][0]
            )
    return None


def _reported_growth(failures: Sequence[Failure], today: date) -> _Growth | None:
    """Growth that the device itself counted, disk by disk, since it last looked."""
    for counter in _COUNTERS:
        last = _last_failure(failures, "storage", (counter,), today)
        if last is None or (delta := last.evidence.get("delta")) is None or delta <= 0:
            continue
        value = last.evidence.get("value", delta)
        return _Growth(
            counter=counter,
            first=max(0, round(value - delta)),
            last=round(value),
            first_on=last.occurred_on,
            last_on=last.occurred_on,
        )
    return None


def _battery_readings(days: Sequence[DeviceDay], today: date) -> list[DeviceDay]:
    """The readings of the newest 30 days that have any, since the battery was last changed."""
    readings = [day for day in days if _is_battery_read(day) and today - day.on <= timedelta(days=READING_DAYS)]
    for place in range(len(readings) - 1, 0, -1):
        if _health(readings[place]) - _health(readings[place - 1]) > BATTERY_JUMP:
            readings = readings[place:]
            break
    return [day for day in readings if readings[-1].on - day.on < timedelta(days=SPAN_DAYS)]


def _has_new_battery(days: Sequence[DeviceDay], since: date) -> bool:
    readings = [day for day in days if _is_battery_read(day)]
    before = [_health(day) for day in readings if day.on <= since]
    after = [_health(day) for day in readings if day.on > since]
    return bool(before and after) and after[-1] - before[-1] > BATTERY_JUMP


def _is_battery_read(day: DeviceDay) -> bool:
    return day.battery_full_wh is not None and bool(day.battery_design_wh)


def _health(day: DeviceDay) -> float:
    return 100 * (day.battery_full_wh or 0) / (day.battery_design_wh or 1)


def _mending(facts: DeviceFacts, today: date) -> Verdict:
    """A repair, or the vendor's business while the warranty lasts."""
    return "claim" if facts.warranty_until is not None and facts.warranty_until >= today else "repair"


def _claim(facts: DeviceFacts, today: date) -> str:
    if facts.warranty_until is None or facts.warranty_until < today:
        return ""
    return f" Its warranty lasts until {_on(facts.warranty_until)}: claim it from the vendor."


def _days(count: int) -> str:
    return "1 active day" if count == 1 else f"{count} active days"


def _on(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


RULES: dict[str, Callable[[DeviceFacts, date], Finding | None]] = {
    "failing_disk": _failing_disk,
    "growing_disk_errors": _growing_errors,
    "worn_battery": _worn_battery,
    "battery_replace_now": _replace_now,
}
"""Every finding of this judging, and the rule that makes it."""
