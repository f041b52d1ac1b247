"""A bridge is the root of its devices: while it is not heard, their silence says nothing of them."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import device_publishers, publishers
from tests.support.fleets.told_school import NOW, SUSPECT, ToldSchool, school_days
from tests.support.identities import new_store
from tests.support.listening import enroll_bridge

QUIET_DAYS = 30


def _judged(folder: Path, *, heard_days_ago: int) -> dict[str, set[int]]:
    """A school whose devices were last told of a month ago by a bridge that was last heard so many days ago."""
    engine = new_store(folder)
    school = ToldSchool(engine=engine, count=3)
    for number in school.devices:
        is_silent = number == SUSPECT
        school.live(
            number, school_days(90, until=NOW.date() - timedelta(days=QUIET_DAYS if is_silent else heard_days_ago))
        )
    school.know(school.devices, platform="ipados")
    school.judge()
    enroll_bridge(engine, "b-ipados-0123456789ab", "ipados")
    with engine.begin() as connection:
        bridge = connection.execute(
            sa.select(publishers.c.publisher).where(publishers.c.name == "b-ipados-0123456789ab")
        ).scalar_one()
        heard_us = to_us(NOW - timedelta(days=heard_days_ago))
        connection.execute(
            sa.update(publishers).where(publishers.c.publisher == bridge).values(last_heard_us=heard_us)
        )
        connection.execute(sa.update(publishers).where(publishers.c.publisher != bridge).values(device=None))
        rows = [{"publisher": bridge, "device": number} for number in school.devices]
        connection.execute(sa.insert(device_publishers), rows)
    found = school.judge()
    engine.dispose()
    return found


def test_while_the_bridge_is_lost_nobody_is_called_missing(tmp_path: Path) -> None:
    found = _judged(tmp_path, heard_days_ago=QUIET_DAYS - 1)

    assert {name: numbers for name, numbers in found.items() if name in {"missing", "contact_gap"}} == {}


def test_a_device_of_which_a_bridge_that_is_heard_tells_nothing_is_missing(tmp_path: Path) -> None:
    found = _judged(tmp_path, heard_days_ago=1)

    assert found["missing"] == {SUSPECT}
