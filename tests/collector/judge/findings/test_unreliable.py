"""Failures against the peers become a paragraph that can be read aloud, routed by the papers."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.evidence import FailureEvidence, failure_evidence
from rollcall_collector.judge.failures.what_would_change import days_to_clear, incidents_to_name
from rollcall_collector.judge.findings.papers import Papers, route
from rollcall_collector.judge.findings.unreliable import find_failures, say_failures, say_too_little
from rollcall_collector.judge.likeness.spread import Spread
from tests.support.fleets.arrays import make_fleet
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days, uneven_luck

TODAY = date(2025, 3, 3)  # a Monday
PLAIN = Papers(today=TODAY)
IN_WARRANTY = Papers(today=TODAY, warranty_until=date(2025, 8, 31))
LAST_YEAR = Papers(today=TODAY, support_until=date(2025, 10, 14))
COUNT = 150


def tell(school: ToldSchool) -> None:
    luck = uneven_luck(1)
    for number in school.devices:
        school.live(number, school_days(330))
        chance = 30.0 if number == SUSPECT else 2.0
        for on in school_days(330):
            if luck.random() < chance / 240:
                school.fail(number, on, "crash", "stop_error")


def _evidence(**changed) -> FailureEvidence:
    found = FailureEvidence(
        channel="hardware",
        listed="replace",
        observed=8,
        expected=1.93,
        active_days=412,
        ratio=2.7,
        low=1.5,
        high=4.4,
        probability=0.953,
        threshold=1.5,
        wrong_share=0.05,
        forecast_yearly=3.1,
        more_to_name=0,
        days_to_clear=280.0,
        gap_days=3,
    )
    return replace(found, **changed)


def test_a_replacement_is_a_paragraph_that_stands_on_its_own() -> None:
    found = find_failures(_evidence(), PLAIN)

    assert found is not None
    assert found.verdict == "replace"
    assert found.sentence == (
        "Replace it: 8 hardware incidents in 412 days of use; devices like it have 1.9 in the same time. "
        "With luck taken out it fails 2.7 times as often as they do (90 % interval 1.5 to 4.4), "
        "and it is 95 % likely that it is over 1.5 times. "
        "On average at most 1 in 20 of the devices on this list is there by chance. "
        "About 280 days of use without an incident would take it off the list."
    )
    assert found.evidence["expected"] == 1.93


def test_a_watched_device_says_what_would_name_it() -> None:
    found = find_failures(_evidence(listed="watch", probability=0.8, wrong_share=0.2, more_to_name=2), PLAIN)

    assert found is not None
    assert found.verdict == "watch"
    assert found.sentence.startswith("Watch it: 8 hardware incidents")
    assert "at most 1 in 5" in found.sentence
    assert found.sentence.endswith("2 more hardware incidents soon would put it on the replace list.")


def test_what_cannot_be_undone_waits_until_the_device_by_itself_is_sure() -> None:
    doubtful, sure = _evidence(probability=0.91, more_to_name=1), _evidence(more_to_name=0)

    said = "Order or claim only what is 95 % likely by itself: 1 more hardware incident soon would do."
    assert said in say_failures(doubtful)
    assert "by itself" not in say_failures(sure)


def test_what_was_counted_once_is_said() -> None:
    found = _evidence(channel="any", observed=5, gap_days=14, kinds="crash 5, hardware 3")

    said = say_failures(found)

    assert said.startswith(
        "5 incidents (5 crashes, 3 hardware incidents; those of one trouble count once), "
        "what came again within 14 days counted once, in 412 days of use; devices like it have"
    )
    assert "counted once" not in say_failures(_evidence())


def test_a_device_on_no_list_is_not_a_finding() -> None:
    assert find_failures(_evidence(listed="none"), PLAIN) is None


@pytest.mark.parametrize(
    ("channel", "papers", "verdict", "opens"),
    [
        ("hardware", IN_WARRANTY, "claim", "Claim it from the vendor: the warranty runs until 31 Aug 2025."),
        ("storage", IN_WARRANTY, "claim", "Claim it"),
        ("hardware", LAST_YEAR, "refresh", "Let it go with the next refresh"),
        ("storage", LAST_YEAR, "repair", "Repair the disk: 8 disk incidents"),
        ("crash", PLAIN, "replace", "Replace it: 8 crashes"),
        ("thermal", PLAIN, "repair", "Repair the fan: 8 incidents of overheating"),
    ],
)
def test_papers_route_the_verdict(channel: str, papers: Papers, verdict: str, opens: str) -> None:
    found = find_failures(_evidence(channel=channel), papers)

    assert found is not None
    assert found.verdict == verdict
    assert found.sentence.startswith(opens)


def test_only_replacing_and_repairing_are_routed() -> None:
    assert route("watch", IN_WARRANTY) == "watch"
    assert route("replace", Papers(today=TODAY, warranty_until=TODAY - timedelta(days=1))) == "replace"


def test_the_numbers_of_a_judged_fleet_are_said_as_they_are() -> None:
    judged = make_fleet("gamma", devices=2000, yearly=2, seed=8).judge()
    device = int(np.flatnonzero(judged.replace)[0])
    watched = int(np.flatnonzero(judged.watch)[0])

    found, unsure = failure_evidence(judged, device), failure_evidence(judged, watched)

    one = judged.channels["hardware"]
    assert found.observed == one.observed[device]
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.ratio < found.high
    assert (found.listed, unsure.listed) == ("replace", "watch")
    assert found.wrong_share == 0.05
    assert unsure.more_to_name is not None
    assert unsure.more_to_name >= 1
    assert str(found.observed) in say_failures(found)


def test_what_would_change_a_verdict_does_change_it() -> None:
    shape = 1.6
    half, sure_of_peers = np.full(3, 0.5), np.zeros(3)
    more = incidents_to_name(
        np.array([3]),
        np.array([0.8]),
        spread=Spread.gamma(shape),
        probability=np.array([0.95]),
        doubt=sure_of_peers[:1],
    )[0]
    days, at_once, never = days_to_clear(
        np.array([9, 0, 9]),
        np.full(3, 2.0),
        spread=Spread.gamma(shape),
        expected_daily=np.array([0.004, 0.004, 0.0]),
        probability=half,
        doubt=sure_of_peers,
    )

    def sure(observed: int, expected: float) -> float:
        return float(
            posterior.judge(np.array([observed]), np.array([expected]), spread=Spread.gamma(shape)).probability[0]
        )

    assert sure(3 + more, 0.8) >= 0.95 > sure(3 + more - 1, 0.8)
    assert sure(9, 2.0 + 0.004 * days) == pytest.approx(0.5, abs=1e-6)
    assert at_once == 0
    assert never == float("inf")


def test_too_little_says_how_much_is_lacking() -> None:
    assert say_too_little(120, 90) == (
        "Not enough evidence yet: the fleet's record holds 120 of 200 incidents and 90 of 180 days. "
        "Until then no device is named for failing more often than its peers."
    )
