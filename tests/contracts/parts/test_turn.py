"""What is done once for a store is done by one process at a time, and by another once that one is gone."""

from sqlalchemy import Engine

from rollcall_collector.store.database import open_database
from rollcall_collector.store.parts.turn import Turn
from tests.support.wait import wait_for

_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_the_second_has_its_turn_once_the_first_lets_go(engine: Engine) -> None:
    first, second, other = Turn(engine, "work"), Turn(engine, "work"), Turn(engine, "other-work")

    begun = [first.is_ours(), second.is_ours(), first.is_ours(), other.is_ours()]
    first.let_go()
    wait_for(second.is_ours, what="the turn of the second")
    is_still_ours = first.is_ours()
    for one in (first, second, other):
        one.let_go()

    assert begun == [True, False, True, True]
    assert not is_still_ours


def test_who_lost_its_session_asks_again_and_finds_who_came_first(postgresql: Engine) -> None:
    elsewhere = open_database(postgresql.url.render_as_string(hide_password=False))
    first, second = Turn(postgresql, "work"), Turn(elsewhere, "work")
    assert first.is_ours()
    with elsewhere.connect() as connection:
        connection.exec_driver_sql(_END_OTHERS)

    found = [second.is_ours(), first.is_ours()]
    second.let_go()
    wait_for(first.is_ours, what="its turn again")
    first.let_go()
    elsewhere.dispose()

    assert found == [True, False]
