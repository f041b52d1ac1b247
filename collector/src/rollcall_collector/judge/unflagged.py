"""Says what holds of a device of which no flag speaks: healthy, or why that cannot be said yet."""

from datetime import date, timedelta

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.failures.evidence import FailureEvidence, failure_evidences
from rollcall_collector.judge.findings.unreliable import say_too_little, say_unsure
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.fact import DeviceFacts
from rollcall_collector.model.verdict import DeviceVerdict, Verdict
from rollcall_collector.model.wording import say_date

QUIET_DAYS = 90
"""A device not heard for longer is not called healthy."""


def judge_exposure(facts: DeviceFacts, today: date) -> DeviceVerdict:
    """What is said of a device of which no flag speaks: healthy only after enough days, and not in silence."""
    least = round(Parameters().least_active_days)
    days = facts.active_days
    verdict: Verdict = "not_enough_evidence"
    if facts.last_active_on is None:
        sentence = "It has not been heard yet: install and enroll its agent, or its bridge."
    elif days < least:
        sentence = f"{_active(days)} so far; from {least} on it is called healthy while no rule speaks against it."
    elif today - facts.last_active_on > timedelta(days=QUIET_DAYS):
        sentence = f"Last active on {say_date(facts.last_active_on)}: a silent device is not called healthy."
    else:
        verdict = "healthy"
        sentence = f"No rule speaks against it in {_active(days)}."
    return DeviceVerdict(verdict=verdict, sentence=sentence, active_days=days)


UNSURE_FROM = 0.5
"""A device more likely bad than not, but on no list, is not called healthy."""
_SETTLED = "What stood against it is settled. It is judged by what it does from now on."


def places_in_doubt(judged: WholeJudgement) -> Bools:
    """Of which devices `say_unlisted` may have something to say: most are on no list and as good as their peers."""
    failures = judged.failures
    found = failures.replace | failures.watch
    for one in failures.channels.values():
        found = found | (one.observed > 0) & ((one.probability >= UNSURE_FROM) | (not failures.is_enough))
    return found


def evidence_of_fleet(judged: WholeJudgement, *, parameters: Parameters | None = None) -> dict[int, FailureEvidence]:
    """What failures say of each device that may be named for them, by its place; of none without enough evidence."""
    if not judged.failures.is_enough:
        return {}
    return failure_evidences(judged.failures, np.flatnonzero(places_in_doubt(judged)), parameters=parameters)


def say_unlisted(
    judged: WholeJudgement, place: int, evidence: FailureEvidence | None, *, parameters: Parameters | None = None
) -> str | None:
    """Why a device on no list is not called healthy either; None where nothing speaks against calling it so.

    `evidence` is that of `evidence_of_fleet`.
    """
    failures = judged.failures
    if not failures.channels:
        return None
    parameters = parameters or Parameters()
    if not failures.is_enough:
        if all(int(one.weeks[place]) < parameters.least_incidents for one in failures.channels.values()):
            return None
        return say_too_little(
            failures.incident_count,
            failures.history_days,
            least_incidents=parameters.fleet_incidents,
            least_days=parameters.fleet_days,
        )
    return None if evidence is None else say_doubt(evidence)


def say_doubt(found: FailureEvidence) -> str | None:
    """The same from the evidence alone; what is said of a listed device holds once its flag is settled."""
    if found.listed != "none":
        return _SETTLED
    return say_unsure(found) if found.observed and found.probability >= UNSURE_FROM else None


def _active(days: int) -> str:
    return "1 active day" if days == 1 else f"{days} active days"
