"""A state folder that is set back, or copied: what is new is never taken for what was there before."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from rollcall_agent.outbox import Outbox
from rollcall_wire import Failure, Gap

NOW = datetime(2026, 3, 4, 10, 0, 5, tzinfo=UTC)
EVERYTHING = 1 << 40
Key = tuple[str, int]


def failure(number: int = 1) -> Failure:
    return Failure(channel="crash", code="app_crash", occurred_at=NOW, count=number)


def add(outbox: Outbox, *bodies: Failure) -> range:
    return outbox.add(bodies or [failure()], device_id="d-1", now=NOW, hours=None)


def keys(outbox: Outbox) -> dict[Key, dict[str, object]]:
    """What waits, by the identity under which the collector will know it."""
    waiting = outbox.after(0, bytes_max=EVERYTHING, count_max=EVERYTHING)
    return {(outbox.epochs.of(seq).name, seq): json.loads(body)["body"] for seq, body in waiting}


def opened(path: Path) -> Outbox:
    outbox = Outbox(path)
    outbox.start()
    return outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = opened(tmp_path / "outbox.db")
    yield made
    made.stop()


def restarted(outbox: Outbox) -> Outbox:
    outbox.stop()
    outbox.start()
    return outbox


def test_each_run_numbers_under_an_epoch_of_its_own_and_the_numbers_go_on(outbox: Outbox) -> None:
    add(outbox)
    first = outbox.epoch
    add(restarted(outbox))
    second = outbox.epoch

    found = outbox.epochs.of(2)

    assert list(keys(outbox)) == [(first, 1), (second, 2)]
    assert (found.name, found.follows, found.first_seq) == (second, first, 2)


def test_a_run_that_records_nothing_leaves_no_trace(outbox: Outbox) -> None:
    add(outbox)
    first = outbox.epoch

    for _ in range(3):
        restarted(outbox).next_session()
    add(outbox)

    assert outbox.epochs.of(2).follows == first


def test_two_copies_that_give_the_same_number_are_told_apart(outbox: Outbox, tmp_path: Path) -> None:
    add(outbox, failure(1))
    outbox.stop()
    shutil.copy(tmp_path / "outbox.db", tmp_path / "copy.db")
    copy = opened(tmp_path / "copy.db")
    outbox.start()

    add(outbox, failure(2))
    add(copy, failure(3))

    here, there = keys(outbox), keys(copy)
    assert set(here) & set(there) == {next(iter(here))}
    assert [seq for _, seq in here] == [seq for _, seq in there] == [1, 2]
    assert outbox.epochs.of(2).follows == copy.epochs.of(2).follows
    copy.stop()


def test_even_a_copy_of_an_outbox_that_was_never_used_is_told_apart(outbox: Outbox, tmp_path: Path) -> None:
    outbox.stop()
    shutil.copy(tmp_path / "outbox.db", tmp_path / "copy.db")
    copy = opened(tmp_path / "copy.db")
    outbox.start()

    add(outbox)
    add(copy)

    assert not set(keys(outbox)) & set(keys(copy))
    assert outbox.epochs.of(1).follows == copy.epochs.of(1).follows is not None
    copy.stop()


def test_an_ack_removes_only_what_its_own_epoch_numbered(outbox: Outbox) -> None:
    add(outbox, failure(), failure())
    first = outbox.epoch
    add(restarted(outbox), failure(), failure())

    removed = outbox.acknowledge(first, [(1, 4)], [])

    assert removed == 2
    assert list(keys(outbox)) == [(outbox.epoch, 3), (outbox.epoch, 4)]


def test_epochs_of_which_nothing_waits_are_forgotten(outbox: Outbox, tmp_path: Path) -> None:
    for _ in range(5):
        add(restarted(outbox))
        outbox.acknowledge(outbox.epoch, [(1, outbox.newest)], [])
    add(restarted(outbox))

    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection:
        held = connection.execute("SELECT first_seq FROM epochs").fetchall()

    assert held == [(6,)]


def test_reports_of_an_older_agents_file_keep_their_epoch(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE reports (seq INTEGER PRIMARY KEY, rank INTEGER NOT NULL, added_on INTEGER NOT NULL,"
            " body BLOB NOT NULL);"
            "CREATE TABLE numbering (epoch TEXT NOT NULL, next_seq INTEGER NOT NULL, waiting INTEGER NOT NULL,"
            " session INTEGER NOT NULL);"
            "CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
            "INSERT INTO numbering VALUES ('0123456789abcdef', 8, 1, 3);"
            """INSERT INTO reports VALUES (7, 1, 20516, '{"body":{"kind":"failure"}}'); PRAGMA user_version = 1;"""
        )

    outbox = opened(path)
    add(outbox)

    assert list(keys(outbox)) == [("0123456789abcdef", 7), (outbox.epoch, 8)]
    assert (outbox.epochs.of(8).follows, outbox.next_session()) == ("0123456789abcdef", 4)
    outbox.stop()


def test_a_file_put_back_under_a_running_agent_is_noticed_with_the_next_report(outbox: Outbox, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    add(outbox, failure(1))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "copy.db")) as target:
        source.backup(target)
    add(outbox, failure(2))
    before, generation = keys(outbox), outbox.generation

    with closing(sqlite3.connect(tmp_path / "copy.db")) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    add(outbox, failure(3))

    after = keys(outbox)
    assert [one["count"] for one in after.values()] == [1, 3]
    assert set(before) & set(after) == {next(iter(before))}
    assert outbox.generation > generation


def test_a_run_whose_memory_was_set_back_parts_from_itself_since_the_last_ack(outbox: Outbox) -> None:
    add(outbox, failure(1), failure(2))
    old = outbox.epoch
    outbox.acknowledge(old, [(1, 1)], [])
    add(outbox, failure(3))

    outbox.part()
    add(outbox, failure(4))

    assert list(keys(outbox)) == [(old, 2), (outbox.epoch, 3), (outbox.epoch, 4)]
    assert outbox.epochs.of(3).follows == old != outbox.epoch


def test_after_the_clock_was_set_the_next_report_begins_a_new_epoch(outbox: Outbox) -> None:
    add(outbox)
    old = outbox.epoch

    outbox.epochs.begin()
    add(outbox)

    assert list(keys(outbox)) == [(old, 1), (outbox.epoch, 2)]


class CopiesNeverMix(RuleBasedStateMachine):
    """Any order of running, copying, setting back and delivering: one fact, one identity, whichever copy brings it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.names = count(1)
        self.facts = count(1)
        self.living: list[tuple[Path, Outbox]] = []
        self.snapshots: list[Path] = []
        self.known: dict[Key, dict[str, object]] = {}

    def teardown(self) -> None:
        for _, outbox in self.living:
            outbox.stop()
        shutil.rmtree(self.folder)

    def begin(self, folder: Path) -> tuple[Path, Outbox]:
        return folder, opened(folder / "outbox.db")

    @initialize()
    def first(self) -> None:
        self.living.append(self.begin(self.folder / "0"))

    @rule(which=st.integers(0, 2), number=st.integers(1, 2))
    def add(self, which: int, number: int) -> None:
        _, outbox = self.living[which % len(self.living)]
        add(outbox, *(failure(next(self.facts)) for _ in range(number)))

    @rule(which=st.integers(0, 2))
    def restart(self, which: int) -> None:
        restarted(self.living[which % len(self.living)][1])

    @rule(which=st.integers(0, 2))
    def take_a_snapshot(self, which: int) -> None:
        self.snapshots.append(self.folder / str(next(self.names)))
        shutil.copytree(self.living[which % len(self.living)][0], self.snapshots[-1])

    @precondition(lambda self: self.snapshots)
    @rule(which=st.integers(0, 2), snapshot=st.integers(0, 50))
    def set_back(self, which: int, snapshot: int) -> None:
        place = which % len(self.living)
        folder, outbox = self.living[place]
        outbox.stop()
        shutil.rmtree(folder)
        shutil.copytree(self.snapshots[snapshot % len(self.snapshots)], folder)
        self.living[place] = self.begin(folder)

    @precondition(lambda self: self.snapshots and len(self.living) < 3)
    @rule(snapshot=st.integers(0, 50))
    def bring_a_copy_to_life(self, snapshot: int) -> None:
        folder = self.folder / str(next(self.names))
        shutil.copytree(self.snapshots[snapshot % len(self.snapshots)], folder)
        self.living.append(self.begin(folder))

    @rule(which=st.integers(0, 2), brought=st.integers(1, 20), acknowledged=st.integers(0, 20))
    def deliver(self, which: int, brought: int, acknowledged: int) -> None:
        _, outbox = self.living[which % len(self.living)]
        for place, (key, body) in enumerate(list(keys(outbox).items())[:brought]):
            assert self.known.setdefault(key, body) == body, "a new fact would be taken for a repeat"
            if place < acknowledged:
                outbox.acknowledge(key[0], [(key[1], key[1])], [])
        kept = [body["count"] for body in self.known.values()]
        assert len(kept) == len(set(kept)), "a fact would be kept twice"


CopiesNeverMix.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


TestCopiesNeverMix = CopiesNeverMix.TestCase


def test_a_gap_over_two_epochs_takes_nothing_from_either(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", bytes_max=4_000)
    outbox.start()
    add(outbox, *(failure() for _ in range(5)))
    restarted(outbox)
    while not any(one["kind"] == "gap" for one in keys(outbox).values()):
        add(outbox)

    (gap,) = [one for one in keys(outbox).values() if one["kind"] == "gap"]

    told = Gap(**{name: value for name, value in gap.items() if name != "kind"})  # type: ignore[arg-type]
    waiting = {seq for _, seq in keys(outbox)}
    assert told.first_seq == 1
    assert set(range(1, outbox.newest + 1)) - waiting == set(range(told.first_seq, told.last_seq + 1))
    outbox.stop()
