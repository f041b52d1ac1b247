"""Five hundred ordinary iPads over a simulated year: none of the findings about managed devices names one of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from rollcall_agent.bridges.nanomdm.folding import fold
from rollcall_agent.bridges.nanomdm.record import Record
from rollcall_agent.bridges.nanomdm.status import StatusReport
from rollcall_agent.bridges.nanomdm.words import Answered, Kind, Word
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.registry import RULES, find
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.site import Site
from rollcall_wire import Vitals

IPADS, FIRST, DAYS = 500, date(2025, 8, 25), 365
MANAGED = tuple(rule for rule in RULES if ".managed." in rule.find.__module__)
HOLIDAYS = [(date(2025, 10, 20), 7), (date(2025, 12, 22), 14), (date(2026, 3, 30), 14), (date(2026, 7, 13), 42)]
SITE = Site(
    site=1,
    name="Oak",
    zone="UTC",
    holidays=frozenset(first + timedelta(days=day) for first, count in HOLIDAYS for day in range(count)),
)


def life(random: Random) -> Iterator[Word]:
    """A year: answers on school days, a drawer or a sick pupil for some, updates that wait for days and may fail once."""
    away, free, battery = 0, random.uniform(12, 50), random.uniform(30, 100)
    pending_days = failures = 0
    yield word(FIRST, "authenticate")
    for on in (FIRST + timedelta(days=day) for day in range(DAYS)):
        if on == date(2026, 8, 17):
            yield word(on, "authenticate")  # erased for its next pupil
        if not SITE.is_school_day(on):
            continue
        away = away - 1 if away else (random.randrange(2, 6) if random.random() < 0.004 else 0)
        if away:
            continue
        free = min(55, max(7.5, free + random.gauss(0, 0.4)))
        battery = min(100, max(5, battery + random.uniform(-40, 40)))
        answered: Answered = random.choices(("Acknowledged", "NotNow", "Error"), (970, 26, 4))[0]
        room = {"level_percent": battery, "storage_bytes": 64 * 10**9, "storage_free_bytes": round(free * 10**9)}
        yield word(on, "connect", answered=answered, command="c", **(room if answered == "Acknowledged" else {}))
        was_pending = pending_days
        pending_days = random.randrange(1, 10) if pending_days == 0 and on.day == 12 else max(0, pending_days - 1)
        failures += pending_days == 1 and random.random() < 0.02
        if was_pending == pending_days == 0 and random.random() < 0.8:
            continue  # the day's full report says what the last one said: most of them are left out here
        report = StatusReport(
            is_full=True,
            battery_health="normal",
            components={"camera": False, "display": False},
            failures=failures,
            pending_version="18.9" if pending_days else "",
        )
        yield word(on, "status", report=report)


def word(on: date, kind: Kind, **said: Any) -> Word:
    """As it is read from a post; reading posts by the hundred thousand is not what is tried here."""
    at = datetime.combine(on, time(9), UTC)
    return Word(event_id="e", at=at, udid="u", kind=kind, serial_number="DMPX000001AB", product="iPad12,1", **said)


def facts_of(said: Iterator[Word]) -> tuple[list[DeviceDay], list[Failure]]:
    """What the bridge tells of it, as it is kept."""
    record, failures = Record(udid="u"), []
    days: dict[date, dict[str, Any]] = {}
    for one in said:
        told = fold(record, one, is_asked=one.command is not None)
        record, on = told.record, one.at.date()
        day = days.setdefault(on, {})
        for body in told.bodies:
            if isinstance(body, Vitals):
                day["storage_free_bytes"] = body.storage_free_bytes
            else:
                failures.append(_kept(body.channel, body.code, body.occurred_at, body.count, dict(body.evidence)))
    kept = [DeviceDay(on=on, reports=1, boots=0, unclean_stops=0, failures=0, **day) for on, day in days.items()]
    return kept, failures


@pytest.mark.slow
def test_ordinary_ipads_have_no_findings_in_a_year() -> None:
    named: Counter[str] = Counter()
    told = nights = 0

    for number in range(IPADS):
        days, failures = facts_of(life(Random(number)))
        told += len(failures)
        for today in (FIRST + timedelta(days=day) for day in range(30, DAYS, 14)):
            known = [day for day in days if day.on < today]
            facts = DeviceFacts(
                active_days=len(known),
                last_active_on=known[-1].on,
                days=tuple(known[-60:]),
                failures=tuple(one for one in failures if one.occurred_on < today),
            )
            silent = SITE.school_days_since(known[-1].on, today - timedelta(days=1))
            subject = Subject(facts=facts, papers=Papers(today=today), school_days_silent=silent, platform="ipados")
            nights += 1
            named.update(finding.finding for finding in find(subject, MANAGED))

    assert len(MANAGED) == 9
    assert (told > IPADS, nights) == (True, 12_000)  # they do tell of errors and new pupils: no finding is made of it
    assert named == {}


def _kept(channel: str, code: str, at: datetime, count: int, evidence: dict[Any, float]) -> Failure:
    return Failure(
        channel=channel,
        code=code,
        occurred_at=at,
        occurred_on=at.date(),
        is_day_only=False,
        count=count,
        boot_id=None,
        evidence=evidence,
    )
