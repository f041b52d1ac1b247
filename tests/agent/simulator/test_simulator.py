"""What the make-believe devices say: seeded, in school time only, and no more than their platforms can tell."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, pairwise
from statistics import fmean, median
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from rollcall_agent.simulator.district import make_district
from rollcall_agent.simulator.life.history import Life, Told
from rollcall_agent.simulator.life.priors import WHOLE_DAYS
from rollcall_agent.simulator.life.schoolyear import school_hours
from rollcall_agent.simulator.opening import stretches
from rollcall_wire import Boot, Failure, Inventory, Report, Vitals
from rollcall_wire.codes import CODES
from rollcall_wire.encoding import encode
from rollcall_wire.privacy import coarsen_report, is_school_time
from tests.support.fleets.make_believe import FIRST, LAST, Year, school_year

ZONE = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
def year() -> Year:
    return school_year(300)


def _sent(told: tuple[Told, ...], device_id: str = "d-000000000001") -> list[bytes]:
    return [
        encode(Report(seq=seq, device_id=device_id, recorded_at=at, body=body))
        for seq, (at, body) in enumerate(told, 1)
    ]


def _of(year: Year, platform: str) -> list[tuple[Told, ...]]:
    return [told for life, told in zip(year.lives, year.told, strict=True) if life.device.model.platform == platform]


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = school_year(30, seed=7), school_year.__wrapped__(30, seed=7)

    assert [_sent(told) for told in one.told] == [_sent(told) for told in other.told]
    assert one.district == other.district


def test_another_seed_gives_another_history() -> None:
    one, other = school_year(30, seed=7), school_year(30, seed=8)

    assert [_sent(told) for told in one.told] != [_sent(told) for told in other.told]


def test_a_device_lives_alike_whatever_the_others_do() -> None:
    alone, other = school_year(30, seed=7), school_year.__wrapped__(30, seed=7)

    first_to_last = [_sent(told) for told in alone.told]
    last_to_first = [_sent(told) for told in reversed(other.told)][::-1]

    assert first_to_last == last_to_first


def test_nothing_is_said_on_weekends_holidays_or_in_summer(year: Year) -> None:
    spoken: set[tuple[int, date]] = set()
    for life, told in zip(year.lives, year.told, strict=True):
        spoken |= {(life.device.site, at.astimezone(ZONE).date()) for at, _ in told}

    closed = {(site.number, on) for site in year.district.sites for on in site.closed}
    assert spoken & closed == set()
    assert {on.isoweekday() for _, on in spoken} == {1, 2, 3, 4, 5}
    assert {on for _, on in spoken if date(2026, 6, 15) <= on <= date(2026, 8, 20)} == set()
    assert FIRST <= min(on for _, on in spoken) <= max(on for _, on in spoken) <= LAST


def test_a_school_year_has_about_as_many_school_days_as_real_ones(year: Year) -> None:
    counts = [sum(day.on <= LAST for day in site.days) for site in year.district.sites]

    assert all(170 <= count <= 190 for count in counts)


def test_everything_is_said_in_school_hours(year: Year) -> None:
    hours = school_hours("America/Chicago")

    outside = [at for told in year.told for at, _ in told if not is_school_time(at, hours)]

    assert outside == []


def test_instants_are_in_order_and_follow_what_they_tell_of(year: Year) -> None:
    for told in year.told:
        assert all(one[0] <= other[0] for one, other in pairwise(told))
        assert all(body.booted_at < at for at, body in told if isinstance(body, Boot))
        assert all(body.occurred_at <= at for at, body in told if isinstance(body, Failure))


def test_no_device_speaks_before_it_was_bought_or_after_it_was_lost(year: Year) -> None:
    for life, told in zip(year.lives, year.told, strict=True):
        days = {at.astimezone(ZONE).date() for at, _ in told}
        assert all(on > life.device.purchased_on for on in days)
        lost_from = life.device.nature.lost_from
        assert lost_from is None or all(on < lost_from for on in days)


def test_ipads_never_have_boots(year: Year) -> None:
    told = _of(year, "ipados")

    kinds = Counter(type(body) for one in told for _, body in one)

    assert 70 <= len(told) <= 80
    assert kinds[Boot] == 0
    assert kinds[Vitals] > 5_000


def test_an_mdm_tells_level_and_free_space_of_an_ipad_and_nothing_else(year: Year) -> None:
    read = [body for told in _of(year, "ipados") for _, body in told if isinstance(body, Vitals)]

    assert all(
        one == Vitals(battery_level_percent=one.battery_level_percent, storage_free_bytes=one.storage_free_bytes)
        for one in read
    )
    assert all(one.battery_level_percent is not None and one.storage_free_bytes is not None for one in read)


def test_a_chromebook_tells_the_whole_start_in_whole_seconds_and_no_phases(year: Year) -> None:
    boots = [body for told in _of(year, "chromeos") for _, body in told if isinstance(body, Boot)]

    assert len(boots) > 10_000
    assert all(one.to_login_seconds == int(one.to_login_seconds or 0) for one in boots)
    assert {
        (one.firmware_seconds, one.loader_seconds, one.kernel_seconds, one.userspace_seconds) for one in boots
    } == {(None, None, None, None)}
    assert all(one.stop_code is None for one in boots)


def test_nobody_reads_a_chromebooks_disk_counters(year: Year) -> None:
    read = [body for told in _of(year, "chromeos") for _, body in told if isinstance(body, Vitals)]

    assert {(one.media_errors, one.reallocated_sectors, one.pending_sectors, one.unsafe_stops) for one in read} == {
        (None, None, None, None)
    }
    assert all(one.battery_full_wh is not None and one.battery_cycles is not None for one in read)


def test_linux_tells_every_phase_of_a_start(year: Year) -> None:
    boots = [body for told in _of(year, "linux") for _, body in told if isinstance(body, Boot)]

    assert boots
    for one in boots:
        phases = (one.firmware_seconds, one.loader_seconds, one.kernel_seconds, one.userspace_seconds)
        assert sum(phase or 0.0 for phase in phases) == pytest.approx(one.to_login_seconds, abs=0.1)


def test_a_desktop_has_no_battery(year: Year) -> None:
    told = [told for life, told in zip(year.lives, year.told, strict=True) if life.device.model.build == "desktop"]

    read = [body for one in told for _, body in one if isinstance(body, Vitals)]

    assert read
    assert {(one.battery_level_percent, one.is_charging, one.battery_full_wh) for one in read} == {(None, None, None)}


def test_only_fields_of_the_wire_leave_a_device_and_each_is_in_its_range(year: Year) -> None:
    adapter: TypeAdapter[Report] = TypeAdapter(Report)
    hours = school_hours("America/Chicago")

    for told in year.told[::7]:
        for seq, (at, body) in enumerate(told, 1):
            report = Report(seq=seq, device_id="d-000000000001", recorded_at=at, body=body)
            read = adapter.validate_json(encode(coarsen_report(report, hours)))
            assert read == report


def test_every_failure_is_on_its_channels_list(year: Year) -> None:
    failures = [body for told in year.told for _, body in told if isinstance(body, Failure)]

    assert failures
    assert all(one.code in CODES[one.channel] for one in failures)


def test_a_new_version_is_told_and_stands_in_every_start(year: Year) -> None:
    for life, told in zip(year.lives, year.told, strict=True):
        version = None
        known = {one.version for one in year.district.versions[life.device.model.os_line]}
        for _, body in told:
            if isinstance(body, Inventory):
                version = body.os_version
            elif isinstance(body, Boot):
                assert body.os_version in known
        assert version is None or version in known


def test_carts_hold_like_devices_in_slots_of_their_own(year: Year) -> None:
    members: dict[int, list[int]] = {}
    for device in year.district.devices:
        if device.cart is not None and device.slot is not None:
            members.setdefault(device.cart, []).append(device.slot)

    assert len(members) == len(year.district.carts) == 12
    for cart, slots in members.items():
        assert sorted(slots) == list(range(1, len(slots) + 1))
        assert len(slots) <= year.district.carts[cart].slots


def test_a_device_in_a_cart_speaks_only_on_days_its_cart_is_out(year: Year) -> None:
    for life, told in zip(year.lives, year.told, strict=True):
        if life.device.cart is None:
            continue
        out = {on for on, lessons in year.district.carts[life.device.cart].uses.items() if lessons}
        assert {at.astimezone(ZONE).date() for at, _ in told} <= out


def test_vitals_can_be_read_by_the_hour_as_real_agents_do() -> None:
    plan = replace(school_year(30, seed=7).district.plan, vitals_minutes=60)
    district = make_district(plan)
    device = next(one for one in district.devices if one.model.build == "desktop")
    life = Life(district, device)

    day = next(life.days())

    assert life.use is not None
    read = [at for at, body in day if isinstance(body, Vitals)]
    open_times = [(life.use.day.at(one.opens), life.use.day.at(one.closes)) for one in stretches(life.use)]
    assert {ends for _, ends in open_times} <= set(read)
    for begins, ends in open_times:
        within = [at for at in read if begins < at <= ends]
        assert within[0] - begins < timedelta(minutes=1)
        assert all(later - at <= timedelta(minutes=60) for at, later in pairwise(within))


def test_the_last_weeks_are_told_whole_and_those_long_ago_by_a_reading_or_two(year: Year) -> None:
    whole_from = LAST - timedelta(days=WHOLE_DAYS)
    counts: dict[bool, Counter[tuple[int, date]]] = {True: Counter(), False: Counter()}
    for life, told in zip(year.lives, year.told, strict=True):
        for at, body in told:
            on = at.astimezone(ZONE).date()
            counts[on >= whole_from][life.device.number, on] += isinstance(body, Vitals)

    assert max(counts[False].values()) <= 5
    assert fmean(counts[False].values()) < 2
    assert fmean(counts[True].values()) > 3


def test_a_closed_device_is_silent() -> None:
    plan = replace(school_year(30, seed=7).district.plan, vitals_minutes=60)
    district = make_district(plan)
    for device in district.devices[::5]:
        life = Life(district, device)
        for day in islice(life.days(), 20):
            assert life.use is not None
            read = [at for at, body in day if isinstance(body, Vitals)]
            open_times = [(life.use.day.at(one.opens), life.use.day.at(one.closes)) for one in stretches(life.use)]
            assert all(any(begins <= at <= ends for begins, ends in open_times) for at in read)


def test_a_cart_charges_its_devices_overnight_but_for_a_dark_night(year: Year) -> None:
    whole_from = LAST - timedelta(days=WHOLE_DAYS)
    first: dict[bool, list[float]] = {True: [], False: []}
    for life, told in zip(year.lives, year.told, strict=True):
        if life.device.cart is None:
            continue
        dark = year.district.carts[life.device.cart].dark_nights
        days: dict[date, float] = {}
        for at, body in told:
            if isinstance(body, Vitals) and at.astimezone(ZONE).date() >= whole_from:
                days.setdefault(at.astimezone(ZONE).date(), body.battery_level_percent or 0.0)
        for on, level in list(days.items())[1:]:
            first[on in dark].append(level)

    assert {cart.is_in_turn for cart in year.district.carts} == {True, False}
    assert median(first[False]) >= 97
    assert sum(level >= 90 for level in first[False]) > 0.9 * len(first[False])
    assert fmean(first[True]) < 85
