"""Kill -9 for a minute, of everything, on both brokers and both databases: nothing lost, nothing counted twice."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from tests.support.faults.killing import Outcome, count, drive, fresh_store, installation, settle
from tests.support.require import find, lacking

SECONDS = 60.0
SETTLE_SECONDS = 180.0
Broker = Literal["mosquitto", "embedded"]
PAIRS: tuple[tuple[Broker, str], ...] = (
    ("mosquitto", "sqlite"),
    ("mosquitto", "postgresql"),
    ("embedded", "sqlite"),
    ("embedded", "postgresql"),
)


def _ordeal(folder: Path, broker: Broker, url: str, seed: int) -> Outcome:
    with installation(folder, url, broker) as made:
        faults = drive(made, seconds=SECONDS, random=Random(seed))
        settle(made, seconds=SETTLE_SECONDS)
    return count(made, faults)


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_counted_twice_however_often_everything_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacks = [name for name in ("mosquitto", "postgresql") if find(name) is None]
    if os.environ.get("ROLLCALL_REQUIRE") == "all" and lacks:
        lacking(f"{', '.join(lacks)} is not installed here")
    pairs = [pair for pair in PAIRS if not {*pair} & {*lacks}]
    folders = {pair: tmp_path / "-".join(pair) for pair in pairs}
    urls = {pair: fresh_store(folders[pair], pair[1]) for pair in pairs}

    with ThreadPoolExecutor(len(pairs)) as pool:
        running = {
            pair: pool.submit(_ordeal, folders[pair], pair[0], urls[pair], seed) for seed, pair in enumerate(pairs)
        }
        outcomes = {pair: one.result() for pair, one in running.items()}

    with capsys.disabled():
        for pair, one in outcomes.items():
            told = ", ".join(f"{number} x {fault}" for fault, number in sorted(one.faults.items()))
            print(
                f"\n{' + '.join(pair)}: {sum(one.faults.values())} faults ({told}); {one.generated} generated, "
                f"{one.stored} stored, {one.waiting} waiting, {one.lost} lost, {one.twice} counted twice",
                end="",
            )
    for pair, one in outcomes.items():
        assert (one.lost, one.twice, one.waiting, one.refused) == (0, 0, 0, 0), pair
        assert one.generated > 1000, pair
        assert sum(one.faults.values()) >= 15
        assert one.faults["broker and collector"] >= 5
    shutil.rmtree(tmp_path, ignore_errors=True)
