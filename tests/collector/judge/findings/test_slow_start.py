"""A start that became slow is told with what its peers did meanwhile."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.slow_start import find_slow_start, startup_evidence
from rollcall_collector.judge.fleet import Starts
from rollcall_collector.judge.starts.baseline import track, usable
from rollcall_collector.judge.starts.slowness import judge_startup
from tests.support.fleets.arrays import make_boots
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days, uneven_luck
from tests.support.fleets.told_school import TODAY as NIGHT

TODAY = date(2025, 3, 3)
PLAIN = Papers(today=TODAY)
COUNT = 40


def tell(school: ToldSchool) -> None:
    luck = uneven_luck(2)
    for number in school.devices:
        for on in school_days(240):
            is_slow = number == SUSPECT and on > NIGHT - timedelta(days=60)
            school.start(number, on, (60 if is_slow else 30) * luck.lognormvariate(0, 0.1))


def test_a_slow_start_is_told_with_its_kind_its_peers_and_what_is_free_first() -> None:
    starts, is_bad = _starts()
    device = int(np.flatnonzero(starts.slowness.is_slow & is_bad)[0])

    evidence = startup_evidence(starts, device)
    found = find_slow_start(evidence, PLAIN)

    assert evidence is not None
    assert (evidence.start_kind, evidence.now_seconds, evidence.boots) == ("fast", starts.now_seconds[device], 14)
    assert evidence.now_seconds > 1.35 * evidence.usual_seconds
    assert 0 < evidence.peers_seconds < 0.6 * evidence.usual_seconds
    assert found is not None
    assert found.verdict == "repair"
    assert found.sentence.startswith(f"Fast starts take {evidence.now_seconds:.0f} s since ")
    assert "First, at no cost: restart it, install its updates, reset it" in found.sentence
    assert "If it stays slow, repair it" in found.sentence
    assert "Its model on the same version takes " in found.sentence
    assert startup_evidence(starts, int(np.flatnonzero(~starts.slowness.is_slow)[0])) is None
    assert find_slow_start(None, PLAIN) is None


@pytest.mark.parametrize(
    ("papers", "verdict", "words"),
    [
        (Papers(today=TODAY, warranty_until=date(2025, 8, 5)), "claim", "claim it from the vendor: the warranty runs"),
        (Papers(today=TODAY, support_until=date(2024, 8, 5)), "refresh", "let it go with the next refresh"),
    ],
)
def test_whoever_pays_in_the_end_what_is_free_comes_first(papers: Papers, verdict: str, words: str) -> None:
    starts, is_bad = _starts()
    device = int(np.flatnonzero(starts.slowness.is_slow & is_bad)[0])

    found = find_slow_start(startup_evidence(starts, device), papers)

    assert found is not None
    assert found.verdict == verdict
    assert 0 < found.sentence.index("at no cost") < found.sentence.index(f"If it stays slow, {words}")


@cache
def _starts() -> tuple[Starts, Bools]:
    """Fast starts of 400 devices, and which of them truly slowed down."""
    made = make_boots(devices=400, seed=12, cohorts=2, share_bad=0.05)
    tracked = track(usable(made.boots, devices=400), [made.cohort])
    recent = made.boots.day >= made.days - 28
    now = [np.median(made.boots.seconds[recent & (made.boots.device == device)]) for device in range(400)]
    starts = Starts(
        kind="fast",
        now_seconds=np.array(now),
        now_starts=np.full(400, 14),
        model_seconds=np.full(400, np.nan),
        track=tracked,
        slowness=judge_startup(tracked, until_day=made.days),
        is_slow_from_day_one=np.zeros(400, dtype=np.bool_),
    )
    return starts, made.is_bad
