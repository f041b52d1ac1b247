"""A number that cannot be is not measured, by the reports' own annotations, and costs no other."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from rollcall_wire import Boot, Failure, Inventory, Report, Vitals
from rollcall_wire.encoding import encode
from rollcall_wire.explain import fields_of
from rollcall_wire.ranges import believable, may_be_missing, out_of_range
from rollcall_wire.reports import KINDS

AT = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
READER: TypeAdapter[Report] = TypeAdapter(Report)
WHOLE = st.integers(-(2**70), 2**70)
NUMBERS = WHOLE | st.floats()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("battery_level_percent", 100.1),
        ("battery_level_percent", float("nan")),
        ("battery_cycles", -1),
        ("battery_full_wh", 4_294_967.295),
        ("storage_free_bytes", 2**63),
        ("storage_wear_percent", 256.0),
        ("temperature_max_celsius", 6_553.5),
        ("awake_seconds", float("inf")),
    ],
)
def test_an_impossible_number_is_not_measured_and_the_others_are(field: str, value: float) -> None:
    body = Vitals(**{"media_errors": 3, "unsafe_stops": 7, field: value})  # type: ignore[arg-type]  # of any kind

    kept = believable(body)

    assert out_of_range(body) == (field,)
    assert kept == Vitals(media_errors=3, unsafe_stops=7)


@pytest.mark.parametrize(
    "body",
    [
        Vitals(battery_level_percent=100, storage_wear_percent=255.0, temperature_max_celsius=-50, battery_cycles=0),
        Boot(boot_id="b-1", booted_at=AT, source="systemd", to_login_seconds=86_400),
        Inventory(platform="linux", model="x" * 128),
        Failure(channel="crash", code="os_crash", occurred_at=AT, evidence={"value": 1e18}),
    ],
)
def test_what_is_within_its_range_is_the_very_same(body: Any) -> None:
    assert believable(body) is body


def test_texts_and_durations_are_held_to_theirs_too() -> None:
    inventory = believable(Inventory(platform="linux", model="x" * 129, os_version="12\0", serial_number="PC0ABCDE"))
    boot = believable(Boot(boot_id="b-1", booted_at=AT, source="proc", kernel_seconds=-0.1, userspace_seconds=4.0))

    assert inventory == Inventory(platform="linux", serial_number="PC0ABCDE")
    assert (boot.kernel_seconds, boot.userspace_seconds) == (None, 4.0)


def test_evidence_loses_the_entry_alone() -> None:
    failure = Failure(channel="crash", code="os_crash", occurred_at=AT, evidence={"value": float("inf"), "delta": 2.0})

    assert believable(failure).evidence == {"delta": 2.0}


def test_what_may_not_be_missing_stays_for_the_collector_to_refuse() -> None:
    failure = Failure(channel="crash", code="os_crash", occurred_at=AT, count=0)

    assert believable(failure).count == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_missing_is_what_the_privacy_page_says(kind: type) -> None:
    assert may_be_missing(kind) == {field.name for field in fields_of(kind) if field.is_optional}


@settings(deadline=None)  # machines are busy
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "battery_level_percent": NUMBERS,
            "battery_full_wh": NUMBERS,
            "storage_wear_percent": NUMBERS,
            "temperature_max_celsius": NUMBERS,
            "awake_seconds": NUMBERS,
            "battery_cycles": WHOLE,
            "storage_free_bytes": WHOLE,
            "media_errors": WHOLE,
        },
    )
)
def test_whatever_sources_believe_the_collector_takes_the_vitals(told: dict[str, Any]) -> None:
    body = believable(Vitals(**told))

    READER.validate_json(encode(Report(seq=1, device_id="d-0123456789ab", recorded_at=AT, body=body)))
