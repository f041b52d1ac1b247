"""Whatever bytes come: what can be believed is kept, what cannot is refused with a reason, and nothing is raised."""

from datetime import timedelta
from typing import Any, get_args
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.ingest.acknowledge import Acks
from rollcall_collector.ingest.validate import Validator, read_state
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping import Checked
from rollcall_collector.store.publishers.registry import DeviceEntry, KnownPublisher
from rollcall_wire.codes import REFUSALS, REMARKS, Refusal, Remark
from rollcall_wire.encoding import decode_ack
from tests.support.listening import EPOCH, NOW, boot, device_id, failure, message, report, vitals

ME = device_id(1)
CHROMEBOOK = DeviceEntry(key=2, device_id=device_id(2), platform="chromeos", hours=None)
DEVICES = {
    ME: DeviceEntry(key=1, device_id=ME, platform="linux", hours=None),
    CHROMEBOOK.device_id: CHROMEBOOK,
    device_id(3): DeviceEntry(key=3, device_id=device_id(3), platform=None, hours=None),
}
PC = KnownPublisher(key=1, name=ME, device=DEVICES[ME], platform=None, hours=None, is_revoked=False)
BRIDGE = KnownPublisher(key=9, name="b-google", device=None, platform="chromeos", hours=None, is_revoked=False)
INVENTORY = {"kind": "inventory", "platform": "linux", "model": "X13"}


def read(payload: bytes, publisher: KnownPublisher = PC) -> Checked:
    return Validator(DEVICES.get).read(payload, publisher, to_us(NOW))


def kept(checked: Checked) -> list[int]:
    return [one[0].seq for one in checked.accepted]


def refused(checked: Checked) -> list[tuple[int | None, str]]:
    return [(one.seq, one.reason) for one in checked.refused]


def test_a_good_message_is_kept_whole() -> None:
    reports = [vitals(1, ME), boot(2, ME), failure(3, ME), report(4, ME, INVENTORY)]
    gap = report(5, ME, {"kind": "gap", "first_seq": 1, "last_seq": 4, "count": 3, "reason": "too_old"})

    checked = read(message(ME, [*reports, gap]))

    assert kept(checked) == [1, 2, 3, 4, 5]
    assert refused(checked) == []
    assert checked.epoch == EPOCH


def test_unknown_fields_are_ignored_everywhere() -> None:
    later = {**vitals(1, ME, mood="good"), "colour": [1, {"deep": None}]}

    assert kept(read(message(ME, [later], version=2))) == [1]


