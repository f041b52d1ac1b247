"""What batteries, firmware, disks and the registry answer, from bytes made by hand after their documented forms."""

import struct
import uuid

import pytest

from rollcall_agent.sources.power import Power, tell
from rollcall_agent.sources.smart import Smart
from rollcall_agent.sources.windows import battery, smbios, storage
from rollcall_agent.sources.windows.system import version_text
from rollcall_agent.sources.windows.volumes import HEAD, parse_descriptor
from tests.support.device import check_on_wire, past

UNKNOWN = 0xFFFFFFFF
SYSTEM_BATTERY = 0x80000000


def information(*, can: int = SYSTEM_BATTERY, design: int = 57532, full: int = 48807, cycles: int = 173) -> bytes:
    return struct.pack("<IB3x4sIIIIII", can, 1, b"LION", design, full, 2000, 1000, 0, cycles)


def status(*, state: int = 2, now: int = 24000) -> bytes:
    return struct.pack("<IIIi", state, now, 11400, -9000)


def power_status(*, mains: int = 0, flags: int = 1, level: int = 50) -> bytes:
    return struct.pack("<BBBBII", mains, flags, level, 0, UNKNOWN, UNKNOWN)


def test_a_battery_tells_its_level_energies_and_cycles() -> None:
    found = battery.parse(information(), status())
    assert found is not None

    told = tell(battery.summed((found, found), power_status()), past())

    assert told.vitals is not None
    check_on_wire(told.vitals)
    assert (told.vitals.battery_full_wh, told.vitals.battery_design_wh) == (97.614, 115.064)
    assert (told.vitals.battery_level_percent, told.vitals.battery_cycles) == (49.2, 173)
    assert (told.vitals.is_charging, told.vitals.is_plugged_in) == (False, False)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((information(cycles=0), status()), (49.2, 48.807, None)),
        ((information(cycles=UNKNOWN), status()), (49.2, 48.807, None)),
        ((information(can=SYSTEM_BATTERY | 0x40000000, design=100, full=90), status(now=45)), (50.0, None, 173)),
        ((information(full=UNKNOWN, design=UNKNOWN), status()), (None, None, 173)),
        ((information(full=0), status(now=0)), (None, None, 173)),
        ((information(), status(now=UNKNOWN)), (None, 48.807, 173)),
    ],
)
def test_what_a_battery_does_not_know_is_not_measured(
    answers: tuple[bytes, bytes], expected: tuple[float | None, float | None, int | None]
) -> None:
    found = battery.parse(*answers)

    assert found is not None
    assert (found.level_percent, found.full_wh, found.cycles) == expected


def test_a_supply_for_power_cuts_and_an_answer_cut_off_are_no_battery() -> None:
    assert battery.parse(information(can=0x20000000), status()) is None
    assert battery.parse(information()[:10], status()) is None


def test_without_a_driver_the_system_tells_the_level() -> None:
    bare = battery.summed((), power_status(mains=1, flags=8, level=77))

    assert [(one.level_percent, one.status) for one in bare.batteries] == [(77.0, "Charging")]
    assert battery.summed((), power_status(mains=1, flags=128, level=255)) == Power(batteries=(), has_mains=True)
    assert battery.summed((), power_status(mains=255, flags=255, level=255)) == Power(batteries=(), has_mains=None)


def structure(kind: int, body: bytes, *texts: str) -> bytes:
    head = struct.pack("<BBH", kind, 4 + len(body), kind)
    return head + body + (b"\0".join(text.encode() for text in texts) + b"\0\0" if texts else b"\0\0")


def table(*structures: bytes) -> bytes:
    body = b"".join(structures) + structure(127, b"")
    return struct.pack("<BBBBI", 0, 3, 2, 0, len(body)) + body


ID = uuid.UUID("4c4c4544-0042-3510-8054-b4c04f4e3632")


def described(maker: str, product: str, version: str, serial: str) -> bytes:
    return structure(1, bytes([1, 2, 3, 4]) + ID.bytes_le + b"\6\0\0", maker, product, version, serial)


