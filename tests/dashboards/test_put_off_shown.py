"""Health names who was put off for sending far too much, and what to do about it."""

from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import put_offs
from tests.support.browsing import Served
from tests.support.fleets.seed import NOW
from tests.support.reading import read_page, words_of


def test_health_names_who_was_put_off(served: Served) -> None:
    row = {"began_us": to_us(NOW) - 1, "until_us": to_us(NOW), "times": 2, "not_read": 41_000, "is_cut": False}
    with served.engine.begin() as connection:
        connection.execute(put_offs.insert(), [{"publisher": 1, **row}])

    try:
        words = words_of(read_page(served, "/health"))
    finally:
        with served.engine.begin() as connection:
            connection.execute(put_offs.delete())

    assert "Put off for sending far too much" in words
    assert "messages not read, cut off 2 times" in words
    assert "rollcall-agent enroll" in words
