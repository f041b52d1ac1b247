"""Single devices as the rules are given them, as short as a test wants to say them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.rule import Rule, Subject
from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.flag import Finding

TODAY = date(2026, 3, 2)


def day(ago: int, **readings: Any) -> DeviceDay:
    """An active day so many days ago, with these readings."""
    on = TODAY - timedelta(days=ago)
    return replace(DeviceDay(on=on, reports=3, boots=1, unclean_stops=0, failures=0), **readings)


def battery(ago: int, percent: float) -> DeviceDay:
    """A day on which the battery held this share of its 50 Wh."""
    return day(ago, battery_full_wh=percent / 2, battery_design_wh=50.0, battery_cycles=412)


def failure(channel: str, code: str, ago: int, **evidence: float) -> Failure:
    """One failure at nine in the morning."""
    on = TODAY - timedelta(days=ago)
    return Failure(
        channel=channel,
        code=code,
        occurred_at=datetime.combine(on, time(9), UTC),
        occurred_on=on,
        is_day_only=False,
        count=1,
        boot_id=None,
        evidence=evidence,
    )


def subject(
    *facts: DeviceDay | Failure, warranty_until: date | None = None, settled: dict[str, date] | None = None
) -> Subject:
    """A device with these facts, active until today."""
    days = sorted((fact for fact in facts if isinstance(fact, DeviceDay)), key=lambda fact: fact.on)
    return Subject(
        facts=DeviceFacts(
            active_days=200,
            last_active_on=TODAY,
            days=tuple(days),
            failures=tuple(fact for fact in facts if isinstance(fact, Failure)),
            settled=settled,
        ),
        papers=Papers(today=TODAY, warranty_until=warranty_until),
    )


def settled(given: Subject, **days_ago: int) -> Subject:
    """The same device after people were done with these findings so many days ago."""
    done = {finding: TODAY - timedelta(days=ago) for finding, ago in days_ago.items()}
    return replace(given, facts=replace(given.facts, settled=done))


def found(given: Subject, *rules: Rule) -> dict[str, Finding]:
    """What these rules find of it, by name."""
    return {finding.finding: finding for finding in registry.find(given, rules)}
