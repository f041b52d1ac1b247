"""What goes wrong again and again is one line a minute, with its count; what is news is never held back."""

import logging

import pytest
import structlog

from rollcall_collector.cli.parts.repeats import EVERY_SECONDS, KEYS_MAX, RepeatedLines, Repeats


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _says(repeats: Repeats, method: str, **facts: object) -> dict[str, object] | None:
    try:
        return dict(repeats(None, method, dict(facts)))
    except structlog.DropEvent:
        return None


def test_the_same_trouble_is_said_once_and_a_minute_later_with_how_often_it_happened(clock: _Clock) -> None:
    repeats = Repeats(clock)

    said = [_says(repeats, "warning", event="connections.full", address="10.0.0.1", size=size) for size in range(500)]
    clock.now += EVERY_SECONDS
    later = _says(repeats, "warning", event="connections.full", address="10.0.0.1", size=7)

    assert [one for one in said if one is not None] == [
        {"event": "connections.full", "address": "10.0.0.1", "size": 0}
    ]
    assert later is not None
    assert later["times"] == 500


def test_another_trouble_and_what_is_no_trouble_are_said_at_once(clock: _Clock) -> None:
    repeats = Repeats(clock)
    _says(repeats, "warning", event="report.refused", publisher="d-1")

    assert _says(repeats, "warning", event="report.refused", publisher="d-2") is not None
    assert _says(repeats, "error", event="report.refused", publisher="d-1") is not None
    assert all(_says(repeats, "info", event="backup.written", file="a") for _ in range(3))


def test_a_refusal_repeats_itself_though_it_is_no_warning(clock: _Clock) -> None:
    repeats = Repeats(clock)

    said = [_says(repeats, "info", event="report.refused", publisher="d-1", reason="not_json") for _ in range(9)]

    assert sum(one is not None for one in said) == 1


def test_ever_new_troubles_take_no_memory(clock: _Clock) -> None:
    repeats = Repeats(clock)

    for number in range(3 * KEYS_MAX):
        assert _says(repeats, "warning", event="publisher.unknown", publisher=f"d-{number}") is not None

    assert len(repeats._said) == KEYS_MAX


def test_what_a_library_says_a_thousand_times_is_one_line(clock: _Clock) -> None:
    only_once = RepeatedLines(Repeats(clock))

    def line(number: int) -> logging.LogRecord:
        return logging.LogRecord("asyncio", logging.ERROR, "loop.py", 12, "no room for %d", (number,), None)

    said = [only_once.filter(line(number)) for number in range(1_000)]
    clock.now += EVERY_SECONDS
    last = line(1_000)
    only_once.filter(last)

    assert said.count(True) == 1
    assert last.getMessage() == "no room for 1000 (1000 times)"
