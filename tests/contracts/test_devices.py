"""Devices are found, filtered, sorted and paged by the database, fast enough for a district."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert

from rollcall_collector.errors import UnknownDeviceError, UnknownNameError
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import DeviceVerdict
from rollcall_collector.store.carts import cart_members, find_cart, list_carts, set_cart
from rollcall_collector.store.devices import count_verdicts, every_device, find_device, list_devices, list_models
from rollcall_collector.store.facts import cells, last_vitals, list_boots, list_days, list_failures
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.judged.flags import keep_findings
from rollcall_collector.store.judged.start_times import StartTime, start_times
from rollcall_collector.store.judged.verdicts import keep_verdicts
from rollcall_collector.store.sites import (
    add_holidays,
    find_site,
    list_holidays,
    list_sites,
    remove_holidays,
    set_site,
)
from rollcall_collector.store.tables import boots, start_judgements
from tests.support.fleets.kept import days_before, keep_boot, keep_days, keep_device, keep_failure, keep_state

TODAY = date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def _fill(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        keys = {
            "a1": keep_device(
                connection,
                "a1",
                site="Oak",
                cart="B",
                slot=2,
                model="300e",
                platform="windows",
                asset_tag="T-1",
                os_version="10",
            ),
            "a2": keep_device(
                connection, "a2", site="Oak", cart="B", slot=1, model="300e", platform="windows", os_version="11"
            ),
            "e1": keep_device(
                connection,
                "e1",
                site="Elm",
                model="iPad 9",
                platform="ipados",
                role="teacher",
                asset_tag="50%_x",
                manufacturer="Zoë",
            ),
            "r1": keep_device(connection, "r1", site="Elm", retired_on=100),
        }
        set_cart(connection, Scope.all(), list_carts(connection, Scope.all())[0].cart, home_room="Room 7")
        starts = [
            {"device": keys[name], "now_seconds": took, "starts_yearly": 300.0}
            for name, took in (("a1", 30.0), ("a2", 12.0))
        ]
        connection.execute(insert(start_judgements), starts)
        keep_state(connection, keys["a1"], NOW - timedelta(hours=1), battery_level_percent=80.0, is_charging=True)
        keep_state(connection, keys["a2"], NOW - timedelta(days=30))
        said = {"a1": "healthy", "a2": "repair"}
        keep_verdicts(
            connection,
            {keys[name]: DeviceVerdict(verdict=one, sentence=one, active_days=9) for name, one in said.items()},  # type: ignore[arg-type]  # verdicts by name
            NOW,
        )
    return keys


def _serials(engine: Engine, query: DeviceQuery) -> list[str | None]:
    with engine.connect() as connection:
        page = list_devices(connection, Scope.all(), query)
        assert page.total >= len(page.devices)
        assert [device.device for device in every_device(connection, Scope.all(), query)][: len(page.devices)] == [
            device.device for device in page.devices
        ] or query.page > 1
        return [device.serial_number for device in page.devices]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (DeviceQuery(), ["A2", "E1", "A1"]),
        (DeviceQuery(is_descending=True), ["A1", "E1", "A2"]),
        (DeviceQuery(sort="serial_number"), ["A1", "A2", "E1"]),
        (DeviceQuery(sort="site"), ["E1", "A2", "A1"]),
        (DeviceQuery(sort="last_heard"), ["A2", "A1", "E1"]),
        (DeviceQuery(sort="last_heard", is_descending=True), ["A1", "A2", "E1"]),
        (DeviceQuery(text="t-1"), ["A1"]),
        (DeviceQuery(text="300E A2"), ["A2"]),
        (DeviceQuery(text="50%_"), ["E1"]),
        (DeviceQuery(text="5%"), []),
        (DeviceQuery(text="zOË ELM"), ["E1"]),
        (DeviceQuery(text="elm"), ["E1"]),
        (DeviceQuery(text="oak b"), ["A2", "A1"]),
        (DeviceQuery(text="elm b"), []),
        (DeviceQuery(text="room 7", sort="name"), ["A2", "A1"]),
        (DeviceQuery(text="7 e1"), []),
        (DeviceQuery(sort="start"), ["A2", "A1", "E1"]),
        (DeviceQuery(sort="os_version"), ["E1", "A1", "A2"]),
        (DeviceQuery(site="Oak", sort="name"), ["A2", "A1"]),
        (DeviceQuery(cart="B", model="300e", platform="windows", sort="cart"), ["A2", "A1"]),
        (DeviceQuery(role="teacher"), ["E1"]),
        (DeviceQuery(verdicts=("repair",)), ["A2"]),
        (DeviceQuery(verdicts=("not_enough_evidence", "healthy")), ["E1", "A1"]),
        (DeviceQuery(heard="never"), ["E1"]),
        (DeviceQuery(heard="heard", heard_since=NOW - timedelta(days=14)), ["A1"]),
        (DeviceQuery(heard="silent", heard_since=NOW - timedelta(days=14)), ["A2"]),
        (DeviceQuery(retired=True), ["R1"]),
        (DeviceQuery(site="Nowhere"), []),
    ],
)
def test_devices_are_filtered_and_sorted(engine: Engine, query: DeviceQuery, expected: list[str]) -> None:
    _fill(engine)

    assert _serials(engine, query) == expected


def test_pages_say_how_many_there_are(engine: Engine) -> None:
    _fill(engine)
    with engine.connect() as connection:
        first = list_devices(connection, Scope.all(), DeviceQuery(sort="serial_number", page_size=2))
        second = list_devices(connection, Scope.all(), DeviceQuery(sort="serial_number", page_size=2, page=2))
        beyond = list_devices(connection, Scope.all(), DeviceQuery(sort="serial_number", page_size=2, page=9))

    assert [device.serial_number for device in (*first.devices, *second.devices)] == ["A1", "A2", "E1"]
    assert (first.total, first.pages) == (3, 2)
    assert (beyond.devices, beyond.total) == ((), 3)


def test_a_device_is_found_by_any_of_its_names(engine: Engine) -> None:
    _fill(engine)
    with engine.connect() as connection:
        found = [find_device(connection, Scope.all(), name).serial_number for name in ("d-a1", "A1", "T-1")]
        assert found == ["A1"] * 3
        device = find_device(connection, Scope.all(), "A1")
        with pytest.raises(UnknownDeviceError, match="unknown device 'x'"):
            find_device(connection, Scope.all(), "x")

    assert (device.name, device.site, device.cart, device.slot) == ("T-1", "Oak", "B", 2)
    assert device.last_heard_at == NOW - timedelta(hours=1)


def test_models_and_verdicts_are_counted(engine: Engine) -> None:
    _fill(engine)
    with engine.connect() as connection:
        assert list_models(connection, Scope.all()) == ("300e", "iPad 9")
        assert count_verdicts(connection, Scope.all()) == {"healthy": 1, "repair": 1, "not_enough_evidence": 1}
        assert count_verdicts(connection, Scope.all(), "Elm") == {"not_enough_evidence": 1}


def test_a_carts_members_come_with_what_they_said_last(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        cart = find_cart(connection, Scope.all(), "B")
        set_cart(connection, Scope.all(), cart.cart, slots=30, charging="cyclic_thirds")
        members = cart_members(connection, Scope.all(), (cart.cart,))[cart.cart]
        assert [one.members for one in list_carts(connection, Scope.all())] == [2]
        assert list_carts(connection, Scope.all(), "Elm") == ()
        changed = find_cart(connection, Scope.all(), "B", "Oak")
        with pytest.raises(UnknownNameError, match="unknown cart 'Z'"):
            find_cart(connection, Scope.all(), "Z")

    assert [member.device for member in members] == [keys["a2"], keys["a1"]]
    assert (members[1].level_percent, members[1].is_charging, members[1].level_at) == (
        80.0,
        True,
        NOW - timedelta(hours=1),
    )
    assert (members[0].level_percent, members[0].is_charging) == (None, None)
    assert (changed.slots, changed.charging) == (30, "cyclic_thirds")


def test_sites_keep_their_hours_and_holidays(engine: Engine) -> None:
    _fill(engine)
    with engine.begin() as connection:
        oak = find_site(connection, Scope.all(), "Oak")
        set_site(connection, Scope.all(), "Oak", zone="America/New_York", days="1234", opens_minute=480)
        assert add_holidays(connection, oak.site, (TODAY, TODAY + timedelta(days=1)), "snow") == 2
        assert add_holidays(connection, oak.site, (TODAY,), "again") == 0
        assert remove_holidays(connection, oak.site, (TODAY + timedelta(days=1),)) == 1
        changed = find_site(connection, Scope.all(), "Oak")
        assert list_holidays(connection, Scope.all(), oak.site) == ((TODAY, "snow"),)
        with pytest.raises(UnknownNameError, match="sites are Elm, Oak"):
            find_site(connection, Scope.all(), "Ash")

    assert (changed.zone, changed.days, changed.opens_minute) == ("America/New_York", (1, 2, 3, 4), 480)
    assert changed.holidays == {TODAY}
    assert not changed.is_school_day(TODAY)


def test_what_a_device_reported_is_read_newest_first(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        for ago in range(3):
            keep_boot(connection, keys["a1"], f"b{ago}", NOW - timedelta(days=ago), to_login_seconds=20.0 + ago)
        keep_failure(connection, keys["a1"], "storage", "media_errors", TODAY, delta=3.0, value=9.0)
        keep_days(connection, keys["a1"], days_before(TODAY, 5), battery_full_wh=[1.0, 2.0, 3.0, 4.0, 5.0])

        starts = list_boots(connection, Scope.all(), keys["a1"], at_most=2)
        failed = list_failures(connection, Scope.all(), keys["a1"])
        days = list_days(connection, Scope.all(), keys["a1"], since=TODAY - timedelta(days=2), until=TODAY)
        _, vitals = last_vitals(connection, Scope.all(), keys["a1"])
        nothing = last_vitals(connection, Scope.all(), keys["e1"])

    assert [(boot.boot_id, boot.booted_at) for boot in starts] == [("b0", NOW), ("b1", NOW - timedelta(days=1))]
    assert [(one.code, dict(one.evidence)) for one in failed] == [("media_errors", {"delta": 3.0, "value": 9.0})]
    assert [(day.on.day, day.battery_full_wh) for day in days] == [(2, 3.0), (3, 4.0), (4, 5.0)]
    assert vitals == {"battery_level_percent": 80.0, "is_charging": True}
    assert nothing == (None, None)


def test_the_bar_tells_failed_slow_fine_silent_and_no_school_apart(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        keep_days(connection, keys["a1"], [date(2026, 3, 2)], failures=2)
        keep_days(connection, keys["a1"], [date(2026, 3, 3)], to_login_seconds_max=61.0)
        keep_days(connection, keys["a1"], [date(2026, 2, 26), date(2026, 2, 28), TODAY], to_login_seconds_max=30.0)
        keep_days(connection, keys["a1"], [date(2026, 2, 20)])
        oak = find_site(connection, Scope.all(), "Oak")
        add_holidays(connection, oak.site, (date(2026, 2, 25),), "")
        named = {site.name: site for site in list_sites(connection, Scope.all())}
        bars = cells(connection, Scope.all(), [keys["a1"], keys["e1"]], TODAY, named, days=8)

    assert [(cell.on.day, cell.kind) for cell in bars[keys["a1"]]] == [
        (25, "no_school"),
        (26, "fine"),
        (27, "silent"),
        (28, "fine"),
        (1, "no_school"),
        (2, "failed"),
        (3, "slow"),
        (4, "fine"),
    ]
    assert {cell.kind for cell in bars[keys["e1"]]} == {"not_yet_here"}


def test_days_since_a_device_became_slow_are_slow_though_all_are_alike(engine: Engine) -> None:
    keys = _fill(engine)
    slow = Finding(
        finding="slow_start",
        verdict="repair",
        sentence="Repair the cause.",
        evidence={"since_day": to_day(date(2026, 3, 2)), "usual_seconds": 9.0},
    )
    with engine.begin() as connection:
        days = [date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 3), TODAY]
        keep_days(connection, keys["a1"], days, to_login_seconds_max=20.0)
        keep_findings(connection, keys["a1"], [slow], rules=("slow_start",), now=NOW)
        bar = cells(connection, Scope.all(), [keys["a1"]], TODAY, {}, days=6)[keys["a1"]]

    assert [cell.kind for cell in bar] == ["fine", "no_school", "no_school", "slow", "slow", "slow"]


def test_in_a_device_that_became_slow_in_one_kind_of_start_only_that_kind_makes_slow_days(engine: Engine) -> None:
    keys = _fill(engine)
    since, then = date(2026, 3, 2), date(2026, 3, 3)
    with engine.begin() as connection:
        keep_days(connection, keys["a1"], [since, then, TODAY], to_login_seconds_max=40.0)
        _start(connection, keys["a1"], "fast", 20.0, since)
        _start(connection, keys["a1"], "full", 40.0, then)
        _start(connection, keys["a1"], "fast", 11.0, TODAY)
        _call_slow(connection, keys["a1"], start_kind="fast", usual_seconds=9.0, now_seconds=20.0)
        bar = cells(connection, Scope.all(), [keys["a1"]], TODAY, {}, days=3)[keys["a1"]]

    assert [cell.kind for cell in bar] == ["slow", "fine", "fine"]


def test_a_device_that_a_flag_calls_slow_has_the_flags_start_time_and_kind(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        for second in range(6):
            _start(connection, keys["a1"], "full", 30.0 + second, TODAY)
        _call_slow(connection, keys["a1"], start_kind="fast", usual_seconds=13.7, now_seconds=28.9, boots=12)
        found = start_times(connection, Scope.all(), [keys["a1"]], TODAY)

    assert found == {keys["a1"]: StartTime(kind="fast", seconds=28.9, starts=12)}


def test_a_device_that_only_ever_wakes_has_the_time_of_waking_and_its_kind(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        _start(connection, keys["e1"], "resume", 2.0, TODAY)
        found = start_times(connection, Scope.all(), [keys["e1"]], TODAY)

    assert found == {keys["e1"]: StartTime(kind="resume", seconds=2.0, starts=1)}


def _start(connection: Connection, device: int, kind: str, seconds: float, on: date) -> None:
    at = datetime.combine(on, time(9), UTC) + timedelta(seconds=seconds)
    keep_boot(connection, device, f"{kind}-{on}-{seconds}", at, start_kind=kind, to_login_seconds=seconds)


def _call_slow(connection: Connection, device: int, **evidence: float | str) -> None:
    told = {"since_day": to_day(date(2026, 3, 2)), **evidence}
    slow = Finding(finding="slow_start", verdict="repair", sentence="Reset it first.", evidence=told)
    keep_findings(connection, device, [slow], rules=("slow_start",), now=NOW)


def test_a_device_has_one_start_time_of_its_commonest_kind_and_a_resume_is_none(engine: Engine) -> None:
    keys = _fill(engine)
    with engine.begin() as connection:
        for at, (kind, seconds) in enumerate([("fast", 14.0), ("fast", 16.0), ("full", 40.0), *[("resume", 2.0)] * 4]):
            connection.execute(
                insert(boots).values(
                    device=keys["a1"],
                    boot_id=f"extra-{at}",
                    booted_us=to_us(NOW) - at * 1_000_000,
                    booted_on=to_day(TODAY),
                    is_day_only=False,
                    source="kernel",
                    start_kind=kind,
                    to_login_seconds=seconds,
                    previous_stop="clean",
                    stop_cause="user",
                )
            )
        found = start_times(connection, Scope.all(), [keys["a1"], keys["e1"]], TODAY, days=1)

    assert found == {keys["a1"]: StartTime(kind="fast", seconds=15.0, starts=2)}
