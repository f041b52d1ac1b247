"""A bridge goes round: its service's devices get ids, what is told of them waits in the outbox, nothing is told twice."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rollcall_agent.bridges.bridge import Bridge, Poll, ToldOfDevice
from rollcall_agent.bridges.rounds import Rounds
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.outbox import Outbox
from rollcall_wire import Settings
from tests.support.stand_ins.bridge_door import BridgeDoor, bridge_door
from tests.support.stand_ins.make_believe_bridge import BRIDGE, list_devices

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)


@dataclass
class Station:
    """A bridge on its machine: what it remembers outlives a `restarted` run."""

    folder: Path
    server: BridgeDoor
    stack: ExitStack
    now: float = 0.0
    rounds: Rounds = field(init=False)

    def start(self, bridge: Bridge = BRIDGE) -> None:
        self.stop()
        outbox, known = Outbox(self.folder / "outbox.sqlite3"), KnownDevices(self.folder / "devices.sqlite3")
        door = Door(self.server.url)
        for part in (outbox, known, door):
            part.start()
            self.stack.callback(part.stop)
        self.rounds = Rounds(
            bridge=bridge,
            identity=self.server.identity,
            door=door,
            known=known,
            outbox=outbox,
            random=Random(1),
            folder=self.folder,
        )

    def stop(self) -> None:
        self.stack.close()

    def step(self) -> float:
        """One piece; returns in how many seconds the next is due."""
        return self.rounds.step(self.now, NOW) - self.now

    def go_round(self) -> None:
        """All that is due until the bridge rests."""
        while self.step() <= 0:
            pass

    def told(self) -> list[dict[str, Any]]:
        """The reports that wait in the outbox."""
        found = self.rounds.outbox.after(0, bytes_max=1 << 26, count_max=100_000)
        return [json.loads(body) for _, body in found]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with bridge_door() as server, ExitStack() as stack:
        found = Station(folder=tmp_path / "bridge", server=server, stack=stack)
        list_devices(found.folder, 3)
        found.start()
        yield found


def test_three_devices_get_ids_and_are_told_whole_under_them(station: Station) -> None:
    station.go_round()

    told = [(report["device_id"], report["body"]["kind"]) for report in station.told()]
    ids = [station.server.ids[f"DMPX{number:06d}"] for number in range(3)]
    assert told == [(device_id, kind) for device_id in ids for kind in ("inventory", "vitals")]


def test_how_long_a_whole_round_took_is_known_once_it_is_over(station: Station) -> None:
    station.step()
    before = station.rounds.seconds_whole
    station.now += 7

    station.go_round()

    assert (before, station.rounds.seconds_whole) == (None, 7.0)


def test_the_next_round_comes_in_the_collector_s_own_time_and_tells_only_news(station: Station) -> None:
    station.rounds.follow(Settings(vitals_minutes=10))
    station.go_round()
    rest = station.step()
    list_devices(station.folder, 4)
    station.now += rest

    station.go_round()

    assert 8 * 60 <= rest <= 10 * 60
    assert [len(batch) for batch in station.server.batches] == [3, 1]
    assert len(station.told()) == 8


def test_a_changed_inventory_is_brought_in_and_told_again(station: Station) -> None:
    station.go_round()
    list_devices(station.folder, 3, os_version="18.1")
    station.now += station.step()

    station.go_round()

    versions = [one["body"]["os_version"] for one in station.told() if one["body"]["kind"] == "inventory"]
    assert versions == ["17.7.2"] * 3 + ["18.1"] * 3
    assert len(station.server.ids) == 3


def test_a_restart_asks_for_no_id_and_tells_nothing_again(station: Station) -> None:
    station.go_round()
    station.start()

    station.go_round()

    assert len(station.server.batches) == 1
    assert len(station.told()) == 6


def test_a_large_district_comes_in_by_batches(station: Station) -> None:
    list_devices(station.folder, 2_300)

    station.go_round()

    assert [len(batch) for batch in station.server.batches] == [1_000, 1_000, 300]
    assert len(station.server.connections) == 1
    assert len({report["device_id"] for report in station.told()}) == 2_300


def test_a_run_broken_off_between_batches_goes_on_where_it_stopped(station: Station) -> None:
    list_devices(station.folder, 2_300)
    station.step()
    station.start()  # as after kill -9: nothing was said goodbye to

    station.go_round()

    assert [len(batch) for batch in station.server.batches] == [1_000, 1_000, 300]
    assert len(station.told()) == 2 * 2_300


def test_a_busy_collector_is_left_alone_as_long_as_it_says(station: Station) -> None:
    station.server.answers.append((503, {"retry-after": "12"}, b'{"error": "busy", "detail": "later"}'))

    wait = station.step()
    station.now += wait
    station.go_round()

    assert wait == 12.0
    assert len(station.told()) == 6


def test_without_a_collector_the_waits_grow_and_nothing_is_lost(station: Station) -> None:
    station.server.answers += [(500, {}, b"")] * 3
    waits = []

    for _ in range(3):
        waits.append(station.step())
        station.now += waits[-1]
    station.go_round()

    assert waits == [5.0, 10.0, 30.0]
    assert len(station.told()) == 6


def test_a_service_that_fails_in_the_middle_is_asked_again_from_its_own_mark(station: Station) -> None:
    failures = [ValueError("half a page"), OSError("the line is dead")]

    def poll(asked: Poll) -> Iterator[ToldOfDevice]:
        assert BRIDGE.poll is not None
        for number, told in enumerate(BRIDGE.poll(asked)):
            if number == 2 and failures:
                raise failures.pop()
            yield told

    station.start(replace(BRIDGE, poll=poll))
    waits = []
    while failures:
        waits.append(station.step())
        station.now += waits[-1]

    station.go_round()

    assert waits == [5.0, 10.0]
    assert len(station.told()) == 6


def test_a_refused_device_is_left_out_and_asked_for_at_the_next_round(station: Station) -> None:
    station.server.refuses.add("DMPX000001")
    station.go_round()
    heard = len(station.told())
    station.server.refuses.clear()
    station.now += station.step()

    station.go_round()

    assert heard == 4
    assert [one["body"]["kind"] for one in station.told()[4:]] == ["inventory"]
    assert [[device["serial_number"] for device in batch] for batch in station.server.batches[1:]] == [["DMPX000001"]]


def test_everything_is_told_anew_once_when_the_collector_asks(station: Station) -> None:
    station.go_round()
    for _ in range(2):
        station.rounds.follow(Settings(send_again="please-1"))
        station.go_round()
    station.start()
    station.rounds.follow(Settings(send_again="please-1"))

    station.go_round()

    assert len(station.told()) == 12
    assert len(station.server.batches) == 1
