"""A store of the release before opens, keeps what it holds, prints its judgings as they were, and is judged anew."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from rollcall_collector.identity.people import list_people
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import migrate
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.judged.judgings import print_run
from rollcall_collector.store.kept.presence import wrong_presence
from rollcall_collector.store.tables import presence, verdicts, watermarks
from tests.support.fleets.released.store import DOCUMENT, count_rows, released_store

NOW = datetime(2026, 11, 28, 2, tzinfo=UTC)


_VERDICT = (
    "INSERT INTO verdicts (device, verdict, rank, sentence, unflagged_verdict, unflagged_sentence, active_days,"
    " judged_us) VALUES (1, 'healthy', 7, '', 'healthy', '', 100, 1)"
)
_STATE = "INSERT INTO device_states (device, last_heard_us, vitals_us, vitals) VALUES (1, 1, 1, :vitals)"


def test_a_verdict_of_a_release_before_says_since_when_its_device_is_watched(tmp_path: Path) -> None:
    engine = released_store(tmp_path)
    with engine.begin() as connection:
        connection.execute(sa.text(_VERDICT))

    migrate(engine)

    with engine.connect() as connection:
        first_on = connection.execute(sa.select(verdicts.c.first_on)).scalar_one()
    engine.dispose()
    assert first_on == 20_500


def test_what_a_device_of_a_release_before_said_of_its_mains_is_kept_for_pages(tmp_path: Path) -> None:
    engine = released_store(tmp_path)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM device_states"))
        connection.execute(sa.text(_STATE), {"vitals": '{"battery_level_percent": 41.0, "is_plugged_in": true}'})

    migrate(engine)

    with engine.connect() as connection:
        wrong = wrong_presence(connection)
        columns = (presence.c.level_percent, presence.c.is_charging, presence.c.is_plugged_in)
        kept = connection.execute(sa.select(*columns).where(presence.c.device == 1)).one()
    engine.dispose()
    assert not wrong
    assert tuple(kept) == (41.0, False, True)


def test_a_store_of_the_last_release_opens_without_loss_and_prints_its_judging_byte_for_byte(tmp_path: Path) -> None:
    engine = released_store(tmp_path)
    before = count_rows(engine)

    migrate(engine)
    opened = count_rows(engine)
    judge_fleet(engine, NOW)

    with engine.connect() as connection:
        device = find_device(connection, Scope.all(), "SN1")
        mark = connection.execute(sa.select(watermarks)).one()
        printed = print_run(connection, Scope.all(), 1)
        anew = print_run(connection, Scope.all(), 2)
    people = list_people(engine, Scope.all())
    engine.dispose()
    assert opened == before
    assert (device.device_id, device.site) == ("d-a", "Oak")
    assert (mark.upto, mark.ranges) == (41, "[[43,44]]")
    assert printed == DOCUMENT
    assert [(one.name, one.role, one.scope.is_all) for one in people] == [
        ("Kim", "admin", True),
        ("Lou", "technician", True),
        ("Sam", "viewer", True),
    ]
    assert [one.may("admit") for one in people] == [True, False, False]
    assert [one.may("decide") for one in people] == [True, True, False]
    assert all(one.may("devices") and one.may("prices") for one in people)
    assert '"finding": "missing"' in anew
    assert '"facts_until": "2026-11-28"' in anew
