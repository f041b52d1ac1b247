"""State folders set back, copied and frozen at random, on both brokers and both databases: nothing lost, nothing twice.

ROLLCALL_SET_BACKS says how many faults there are in all; 200 take about two minutes.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from tests.support.faults.killing import fresh_store, installation
from tests.support.faults.setting_back import FAULTS, Lab, Outcome, count
from tests.support.require import find

FAULTS_IN_ALL = int(os.environ.get("ROLLCALL_SET_BACKS", "12"))
FAULTS_FOR_EVERY_PAIR = 40
"""With fewer, two pairs are enough to try each broker and each database."""
SETTLE_SECONDS = 120.0
Broker = Literal["mosquitto", "embedded"]
PAIRS: tuple[tuple[Broker, str], ...] = (
    ("mosquitto", "sqlite"),
    ("embedded", "postgresql"),
    ("mosquitto", "postgresql"),
    ("embedded", "sqlite"),
)


def _ordeal(folder: Path, broker: Broker, url: str, seed: int, faults: int) -> Outcome:
    with installation(folder, url, broker, has_agents=False) as made:
        lab = Lab(made, broker, Random(seed))
        try:
            lab.start()
            for number in range(faults):
                lab.commit(FAULTS[(number + seed) % len(FAULTS)] if number < len(FAULTS) else lab.any_fault())
            lab.settle(SETTLE_SECONDS)
        finally:
            lab.stop()
    return count(made, lab)


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_counted_twice_however_often_state_folders_are_set_back_and_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacks = {name for name in ("mosquitto", "postgresql") if find(name) is None}
    wanted = PAIRS if FAULTS_IN_ALL >= FAULTS_FOR_EVERY_PAIR else PAIRS[:2]
    pairs = [pair for pair in wanted if not {*pair} & lacks] or [("embedded", "sqlite")]
    folders = {pair: tmp_path / "-".join(pair) for pair in pairs}
    urls = {pair: fresh_store(folders[pair], pair[1]) for pair in pairs}

    with ThreadPoolExecutor(len(pairs)) as pool:
        running = {
            pair: pool.submit(_ordeal, folders[pair], pair[0], urls[pair], seed, FAULTS_IN_ALL // len(pairs))
            for seed, pair in enumerate(pairs)
        }
        outcomes = {pair: one.result() for pair, one in running.items()}

    with capsys.disabled():
        for pair, one in outcomes.items():
            done = ", ".join(f"{number} x {fault}" for fault, number in sorted(one.faults.items()))
            print(
                f"\n{' + '.join(pair)}: {sum(one.faults.values())} faults ({done}); {one.told} told, {one.stored} stored, "
                f"{one.wiped} wiped before they were told on, {one.set_backs} set-backs noticed, {one.waiting} waiting, "
                f"{one.lost} lost, {one.twice} counted twice",
                end="",
            )
    for pair, one in outcomes.items():
        assert (one.lost, one.twice, one.waiting, one.refused) == (0, 0, 0, 0), pair
        assert one.stored > 50, pair
        assert one.set_backs > 0, pair
        assert sum(one.faults.values()) == FAULTS_IN_ALL // len(pairs)
