"""What is said of a device of which no flag speaks."""

from datetime import timedelta

import pytest

from rollcall_collector.judge.unflagged import judge_exposure
from rollcall_collector.model.fact import DeviceFacts
from tests.support.fleets.subjects import TODAY


@pytest.mark.parametrize(
    ("active_days", "last_ago", "verdict", "words"),
    [
        (0, None, "not_enough_evidence", "not been heard yet"),
        (1, 0, "not_enough_evidence", "1 active day so far; from 60 on"),
        (59, 0, "not_enough_evidence", "59 active days so far"),
        (60, 0, "healthy", "No rule speaks against it in 60 active days."),
        (400, 90, "healthy", "400 active days"),
        (400, 91, "not_enough_evidence", "Last active on 1 Dec 2025"),
    ],
)
def test_healthy_needs_exposure(active_days: int, last_ago: int | None, verdict: str, words: str) -> None:
    last = None if last_ago is None else TODAY - timedelta(days=last_ago)

    judged = judge_exposure(DeviceFacts(active_days=active_days, last_active_on=last), TODAY)

    assert judged.verdict == verdict
    assert words in judged.sentence
    assert judged.active_days == active_days
