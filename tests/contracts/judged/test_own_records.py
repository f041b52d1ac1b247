"""The fleet back-tested on its own kept record, on both databases: judged as it would have been, by nothing later."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, delete, insert, update

from rollcall_collector.backtest.as_of import as_of, judge_as_of, records_of
from rollcall_collector.backtest.evaluate import CutOutcome, Ranking
from rollcall_collector.backtest.own_fleet import OwnBacktest, backtest_fleet
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.reliability import judge_fleet
from rollcall_collector.judge.fleet_arrays import arrange
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.record import FleetRecord
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.history.fleet_record import first_active_day, read_record
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.tables import device_days, devices, failures
from tests.support.fleets.judged_fleet import FIRST, TODAY, School, make_school

OFTEN = {"crash": 3.0, "hardware": 1.0}
CUT = FIRST + timedelta(days=220)
LEMONS = {f"m{place:03d}": 6.0 for place in range(0, 100, 10)}
RULE = Parameters()


def _school(engine: Engine, *, has_starts: bool = False) -> School:
    return make_school(engine, number=100, yearly=OFTEN, lemons=LEMONS, has_starts=has_starts)


def _record(engine: Engine) -> FleetRecord:
    with engine.connect() as connection:
        first = first_active_day(connection)
        assert first is not None
        return read_record(connection, since_day=first, until_day=to_day(TODAY))


def _ranking(outcome: CutOutcome, name: str) -> Ranking:
    return next(one for one in outcome.rankings if one.name == name)


def _only(found: OwnBacktest) -> CutOutcome:
    (outcome,) = found.outcomes
    return outcome


def test_a_past_day_is_judged_as_it_would_have_been_judged_then(engine: Engine) -> None:
    _school(engine, has_starts=True)
    record = _record(engine)
    with engine.connect() as connection:
        then = read_fleet(connection, until_day=to_day(CUT))

    judged = judge_as_of(record, records_of(record, RULE), until_day=to_day(CUT), parameters=RULE)

    arrays = arrange(then, RULE)
    expected = judge_fleet(
        arrays.exposure,
        choose_peers(arrays.levels, arrays.exposure.sum(axis=1, dtype=np.float64)),
        arrays.incidents,
        until_day=to_day(CUT),
        in_service=arrays.in_service,
        splits=arrays.splits,
    )
    assert set(judged.channels) == {"crash", "hardware", "any"}
    assert np.array_equal(judged.probability, expected.probability)
    assert np.array_equal(judged.replace, expected.replace)
    assert np.array_equal(judged.watch, expected.watch)
    assert judged.is_enough


def test_as_of_a_day_the_history_is_what_was_kept_until_then(engine: Engine) -> None:
    _school(engine, has_starts=True)
    with engine.connect() as connection:
        then = read_fleet(connection, until_day=to_day(CUT))

    found = as_of(_record(engine), to_day(CUT), RULE)

    for name in ("device", "bin", "active_days", "first_on", "last_on"):
        assert list(getattr(found.months, name)) == list(getattr(then.months, name))
    assert found.failures == then.failures
    assert found.starts.on == then.starts.on
    assert [found.starts.versions[one] for one in found.starts.version] == [
        then.starts.versions[one] for one in then.starts.version
    ]


@pytest.mark.reckoning
def test_the_bad_ones_are_found_at_the_top_and_counted_by_what_followed(engine: Engine) -> None:
    school = _school(engine)

    outcome = _only(backtest_fleet(engine, today=TODAY, cuts=[CUT]))

    assert outcome.horizon_days == (TODAY - CUT).days == 110
    assert outcome.devices == len(school.keys)
    assert _ranking(outcome, "rollcall").lift[2] > 3
    assert outcome.is_enough
    assert outcome.replace.flagged >= 3
    assert outcome.replace.observed_over_expected > 2


@pytest.mark.reckoning
def test_what_a_device_did_on_days_out_of_use_is_not_expected_of_it(engine: Engine) -> None:
    school = _school(engine)
    idle = [school.keys[f"m{place:03d}"] for place in range(50, 100)]
    with engine.begin() as connection:
        later = device_days.c.device.in_(idle) & (device_days.c.on >= to_day(CUT))
        connection.execute(delete(device_days).where(later))

    record = _record(engine)
    records = records_of(record, RULE)

    after = records.exposure(since_day=to_day(CUT), until_day=to_day(TODAY)).sum(axis=1)
    place = {key: at for at, key in enumerate(record.history.devices.key)}
    assert [after[place[key]] for key in idle] == [0] * 50
    assert after[place[school.keys["m001"]]] == sum(CUT <= day < TODAY for day in school.days)
    assert records.start_day[place[school.keys["m001"]]] == to_day(school.days[0])


@pytest.mark.reckoning
def test_the_oldest_are_those_bought_first_not_those_enrolled_first(engine: Engine) -> None:
    _school(engine)
    with engine.begin() as connection:
        bad = [f"d-{name}" for name in LEMONS]
        connection.execute(
            update(devices).where(devices.c.device_id.in_(bad)).values(purchased_on=to_day(date(2019, 8, 1)))
        )

    outcome = _only(backtest_fleet(engine, today=TODAY, cuts=[CUT]))

    assert _ranking(outcome, "oldest first").lift[2] > 3


@pytest.mark.reckoning
def test_retired_devices_count_among_the_peers_and_are_not_ranked(engine: Engine) -> None:
    school = _school(engine)
    gone = [school.keys[f"m{place:03d}"] for place in range(90, 100)]
    with engine.begin() as connection:
        before = to_day(CUT - timedelta(days=5))
        connection.execute(update(devices).where(devices.c.device.in_(gone)).values(retired_on=before))
        late = school.keys["m080"]
        connection.execute(update(devices).where(devices.c.device == late).values(retired_on=to_day(TODAY)))

    outcome = _only(backtest_fleet(engine, today=TODAY, cuts=[CUT]))

    assert outcome.devices == 90
    assert len(_record(engine).history.devices.key) == 100


@pytest.mark.reckoning
def test_the_horizon_is_half_of_a_short_record_and_that_is_too_short_until_it_is_named(engine: Engine) -> None:
    _school(engine)
    first = next(day for day in (FIRST + timedelta(days=ahead) for ahead in range(4)) if day.isoweekday() <= 5)

    found = backtest_fleet(engine, today=TODAY)

    (short,) = found.shortfalls
    assert found.outcomes == ()
    assert found.first_on == first
    assert short.at == TODAY - timedelta(days=(TODAY - first).days // 2)
    assert short.history_days < RULE.fleet_days
    assert short.earliest_on == first + timedelta(days=RULE.fleet_days)
    assert short.possible_on == first + timedelta(days=2 * RULE.fleet_days)


@pytest.mark.reckoning
def test_a_fleet_that_seldom_fails_is_told_when_it_will_have_failed_enough(engine: Engine) -> None:
    school = make_school(engine, number=60)

    found = backtest_fleet(engine, today=TODAY, cuts=[CUT])

    (short,) = found.shortfalls
    assert 0 < short.incidents < RULE.fleet_incidents
    assert short.possible_on is not None
    assert short.possible_on > TODAY + timedelta(days=180)
    assert short.earliest_on is None
    assert len(school.days) > 200


@pytest.mark.reckoning
def test_a_fleet_that_was_never_heard_or_never_failed_has_no_date(engine: Engine) -> None:
    nobody = backtest_fleet(engine, today=TODAY)
    make_school(engine, number=20)
    with engine.begin() as connection:
        connection.execute(delete(failures))
    sound = backtest_fleet(engine, today=TODAY, cuts=[CUT])

    assert (nobody.first_on, nobody.outcomes, nobody.shortfalls) == (None, (), ())
    assert [(one.incidents, one.possible_on) for one in sound.shortfalls] == [(0, None)]


@pytest.mark.reckoning
@pytest.mark.parametrize(
    ("cut", "horizon", "says"),
    [
        (TODAY, None, "nothing has followed"),
        (FIRST - timedelta(days=10), None, "the record begins on"),
        (CUT, 200, "only 110 days have passed"),
    ],
)
def test_a_day_outside_the_record_is_refused_with_the_way_out(
    engine: Engine, cut: date, horizon: int | None, says: str
) -> None:
    _school(engine)

    with pytest.raises(RecordsError, match=says):
        backtest_fleet(engine, today=TODAY, cuts=[cut], horizon_days=horizon)


@pytest.mark.reckoning
def test_accidents_and_worn_batteries_are_not_held_against_a_device(engine: Engine) -> None:
    school = _school(engine)
    before = _only(backtest_fleet(engine, today=TODAY, cuts=[CUT]))
    with engine.begin() as connection:
        rows = [
            {
                "device": school.keys["m001"],
                "epoch_key": 9,
                "seq": number,
                "channel": "damage" if number % 2 else "battery",
                "code": "screen" if number % 2 else "replace_soon",
                "occurred_us": to_day(FIRST) * 86_400_000_000 + number * 10 * 86_400_000_000,
                "occurred_on": to_day(FIRST) + number * 10,
                "is_day_only": False,
                "count": 1,
                "evidence": "{}",
            }
            for number in range(30)
        ]
        connection.execute(insert(failures), rows)

    after = _only(backtest_fleet(engine, today=TODAY, cuts=[CUT]))

    assert after == before