def test_the_firmware_tells_maker_model_serial_number_and_tag() -> None:
    chassis = structure(3, bytes([0, 10, 0, 0, 1]), "Cart B 7")

    found = smbios.parse(
        table(structure(0, b"\1"), described("Dell Inc.", "Latitude 3140", "1.2", "7XK42Z3"), chassis)
    )

    assert (found.manufacturer, found.model, found.serial_number) == ("Dell Inc.", "Latitude 3140", "7XK42Z3")
    assert (found.asset_tag, found.hardware_id) == ("Cart B 7", str(ID))


def test_lenovo_writes_the_name_into_the_version_and_nobody_wrote_placeholders() -> None:
    lenovo = smbios.parse(table(described("LENOVO", "20HGS0KB00", "ThinkPad T470s", "PC0ABCDE")))
    blank = smbios.parse(table(described("System manufacturer", "To Be Filled By O.E.M.", "x", "Default string")))

    assert lenovo.model == "ThinkPad T470s"
    assert (blank.manufacturer, blank.model, blank.serial_number) == (None, None, None)


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_broken_table_tells_as_much_as_can_be_read(cut: int) -> None:
    whole = table(described("Dell Inc.", "Latitude 3140", "1.2", "7XK42Z3"))

    found = smbios.parse(whole[:cut])

    assert found.manufacturer in {None, "Dell Inc."}


def test_a_disk_says_how_it_is_attached_and_its_serial_number_stays_a_hash() -> None:
    def answer(bus: int, *, is_removable: bool = False) -> bytes:
        return HEAD.pack(40, 60, 0, 0, is_removable, False, 0, 0, 0, HEAD.size, bus) + b" S4EVNX0N \0"

    inside, stick, card = parse_descriptor(answer(17)), parse_descriptor(answer(7)), parse_descriptor(answer(12))
    taken_out = parse_descriptor(answer(11, is_removable=True))

    assert inside is not None
    assert (inside.is_built_in, len(inside.key or "")) == (True, 12)
    assert "S4EVNX0N" not in repr(inside)
    assert [one and one.is_built_in for one in (stick, card, taken_out)] == [False, False, False]
    assert parse_descriptor(b"short") is None


COUNTED = (
    '[{"disk":"0","bus":17,"kind":4,"health":0,"wear":7,"uncorrected":3},'
    '{"disk":"1","bus":11,"kind":3,"health":2,"wear":0,"uncorrected":null},'
    '{"disk":"2","bus":7,"kind":4,"health":0,"wear":50,"uncorrected":1},'
    '{"disk":"3","bus":17,"kind":4,"health":0,"wear":null,"uncorrected":null},'
    '{"disk":"4","bus":11,"kind":3,"health":0,"wear":0,"uncorrected":null}]'
)


def test_windows_own_counters_tell_of_built_in_disks_what_they_count() -> None:
    found = storage.parse_counted(COUNTED)

    assert found == {
        0: Smart(exit_status=0, is_failing=False, wear_percent=7.0, counters={"media_errors": 3}),
        1: Smart(exit_status=0, is_failing=True, wear_percent=None, counters={}),
    }
    assert storage.parse_counted('{"disk":0,"bus":17,"kind":4,"wear":1}')[0].wear_percent == 1.0


@pytest.mark.parametrize(
    "output", ["", "null", "[]", "[1]", "Get-PhysicalDisk : Access denied for maria", '{"disk":"x"}']
)
def test_what_is_no_answer_tells_of_no_disk(output: str) -> None:
    assert storage.parse_counted(output) == {}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (("Windows 10 Pro", "23H2", "22631", 4317), "Windows 11 Pro 23H2 (22631.4317)"),
        (("Windows 10 Education", "22H2", "19045", 5011), "Windows 10 Education 22H2 (19045.5011)"),
        (("Windows 10 Pro", None, "19045", None), "Windows 10 Pro (19045)"),
        (("Microsoft Windows 10", "1809", "17763", 0), "Microsoft Windows 10 1809 (17763.0)"),
        (("Maria's PC", "23H2", "22631", 1), None),
        ((None, None, None, None), None),
    ],
)
def test_the_version_is_the_makers_text(stated: tuple[object, ...], expected: str | None) -> None:
    assert version_text(*stated) == expected
