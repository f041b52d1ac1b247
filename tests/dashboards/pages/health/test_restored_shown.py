"""A restored store says so on Health and Today, until somebody with a name has seen to it; and that can be undone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from rollcall_collector.store.parts.restores import Restore, note_restore
from rollcall_collector.store.tables import audit, restores, watermarks
from tests.support.browsing import Served, serving
from tests.support.fleets import seed
from tests.support.reading import client_of, read_page, words_of


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The seeded district, of whose store the tests here say that it came from a backup."""
    with serving(tmp_path_factory.mktemp("restored")) as running:
        yield running


@pytest.fixture(scope="module")
def restore(served: Served) -> Restore:
    """A backup of the night before; since then one device went on after seven that are not here."""
    found = note_restore(served.engine, seed.NOW)
    with served.engine.begin() as connection:
        mark = connection.execute(sa.select(watermarks).limit(1)).one()
        began = sa.update(restores).values(
            backup_us=restores.c.restored_us - timedelta(hours=9) // timedelta(microseconds=1)
        )
        connection.execute(began)
        went_on = f"[[{mark.upto + 8},{mark.upto + 9}]]"
        connection.execute(
            sa.update(watermarks).where(watermarks.c.epoch_key == mark.epoch_key).values(ranges=went_on)
        )
    return found


def test_health_and_today_say_what_is_not_in_a_restored_store(served: Served, restore: Restore) -> None:
    health = words_of(read_page(served, "/health"))
    today = read_page(served, "/today")

    assert re.search(r"What was kept between .+ and .+ is not in this store", health)
    assert re.search(r"7 reports are missing of 1 device or bridge, .+ tell\. \d+ have not spoken since", health)
    assert re.search(r"What was kept between .+ and .+ is not here", words_of(today))
    assert 'href="/health#restores"' in today


def test_who_has_seen_to_it_closes_it_under_their_name_and_may_take_that_back(
    served: Served, restore: Restore
) -> None:
    with client_of(served, "admin") as client, client_of(served, "viewer") as viewer:
        refused = viewer.post(f"/health/restores/{restore.restore}/close")
        closed = client.post(f"/health/restores/{restore.restore}/close")
        after = words_of(client.get("/health").text), words_of(client.get("/today").text)
        client.post(f"/health/restores/{restore.restore}/reopen")
        again = words_of(client.get("/today").text)

    with served.engine.connect() as connection:
        noted = connection.execute(sa.select(audit.c.author, audit.c.subject).where(audit.c.noun == "restore")).all()
    assert refused.status_code == 403
    assert closed.status_code == 303
    assert "Seen to by" in after[0]
    assert "is not here" not in after[1]
    assert "is not here" in again
    assert len(noted) == 2
    assert all(one.author and f"{restore.restored_at:%Y-%m-%d %H:%M} UTC" == one.subject for one in noted)
