"""The outbox under faults: killed while it adds, a full disk, and any order of calls."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from rollcall_agent.errors import OutboxError
from rollcall_agent.outbox import Outbox
from rollcall_wire import Body, Failure, Vitals
from tests.support.faults.small_disk import SmallDisk, breaking_disk, small_disk
from tests.support.wait import wait_for

NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)
EVERYTHING = 1 << 40
BYTES_MAX = 6_000

ADD_WITHOUT_END = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from rollcall_agent.outbox import Outbox
from rollcall_wire import Vitals

outbox = Outbox(Path(sys.argv[1]))
outbox.start()
now = datetime(2026, 3, 4, 10, tzinfo=UTC)
while True:
    numbers = outbox.add([Vitals()] * 3, device_id="d-1", now=now, hours=None, remember={"upto": str(outbox.newest + 3)})
    print(numbers[-1], flush=True)
"""


def stored(outbox: Outbox) -> dict[int, dict[str, Any]]:
    return {seq: json.loads(body) for seq, body in outbox.after(0, bytes_max=EVERYTHING, count_max=EVERYTHING)}


@pytest.mark.parametrize("adds", [1, 7, 40])
def test_killed_while_adding_nothing_stated_is_lost_and_no_number_is_reused(tmp_path: Path, adds: int) -> None:
    path = tmp_path / "outbox.db"
    with (tmp_path / "said").open("wb") as said:
        child = subprocess.Popen([sys.executable, "-c", ADD_WITHOUT_END, str(path)], stdout=said)
        try:
            wait_for(lambda: (tmp_path / "said").read_text().count("\n") >= adds, what="adds")
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait(10)
    last_said = int((tmp_path / "said").read_text().rpartition("\n")[0].splitlines()[-1])

    outbox = Outbox(path)
    outbox.start()

    numbers = list(stored(outbox))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) % 3 == 0
    assert last_said <= len(numbers) <= last_said + 3
    assert outbox.recall("upto") == str(len(numbers))
    assert outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None) == range(len(numbers) + 1, len(numbers) + 2)
    outbox.stop()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", kilobytes=1024) as made:
        yield made


def fill(outbox: Outbox) -> int:
    """Add until there is no room; returns how many were added."""
    added = 0
    for _ in range(10_000):
        try:
            added += len(outbox.add([Vitals()] * 20, device_id="d-1", now=NOW, hours=None))
        except OutboxError:
            break
    with pytest.raises(OutboxError, match="is the disk full"):
        outbox.add([Vitals()] * 20, device_id="d-1", now=NOW, hours=None)
    return added


def test_a_full_disk_costs_one_call_and_adding_goes_on_when_there_is_room(disk: SmallDisk) -> None:
    (disk.path / "ballast").write_bytes(bytes(400_000))
    outbox = Outbox(disk.path / "outbox.db")
    outbox.start()

    added = fill(outbox)
    still_full = fill(outbox)
    disk.make_room()
    numbers = outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None)

    total = added + still_full
    assert numbers == range(total + 1, total + 2)
    assert list(stored(outbox)) == list(range(1, total + 2))
    assert outbox.acknowledge(outbox.epoch, [(1, total)], []) == total
    outbox.stop()


def test_a_disk_that_is_full_from_the_start_is_survived(disk: SmallDisk) -> None:
    disk.fill()
    outbox = Outbox(disk.path / "outbox.db")

    with pytest.raises(OutboxError, match="is the disk full"):
        outbox.start()
    with pytest.raises(OutboxError, match="is the disk full"):
        outbox.next_session()
    disk.make_room()

    assert outbox.next_session() == 1
    assert outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None) == range(1, 2)
    outbox.stop()


def test_a_disk_that_locks_itself_costs_nothing_that_was_kept(tmp_path: Path) -> None:
    with breaking_disk(tmp_path / "disk", megabytes=8) as disk:
        outbox = Outbox(disk.path / "outbox.db")
        outbox.start()
        kept = outbox.add([Vitals()] * 20, device_id="d-1", now=NOW, hours=None)

        disk.break_down()
        with pytest.raises(OutboxError, match="read-only"):
            outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None)
        assert list(stored(outbox)) == list(kept)
        outbox.stop()
        disk.repair()

        outbox.start()
        assert outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None) == range(21, 22)
        assert list(stored(outbox)) == list(range(1, 22))
        outbox.stop()


