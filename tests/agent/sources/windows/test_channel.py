"""Where an event log is read on from, and how it is asked. What wevtapi answers is tried in Wine."""

import pytest

from rollcall_agent.sources.windows import SOURCES, app_crashes, boot, resumes, system_log
from rollcall_agent.sources.windows.log.channel import CONDITIONS_MAX, Cursor, Ends, question, resumed

SEEN = Cursor(record=100, at="2026-09-14T08:00:00+00:00")
OTHER = Cursor(record=100, at="2026-09-20T08:00:00+00:00")


def at(record: int) -> Cursor:
    return Cursor(record=record, at="2026-09-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (Ends(first=at(1), last=at(150), at_cursor=SEEN), (100, False)),
        (Ends(first=at(1), last=SEEN, at_cursor=SEEN), (100, False)),
        (Ends(first=at(1), last=at(40), at_cursor=None), (0, True)),  # cleared, and shorter than it was
        (Ends(first=at(1), last=at(150), at_cursor=OTHER), (0, True)),  # cleared, and longer than it was
        (Ends(first=at(120), last=at(150), at_cursor=None), (100, True)),  # overwritten
        (Ends(first=None, last=None, at_cursor=None), (0, True)),  # cleared just now
    ],
)
def test_a_log_is_read_on_from_the_cursor_while_it_is_the_same_log(ends: Ends, expected: tuple[int, bool]) -> None:
    assert resumed(SEEN, ends) == expected


def test_a_first_look_breaks_nothing_off() -> None:
    assert resumed(None, Ends(first=at(1), last=at(150), at_cursor=None)) == (0, False)


def test_a_cursor_is_remembered_in_a_mark() -> None:
    assert Cursor.of(SEEN.mark(day="x")) == SEEN
    assert Cursor.of(None) is Cursor.of("broken") is Cursor.of('{"record": "1", "at": 2}') is None


def test_provider_and_number_are_asked_for_together() -> None:
    asked = question("Microsoft-Windows-Kernel-Power", frozenset({41, 42}), 7)

    assert asked == (
        "*[System[Provider[@Name='Microsoft-Windows-Kernel-Power'] and (EventID=41 or EventID=42) and (EventRecordID>7)]]"
    )


def test_no_question_is_longer_than_windows_takes() -> None:
    wanted = [one for room in (boot, resumes, system_log, app_crashes) for one in room.WANTED.items()]

    assert len(SOURCES) > 0
    assert [provider for provider, ids in wanted if question(provider, ids, 1).count("=") > CONDITIONS_MAX] == []
