"""From kept facts to flags and verdicts, on both databases."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, select, update

from rollcall_collector.jobs.retention import clean_up, forget_old_readings
from rollcall_collector.judging.fleet import JudgeSummary, judge_fleet
from rollcall_collector.judging.one_device import judge_device, judge_new_failures
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.judged.flags import decide, list_flags
from rollcall_collector.store.tables import device_days, devices, refusals, verdicts
from tests.support.fleets.kept import days_before, keep_days, keep_device, keep_failure

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
TODAY = NOW.date()
STANDING: tuple[FlagState, ...] = ("open", "accepted", "postponed")


def _fleet(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        keys = {
            name: keep_device(connection, name, site="Oak")
            for name in ("fine", "new", "disk", "worn", "errors", "unheard")
        }
        for name in ("fine", "disk", "worn", "errors"):
            errors = [0] * 66 + [1, 2, 5, 9] if name == "errors" else 0
            full = 22.0 if name == "worn" else 45.0
            keep_days(
                connection,
                keys[name],
                days_before(TODAY, 70),
                battery_full_wh=full,
                battery_design_wh=50.0,
                media_errors=errors,
            )
        keep_days(connection, keys["new"], days_before(TODAY, 5))
        keep_failure(connection, keys["disk"], "storage", "smart_failing", TODAY - timedelta(days=2), exit_status=8.0)
    return keys


def _verdicts(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {
            device.device_id[2:]: device.verdict for device in every_device(connection, Scope.all(), DeviceQuery())
        }


def _first_days(engine: Engine) -> dict[int, int | None]:
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(select(verdicts.c.device, verdicts.c.first_on))}


def _standing(engine: Engine) -> set[tuple[str, str]]:
    with engine.connect() as connection:
        return {(flag.device_id[2:], flag.finding) for flag in list_flags(connection, Scope.all(), states=STANDING)}


def test_the_fleet_is_judged_by_what_stands_and_by_its_exposure(engine: Engine) -> None:
    _fleet(engine)

    first = judge_fleet(engine, NOW)
    second = judge_fleet(engine, NOW + timedelta(hours=1))

    assert first == JudgeSummary(devices=6, opened=3, closed=0, woken=0)
    assert second == JudgeSummary(devices=6, opened=0, closed=0, woken=0)
    assert _standing(engine) == {("disk", "failing_disk"), ("worn", "worn_battery"), ("errors", "growing_disk_errors")}
    assert _verdicts(engine) == {
        "fine": "healthy",
        "new": "not_enough_evidence",
        "unheard": "not_enough_evidence",
        "disk": "repair",
        "worn": "repair",
        "errors": "repair",
    }


def test_the_first_of_the_active_days_is_kept_with_each_verdict_by_the_night_and_by_day(engine: Engine) -> None:
    keys = _fleet(engine)
    judge_fleet(engine, NOW)
    by_night = _first_days(engine)
    with engine.begin() as connection:
        keep_days(connection, keys["new"], [TODAY - timedelta(days=40)])
        keep_failure(connection, keys["new"], "storage", "smart_failing", TODAY)

    judge_new_failures(engine, NOW)

    seventy = min(days_before(TODAY, 70))
    assert by_night == {
        **dict.fromkeys((keys[name] for name in ("fine", "disk", "worn", "errors")), to_day(seventy)),
        keys["new"]: to_day(min(days_before(TODAY, 5))),
        keys["unheard"]: None,
    }
    assert _first_days(engine) == by_night | {keys["new"]: to_day(TODAY - timedelta(days=40))}


def test_a_repair_closes_its_flag_and_a_new_failure_opens_it_again(engine: Engine) -> None:
    keys = _fleet(engine)
    judge_fleet(engine, NOW)
    with engine.begin() as connection:
        (flag,) = list_flags(connection, Scope.all(), device=keys["disk"])
        decide(connection, Scope.all(), flag.flag, "finish", author="kim", reason="new disk", now=NOW)
    assert _verdicts(engine)["disk"] == "healthy"

    judge_fleet(engine, NOW + timedelta(days=1))
    quiet = _verdicts(engine)["disk"]
    with engine.begin() as connection:
        keep_failure(connection, keys["disk"], "storage", "smart_failing", TODAY + timedelta(days=3))
    judge_device(engine, keys["disk"], NOW + timedelta(days=4))

    assert quiet == "healthy"
    assert _verdicts(engine)["disk"] == "repair"


def test_a_new_battery_closes_its_flag_by_itself(engine: Engine) -> None:
    keys = _fleet(engine)
    judge_fleet(engine, NOW)
    with engine.begin() as connection:
        fresh = [TODAY + timedelta(days=ahead) for ahead in range(1, 4)]
        keep_days(connection, keys["worn"], fresh, battery_full_wh=49.0, battery_design_wh=50.0)

    summary = judge_fleet(engine, NOW + timedelta(days=4))

    assert (summary.opened, summary.closed) == (0, 1)
    assert _verdicts(engine)["worn"] == "healthy"


def test_a_new_failure_is_judged_without_waiting_for_the_night(engine: Engine) -> None:
    keys = _fleet(engine)
    judge_new_failures(engine, NOW)
    nothing = judge_new_failures(engine, NOW)
    with engine.begin() as connection:
        keep_failure(connection, keys["fine"], "battery", "replace_now", TODAY)

    summary = judge_new_failures(engine, NOW)

    assert nothing == JudgeSummary()
    assert summary.opened == 1
    assert ("fine", "battery_replace_now") in _standing(engine)
    assert _verdicts(engine)["fine"] == "repair"


def test_what_the_night_judged_is_not_judged_again_by_day(engine: Engine) -> None:
    _fleet(engine)

    judge_fleet(engine, NOW)

    assert judge_new_failures(engine, NOW) == JudgeSummary()


def test_a_retired_device_is_not_judged(engine: Engine) -> None:
    keys = _fleet(engine)
    with engine.begin() as connection:
        connection.execute(update(devices).where(devices.c.device == keys["disk"]).values(retired_on=to_day(TODAY)))

    summary = judge_fleet(engine, NOW)

    assert summary.devices == 5
    assert ("disk", "failing_disk") not in _standing(engine)


def test_a_postponed_flag_is_woken_on_its_day(engine: Engine) -> None:
    keys = _fleet(engine)
    judge_fleet(engine, NOW)
    with engine.begin() as connection:
        (flag,) = list_flags(connection, Scope.all(), device=keys["disk"])
        until = TODAY + timedelta(days=7)
        decide(connection, Scope.all(), flag.flag, "postpone", author="kim", reason="because", until=until, now=NOW)

    early = judge_fleet(engine, NOW + timedelta(days=6))
    late = judge_fleet(engine, NOW + timedelta(days=7))

    assert (early.woken, late.woken) == (0, 1)


def test_more_devices_than_one_transaction_takes_are_all_judged(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(1203):
            device = keep_device(connection, f"n{number}")
            if number % 400 == 0:
                keep_failure(connection, device, "storage", "read_only", TODAY)

    summary = judge_fleet(engine, NOW)

    assert summary == JudgeSummary(devices=1203, opened=4)
    assert len(_verdicts(engine)) == 1203


def test_cleaning_removes_old_refusals_only(engine: Engine) -> None:
    with engine.begin() as connection:
        for ago in (1, 89, 91, 400):
            received = to_us(NOW - timedelta(days=ago))
            row = {"received_us": received, "publisher": f"p{ago}", "reason": "not_json", "size": 1, "payload": b"{"}
            connection.execute(refusals.insert().values(row))

    removed = clean_up(engine, NOW, refusals_days=90, audit_days=400)

    with engine.connect() as connection:
        left = set(connection.execute(select(refusals.c.publisher)).scalars())
    assert removed.refusals == 2
    assert left == {"p1", "p89"}


def test_old_readings_are_forgotten_and_their_days_stay(engine: Engine) -> None:
    keys = _fleet(engine)
    with engine.begin() as connection:
        keep_days(connection, keys["fine"], [date(2020, 1, 6)], battery_full_wh=50.0, to_login_seconds_max=31.0)

    forgotten = forget_old_readings(engine, NOW, readings_days=1100)
    again = forget_old_readings(engine, NOW, readings_days=1100)

    with engine.connect() as connection:
        old = connection.execute(select(device_days).where(device_days.c.on == to_day(date(2020, 1, 6)))).one()
        kept = connection.execute(
            select(device_days.c.battery_full_wh).where(
                device_days.c.device == keys["fine"], device_days.c.on == to_day(TODAY)
            )
        ).scalar_one()
    assert (forgotten, again) == (1, 0)
    assert (old.battery_full_wh, old.to_login_seconds_max, old.boots, kept) == (None, 31.0, 1, 45.0)
