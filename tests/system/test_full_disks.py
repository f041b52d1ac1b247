"""A disk that is full, or that locks itself: nothing is acknowledged that is not kept, it is said, and it goes on."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.agents import ask, log_of, running
from tests.support.brokers.mosquitto import Mosquitto, mosquitto
from tests.support.faults.killing import (
    Installation,
    Outcome,
    acknowledged,
    count,
    fresh_store,
    installation,
    settle,
    waiting,
)
from tests.support.faults.small_disk import breaking_disk, small_disk
from tests.support.stand_ins.acknowledging import AcknowledgingCollector, collecting
from tests.support.stand_ins.enrolling import ANSWER, enrolling
from tests.support.wait import wait_for

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]
NAME, PASSWORD = str(ANSWER["publisher"]), str(ANSWER["password"])
BACKLOG = 200
"""So many reports wait for a collector whose disk takes nothing, before it does again."""


def _says(made: Installation, words: str) -> None:
    wait_for(lambda: words in _log(made), seconds=60, what=f"'{words}' in the collector's log")


def _log(made: Installation) -> str:
    return (made.folder / "collector.log").read_text(errors="replace")


def _is_alive(made: Installation) -> bool:
    return made.collector is not None and made.collector.poll() is None


def _gather_backlog(made: Installation) -> None:
    before = waiting(made)
    wait_for(lambda: waiting(made) > before + BACKLOG, seconds=60, what="reports that wait")


def _tell(capsys: pytest.CaptureFixture[str], what: str, outcome: Outcome) -> None:
    with capsys.disabled():
        print(
            f"\n{what}: {outcome.generated} generated, {outcome.stored} stored, {outcome.waiting} waiting, "
            f"{outcome.lost} lost, {outcome.twice} counted twice",
            end="",
        )
    assert (outcome.lost, outcome.twice, outcome.waiting, outcome.refused) == (0, 0, 0, 0)
    assert outcome.stored > BACKLOG


def test_a_collector_whose_disk_is_full_acknowledges_nothing_and_goes_on_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", kilobytes=32_768) as disk:
        with installation(tmp_path / "all", fresh_store(disk.path, "sqlite"), "mosquitto") as made:
            wait_for(lambda: acknowledged(made) > BACKLOG, seconds=90, what="the first acks")
            disk.fill()
            _says(made, "disk is full")
            _gather_backlog(made)
            assert _is_alive(made)

            disk.make_room()
            settle(made, seconds=120)

            assert _is_alive(made)
            assert _log(made).count("broker.connected") == 1
            assert "ingest.resumed" in _log(made)
        _tell(capsys, "a full disk", count(made, Counter(["a full disk"])))


def test_a_collector_whose_disk_locks_itself_acknowledges_nothing_and_goes_on_once_it_is_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with breaking_disk(tmp_path / "disk", megabytes=64) as disk:
        with installation(tmp_path / "all", fresh_store(disk.path, "sqlite"), "mosquitto") as made:
            wait_for(lambda: acknowledged(made) > BACKLOG, seconds=90, what="the first acks")
            disk.break_down()
            _says(made, "ingest.troubled")
            _gather_backlog(made)
            assert _is_alive(made)

            made.kill_collector()  # as the restart of the machine does that its repair takes
            disk.repair()
            disk.remount("ro")
            made.start_collector()
            wait_for(lambda: _log(made).count("broker.connected") == 2, seconds=60, what="its second start")
            wait_for(lambda: "readonly" in _log(made).rpartition("broker.connected")[2], seconds=60, what="its word")
            assert _is_alive(made)
            disk.remount("rw")
            settle(made, seconds=120)

            assert _is_alive(made)
            assert "ingest.resumed" in _log(made)
        _tell(capsys, "a disk that locked itself", count(made, Counter(["a locked disk"])))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder, users={NAME: PASSWORD}) as one:
        yield one


def _enroll(state: Path, broker: Mosquitto) -> None:
    with enrolling(host=broker.host, port=broker.port) as server:
        enrolled = ask("enroll", state, server.url, stdin="a-token\n")
    assert enrolled.returncode == 0, enrolled.stderr


def _kinds(collector: AcknowledgingCollector) -> set[str]:
    return {
        kind for one in collector.received for kind in ("boot", "inventory", "vitals") if kind.encode() in one.payload
    }


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_an_agent_whose_disk_takes_nothing_says_so_once_waits_and_tells_everything_later(
    trouble: str, tmp_path: Path, broker: Mosquitto
) -> None:
    with small_disk(tmp_path / "disk", kilobytes=1024) as disk, collecting(broker.host, broker.port) as collector:
        state = disk.path / "state"
        _enroll(state, broker)
        log = tmp_path / "agent"
        if trouble == "full":
            disk.fill()
        else:
            disk.remount("ro")

        with running(state, log_in=log) as agent:
            wait_for(lambda: "is the disk full or read-only?" in log_of(log), seconds=30, what="its word")
            if trouble == "full":
                disk.make_room()
            else:
                disk.remount("rw")
            wait_for(lambda: _kinds(collector) == {"boot", "inventory", "vitals"}, seconds=30, what="three kinds")
            assert agent.poll() is None

        assert log_of(log).count("is the disk full or read-only?") == 1
