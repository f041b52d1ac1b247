"""A night's judging keeps its report on models, and it is read back as it was made, on both databases."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.judge.fleet import judge_whole
from rollcall_collector.judge.models.report import report_models
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.judging.models import Models, read_report
from rollcall_collector.model.hardware import ModelReport, Struck
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.judgings import last_models
from tests.support.fleets.kept import days_before, keep_boot, keep_days, keep_device, keep_failure
from tests.support.fleets.two_schools import (
    BOUGHT_YEAR,
    FOREIGN_YEAR,
    SHARED_MODEL,
    School,
    keep_judging,
    keep_school,
)

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
TODAY = NOW.date()
DAYS = 110


def _fleet(engine: Engine) -> None:
    """A hundred devices of one model and three of another, a device's failure a week, starts of twenty seconds."""
    with engine.begin() as connection:
        for number in range(103):
            model = "Probe" if number < 100 else "Rare"
            device = keep_device(
                connection,
                f"m{number}",
                site="Oak",
                platform="windows",
                model=model,
                purchased_on=to_day(date(2023, 8, 1)),
            )
            keep_days(connection, device, days_before(TODAY, DAYS), battery_full_wh=30.0, battery_design_wh=40.0)
            if number < 15:
                keep_failure(connection, device, "hardware", "component", TODAY - timedelta(days=7 * number))
            if number < 6:
                for back in range(1, 20, 3):
                    at = NOW - timedelta(days=back)
                    keep_boot(connection, device, f"{number}-{back}", at, to_login_seconds=20.0)


def test_a_judging_keeps_its_report_and_gives_it_back(engine: Engine) -> None:
    _fleet(engine)

    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        found = read_report(connection, Scope.all())
        kept = last_models(connection, Scope.all())
        history = read_fleet(connection, until_day=to_day(TODAY) + 1)
    made = report_models(judge_whole(history), history)
    assert found.models == made
    assert found.judged_at == NOW
    assert [set(one) for one in kept] == [set(ModelReport.__slots__)] * 2
    probe, rare = made
    assert (probe.model, probe.record.devices, probe.record.incidents) == ("Probe", 100, 15)
    assert probe.record.device_days == 100 * DAYS
    assert probe.record.starts is not None
    assert probe.record.starts.median_seconds == 20
    assert probe.record.batteries is not None
    assert probe.record.batteries.under_80 == 100
    assert [one.purchase_year for one in probe.batches] == [2023]
    assert rare.sentence.startswith("Not enough evidence yet: 3 of 100 devices")


def test_what_struck_a_model_is_read_back_with_its_days(engine: Engine) -> None:
    _fleet(engine)
    with engine.begin() as connection:
        for number in range(30):
            device = number + 1
            keep_failure(connection, device, "crash", "os_crash", TODAY - timedelta(days=45))

    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        found = read_report(connection, Scope.all(), platform="windows")
        elsewhere = read_report(connection, Scope.all(), platform="chromeos")
    (shock,) = found.shocks
    assert isinstance(shock, Struck)
    assert (shock.channel, shock.model, shock.devices, shock.incidents) == ("crash", "Probe", 30, 30)
    assert shock.from_on <= TODAY - timedelta(days=45) < shock.until_on
    assert found.models[0].record.left_out >= 30
    assert (elsewhere.models, elsewhere.shocks) == ((), ())


def test_before_the_first_judging_there_is_no_report(engine: Engine) -> None:
    with engine.connect() as connection:
        found = read_report(connection, Scope.all())

    assert found == Models(judged_at=None, until_on=None, models=(), shocks=())
    assert asdict(found)["models"] == ()


def test_who_sees_one_school_sees_everybodys_rates_and_their_own_counts(engine: Engine) -> None:
    own, other = School(word="wombat", digits=9876), School(word="quokka", digits=7654)
    with engine.begin() as connection:
        keep_school(connection, own)
        keep_school(connection, other)
        keep_judging(connection, own, other)

    with engine.connect() as connection:
        whole = read_report(connection, Scope.all())
        part = read_report(connection, Scope(sites=frozenset({own.number(1)})))

    assert [one.model for one in whole.models] == [SHARED_MODEL, "wombat-model", "quokka-model"]
    assert [one.model for one in part.models] == [SHARED_MODEL, "wombat-model"]
    shared, everybodys = part.models[0], whole.models[0]
    assert (shared.record.rate, shared.record.devices) == (everybodys.record.rate, everybodys.record.devices)
    assert (everybodys.record.in_service, shared.record.in_service, shared.record.named_replace) == (39, 1, 1)
    assert [one.purchase_year for one in everybodys.batches] == [BOUGHT_YEAR, FOREIGN_YEAR]
    assert [one.purchase_year for one in shared.batches] == [BOUGHT_YEAR]
    assert {one.model for one in part.shocks} == {SHARED_MODEL, "wombat-model"}
