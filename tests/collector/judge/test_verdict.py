"""Verdicts are routed by the school's papers, and said in sentences that can be read aloud."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rollcall_collector.judge.battery import judge_batteries
from rollcall_collector.judge.evidence import Papers, battery_evidence, startup_evidence
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.evidence import FailureEvidence, failure_evidence
from rollcall_collector.judge.failures.what_would_change import days_to_clear, incidents_to_name
from rollcall_collector.judge.sentences import say_failures, say_too_little
from rollcall_collector.judge.starts.baseline import track
from rollcall_collector.judge.starts.slowness import judge_startup
from rollcall_collector.judge.verdict import (
    find_battery,
    find_failures,
    find_missing,
    find_slow_since_day_one,
    find_slow_start,
    find_support_end,
    route,
)
from tests.support.fleets import make_boots, make_fleet

TODAY = date(2025, 3, 3)  # a Monday
PLAIN = Papers(today=TODAY)
IN_WARRANTY = Papers(today=TODAY, warranty_until=date(2025, 8, 31))
LAST_YEAR = Papers(today=TODAY, support_until=date(2025, 10, 14))


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
    )
    return replace(found, **changed)


def test_a_replacement_is_a_paragraph_that_stands_on_its_own() -> None:
    found = find_failures(_evidence(), PLAIN)

    assert found is not None
    assert found.verdict == "replace"
    assert found.sentence == (
        "Replace it: 8 hardware incidents in 412 days of use where 1.9 are expected for its model, month by month. "
        "We estimate 2.7 times its peers (90 % interval 1.5 to 4.4), and 95 % likely over 1.5 times. "
        "Of the devices on this list at most 1 in 20 is expected to be there by chance. "
        "About 280 days of use without an incident would clear it."
    )
    assert found.evidence["expected"] == 1.93


def test_a_watched_device_says_what_would_name_it() -> None:
    found = find_failures(_evidence(listed="watch", probability=0.8, wrong_share=0.2, more_to_name=2), PLAIN)

    assert found is not None
    assert found.verdict == "watch"
    assert found.sentence.startswith("Watch it: 8 hardware incidents")
    assert "at most 1 in 5" in found.sentence
    assert found.sentence.endswith("2 more incidents soon would put it on the replace list.")


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
    assert (found.more_to_name, found.wrong_share) == (0, 0.05)
    assert unsure.more_to_name is not None
    assert unsure.more_to_name >= 1
    assert str(found.observed) in say_failures(found)


def test_what_would_change_a_verdict_does_change_it() -> None:
    shape = 1.6
    more = incidents_to_name(3, 0.8, shape=shape, probability=0.95)
    days = days_to_clear(9, 2.0, shape=shape, expected_daily=0.004)

    def sure(observed: int, expected: float) -> float:
        return float(posterior.judge(np.array([observed]), np.array([expected]), shape=shape).probability[0])

    assert sure(3 + more, 0.8) >= 0.95 > sure(3 + more - 1, 0.8)
    assert sure(9, 2.0 + 0.004 * days) == pytest.approx(0.5, abs=1e-6)
    assert days_to_clear(0, 2.0, shape=shape, expected_daily=0.004) == 0
    assert days_to_clear(9, 2.0, shape=shape, expected_daily=0) == float("inf")


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


def test_slow_since_day_one_is_watched() -> None:
    found = find_slow_since_day_one(80, 31)

    assert found.verdict == "watch"
    assert "80 s where its model takes 31 s" in found.sentence


def test_a_due_battery_is_swapped_claimed_or_let_go() -> None:
    health = np.tile(0.95 - 0.012 * np.arange(12.0), (3, 1))
    outlook = judge_batteries(
        health, np.zeros(3, dtype=np.int64), full_wh=np.full(3, 30.0), drain_watts=np.array([7.0, 3.0, np.nan])
    )
    due = battery_evidence(outlook, 0, design_wh=45, full_wh=36.8, cycles=610)
    watched, unknown = battery_evidence(outlook, 1), battery_evidence(outlook, 2)

    swapped, claimed = find_battery(due, PLAIN), find_battery(due, IN_WARRANTY)
    refreshed, replaced = find_battery(due, LAST_YEAR), find_battery(due, PLAIN, price=100, swap_price=60)

    assert swapped is not None
    assert claimed is not None
    assert refreshed is not None
    assert replaced is not None
    assert [one.verdict for one in (swapped, claimed, refreshed, replaced)] == [
        "repair",
        "claim",
        "refresh",
        "replace",
    ]
    assert swapped.sentence.startswith(
        "Repair the battery: the battery holds 82 % of its design (36.8 of 45.0 Wh) after 610 charges, losing 1.2 points"
    )
    assert "It runs for 4.3 h of a 6 h school day." in swapped.sentence
    assert [one.verdict for one in (find_battery(watched, PLAIN), find_battery(unknown, PLAIN)) if one] == [
        "watch"
    ] * 2
    assert find_battery(None, PLAIN) is None


def test_the_end_of_support_is_a_date_and_not_a_fault() -> None:
    soon = find_support_end(LAST_YEAR)
    over = find_support_end(Papers(today=TODAY, support_until=date(2024, 6, 1)))

    assert soon is not None
    assert over is not None
    assert soon.verdict == "refresh"
    assert "ends on 14 Oct 2025" in soon.sentence
    assert "ended on 1 Jun 2024" in over.sentence
    assert find_support_end(Papers(today=TODAY, support_until=date(2027, 6, 1))) is None
    assert find_support_end(PLAIN) is None


def test_a_device_is_missing_after_fourteen_school_days_without_a_word() -> None:
    last = TODAY - timedelta(days=21)

    missing, excused = find_missing(last, 14), find_missing(last, 13)

    assert missing is not None
    assert missing.verdict == "missing"
    assert missing.sentence.startswith("Not heard since 10 Feb 2025, 14 school days: look for it.")
    assert excused is None
    assert find_missing(None, 60) is None


def test_too_little_says_how_much_is_lacking() -> None:
    assert say_too_little(120, 90) == (
        "Not enough evidence yet: the fleet's record holds 120 of 200 incidents and 90 of 180 days. "
        "Until then nobody is named."
    )