BAD_REPORTS: dict[str, tuple[dict[str, Any], Refusal]] = {
    "a text for a number": (vitals(2, ME, battery_level_percent="80"), "wrong_shape"),
    "a number for a truth": (vitals(2, ME, is_charging=1), "wrong_shape"),
    "nothing but impossible numbers": (
        report(2, ME, {"kind": "vitals", "battery_level_percent": 130.0, "media_errors": -1}),
        "wrong_shape",
    ),
    "an impossible number beside a wrong type": (
        vitals(2, ME, battery_level_percent=130.0, is_charging="yes"),
        "wrong_shape",
    ),
    "a count that may not be missing": (failure(2, ME, count=0), "wrong_shape"),
    "more failures than there are numbers": (failure(2, ME, count=2**40), "wrong_shape"),
    "NUL in a text": (boot(2, ME, os_version="12\0"), "wrong_shape"),
    "a lone surrogate": (boot(2, ME, boot_id="boot-\ud800"), "wrong_shape"),
    "a line break in a name": (boot(2, ME, boot_id="boot\n1"), "wrong_shape"),
    "a text too long": (boot(2, ME, os_version="1" * 129), "wrong_shape"),
    "a start source nobody knows": (boot(2, ME, source="oracle"), "wrong_shape"),
    "evidence in words": (failure(2, ME, evidence={"value": "bad"}), "wrong_shape"),
    "evidence nobody knows": (failure(2, ME, evidence={"user": 1.0}), "wrong_shape"),
    "no body": ({"seq": 2, "device_id": ME, "recorded_at": NOW.isoformat()}, "wrong_shape"),
    "a body that is a list": (report(2, ME, []), "wrong_shape"),  # type: ignore[arg-type]  # that is the point
    "an instant that is a number": ({**vitals(2, ME), "recorded_at": 1_700_000_000}, "wrong_shape"),
    "an instant that is no date": ({**vitals(2, ME), "recorded_at": "yesterday"}, "wrong_shape"),
    "a gap that ends before it begins": (
        report(2, ME, {"kind": "gap", "first_seq": 9, "last_seq": 3, "count": 1, "reason": "too_old"}),
        "wrong_shape",
    ),
    "a gap beyond every number": (
        report(2, ME, {"kind": "gap", "first_seq": 1, "last_seq": 2**63, "count": 1, "reason": "too_old"}),
        "wrong_shape",
    ),
    "a kind of tomorrow": (report(2, ME, {"kind": "dream"}), "unknown_kind"),
    "a code of another channel": (failure(2, ME, code="smart_failing"), "unknown_code"),
    "another device": (vitals(2, CHROMEBOOK.device_id), "wrong_device"),
    "a device nobody enrolled": (vitals(2, "d-stranger"), "wrong_device"),
    "a clock never set": (vitals(2, ME, at=NOW.replace(year=1970)), "clock_wrong"),
    "a clock in the next year": (vitals(2, ME, at=NOW + timedelta(days=365)), "clock_wrong"),
    "a start in the last century": (boot(2, ME, booted_at="1999-12-31T23:59:59+00:00"), "clock_wrong"),
    "a failure three days ahead": (
        failure(2, ME, occurred_at=(NOW + timedelta(days=3)).isoformat()),
        "clock_wrong",
    ),
    "an instant without a zone": ({**vitals(2, ME), "recorded_at": "2026-11-23T09:00:00"}, "clock_wrong"),
    "the last instant there is": ({**vitals(2, ME), "recorded_at": "9999-12-31T23:59:59-12:00"}, "clock_wrong"),
    "the first instant there is": ({**vitals(2, ME), "recorded_at": "0001-01-01T00:00:00+14:00"}, "clock_wrong"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_REPORTS.values(), ids=BAD_REPORTS)
def test_a_bad_report_is_refused_and_its_neighbours_are_kept(bad: dict[str, Any], reason: Refusal) -> None:
    checked = read(message(ME, [vitals(1, ME), bad, vitals(3, ME)]))

    assert kept(checked) == [1, 3]
    assert refused(checked) == [(2, reason)]
    assert checked.unreadable == ()
    assert len(checked.refused[0].detail) > 10


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "a percentage above a hundred": (vitals(2, ME, battery_level_percent=130.0), "battery_level_percent"),
    "a percentage below zero": (vitals(2, ME, battery_level_percent=-1), "battery_level_percent"),
    "NaN": (vitals(2, ME, battery_level_percent=float("nan")), "battery_level_percent"),
    "infinity": (vitals(2, ME, temperature_max_celsius=float("inf")), "temperature_max_celsius"),
    "a number of 63 bits and one": (vitals(2, ME, storage_free_bytes=2**63), "storage_free_bytes"),
    "a count that no float holds": (vitals(2, ME, battery_cycles=10**400), "battery_cycles"),
    "a negative count": (vitals(2, ME, media_errors=-1), "media_errors"),
    "a start of ten days": (boot(2, ME, to_login_seconds=864_000.0), "to_login_seconds"),
    "a memory of nothing": (report(2, ME, {**INVENTORY, "memory_bytes": -1}), "memory_bytes"),
    "evidence beyond all numbers": (failure(2, ME, evidence={"value": 1e300, "delta": 2.0}), "evidence.value"),
}


