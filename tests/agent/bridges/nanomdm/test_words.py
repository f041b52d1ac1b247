"""Of a post only what is allowed by name is taken further; recorded answers of real iPads are read as they are."""

import base64
import json
import plistlib
from datetime import UTC, datetime
from typing import Any

import pytest

from rollcall_agent.bridges.nanomdm.plists import PlistError, read_plist
from rollcall_agent.bridges.nanomdm.words import Word, WordError, read_word
from tests.support.ipads import posts
from tests.support.require import fixtures

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><plist version="1.0"><dict><key>Status</key><string>&c;</string></dict></plist>'
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b'<plist version="1.0"><dict><key>Status</key><string>&a;</string></dict></plist>'
)


def word(said: dict[str, Any], **more: Any) -> Word:
    return read_word(json.dumps(posts.event(said, NOW, **more)).encode())


def fault(body: bytes) -> str:
    with pytest.raises(WordError) as found:
        read_word(body)
    return found.value.fault


def with_payload(payload: str | bytes | None) -> bytes:
    told = posts.event(posts.idle(1), NOW)
    raw = payload if payload is None or isinstance(payload, str) else base64.b64encode(payload).decode()
    told["acknowledge_event"]["raw_payload"] = raw
    return json.dumps(told).encode()


def recorded(name: str) -> dict[str, Any]:
    found = read_plist((fixtures() / "ipad" / name).read_bytes())
    return {**found, "UDID": "1c111c111c111c111c111c111c111c111c111c11"}


def test_the_recorded_posts_of_a_real_nanomdm_are_read() -> None:
    events = json.loads((fixtures() / "nanomdm/events.json").read_text())

    words = [read_word(json.dumps(one["event"]).encode()) for one in events]

    kinds = [one.kind for one in words]
    assert kinds == ["authenticate", "token", *["connect"] * 10, "status", "check_out"]
    answered = next(one for one in words if one.level_percent is not None)
    assert (answered.serial_number, answered.product, answered.os_version) == ("DMPXX0001ABC", "iPad12,1", "18.5")
    assert (answered.level_percent, answered.storage_bytes, answered.storage_free_bytes) == (
        12,
        64 * 10**9,
        840_000_000,
    )
    report = words[-2].report
    assert report is not None
    assert (report.battery_health, report.failures, report.pending_version) == ("service-recommended", 2, "18.6")
    assert [one.error_code for one in words if one.answered == "Error"] == [12021]


def test_recorded_answers_of_a_real_ipad_are_read() -> None:
    told = word(recorded("DeviceInformation-iOS-11.3.1.xml"))
    not_now = word(recorded("NotNow-iOS-11.3.1.xml"))
    wrong = word(recorded("Errors-iOS-11.3.1-CommandFormatError.xml"))

    assert (told.serial_number, told.product, told.level_percent) == ("C00000000004", "iPad4,1", None)
    assert told.storage_free_bytes is not None
    assert told.storage_bytes is not None
    assert 0.5 < told.storage_free_bytes / told.storage_bytes < 0.6
    assert (not_now.answered, wrong.answered) == ("NotNow", "CommandFormatError")


def test_what_unlocks_a_device_or_names_a_pupil_never_gets_into_a_word() -> None:
    said = [posts.token_update(1), posts.authenticate(1), posts.answer(1, ResidentUsers=["maja"], WiFiMAC="aa:bb")]

    words = repr([word(one) for one in said])

    assert "SECRET" not in words
    assert "Maja" not in words
    assert "maja" not in words
    assert "aa:bb" not in words


def test_a_user_s_channel_is_none_of_our_business() -> None:
    told = posts.event(posts.idle(1), NOW, ids="Shared iPad")
    told["acknowledge_event"]["ids"]["id"] = f"{posts.udid_of(1)}:maja@example.org"

    assert fault(json.dumps(told).encode()) == "other_device"
    assert fault(json.dumps(told | {"topic": "mdm.UserAuthenticate"}).encode()) == "other_device"


@pytest.mark.parametrize("bomb", [BOMB, EXTERNAL, plistlib.dumps({"Status": "Idle"}, fmt=plistlib.FMT_BINARY)])
def test_entities_and_binary_lists_are_refused(bomb: bytes) -> None:
    with pytest.raises(PlistError):
        read_plist(bomb)

    assert fault(with_payload(bomb)) == "not_a_plist"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "wrong_shape"),
        (b"{}", "other_device"),
        (with_payload("%%%"), "not_a_plist"),
        (with_payload(None), "wrong_shape"),
        (with_payload(b"<plist><array>" * 20_000), "not_a_plist"),
        (with_payload(plistlib.dumps(["Idle"])), "not_a_plist"),
        (with_payload(plistlib.dumps({"Status": "<script>"})), "wrong_shape"),
        (with_payload(plistlib.dumps({"Status": ["Idle"]})), "wrong_shape"),
        (with_payload(b"<plist><dict><key>Status</key><integer>" + b"9" * 9000 + b"</integer></dict></plist>"), "not_a_plist"),
    ],
)  # fmt: skip
def test_what_is_no_post_has_a_fault_and_a_name(body: bytes, expected: str) -> None:
    assert fault(body) == expected


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("created_at", "yesterday"), ("created_at", None), ("created_at", "2026-09-14T08:05:00"),
        ("event_id", "../../etc"), ("event_id", 17),
    ],
)  # fmt: skip
def test_a_post_without_its_number_or_instant_is_refused(place: str, value: Any) -> None:
    assert fault(json.dumps(posts.event(posts.idle(1), NOW) | {place: value}).encode()) == "wrong_shape"


def test_numbers_that_cannot_be_are_not_measured_and_texts_with_markup_are_not_told() -> None:
    nan = word(posts.answer(1, level=float("nan"), free=float("inf")))
    unknown = word(posts.answer(1, level=-1.0, free=-5.0))
    marked = word(
        posts.answer(1, SerialNumber="<img src=x>", ProductName="<b>", OSVersion="18.5\n#", BatteryLevel="full")
    )

    assert (nan.level_percent, nan.storage_free_bytes) == (None, None)
    assert (unknown.level_percent, unknown.storage_free_bytes) == (None, None)
    assert (marked.serial_number, marked.product, marked.os_version, marked.level_percent) == (None,) * 4
