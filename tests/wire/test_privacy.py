"""No clock time outside school hours leaves a device."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall_wire import Body, Boot, Failure, Gap, Inventory, Report, SchoolHours, Vitals
from rollcall_wire.encoding import encode
from rollcall_wire.explain import name_of
from rollcall_wire.privacy import TEXTS, coarsen, coarsen_report, coarsen_to_day, is_school_time
from rollcall_wire.reports import KINDS

BERLIN = SchoolHours(zone="Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/Chicago", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo", "America/Havana")
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # with UTC
HOURS = st.none() | st.builds(
    SchoolHours,
    zone=st.sampled_from((*ZONES, "Mars/Olympus", "", "../../etc/passwd", "x" * 300)),
    days=st.lists(st.integers(1, 7), unique=True, max_size=7).map(tuple),
    opens_minute=st.integers(0, 1440),
    closes_minute=st.integers(0, 1440),
)


def boot(at: datetime) -> Boot:
    return Boot(boot_id="b-1", booted_at=at, source="systemd")


def failure(at: datetime) -> Failure:
    return Failure(channel="crash", code="kernel_panic", occurred_at=at)


def others(_: datetime) -> Body:
    return Vitals(battery_level_percent=50.0)


Make = Callable[[datetime], Body]
BODIES: st.SearchStrategy[Make] = st.sampled_from(
    (boot, failure, others, lambda _: Gap(first_seq=1, last_seq=2, count=2, reason="too_old"))
)


def report(recorded_at: datetime, body: Body) -> Report:
    return Report(seq=1, device_id="d-0123456789ab", recorded_at=recorded_at, body=body)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-04T07:00:00", True),
        ("2026-03-04T16:59:59", True),
        ("2026-03-04T06:59:59", False),
        ("2026-03-04T17:00:00", False),
        ("2026-03-07T10:00:00", False),
        ("2026-07-01T07:00:00", True),
    ],
)
def test_school_time_is_told_by_the_schools_own_clock(at: str, expected: bool) -> None:
    assert is_school_time(berlin(at), BERLIN) is expected
    assert is_school_time(berlin(at).astimezone(UTC), BERLIN) is expected


def test_in_school_hours_an_instant_stays_exact() -> None:
    at = berlin("2026-03-04T10:11:12")

    assert coarsen(at, BERLIN) == at
    assert coarsen_report(report(at, boot(at)), BERLIN) == report(at, boot(at))


def test_in_the_evening_only_the_day_is_told() -> None:
    at = berlin("2026-03-04T23:11:12")

    told = coarsen_report(report(at, failure(at)), BERLIN)

    assert told.precision == "day"
    assert told.recorded_at == told.body.occurred_at == berlin("2026-03-04T00:00:00")  # type: ignore[union-attr]


def test_a_morning_report_of_last_nights_start_tells_only_days() -> None:
    night, morning = berlin("2026-03-03T22:30:00"), berlin("2026-03-04T08:00:00")

    told = coarsen_report(report(morning, boot(night)), BERLIN)

    assert told.precision == "day"
    assert told.recorded_at == berlin("2026-03-04T00:00:00")
    assert told.body == boot(berlin("2026-03-03T00:00:00").astimezone(UTC))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "x" * 300])
def test_in_an_unknown_zone_only_the_day_is_told(zone: str) -> None:
    at = datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)

    assert coarsen(at, SchoolHours(zone=zone)) == at.replace(hour=0, minute=0, second=0)
    assert coarsen(at, None) == at.replace(hour=0, minute=0, second=0)


@settings(deadline=None)  # machines are busy
@given(at=INSTANTS, recorded_after=st.timedeltas(timedelta(0), timedelta(days=3)), hours=HOURS, make=BODIES)
def test_whatever_leaves_a_device_tells_no_clock_time_outside_school_hours(
    at: datetime, recorded_after: timedelta, hours: SchoolHours | None, make: Make
) -> None:
    told = coarsen_report(report(at + recorded_after, make(at)), hours)

    written = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", encode(told).decode())
    assert written
    for one in map(datetime.fromisoformat, written):
        assert is_school_time(one, hours) or is_start_of_day(one, hours)
    instants = [at + recorded_after, *([at] if make in {boot, failure} else [])]
    assert (told.precision == "second") == all(is_school_time(one, hours) for one in instants)


def is_start_of_day(at: datetime, hours: SchoolHours | None) -> bool:
    """Whether this is the first instant of its day in the school's zone: the one thing all its instants share."""
    return coarsen_to_day(at, hours) == at and coarsen_to_day(at + timedelta(hours=12), hours) == at


@settings(deadline=None)  # machines are busy
@given(at=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(hours=27)), zone=st.sampled_from(ZONES))
def test_two_instants_of_one_school_day_cannot_be_told_apart(at: datetime, later: timedelta, zone: str) -> None:
    hours = SchoolHours(zone=zone)
    first, second = at.astimezone(ZoneInfo(zone)), (at + later).astimezone(ZoneInfo(zone))

    rounded = coarsen_to_day(first, hours), coarsen_to_day(second, hours)

    assert (rounded[0] == rounded[1]) == (first.date() == second.date())


@settings(deadline=None)  # machines are busy
@given(at=INSTANTS, hours=HOURS, make=BODIES)
def test_rounding_twice_changes_nothing(at: datetime, hours: SchoolHours | None, make: Make) -> None:
    once = coarsen_report(report(at, make(at)), hours)

    assert json.loads(encode(coarsen_report(once, hours)))["recorded_at"] == json.loads(encode(once))["recorded_at"]


def test_an_instant_without_a_zone_is_never_written() -> None:
    naive = datetime(2026, 3, 4, 10, 11, 12)  # noqa: DTZ001  # on purpose

    with pytest.raises(ValueError, match="make it aware"):
        encode(report(naive, Inventory(platform="linux")))


def test_text_stands_in_the_fields_of_the_list_alone() -> None:
    held = {
        str(name_of(kind)): frozenset(
            name for name, hint in get_type_hints(kind, include_extras=True).items() if _is_text(hint)
        )
        for kind in KINDS
    }

    assert held == TEXTS


def _is_text(hint: Any) -> bool:
    """Whether a field's value, or one in it, may be any text; the keys of numbers are words of a closed list."""
    if hint is str:
        return True
    if get_origin(hint) is Annotated:
        return _is_text(get_args(hint)[0])
    if get_origin(hint) in {Literal, ClassVar}:
        return False
    return any(_is_text(one) for one in get_args(hint))
