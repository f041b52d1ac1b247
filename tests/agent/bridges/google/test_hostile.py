"""Whatever stands in an entry of Google's, it costs at most that entry: it is read or left out, never an error."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rollcall_agent.bridges.bridge import ToldOfDevice
from rollcall_agent.bridges.google.crashes import by_device
from rollcall_agent.bridges.google.directory import read_entry
from rollcall_agent.bridges.google.memory import ChromebookMemory, read_memory
from rollcall_agent.bridges.google.telling import tell_entry, tell_telemetry
from rollcall_agent.bridges.google.values import text
from rollcall_wire.encoding import encode
from rollcall_wire.ranges import believable, out_of_range
from tests.support.google.chromebooks import Chromebook, crash

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e999, float("nan"), 2**70, 1.5, "", "0", "-5", "9" * 5_000, "\u0663", "1_000", " 7 ",
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "2026-09-15",
    "253402300800000", "99999999999999999", "\ud800", "a\x00b", "x" * 5_000, [], {}, [[]], [None], {"a": []},
    "12s", "-3s", "1e3s", "9" * 400 + "s", "2026-09-15T11:00:00.123456789Z", "2026-W38-2", "2099-01-01T00:00:00Z",
)  # fmt: skip


def changed(value: Any, chance: random.Random) -> Any:
    """The same with some of it missing, told twice, or odd."""
    if chance.random() < 0.08:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {name: changed(one, chance) for name, one in value.items() if chance.random() > 0.03}
    if isinstance(value, list):
        return [changed(one, chance) for one in value] * chance.choice((1, 1, 1, 2))
    return value


def told(chance: random.Random) -> Iterator[ToldOfDevice]:
    """What is made of three such entries, as the walk makes it."""
    book = Chromebook(
        7, directory={"diskVolumeReports": [{"volumeInfo": [{"storageTotal": "9", "storageFree": "1"}]}]}
    )
    telemetry, listed = changed(book.reported(NOW - timedelta(days=3), NOW), chance), changed(book.listed(NOW), chance)
    events = changed([crash(book.device_id, NOW, "c1")], chance)
    crashes = by_device([one for one in events if isinstance(one, dict)], NOW) if isinstance(events, list) else {}
    if isinstance(telemetry, dict) and (device_id := text(telemetry.get("deviceId"))) is not None:
        yield from tell_telemetry(device_id, telemetry, crashes.get(device_id, ()), ChromebookMemory(), NOW)
    entry = read_entry(listed) if isinstance(listed, dict) else None
    if entry is not None and (found := tell_entry(entry, ChromebookMemory(described={}), NOW)) is not None:
        yield found


@pytest.mark.parametrize("part", range(2))
def test_an_odd_entry_is_read_or_left_out(part: int) -> None:
    for seed in range(part * 500, part * 500 + 500):
        for one in told(random.Random(seed)):
            bodies = [believable(body) for body in (*one.bodies, one.device.inventory) if body is not None]
            assert [out_of_range(body) for body in bodies] == [()] * len(bodies), seed
            encode({"bodies": bodies})
            assert one.observed_at is None or one.observed_at <= NOW, seed
            assert all(read_memory(mark.encode().decode()) for mark in one.marks.values()), seed


def test_a_memory_that_a_later_version_kept_is_read_as_far_as_it_is_known() -> None:
    kept = '{"boots": [1789460000], "crashes": ["c1"], "colour": "blue"}'

    assert read_memory(kept) == ChromebookMemory(boots=(1789460000,), crashes=("c1",))
