"""What is read of one record of a Windows event log, and what is not."""

from datetime import UTC, datetime

import pytest

from rollcall_agent.sources.windows.log.event import instant, parse, whole
from tests.support.windows.logs import xml


def test_only_known_numbers_are_read_and_no_text_at_all() -> None:
    text = xml(
        "power", 41, 7, BugcheckCode=159, SleepInProgress="true", Account="maria", param2=r"C:\Users\maria\x.dmp"
    )

    found = parse(text)

    assert found is not None
    assert found.key == ("microsoft-windows-kernel-power", 41)
    assert found.numbers == {"BugcheckCode": 159, "SleepInProgress": 1}
    assert "maria" not in repr(found).lower()


def test_memory_that_leaked_into_a_record_does_not_break_it() -> None:
    text = xml("boot", 27, 5, BootType="0x1", LoadOptions="").replace("</Event>", "</Event>", 1)
    broken = text.replace(
        '<Data Name="LoadOptions">', '<Data Name="LoadOptions">\x00\x07\ud800\uffff&#0;&#x1F;&#xD800;&#99999999;'
    )

    found = parse(broken)

    assert found is not None
    assert found.numbers == {"BootType": 1}


@pytest.mark.parametrize(
    "text", ["", "no xml", "<Event>", "<Event/>", "<Event><System><EventID>1</EventID></System></Event>"]
)
def test_what_is_no_record_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("0x0", 0), ("0X1c8", 456), ("TRUE", 1), ("false", 0), (" 7 ", 7), ("-1", None), ("", None), (None, None),
     ("1e3", None), ("0xzz", None), ("18446744073709551616", None), ("٣", None)],
)  # fmt: skip
def test_numbers_are_read_as_logs_write_them(text: str | None, expected: int | None) -> None:
    assert whole(text) == expected


def test_instants_are_read_with_up_to_nine_digits() -> None:
    expected = datetime(2026, 9, 14, 7, 55, 1, 123456, tzinfo=UTC)

    assert instant("2026-09-14T07:55:01.123456700Z") == expected
    assert instant("2026-09-14 07:55:01.123456 UTC") == expected
    assert instant("2026-09-14T07:55:01Z") == expected.replace(microsecond=0)
    assert instant("1601-13-01T00:00:00Z") is None
    assert instant("yesterday") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [(r"\Device\Harddisk1\DR1", 1), (r"\Device\Harddisk12\DR25", 12), (r"\Device\CdRom0", None), ("maria", None)],
)
def test_a_disk_is_its_number(text: str, expected: int | None) -> None:
    found = parse(xml("disk", 51, 1, text))

    assert found is not None
    assert found.numbers.get("disk") == expected


def test_a_drive_is_its_letter_and_a_named_volume_is_nothing() -> None:
    drives = [parse(xml("Ntfs", 55, 1, DriveName=name)) for name in ("C:", r"\\?\Volume{maria}", "maria's stick")]

    assert [one and one.numbers.get("drive") for one in drives] == [ord("C"), None, None]
