"""Both databases remember who was put off, refuse it for growing times, and let it in again."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.kept_settings import read_credentials_mark
from rollcall_collector.store.publishers.identities import read_credentials
from rollcall_collector.store.publishers.put_off import FORGIVEN, LONGEST, let_in_again, list_put_off, put_off
from tests.support.identities import NOW
from tests.support.listening import device_id, enroll

NAME = device_id(1)


@pytest.fixture(autouse=True)
def _two_devices(engine: Engine) -> None:
    enroll(engine, 2)


def _off(engine: Engine, at: timedelta, *, is_cut: bool = True) -> timedelta:
    noted = put_off(engine, NAME, NOW + at, not_read=400, is_cut=is_cut)
    assert noted is not None
    return noted.until_at - NOW - at


def test_who_is_put_off_may_still_come_in_and_who_is_cut_may_not(engine: Engine) -> None:
    _off(engine, timedelta(), is_cut=False)
    before, mark = set(read_credentials(engine)), read_credentials_mark(engine)

    _off(engine, timedelta(seconds=4))

    assert NAME in before
    assert set(read_credentials(engine)) == {device_id(2)}
    assert read_credentials_mark(engine) != mark


def test_each_time_is_twice_as_long_up_to_an_hour_and_a_quiet_day_is_forgiven(engine: Engine) -> None:
    times = [_off(engine, timedelta(hours=2 * number)) for number in range(9)]
    later = _off(engine, timedelta(hours=17) + FORGIVEN + LONGEST)

    assert times[:4] == [timedelta(minutes=one) for one in (1, 2, 4, 8)]
    assert times[-1] == LONGEST
    assert later == timedelta(minutes=1)


def test_it_is_let_in_again_once_its_time_is_over_and_stays_named(engine: Engine) -> None:
    _off(engine, timedelta())
    early = let_in_again(engine, NOW + timedelta(seconds=59))

    late = let_in_again(engine, NOW + timedelta(seconds=60))

    assert (early, late) == (0, 1)
    assert NAME in read_credentials(engine)
    with engine.connect() as connection:
        [named] = list_put_off(connection, Scope.all(), since=NOW)
    assert (named.publisher, named.not_read, named.times, named.is_cut) == (NAME, 400, 1, False)


def test_a_name_that_nobody_enrolled_under_is_not_noted(engine: Engine) -> None:
    assert put_off(engine, "d-nobody", NOW, not_read=400, is_cut=True) is None
