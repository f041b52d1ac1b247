"""The fleet's statistical judging from kept facts to flags, and again when a device fails, on both databases."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.judging.one_device import judge_new_failures
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import Action, Flag, FlagState
from rollcall_collector.model.judgement import Judgement
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.flags import decide, list_flags
from rollcall_collector.store.judged.judgings import device_judgements, last_run, list_runs, print_run
from rollcall_collector.store.sites import add_holidays, find_site
from rollcall_collector.store.tables import devices
from tests.support.fleets.judged_fleet import NOW, TODAY, School, make_school

EVERY: tuple[FlagState, ...] = ("open", "accepted", "postponed", "dismissed", "done", "closed")


def _flags(engine: Engine, finding: str, *, states: tuple[FlagState, ...] = ("open",)) -> dict[str, Flag]:
    with engine.connect() as connection:
        found = list_flags(connection, Scope.all(), states=states)
    return {flag.device_id[2:]: flag for flag in found if flag.finding == finding}


def _decide(engine: Engine, flag: Flag, action: Action, *, days: int = 0) -> None:
    with engine.begin() as connection:
        decide(
            connection,
            Scope.all(),
            flag.flag,
            action,
            author="kim",
            reason="because",
            now=NOW + timedelta(days=days, hours=8),
        )


def _verdict(engine: Engine, name: str) -> tuple[str, str]:
    with engine.connect() as connection:
        found = {one.device_id: one for one in every_device(connection, Scope.all(), DeviceQuery())}[f"d-{name}"]
    return found.verdict, found.sentence


def _numbers(engine: Engine, device: int) -> tuple[Judgement, ...]:
    with engine.connect() as connection:
        return device_judgements(connection, Scope.all(), device)


def _lemon_school(engine: Engine) -> School:
    """One very bad device among fifteen bad ones, so that the fleet is known to be uneven."""
    return make_school(engine, lemons={"m007": 9.0} | {f"m{place}": 5.0 for place in range(100, 115)})


def test_a_lemon_is_named_with_what_its_peers_had(engine: Engine) -> None:
    school = _lemon_school(engine)

    judge_fleet(engine, NOW)

    named = _flags(engine, "unreliable")
    with engine.connect() as connection:
        worst, *_ = device_judgements(connection, Scope.all(), school.keys["m007"])
        run = last_run(connection, Scope.all())
    assert run is not None
    assert run.is_enough
    assert named["m007"].verdict == "replace"
    assert "; devices of its model, year and role have " in named["m007"].sentence
    assert named["m007"].evidence["observed"] == worst.observed
    assert worst.probability > 0.95
    assert worst.low is not None
    assert worst.low > 1
    assert run.replace + run.watch == len(named)
    assert {name for name, flag in named.items() if flag.verdict == "replace"} <= {
        "m007",
        *map("m{}".format, range(100, 115)),
    }
    assert _verdict(engine, "m007")[0] == "replace"


@pytest.mark.reckoning
def test_a_fleet_with_too_few_incidents_names_nobody_and_says_so(engine: Engine) -> None:
    make_school(engine, number=60, lemons={"m007": 9.0})

    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        run = last_run(connection, Scope.all())
    assert run is not None
    assert not run.is_enough
    assert _flags(engine, "unreliable") == {}
    verdict, sentence = _verdict(engine, "m007")
    assert verdict == "not_enough_evidence"
    assert sentence.startswith(f"Not enough evidence yet: the fleet's record holds {run.incidents} of 200 incidents")


@pytest.mark.reckoning
def test_a_judging_can_be_printed_again_byte_for_byte(engine: Engine) -> None:
    school = _lemon_school(engine)
    judge_fleet(engine, NOW)
    with engine.connect() as connection:
        (first,) = list_runs(connection, Scope.all())
        printed = print_run(connection, Scope.all(), first.run)

    judge_fleet(engine, NOW)
    school.fail("m001", "crash", [TODAY])
    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        changed, same, _ = list_runs(connection, Scope.all())
        assert print_run(connection, Scope.all(), first.run) == printed
        assert print_run(connection, Scope.all(), same.run) == printed
        assert print_run(connection, Scope.all(), changed.run) != printed
    told = json.loads(printed)
    assert (same.digest, changed.digest == first.digest) == (first.digest, False)
    assert told["facts_sha256"] == first.digest
    assert told["findings"]["d-m007"][0]["finding"] == "unreliable"
    assert told["parameters"]["replace_fdr"] == 0.05
    assert set(told["channels"]) == {"any", "crash", "hardware"}


@pytest.mark.reckoning
def test_a_device_that_fails_is_judged_again_at_once_and_as_the_night_would(engine: Engine) -> None:
    school = _lemon_school(engine)
    judge_fleet(engine, NOW)
    judge_new_failures(engine, NOW)
    quiet = _flags(engine, "unreliable")
    school.fail("m011", "crash", [TODAY - timedelta(days=7 * week) for week in range(9)])

    summary = judge_new_failures(engine, NOW + timedelta(minutes=1))
    beside = _flags(engine, "unreliable")
    at_once = beside["m011"]
    with engine.connect() as connection:
        by_day = device_judgements(connection, Scope.all(), school.keys["m011"])
    judge_fleet(engine, NOW + timedelta(minutes=2))
    with engine.connect() as connection:
        by_night = device_judgements(connection, Scope.all(), school.keys["m011"])

    assert "m011" not in quiet
    assert summary.opened >= 1
    assert at_once.verdict == "replace"
    assert [(one.channel, one.observed, one.weeks) for one in by_day] == [
        (one.channel, one.observed, one.weeks) for one in by_night
    ]
    assert abs(by_day[0].probability - by_night[0].probability) < 0.05
    assert set(quiet) <= set(beside)


@pytest.mark.reckoning
def test_a_failure_by_day_makes_no_doubtful_device_healthy(engine: Engine) -> None:
    school = make_school(engine, number=60, lemons={"m007": 9.0})
    judge_fleet(engine, NOW)
    judge_new_failures(engine, NOW)
    by_night = _verdict(engine, "m007")
    school.fail("m007", "crash", [TODAY])

    judge_new_failures(engine, NOW + timedelta(minutes=1))

    assert by_night[0] == "not_enough_evidence"
    assert _verdict(engine, "m007") == by_night


@pytest.mark.reckoning
def test_what_was_repaired_is_not_asked_again_before_it_fails_anew(engine: Engine) -> None:
    school = _lemon_school(engine)
    judge_fleet(engine, NOW)
    _decide(engine, _flags(engine, "unreliable")["m007"], "finish")

    judge_fleet(engine, NOW + timedelta(days=1))
    quiet = _flags(engine, "unreliable", states=EVERY)["m007"].state
    later = [TODAY + timedelta(days=ahead) for ahead in range(1, 100)]
    school.live("m007", later)
    school.fail("m007", "crash", later[3::9])
    judge_fleet(engine, NOW + timedelta(days=100))

    again = _flags(engine, "unreliable")["m007"]
    assert quiet == "done"
    assert again.evidence["observed"] == len(later[3::9])
    assert again.evidence["active_days"] in range(len(later) - 3, len(later) + 1)  # its first month counts in part


@pytest.mark.reckoning
def test_a_dismissed_flag_opens_by_new_failures_alone_and_an_undone_decision_counts_no_more(engine: Engine) -> None:
    school = _lemon_school(engine)
    judge_fleet(engine, NOW)
    _decide(engine, _flags(engine, "unreliable")["m007"], "dismiss")

    judge_fleet(engine, NOW + timedelta(days=1))
    dismissed = _flags(engine, "unreliable", states=EVERY)["m007"]
    _decide(engine, dismissed, "reopen", days=1)
    judge_fleet(engine, NOW + timedelta(days=2))
    undone = _flags(engine, "unreliable")["m007"]
    _decide(engine, undone, "dismiss", days=2)
    later = [TODAY + timedelta(days=ahead) for ahead in range(3, 100)]
    school.live("m007", later)
    school.fail("m007", "hardware", later[3::9])
    judge_fleet(engine, NOW + timedelta(days=100))

    assert dismissed.state == "dismissed"
    assert undone.evidence["observed"] == dismissed.evidence["observed"]
    assert _flags(engine, "unreliable")["m007"].state == "open"


@pytest.mark.reckoning
def test_who_was_dismissed_keeps_its_evidence_and_its_place_and_an_undo_brings_back_the_same_numbers(
    engine: Engine,
) -> None:
    school = _lemon_school(engine)
    judge_fleet(engine, NOW)
    before = _numbers(engine, school.keys["m007"])
    _decide(engine, _flags(engine, "unreliable")["m007"], "dismiss")

    judge_fleet(engine, NOW + timedelta(hours=1))
    named, kept = _verdict(engine, "m007"), _numbers(engine, school.keys["m007"])
    _decide(engine, _flags(engine, "unreliable", states=EVERY)["m007"], "reopen")

    assert named[0] == "watch"
    assert named[1].startswith("Named, dismissed by kim on 20 May 2026: “because”. Replace it")
    assert kept == before
    assert _numbers(engine, school.keys["m007"]) == before
    assert _flags(engine, "unreliable")["m007"].state == "open"


@pytest.mark.reckoning
def test_a_month_that_struck_the_whole_model_is_named_and_charged_to_nobody(engine: Engine) -> None:
    school = make_school(engine, has_starts=True)
    calm = judge_fleet(engine, NOW)
    before = set(_flags(engine, "unreliable"))
    for place, name in enumerate(school.keys):
        if place % 3:
            school.fail(name, "crash", [TODAY - timedelta(days=35 + place % 20)])

    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        run = last_run(connection, Scope.all())
    assert run is not None
    struck = [one for one in run.shocks if one["channel"] == "crash"]
    assert calm.devices == 200
    assert {(one["model"], one["version"]) for one in struck} == {("Maple 14", "11.2")}
    assert sum(one["incidents"] for one in struck) >= 120
    assert len(set(_flags(engine, "unreliable")) - before) <= 2


@pytest.mark.reckoning
def test_a_silent_device_is_missing_after_fourteen_days_of_its_own_school(engine: Engine) -> None:
    silent_since = TODAY - timedelta(days=22)
    make_school(engine, number=5, silent_since={"m003": silent_since})

    judge_fleet(engine, NOW)
    missing = _flags(engine, "missing")
    with engine.begin() as connection:
        break_ = tuple(silent_since + timedelta(days=day) for day in range(7))
        add_holidays(connection, find_site(connection, Scope.all(), "Oak").site, break_, "spring break")
    judge_fleet(engine, NOW)

    assert set(missing) == {"m003"}
    assert missing["m003"].sentence.startswith("Not heard since 27 Apr 2026, 16 school days: look for it.")
    assert missing["m003"].verdict == "missing"
    assert _flags(engine, "missing") == {}


@pytest.mark.reckoning
def test_the_end_of_support_is_planned_for_once(engine: Engine) -> None:
    school = make_school(engine, number=3)
    with engine.begin() as connection:
        connection.execute(
            devices.update()
            .where(devices.c.device == school.keys["m001"])
            .values(support_until=to_day(date(2026, 9, 1)))
        )

    judge_fleet(engine, NOW)
    planned = _flags(engine, "support_end")
    _decide(engine, planned["m001"], "finish")
    judge_fleet(engine, NOW + timedelta(days=1))

    assert set(planned) == {"m001"}
    assert planned["m001"].verdict == "refresh"
    assert planned["m001"].sentence.startswith("Plan its refresh: its maker's support ends on 1 Sep 2026.")
    assert _flags(engine, "support_end") == {}
