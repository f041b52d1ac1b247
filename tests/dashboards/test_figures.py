"""Findings, evidence, intervals and plans are said so that nobody has to know how they are kept."""

import re
from datetime import date

import pytest
from starlette.datastructures import QueryParams

from rollcall_collector.judge.findings.registry import RULES
from rollcall_collector.model.device import Device
from rollcall_collector.model.judgement import Judgement
from rollcall_collector.model.plan import FleetPlan, PlanQuestion, PlanRow
from rollcall_dashboards.pages.device import ratio_plot
from rollcall_dashboards.pages.replace.query import PlanAsked, plan_address, read_plan_asked, slider, to_question
from rollcall_dashboards.pages.replace.wording import say_minutes, say_money, say_plan, shown
from rollcall_dashboards.shared import badges, finding_wording
from rollcall_dashboards.shared.wording import say_headline

ADDRESSED = (
    "budget=4%20200,50&site=Oak+%26+Elm&site=No&wrong=10&threshold=2&least+Ash=10&most+Ash=99.5&least+No=3&page=2"
)


def _judgement(**changed: object) -> Judgement:
    known: dict[str, object] = {
        "device": 1,
        "channel": "any",
        "observed": 8,
        "weeks": 6,
        "expected": 1.93,
        "ratio": 2.71,
        "low": 1.52,
        "high": 4.4,
        "probability": 0.953,
        "forecast_yearly": 4.1,
    }
    return Judgement(**{**known, **changed})  # type: ignore[arg-type]  # fields of the dataclass


def test_a_device_beside_its_peers_is_said_in_one_line() -> None:
    assert ratio_plot.say(_judgement()) == "8 seen, 1.9 expected, 2.7 times its peers (1.5 to 4.4)"
    assert ratio_plot.say(_judgement(expected=0.03, low=0.01)) == (
        "8 seen, under 0.1 expected, 2.7 times its peers (under 0.1 to 4.4)"
    )
    assert ratio_plot.say(_judgement(low=None, high=None)) == "8 seen, 1.9 expected, 2.7 times its peers"


def test_the_scale_is_logarithmic_and_what_lies_beyond_is_drawn_at_its_end() -> None:
    assert ratio_plot.at(1) - ratio_plot.at(0.1) == pytest.approx(ratio_plot.at(10) - ratio_plot.at(1))
    assert (ratio_plot.at(0.0001), ratio_plot.at(50)) == (2, 98)


def test_a_dot_is_filled_only_where_the_whole_interval_lies_above_its_peers() -> None:
    above, across = (str(ratio_plot.draw(_judgement(low=low), 1.5)) for low in (1.1, 0.9))

    assert 'class="dot"' in above
    assert 'class="dot open"' in across


def test_an_interval_that_leaves_the_scale_has_no_cap_there() -> None:
    inside, beyond = (str(ratio_plot.draw(_judgement(low=low), 1.5)) for low in (0.5, 0.01))

    assert (inside.count('class="cap"'), beyond.count('class="cap"')) == (2, 1)


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
        "Wrong names on the list, at most": "5\xa0%",
        "Incidents foreseen a year": "7.4",
        "Of these": "6 crashes, 4 hardware",
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


def test_a_headline_says_what_to_do_and_why() -> None:
    long = "Replace it: 14 incidents (6 crashes, 3 more) in 330 days of use where 2.2 are expected for its model. We estimate 3."
    short = "Claim it from the vendor: the warranty runs until 1 Aug 2027. 15 incidents (5 crashes) in 331 days. More."

    assert say_headline(long) == "Replace it: 14 incidents in 330 days of use where 2.2 are expected for its model."
    assert say_headline(short) == (
        "Claim it from the vendor: the warranty runs until 1 Aug 2027. 15 incidents in 331 days."
    )


def test_a_plans_question_survives_its_address() -> None:
    known = ("Ash", "Oak & Elm")

    asked = read_plan_asked(QueryParams(ADDRESSED), known)

    assert asked == PlanAsked(
        budget=4200.5,
        sites=("Oak & Elm",),
        threshold=2,
        wrong_percent=10,
        floors={"Ash": 10},
        caps={"Ash": 99.5},
    )
    again = QueryParams(plan_address(asked).partition("?")[2])
    assert read_plan_asked(again, known) == asked
    assert plan_address(PlanAsked()) == "/replace"
    question = to_question(asked, 4200.5)
    assert (question.wrong_share, question.threshold, question.bounds[0].cap) == (0.1, 2, 99.5)


@pytest.mark.parametrize("budget", ["", "lots", "-3", "nan", "inf", "1e99"])
def test_an_amount_that_is_none_is_left_out(budget: str) -> None:
    assert read_plan_asked(QueryParams({"budget": budget}), ()).budget is None


@pytest.mark.parametrize(
    ("total", "budget", "most", "step"),
    [(1408, 800, 1420, 20), (0, 0, 100, 1), (1_000_000, 5, 1_000_000, 10_000), (316, 400, 400, 5), (101, 0, 102, 2)],
)
def test_the_slider_reaches_everything_in_round_steps(total: float, budget: float, most: float, step: float) -> None:
    found = slider(total, budget)

    assert (found.most, found.step) == (most, step)


def test_money_and_minutes_are_said_without_false_precision() -> None:
    assert [say_money(one) for one in (4200, 349.5, 0)] == ["4\u202f200", "349.50", "0"]
    assert [say_minutes(one) for one in (1649.4, 6.94, 0)] == ["1\u202f649", "6.9", "0"]
    assert not re.search(r"\.0$", say_minutes(27.0))


def _plan(chosen: int, outside: int = 0) -> FleetPlan:
    row = PlanRow(
        device=Device(device=1, device_id="d-1"),
        step="replace",
        part=None,
        cost=100.0,
        minutes_yearly=10.0,
        minutes=30.0,
        flag=1,
        flag_state="open",
        finding="unreliable",
        sentence="Replace it.",
        evidence={},
        probability=0.97,
    )
    return FleetPlan(
        question=PlanQuestion(budget=100.0 * chosen),
        made_on=date(2026, 11, 24),
        run=1,
        is_enough=True,
        chosen=(row,) * chosen,
        outside=(row,) * outside,
        claims=(),
        refreshes=(),
        unpriced=(),
        cost=100.0 * chosen,
        minutes=30.0 * chosen,
        comparisons=(),
        outlook=(),
        lists={},
    )


def test_a_long_plan_shows_its_beginning_and_its_end_at_the_line_unless_all_is_asked() -> None:
    long, whole, short = (
        shown(_plan(chosen, 60), is_whole=is_whole) for chosen, is_whole in ((500, False), (500, True), (38, False))
    )

    assert (len(long.first), long.skipped, len(long.last)) == (25, 467, 8)
    assert (len(long.outside), long.beyond) == (12, 48)
    assert (len(whole.first), whole.skipped, len(whole.last), len(whole.outside)) == (500, 0, 0, 60)
    assert (len(short.first), short.skipped, len(short.last)) == (38, 0, 0)


@pytest.mark.parametrize(
    ("plan", "is_asked", "said"),
    [
        (_plan(1), True, "1 device to replace, within 100"),
        (_plan(1200), False, "1\u202f200 devices to replace: 120\u202f000 in all"),
        (_plan(0), True, "Nothing to replace, repair or claim"),
        (_plan(0, 3), True, "Nothing that deserves it fits within 0"),
    ],
)
def test_a_plan_is_said_in_one_line(plan: FleetPlan, is_asked: bool, said: str) -> None:
    assert say_plan(plan, is_asked=is_asked) == said
