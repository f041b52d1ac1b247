"""A start that became slow is told with what its peers did meanwhile."""

from datetime import date, timedelta

import numpy as np

from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.slow_start import find_slow_start, startup_evidence
from rollcall_collector.judge.starts.baseline import track
from rollcall_collector.judge.starts.slowness import judge_startup
from tests.support.fleets.arrays import make_boots
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days, uneven_luck
from tests.support.fleets.told_school import TODAY as NIGHT

PLAIN = Papers(today=date(2025, 3, 3))
COUNT = 40


def tell(school: ToldSchool) -> None:
    luck = uneven_luck(2)
    for number in school.devices:
        for on in school_days(240):
            is_slow = number == SUSPECT and on > NIGHT - timedelta(days=60)
            school.start(number, on, (60 if is_slow else 30) * luck.lognormvariate(0, 0.1))


def test_a_slow_start_is_told_with_its_peers() -> None:
    made = make_boots(devices=400, seed=12, cohorts=2, share_bad=0.05)
    tracked = track(made.boots, [made.cohort], devices=400)
    slowness = judge_startup(tracked, until_day=made.days)
    device = int(np.flatnonzero(slowness.is_slow & made.is_bad)[0])

    evidence = startup_evidence(tracked, slowness, device)
    found = find_slow_start(evidence, PLAIN)

    assert evidence is not None
    assert evidence.now_seconds > 1.35 * evidence.usual_seconds
    assert 0 < evidence.peers_seconds < 0.6 * evidence.usual_seconds
    assert found is not None
    assert found.verdict == "repair"
    assert "the same model on the same version changed by +" in found.sentence
    assert startup_evidence(tracked, slowness, int(np.flatnonzero(~slowness.is_slow)[0])) is None
    assert find_slow_start(None, PLAIN) is None
