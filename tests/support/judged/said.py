"""Makes the judge speak of devices, models and fleets of which one thing or another is true."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from rollcall_collector.judge.failures.evidence import FailureEvidence, Listed, weigh
from rollcall_collector.judge.failures.what_would_change import DeviceCounts, VerdictChange
from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.battery_outlook import BatteryEvidence, find_battery
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.judge.findings.slow_since_day_one import find_slow_since_day_one
from rollcall_collector.judge.findings.slow_start import StartupEvidence, find_slow_start
from rollcall_collector.judge.findings.unreliable import find_failures, say_failures
from rollcall_collector.judge.fleet import judge_whole
from rollcall_collector.judge.likeness.compared_with import ComparedWith
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.models.advice import advise, say_advice, say_struck
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.unflagged import judge_exposure, say_doubt
from rollcall_collector.model.hardware import Beside, LifeRecord, Standing, Struck
from tests.support.fleets.ledger import Ledger
from tests.support.fleets.subjects import TODAY, subject

IN_WARRANTY = Papers(today=TODAY, warranty_until=TODAY + timedelta(days=90))
UNSUPPORTED = Papers(today=TODAY, support_until=TODAY - timedelta(days=90))
PLAIN = Papers(today=TODAY)


def told(given: Subject) -> str:
    """Everything that is found of one device."""
    return " ".join(finding.sentence for finding in registry.find(given))


def of(*facts: Any, platform: str | None = None, silent: int = 0, last_ago: int = 0, **papers: Any) -> str:
    """What is found of a device with these facts, heard so many days ago."""
    given = subject(*facts)
    facts_of = replace(given.facts, last_active_on=TODAY - timedelta(days=last_ago))
    return told(
        replace(
            given,
            facts=facts_of,
            platform=platform,
            school_days_silent=silent,
            papers=Papers(today=TODAY, **papers),
        )
    )


def failing(papers: Papers = PLAIN, **given: Any) -> str:
    """What is said of a device with eight incidents where its peers have two, but for what is `given`."""
    found = find_failures(evidence(**given), papers)
    return say_failures(evidence(**given)) if found is None else found.sentence


def evidence(**given: Any) -> FailureEvidence:
    """That of a device on the replace list."""
    usual: dict[str, Any] = {
        "channel": "hardware",
        "listed": "replace",
        "active_days": 400.0,
        "expected": 2.0,
        "ratio": 2.7,
        "probability": 0.96,
        "forecast_yearly": 3.0,
        "spread": Spread.gamma(1.6),
        "gap_days": 3,
        "weeks": 6,
        "peers": "devices of its model",
        "parameters": Parameters(),
    }
    given = usual | {"observed": {"hardware": 8}} | given
    change = _change(given, spread=given.pop("spread"), doubt=given.pop("doubt", 0.0))
    return weigh(**given, change=change)


def _change(given: dict[str, Any], *, spread: Spread | None, doubt: float) -> VerdictChange:
    if spread is None:
        return VerdictChange()
    counts = DeviceCounts(
        observed=np.array([given["observed"][given["channel"]]]),
        spread=spread,
        doubt=np.array([doubt]),
        **{name: np.array([given[name]]) for name in ("expected", "probability", "active_days", "weeks")},
    )
    return counts.changes(np.array([given["listed"] != "none"]), given["parameters"])[0]


def unsure(**given: Any) -> str:
    """What is said of a device on no list."""
    return say_doubt(evidence(listed="none", **given)) or ""


def settled(listed: Listed) -> str:
    """What is said of a device that is on this list, and no flag speaks of it."""
    return say_doubt(evidence(listed=listed)) or ""


def unheard(days: int, ago: int | None) -> str:
    """What is said of a device of which no flag speaks."""
    last = None if ago is None else TODAY - timedelta(days=ago)
    facts = replace(subject().facts, active_days=days, last_active_on=last)
    return judge_exposure(facts, TODAY).sentence


def fading(papers: Papers = PLAIN, **given: Any) -> str:
    found = BatteryEvidence(
        health=0.84,
        design_wh=50.0,
        full_wh=42.0,
        cycles=300,
        loss=0.012,
        model_loss=0.009,
        months_left=3.3,
        months_left_low=2.0,
        months_left_high=6.0,
        probability=0.97,
        hours=4.0,
        is_due=True,
    )
    finding = find_battery(replace(found, **given), papers)
    return finding.sentence if finding else ""


def slow(papers: Papers = PLAIN, **given: Any) -> str:
    found = StartupEvidence(
        since_day=20_000,
        start_kind="full",
        usual_seconds=30.0,
        now_seconds=55.0,
        peers_seconds=2.0,
        boots=18,
        sureness=6.0,
    )
    finding = find_slow_start(replace(found, **given), papers)
    return finding.sentence if finding else ""


def always_slow(of_model: int) -> str:
    return find_slow_since_day_one("full", 80, 31, 15, of_model).sentence


def record(**given: Any) -> LifeRecord:
    found = LifeRecord(
        devices=300,
        in_service=300,
        device_days=60_000.0,
        incidents=150,
        left_out=0,
        rate=0.913,
        low=0.79,
        high=1.05,
        dispersion=1.0,
        lacking=None,
        named_replace=0,
        named_watch=0,
        starts=None,
        ageing=None,
        batteries=None,
    )
    return replace(found, **given)


FEW = record(
    devices=40, device_days=8_260.0, incidents=20, rate=None, low=None, high=None, lacking="40 of 100 devices"
)
NOBODY = replace(FEW, devices=3, device_days=60.0, incidents=0, lacking="3 of 100 devices")
OTHERS = Beside(others_rate=0.9, times=1.01, low=0.8, high=1.2, likely=0.2, at_one_school=0.2)
APART = replace(OTHERS, others_rate=0.4, times=1.6)


def model(
    standing: Standing = "no_difference",
    own: LifeRecord | None = None,
    beside: Beside | None = OTHERS,
    *,
    platform: str = "windows",
) -> str:
    """The advice on a model of 300 devices."""
    own = own or record()
    return say_advice(advise(standing, beside), own, platform, beside)


def struck(**given: Any) -> str:
    found = Struck(
        channel="crash",
        platform="windows",
        model="A",
        from_on=date(2026, 1, 1),
        until_on=date(2026, 1, 31),
        devices=30,
        incidents=40,
        usual=4.2,
        version="24H2",
    )
    return say_struck(replace(found, **given))


@cache
def _compared() -> tuple[ComparedWith, dict[str, int]]:
    """One fleet: a large model, one of three devices, one whose purchase year nobody told; who is which."""
    ledger = Ledger()
    of: dict[str, int] = {}
    for name, count, year in (("large", 150, 2023), ("small", 3, 2023), ("undated", 60, -1)):
        places = ledger.add(count, model=name, year=year)
        ledger.use(places, range(24))
        for number in range(2 * count):
            ledger.fail(places[number % count], [5 + 37 * number % 700])
        of[name] = places[0]
    return judge_whole(ledger.history()).failures.channels["hardware"].compared_with, of


def peers(name: str) -> str:
    """With whom a device of that model is said to be compared."""
    compared, of = _compared()
    return compared.say(of[name])


def peers_like(**given: Any) -> str:
    """The same of one made-up device."""
    one = ComparedWith(
        level=np.array([0]),
        closest=None,
        is_small=np.array([False]),
        is_by_hours=np.array([False]),
        is_split=False,
        versionless=2,
    )
    return replace(one, **given).say(0)
