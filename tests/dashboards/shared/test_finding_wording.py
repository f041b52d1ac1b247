"""Findings and their evidence are said so that nobody has to know how they are kept."""

import pytest

from rollcall_collector.judge.findings.registry import RULES
from rollcall_dashboards.shared import badges, finding_wording


def test_the_evidence_of_failures_is_readable() -> None:
    rows = dict(
        finding_wording.say_evidence(
            {
                "channel": "any",
                "listed": "replace",
                "observed": 14,
                "expected": 2.3456,
                "active_days": 330,
                "ratio": 3.8123,
                "low": 2.4,
                "high": 5.51,
                "probability": 0.9993,
                "threshold": 1.5,
                "wrong_share": 0.05,
                "forecast_yearly": 7.4,
                "more_to_name": 0,
                "days_to_clear": 923.0,
                "gap_days": 3,
                "peers": "devices of its model",
                "site_times": 1.0,
                "kinds": "crash 6, hardware 4",
            }
        )
    )

    assert rows == {
        "Kind": "all kinds together, disks apart",
        "List": "replace",
        "Incidents seen": "14",
        "Expected of its peers": "2.3",
        "Days in use": "330",
        "Times its peers": "3.8",
        "90 % interval": "2.4 to 5.5",
        "Likely over 1.5 times": "over 99 %",
        "Of this list by chance, at most": "5\xa0%",
        "Incidents foreseen a year": "7.4",
        "Compared with": "devices of its model",
        "Of these": "6 crashes, 4 hardware",
    }


def test_what_holds_for_everybody_is_no_row_of_a_device() -> None:
    usual, peculiar = (
        dict(finding_wording.say_evidence({"channel": "crash", "gap_days": days, "site_times": times}))
        for days, times in ((3, 1.0), (14, 3.1))
    )

    assert usual == {"Kind": "crashes"}
    assert peculiar == {
        "Kind": "crashes",
        "Days within which one trouble comes again": "14",
        "Its school, times others": "3.1",
    }


def test_the_evidence_of_a_watched_device_says_what_would_name_it() -> None:
    rows = dict(
        finding_wording.say_evidence({"channel": "crash", "listed": "watch", "more_to_name": 2, "days_to_clear": 90.0})
    )

    assert rows == {"Kind": "crashes", "List": "watch", "Incidents that would name it": "2"}


def test_days_seconds_and_points_of_evidence_have_their_units() -> None:
    slow = dict(finding_wording.say_evidence({"since_day": 20_759, "usual_seconds": 40.6, "peers_seconds": -2.4}))
    battery = dict(
        finding_wording.say_evidence(
            {"health": 0.82, "loss": 0.024, "months_left": 1.0, "months_left_low": 0.6, "months_left_high": None}
        )
    )
    missing = dict(finding_wording.say_evidence({"last_on": "2026-10-23", "school_days": 16}))

    assert slow == {"Since": "Mon 2 Nov 2026", "Usual start": "40.6 s", "Its peers changed by": "-2 s"}
    assert battery == {
        "Holds of its design": "82\xa0%",
        "Loses a month": "2.4 points",
        "Months until 80 %": "1.0",
        "90 % interval": "0.6 to many",
    }
    assert missing == {"Last on": "Fri 23 Oct 2026", "School days of silence": "16"}


@pytest.mark.parametrize("finding", [rule.name for rule in RULES])
def test_every_finding_of_the_judging_has_a_name_for_people(finding: str) -> None:
    assert "_" not in finding_wording.say_finding(finding)


def test_a_missing_device_has_its_face() -> None:
    face = badges.verdict("missing")

    assert (face.letter, face.tone, face.word) == ("M", "warn", "Missing")