@pytest.mark.parametrize(("odd", "field"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_number_is_left_out_and_its_report_is_kept(odd: dict[str, Any], field: str) -> None:
    checked = read(message(ME, [vitals(1, ME), odd, vitals(3, ME)]))

    assert kept(checked) == [1, 2, 3]
    assert (refused(checked), checked.unreadable) == ([], ())
    assert [(one.seq, one.field, one.reason) for one in checked.noted] == [(2, field, "out_of_range")]
    assert checked.noted[0].detail.startswith(f"{field}: ")
    body: Any = checked.accepted[1][0].body
    if field == "evidence.value":
        assert body.evidence == {"delta": 2.0}
    else:
        assert getattr(body, field) is None


def test_several_impossible_numbers_are_each_named_and_the_good_ones_kept() -> None:
    checked = read(message(ME, [vitals(1, ME, battery_cycles=-1, battery_full_wh=4e9, unsafe_stops=3)]))

    body: Any = checked.accepted[0][0].body
    assert (body.battery_level_percent, body.unsafe_stops) == (80.0, 3)
    assert {one.field for one in checked.noted} == {"battery_cycles", "battery_full_wh"}


def test_a_broken_sensor_is_noted_once_a_day_and_publisher() -> None:
    validator = Validator(DEVICES.get)
    hourly = [message(ME, [vitals(seq, ME, battery_cycles=-1)]) for seq in range(1, 4)]

    today = [len(validator.read(one, PC, to_us(NOW)).noted) for one in hourly]
    tomorrow = validator.read(hourly[0], PC, to_us(NOW + timedelta(days=1)))

    assert today == [1, 0, 0]
    assert [one.field for one in tomorrow.noted] == ["battery_cycles"]


def test_a_kept_report_with_a_number_left_out_is_acknowledged_as_kept() -> None:
    acks = Acks({})
    acks.add(ME, read(message(ME, [vitals(1, ME, media_errors=-1)])))

    [(_, payload)] = acks.messages(NOW, lambda _: 1.0)

    assert (decode_ack(payload).kept, decode_ack(payload).refused) == (((1, 1),), ())


def test_a_clock_a_day_ahead_is_forgiven() -> None:
    assert kept(read(message(ME, [vitals(1, ME, at=NOW + timedelta(days=1))]))) == [1]


WHOLE = message(ME, [vitals(1, ME)])
UNREADABLE: dict[str, tuple[bytes, Refusal]] = {
    "nothing": (b"", "not_json"),
    "more than 64 KiB": (message(ME, [vitals(1, ME)], padding="x" * 65_536), "too_large"),
    "three hundred thousand keys": (
        b'{"0":0' + b"".join(b',"%d":1' % number for number in range(1, 300_000)) + b"}",
        "too_large",
    ),
    "cut off": (WHOLE[:-9], "not_json"),
    "twice": (WHOLE + WHOLE, "not_json"),
    "Latin-1": (WHOLE.replace(b"vitals", "vitäls".encode("latin-1")), "not_text"),
    "zlib": (b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9", "not_text"),
    "UTF-16": (WHOLE.decode().encode("utf-16"), "not_text"),
    "brackets without end": (b"[" * 60_000, "too_deep"),
    "objects without end": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
    "a number of five thousand digits": (b'{"epoch":' + b"1" * 5_000 + b"}", "not_json"),
    "a text": (b'"hello"', "wrong_shape"),
    "a list": (b"[]", "wrong_shape"),
    "null": (b"null", "wrong_shape"),
    "no epoch": (WHOLE.replace(b"epoch", b"epoche"), "wrong_shape"),
    "an epoch too short": (message(ME, [vitals(1, ME)], epoch="1"), "wrong_shape"),
    "NUL in the epoch": (message(ME, [vitals(1, ME)], epoch="0" * 8 + "\0"), "wrong_shape"),
    "a lone surrogate in the epoch": (message(ME, [vitals(1, ME)], epoch="0" * 8 + "\ud800"), "wrong_shape"),
    "no reports": (message(ME, []), "wrong_shape"),
    "reports that are none": (message(ME, [], reports={"1": 2}), "wrong_shape"),
}


@pytest.mark.parametrize(("payload", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_numbered_is_named_by_its_digest(payload: bytes, reason: Refusal) -> None:
    checked = read(payload)

    assert kept(checked) == []
    assert refused(checked) == [(None, reason)]
    assert checked.unreadable == ((f"{crc32(payload):08x}", reason),)


def test_a_report_without_a_number_does_not_take_its_neighbours_along() -> None:
    payload = message(ME, [vitals(1, ME), {**vitals(2, ME), "seq": "two"}, 7, vitals(3, ME)])

    checked = read(payload)

    assert kept(checked) == [1, 3]
    assert refused(checked) == [(None, "wrong_shape"), (None, "wrong_shape")]
    assert checked.unreadable == ((f"{crc32(payload):08x}", "wrong_shape"),)


def test_a_message_that_names_another_publisher_is_refused_number_by_number() -> None:
    checked = read(message("d-somebody-else", [vitals(1, ME), vitals(2, ME)]))

    assert kept(checked) == []
    assert refused(checked) == [(1, "wrong_publisher"), (2, "wrong_publisher")]


def test_too_many_reports_are_refused_number_by_number() -> None:
    bare = [{"seq": seq} for seq in range(1, 502)]

    checked = read(message(ME, bare))

    assert {reason for _, reason in refused(checked)} == {"wrong_shape"}
    assert len(checked.refused) == 501


def test_a_wrong_sent_at_costs_no_report() -> None:
    assert kept(read(message(ME, [vitals(1, ME)], sent_at="never"))) == [1]


def test_a_bridge_speaks_for_its_platform_only() -> None:
    about_pc = vitals(1, ME)
    about_chromebook = vitals(2, CHROMEBOOK.device_id)
    about_unknown = vitals(3, device_id(3))
    about_nobody = vitals(4, "d-stranger")
    as_ipad = report(5, device_id(3), {"kind": "inventory", "platform": "ipados"})

    checked = read(message("b-google", [about_pc, about_chromebook, about_unknown, about_nobody, as_ipad]), BRIDGE)

    assert kept(checked) == [2, 3]
    assert refused(checked) == [(1, "wrong_platform"), (4, "wrong_device"), (5, "wrong_platform")]


def test_duplicate_keys_count_once_and_the_last_one_wins() -> None:
    payload = message(ME, [vitals(1, ME)]).replace(
        b'"battery_level_percent": 80.0', b'"battery_level_percent": 999, "battery_level_percent": 7.0'
    )

    checked = read(payload)

    assert kept(checked) == [1]
    assert getattr(checked.accepted[0][0].body, "battery_level_percent", None) == 7.0


def test_every_reason_has_words() -> None:
    assert set(REFUSALS) == set(get_args(Refusal))
    assert set(REMARKS) == set(get_args(Remark))
    assert not set(REFUSALS) & set(REMARKS)


def test_a_state_that_cannot_be_read_is_none() -> None:
    assert read_state(b'{"state":"ready","session":1}') is not None
    for wrong in (
        b"",
        b"\xff",
        b"[]",
        b'{"state":"asleep","session":1}',
        b'{"state":"ready","session":0}',
        b" " * 70_000,
    ):
        assert read_state(wrong) is None


def test_an_ack_of_a_garbled_message_names_its_outbox() -> None:
    acks = Acks({})
    acks.add(ME, read(WHOLE[:-9]))

    [(_, payload)] = acks.messages(NOW, lambda _: 1.0)

    assert decode_ack(payload).epoch == EPOCH
    assert decode_ack(payload).unreadable == ((f"{crc32(WHOLE[:-9]):08x}", "not_json"),)


def test_an_ack_says_ranges() -> None:
    acks = Acks({})
    acks.add(ME, read(message(ME, [vitals(seq, ME) for seq in (5, 1, 2, 3, 9, 2)])))

    [(_, payload)] = acks.messages(NOW, lambda _: 2.5)

    ack = decode_ack(payload)
    assert ack.kept == ((1, 3), (5, 5), (9, 9))
    assert ack.credit == 2.5
    assert ack.now == NOW


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("publisher", "epoch", "sent_at", "reports")
REPORT_FIELDS = ("seq", "device_id", "recorded_at", "precision", "body")


@given(st.binary(max_size=300))
def test_no_bytes_are_ever_too_much(payload: bytes) -> None:
    checked = read(payload)

    assert checked.refused or checked.accepted


@given(st.sampled_from(FIELDS), ANYTHING)
def test_no_value_in_the_envelope_is_ever_too_much(field: str, value: Any) -> None:
    checked = read(message(ME, [vitals(1, ME)], **{field: value}))

    assert checked.refused or checked.accepted


@given(st.sampled_from([vitals, boot, failure]), st.sampled_from(REPORT_FIELDS), ANYTHING)
def test_no_value_in_a_report_is_ever_too_much(make: Any, field: str, value: Any) -> None:
    checked = read(message(ME, [vitals(1, ME), {**make(2, ME), field: value}, vitals(3, ME)]))

    assert {1, 3} <= set(kept(checked))


@given(st.sampled_from([vitals(2, ME), boot(2, ME), failure(2, ME), report(2, ME, INVENTORY)]), st.data())
def test_no_value_in_a_body_is_ever_too_much(whole: dict[str, Any], choices: st.DataObject) -> None:
    field = choices.draw(st.sampled_from(sorted(whole["body"])))
    body = {**whole["body"], field: choices.draw(ANYTHING)}

    checked = read(message(ME, [vitals(1, ME), {**whole, "body": body}, vitals(3, ME)]))

    assert {1, 3} <= set(kept(checked))
    assert len(checked.accepted) + len(checked.refused) == 3


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_no_single_changed_byte_is_ever_too_much(place: int, byte: int) -> None:
    checked = read(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])

    assert checked.refused or checked.accepted