def test_a_file_that_may_not_grow_is_survived(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.start()
    assert outbox._connection is not None
    outbox._connection.execute("PRAGMA max_page_count = 20")

    added = fill(outbox)
    outbox._connection.execute("PRAGMA max_page_count = 1000000")
    numbers = outbox.add([Vitals()], device_id="d-1", now=NOW, hours=None)

    assert numbers == range(added + 1, added + 2)
    assert list(stored(outbox)) == list(range(1, added + 2))
    assert outbox.waiting() == added + 1
    outbox.stop()


class OutboxKeepsItsPromise(RuleBasedStateMachine):
    """Any order of adding, acknowledging and restarting against a plain set of numbers."""

    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.outbox = Outbox(self.folder / "outbox.db", bytes_max=BYTES_MAX)
        self.outbox.start()
        self.numbers: set[int] = set()
        self.acknowledged: set[int] = set()
        self.gap_counts: dict[int, int] = {}

    def teardown(self) -> None:
        self.outbox.stop()
        shutil.rmtree(self.folder)

    @rule(target=given, vitals=st.integers(0, 12), failures=st.integers(0, 12))
    def add(self, vitals: int, failures: int) -> range:
        bodies: list[Body] = [Vitals(battery_level_percent=1.0)] * vitals
        bodies += [Failure(channel="crash", code="app_crash", occurred_at=NOW)] * failures
        before = self.outbox.newest
        numbers = self.outbox.add(bodies, device_id="d-1", now=NOW, hours=None)
        assert numbers == range(before + 1, before + 1 + len(bodies))
        self.numbers |= set(range(before + 1, self.outbox.newest + 1))
        return numbers

    @rule(numbers=given, part=st.sampled_from(["kept", "refused", "again"]))
    def acknowledge(self, numbers: range, part: str) -> None:
        if not numbers:
            return
        held = set(stored(self.outbox)) & set(numbers)
        kept = [] if part == "refused" else [(numbers[0], numbers[-1])]
        refused = [(seq, "wrong_shape") for seq in numbers] if part == "refused" else []
        epochs = {self.outbox.epochs.of(seq).name for seq in held}
        assert sum(self.outbox.acknowledge(epoch, kept, refused) for epoch in epochs) == len(held)
        if part == "again":
            assert sum(self.outbox.acknowledge(epoch, kept, refused) for epoch in epochs) == 0
        self.acknowledged |= held

    @rule()
    def restart(self) -> None:
        self.outbox.stop()
        self.outbox.start()

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def ask_for_some(self, data: st.DataObject) -> None:
        after = data.draw(st.integers(0, max(self.numbers)))
        count = data.draw(st.integers(1, 10))
        expected = sorted(seq for seq in stored(self.outbox) if seq > after)[:count]
        assert [seq for seq, _ in self.outbox.after(after, bytes_max=EVERYTHING, count_max=count)] == expected

    @invariant()
    def every_number_is_stored_or_acknowledged_or_counted_in_a_gap(self) -> None:
        held = stored(self.outbox)
        self.gap_counts |= {seq: one["body"]["count"] for seq, one in held.items() if one["body"]["kind"] == "gap"}
        dropped = self.numbers - set(held) - self.acknowledged
        assert set(held) <= self.numbers
        assert self.outbox.waiting() == len(held)
        assert sum(self.gap_counts.values()) == len(dropped)

    @invariant()
    def the_limit_holds(self) -> None:
        held = stored(self.outbox)
        weight = sum(
            len(json.dumps(one, separators=(",", ":"))) for one in held.values() if one["body"]["kind"] != "gap"
        )
        assert weight <= BYTES_MAX


OutboxKeepsItsPromise.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


TestOutboxKeepsItsPromise = OutboxKeepsItsPromise.TestCase
