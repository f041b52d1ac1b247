"""What is kept for pages stays what the facts give while whoever writes them is killed again and again."""

import os
import signal
import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.store.database import open_database
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.kept.day_counts import kept_counts
from rollcall_collector.store.tables import decisions, device_days, devices, start_bands
from tests.support.fleets.kept import day_row
from tests.support.stories.places_story import (
    PlacesStory,
    assert_all_is_kept,
    assert_bands_are_the_days,
    fill_schools,
)
from tests.support.stories.random_story import NUMBERS, TODAY

pytestmark = [pytest.mark.slow]
REPORTS = 10_000
STEPS = 40
"""So many things happen at the most before a kill."""
SEED = int(os.environ.get("SEED", time.time()))
"""Printed, and set to have the same again."""
_SPAWNED = get_context("forkserver")
_SPAWNED.set_forkserver_preload([__name__])


class LongStory(PlacesStory):
    """One in which a message brings what a day without a network left."""

    told_at_most = 80


def write_on(url: str, seed: int, today: int, pipe: Pipe) -> None:
    """Let things happen until somebody kills this process; each is told, and one is begun and never ended."""
    engine = open_database(url)
    story = LongStory(engine, seed)
    story.today = today
    while not pipe.poll():
        story.happen()
        pipe.send((story.today, story.told))
    pipe.recv()
    with engine.begin() as connection:
        chosen = story.random.sample(NUMBERS, 2)
        rows = [day_row(number, from_day(story.today + 400), failures=1) for number in chosen]
        connection.execute(sa.insert(device_days), rows)
        connection.execute(sa.update(devices).where(devices.c.device.in_(chosen)).values(site=None, price=1))
        connection.execute(sa.delete(device_days).where(device_days.c.device == chosen[0]))
        pipe.send("in the middle")
        pipe.recv()  # for ever


def write_and_be_killed(url: str, random: Random, seed: int, today: int) -> list[tuple[int, int]]:
    """The days on which another process wrote, with how many reports until then, before it was killed."""
    ours, theirs = _SPAWNED.Pipe()
    writer = _SPAWNED.Process(target=write_on, args=(url, seed, today, theirs))
    writer.start()
    theirs.close()
    told = [ours.recv() for _ in range(random.randint(STEPS // 2, STEPS))]
    if random.random() < 1 / 2:
        time.sleep(random.uniform(0, 0.02))  # anywhere in what comes next
    else:
        ours.send("begin")
        told += iter(ours.recv, "in the middle")
    writer.kill()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    with suppress(EOFError, ConnectionResetError):
        while True:
            told.append(ours.recv())
    return told


def test_what_is_kept_survives_ten_thousand_reports_and_every_kill(engine: Engine) -> None:
    print(f"seed {SEED}")
    fill_schools(engine)
    url = engine.url.render_as_string(hide_password=False)
    random, plans, today, latest, told, kills = Random(SEED), KeptPlans(), TODAY, TODAY, 0, 0

    while told < REPORTS:
        days, counts = zip(*write_and_be_killed(url, random, SEED + kills, today), strict=True)
        today, latest = days[-1], max(latest, *days)
        told, kills = told + counts[-1], kills + 1
        assert_all_is_kept(engine, plans, from_day(today))

    survivor = LongStory(engine, SEED)
    survivor.today = today
    survivor.judged()
    assert_bands_are_the_days(engine, latest)
    assert_all_is_kept(engine, plans, from_day(today))
    with engine.connect() as connection:
        assert len(kept_counts(connection)) > 100
        for table in (start_bands, decisions):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() > 0
    assert kills > REPORTS // (STEPS * LongStory.told_at_most)
