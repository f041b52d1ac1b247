"""Lesson minutes: what a device costs its pupils in a year, and what each remedy wins back."""

from dataclasses import replace

import pytest

from rollcall_collector.judge.arrays import DAYS_A_YEAR
from rollcall_collector.model.judgement import StartJudgement
from rollcall_collector.procurement.lost_minutes import (
    FLAT_EVERY,
    TYPICAL_DAYS,
    Record,
    Won,
    active_share,
    lose_to_failures,
    lose_to_waiting,
    typical_share,
    win_by_mending,
    win_by_new_battery,
    win_by_new_disk,
    win_by_quicker_starts,
    win_by_replacing,
)
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_wire.codes import CHANNELS
from tests.support.fleets.planned import judgement

TABLE = MinutesTable(hardware=60, crash=10, storage=45, battery=10, memory=5, thermal=8, network=5, update=15)
STARTS = StartJudgement(device=1, usual_seconds=40, now_seconds=100, model_seconds=40, starts_yearly=180)
RECORD = Record(
    active_share=0.5,
    rates=(
        judgement("any", ratio=2.5, forecast_yearly=12.0),
        judgement("hardware", ratio=3.0, forecast_yearly=1.2),
        judgement("crash", ratio=2.0, forecast_yearly=8.0),
        judgement("storage", ratio=4.0, forecast_yearly=0.8),
        judgement("network", ratio=0.5, forecast_yearly=2.0),
    ),
    starts=STARTS,
)


def test_lost_minutes_are_incidents_of_the_active_share_of_a_year_times_the_minutes_of_one() -> None:
    lost = lose_to_failures(RECORD, TABLE)

    assert lost == pytest.approx({"hardware": 36.0, "crash": 40.0, "storage": 18.0, "network": 5.0})


def test_every_judged_kind_of_failure_has_its_minutes() -> None:
    judged = set(CHANNELS) - {"damage", "management"}

    assert {channel: TABLE.of(channel) > 0 for channel in judged} == dict.fromkeys(judged, True)
    assert TABLE.of("damage") == 0


def test_waiting_is_the_time_above_the_models_over_all_starts_of_a_year() -> None:
    quicker = replace(STARTS, now_seconds=30.0)

    assert lose_to_waiting(STARTS) == pytest.approx(180 * 60 / 60)
    assert lose_to_waiting(quicker) == 0


@pytest.mark.parametrize(
    "starts",
    [None, replace(STARTS, now_seconds=None), replace(STARTS, model_seconds=None)],
    ids=["no starts", "not now", "not its model's"],
)
def test_starts_that_are_not_measured_add_nothing_and_that_is_said(starts: StartJudgement | None) -> None:
    won = win_by_replacing(replace(RECORD, starts=starts), TABLE)

    assert lose_to_waiting(starts) is None
    assert won.unmeasured == ("waiting",)
    assert won.yearly == pytest.approx(win_by_replacing(RECORD, TABLE).yearly - 180)


def test_a_device_that_was_never_judged_wins_an_unknown_not_nothing() -> None:
    won = win_by_replacing(Record(active_share=0.5), TABLE)

    assert lose_to_failures(Record(active_share=0.5), TABLE) is None
    assert won == Won(unmeasured=("failures", "waiting"))


def test_a_new_device_still_fails_as_its_model_does() -> None:
    won = win_by_replacing(RECORD, TABLE)

    # above ratio 1: hardware 2/3, crash 1/2, storage 3/4 of what it loses; in its network it is better than its peers
    assert won.yearly == pytest.approx(36 * 2 / 3 + 40 / 2 + 18 * 3 / 4 + 180)
    assert won.unmeasured == ()


def test_one_part_wins_back_its_own_kind_of_failure_only() -> None:
    assert win_by_mending(RECORD, TABLE, "crash").yearly == pytest.approx(20.0)
    assert win_by_mending(RECORD, TABLE, "thermal") == Won()
    assert win_by_new_disk(RECORD, TABLE, is_failing=False).over(1) == pytest.approx(13.5)


def test_a_disk_that_fails_a_published_rule_fails_once_more_not_every_year() -> None:
    won = win_by_new_disk(RECORD, TABLE, is_failing=True)

    assert won.yearly == pytest.approx(13.5)
    assert won.once == 45
    assert won.over(4) == pytest.approx(4 * 13.5 + 45)


def test_a_spent_battery_costs_a_lesson_every_so_many_days_of_use() -> None:
    won = win_by_new_battery(RECORD, TABLE)

    assert won.yearly == pytest.approx(0.5 * DAYS_A_YEAR / FLAT_EVERY * 10)
    both = win_by_replacing(RECORD, TABLE, has_spent_battery=True, has_failing_disk=True)
    assert both.yearly == pytest.approx(win_by_replacing(RECORD, TABLE).yearly + won.yearly)
    assert both.once == 45


def test_a_cured_start_comes_down_to_its_own_usual_time_where_that_is_known() -> None:
    assert win_by_quicker_starts(RECORD, seconds_over_usual=20).yearly == pytest.approx(60)
    assert win_by_quicker_starts(RECORD, seconds_over_usual=-5).yearly == 0
    assert win_by_quicker_starts(RECORD).yearly == pytest.approx(180)
    assert win_by_quicker_starts(Record(active_share=0.5), seconds_over_usual=20).unmeasured == ("waiting",)


def test_a_device_is_active_for_its_own_share_of_days_once_it_was_watched_for_long() -> None:
    typical = typical_share([(200, 400, 1), (100, 400, 1), (180, 400, 1), (90, 100, 9), (0, 500, 9)])

    assert typical == pytest.approx(0.45)
    assert active_share(100, 400, typical=typical) == 0.25
    assert active_share(90, 100, typical=typical) == typical
    assert active_share(0, 400, typical=typical) == typical
    assert active_share(90, None, typical=typical) == typical
    assert active_share(800, 700, typical=typical) == 1.0


def test_a_fleet_nobody_watched_for_long_is_given_a_school_year() -> None:
    assert typical_share([(20, 30, 1)]) == pytest.approx(TYPICAL_DAYS / DAYS_A_YEAR)
