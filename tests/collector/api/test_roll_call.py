"""A cart is called: its bridge is told whom to ask, what is needed first before the rest; the page says who answered."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.roll_call import ask_roll_call
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.tables import failures, holidays
from tests.support.identities import enroll_one, new_token
from tests.support.ipads.called_school import NOW, CalledSchool, called_school
from tests.support.ipads.posts import serial_of


@pytest.fixture
def school(tmp_path: Path) -> Iterator[CalledSchool]:
    with called_school(tmp_path) as found:
        yield found


def test_a_called_cart_is_asked_and_its_page_says_who_answered_and_how_old_that_is(school: CalledSchool) -> None:
    school.fill(2)
    before = school.to_ask()

    called = school.call(1)
    asked = school.to_ask()
    school.now += timedelta(minutes=2)
    for number in range(24):
        school.answer(number, school.now - timedelta(minutes=1))
    left = school.to_ask()
    words = school.page(1)

    assert before == []
    assert (called["can_be_called"], called["called"], called["answered"]) == (30, 30, 0)
    assert sorted(asked) == sorted(serial_of(number) for number in range(30))
    assert sorted(left) == sorted(serial_of(number) for number in range(24, 30))
    assert "Asked for their level now: 24 of 30 answered. No level is older than: 1 min ago" in words


def test_opening_the_page_of_a_cart_calls_it_once_in_five_minutes(school: CalledSchool) -> None:
    school.fill(1)

    school.page(1)
    asked = school.to_ask()
    school.now += timedelta(minutes=1)
    for number in range(30):
        school.answer(number, school.now)
    school.page(1)

    assert len(asked) == 30
    assert school.to_ask() == []


def test_what_is_needed_first_is_asked_first_and_of_that_what_was_told_longest_ago(school: CalledSchool) -> None:
    school.fill(40)
    for number in range(60):
        school.answer(number, NOW - timedelta(hours=1, minutes=number))

    for cart in range(1, 41):
        needed = NOW + timedelta(minutes=50 - cart)
        school.call(cart, needed_at=needed.isoformat())
    asked = school.to_ask()

    assert len(asked) == 1_200
    assert [int(serial[4:10]) // 30 + 1 for serial in asked[::30]] == list(range(40, 0, -1))
    assert asked[-60:] == [serial_of(number) for number in (*range(59, 29, -1), *range(29, -1, -1))]


def test_carts_are_called_by_themselves_in_the_half_hour_before_school_opens(school: CalledSchool) -> None:
    school.fill(1)

    school.now = NOW.replace(hour=7, minute=29)
    early = school.to_ask()
    school.now = NOW.replace(hour=7, minute=31)
    due = school.to_ask()
    school.answer(3, NOW.replace(hour=0, minute=0))  # out of school hours only the day is told
    school.answer(4, NOW.replace(hour=0, minute=0) - timedelta(days=1))
    left = school.to_ask()
    school.now = NOW.replace(hour=8, minute=1)

    assert early == []
    assert len(due) == 30
    assert set(due) - set(left) == {serial_of(3)}
    assert school.to_ask() == []


@pytest.mark.parametrize("now", [NOW.replace(hour=15), NOW.replace(hour=3)])
def test_nobody_is_called_while_school_is_out(school: CalledSchool, now: datetime) -> None:
    school.fill(1)
    school.now = now
    asked = school.to_ask()

    called = school.call(1)

    assert (called["is_quiet"], called["called"]) == (True, 0)
    assert asked == school.to_ask() == []
    assert "School is out: nobody is asked for its level now." in school.page(1)


def test_a_holiday_is_quiet_too(school: CalledSchool) -> None:
    school.fill(1)
    with school.engine.begin() as connection:
        connection.execute(sa.insert(holidays).values(site=1, on=to_day(date(2026, 3, 4)), name="Snow"))

    assert school.call(1)["is_quiet"]


def test_a_call_that_nobody_answers_is_over_after_half_an_hour(school: CalledSchool) -> None:
    school.fill(1)
    school.call(1)

    school.now += timedelta(minutes=31)

    assert school.to_ask() == []


def test_a_bridge_is_told_of_its_own_devices_alone_and_nobody_else_of_any(school: CalledSchool) -> None:
    school.fill(1)
    school.call(1)
    other = enroll_one(
        school.engine, hardware="c", serial=None, token=new_token(school.engine, platform="ipados", now=NOW), now=NOW
    )

    answer = httpx.get(f"{school.url}/api/v1/bridges/roll-call", auth=(other.publisher, other.password), timeout=30)
    stranger = httpx.get(f"{school.url}/api/v1/bridges/roll-call", auth=("b-ipados-0", "x"), timeout=30)

    assert answer.json() == {"devices": []}
    assert stranger.status_code == 401


def test_the_bridge_reads_its_calls_as_they_are_told(school: CalledSchool) -> None:
    school.fill(1)
    school.call(1)
    door = Door(school.url)
    door.start()

    called = ask_roll_call(door, school.identity)

    door.stop()
    assert called == [(serial, "1") for serial in school.to_ask()]
    assert len(called) == 30


def test_an_ipad_silent_since_a_restart_needs_unlocking_and_is_not_missing(school: CalledSchool) -> None:
    school.fill(1)
    for number in range(3):
        school.answer(number, NOW - timedelta(days=50))
    with school.engine.begin() as connection:
        for number, restarted_at in ((0, NOW - timedelta(days=50)), (1, NOW - timedelta(days=55))):
            connection.execute(
                sa.insert(failures).values(
                    device=school.key(number), epoch_key=1, seq=number + 1, channel="management", code="restart_no_return",
                    occurred_us=to_us(restarted_at), occurred_on=to_day(restarted_at.date()), is_day_only=False, count=1,
                )
            )  # fmt: skip

    answer = httpx.get(f"{school.url}/api/v1/carts/1", cookies={"rollcall": school.session}, timeout=30).json()

    states = {slot["member"]["name"]: (slot["state"], slot["reason"]) for slot in answer["slots"]}
    assert states[serial_of(0)] == (
        "needs_unlocking",
        "It restarted on 13 Jan and was not heard again: unlock it once by hand.",
    )
    assert states[serial_of(1)][0] == "missing"  # it was heard after that restart
    assert states[serial_of(2)][0] == "missing"


def test_an_ipad_that_answers_a_call_in_lesson_time_is_not_taken_to_be_in_use(school: CalledSchool) -> None:
    school.fill(1)
    school.call(1)
    school.now += timedelta(minutes=1)
    school.answer(0, school.now)

    answer = httpx.get(f"{school.url}/api/v1/carts/1", cookies={"rollcall": school.session}, timeout=30).json()

    state = next(slot["state"] for slot in answer["slots"] if slot["member"]["name"] == serial_of(0))
    assert state == "ready"


def test_nobody_is_asked_whom_nothing_can_ask(school: CalledSchool) -> None:
    """Most services only tell of their devices: their bridges never come for whom to call."""
    school.fill(1, is_asking=False)

    called = school.call(1)

    assert (called["members"], called["can_be_called"], called["called"]) == (30, 0, 0)
    assert "Asked for their level" not in school.page(1)


def test_a_cart_whose_bridge_came_no_more_is_not_said_to_be_asked(school: CalledSchool) -> None:
    school.fill(1)

    school.now += timedelta(minutes=9)
    still = school.call(1)
    school.now += timedelta(minutes=2)
    no_more = school.call(1)
    school.to_ask()
    again = school.call(1)

    assert [one["can_be_called"] for one in (still, no_more, again)] == [30, 0, 30]
