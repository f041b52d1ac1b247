"""Which slot of a cart is ready, from what its device said last."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rollcall_collector.carts.readiness import FIRST_RULE, LETTERS, judge_cart
from rollcall_collector.model.cart import OUT_OF_SERVICE, Cart, CartReadiness, Complaint, Member, SlotReadiness
from rollcall_collector.model.site import Site

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # a Wednesday in school time
SITE = Site(site=1, name="Oak", zone="UTC")
CART = Cart(cart=1, name="B", site="Oak", slots=3)


def _member(slot: int | None = 1, *, ago: timedelta = timedelta(hours=2), **said: Any) -> Member:
    heard = NOW - ago
    usual = Member(
        device=slot or 9,
        device_id="d-1",
        name="T1",
        slot=slot,
        last_heard_at=heard,
        level_at=heard,
        level_percent=80.0,
        is_charging=False,
    )
    return replace(usual, **said)


def _judge(*members: Member, cart: Cart = CART, site: Site = SITE, now: datetime = NOW) -> CartReadiness:
    return judge_cart(cart, members, site, now)


def _one(member: Member, **options: Any) -> SlotReadiness:
    return next(slot for slot in _judge(member, **options).slots if slot.member is member)


def test_a_charged_device_that_sleeps_is_ready() -> None:
    slot = _one(_member())

    assert (slot.state, slot.letter) == ("ready", "R")
    assert slot.reason == "80 % 2 h ago, and nobody has it."


@pytest.mark.parametrize("charging", ["all_at_once", "cyclic_thirds"])
def test_a_night_in_its_cart_charges_a_device_that_came_back_empty(charging: Any) -> None:
    yesterday_afternoon = _member(ago=timedelta(hours=18), level_percent=8.0)

    slot = _one(yesterday_afternoon, cart=replace(CART, charging=charging))

    assert (slot.state, slot.level_percent) == ("ready", 100.0)
    assert slot.reason == "8 % 18 h ago, then a night in its cart: about 100 % now."


def test_five_days_off_empty_no_cart() -> None:
    days_off = frozenset(date(2026, 3, 3) - timedelta(days=back) for back in range(5))

    slot = _one(_member(ago=timedelta(days=6), level_percent=36.0), site=replace(SITE, holidays=days_off))

    assert slot.state == "ready"


def test_an_evening_in_a_cart_that_charges_in_turn_is_not_enough_yet() -> None:
    at_six = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
    put_back = _member(ago=timedelta(hours=-6), level_percent=8.0)

    slot = _one(put_back, cart=replace(CART, charging="cyclic_thirds"), now=at_six)

    assert (slot.state, slot.letter) == ("charging", "C")
    assert slot.level_percent == pytest.approx(8 + 35 / 3)
    assert slot.ready_at is not None
    assert slot.ready_at > at_six


def test_what_comes_out_of_the_night_nearly_empty_is_low_all_day() -> None:
    in_the_first_lesson = _member(ago=timedelta(minutes=30), level_percent=22.0)

    later = _one(in_the_first_lesson, now=NOW + timedelta(hours=3))

    assert (later.state, later.letter, later.level_percent) == ("low", "L", 22.0)
    assert "did not charge it last night" in later.reason


def test_what_lessons_have_emptied_charges_in_its_cart_and_is_not_known_by_the_time_it_could_be_full() -> None:
    noon = NOW + timedelta(hours=3)
    emptied = _member(ago=timedelta(hours=-3), level_percent=10.0)

    just_back = _one(replace(emptied, is_connected=False), now=noon)
    afternoon = _one(emptied, now=noon + timedelta(hours=2))

    assert (just_back.state, just_back.ready_at is not None) == ("charging", True)
    assert (afternoon.state, afternoon.letter) == ("unknown", "?")


def test_a_level_told_out_of_hours_counts_from_the_end_of_its_day() -> None:
    tonight = datetime(2026, 3, 4, 17, 40, tzinfo=UTC)
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    told = _member(last_heard_at=midnight, level_at=midnight, level_percent=10.0, is_charging=True)

    at_once, next_morning = _one(told, now=tonight), _one(told, now=tonight + timedelta(hours=14))

    assert (at_once.state, at_once.level_percent) == ("charging", 10.0)
    assert at_once.reason == "10 % on 4 Mar, out of hours, charging: about 10 % now."
    assert next_morning.state == "ready"


def test_a_level_of_months_ago_says_nothing_about_today() -> None:
    slot = _one(_member(ago=timedelta(hours=2), level_at=NOW - timedelta(days=90), level_percent=57.0))

    assert slot.state == "unknown"
    assert "too long ago" in slot.reason


def test_one_that_stays_silent_while_its_cart_speaks_is_to_be_looked_for() -> None:
    silent = _member(1, ago=timedelta(days=9))
    spoke = [_member(slot, ago=timedelta(days=1)) for slot in (2, 3, 4)]

    alone, beside = _one(silent), _judge(silent, *spoke).slots[0]

    assert alone.state == "ready"
    assert beside.state == "unknown"
    assert "3 others of its cart were heard since" in beside.reason


@pytest.mark.parametrize(("level", "state"), [(100.0, "ready"), (80.0, "ready"), (40.0, "ready"), (12.0, "low")])
def test_a_device_on_mains_that_does_not_charge_is_in_nobody_s_hands(level: float, state: str) -> None:
    held = _member(ago=timedelta(minutes=5), level_percent=level, is_plugged_in=True)

    slot = _one(held)

    assert slot.state == state
    assert "plugged in" in slot.reason


def test_a_device_held_at_its_limit_for_a_week_keeps_its_level() -> None:
    slot = _one(_member(ago=timedelta(days=7), level_percent=60.0, is_plugged_in=True))

    assert (slot.state, slot.level_percent) == ("ready", 60.0)


@pytest.mark.parametrize("is_plugged_in", [None, False])
def test_a_device_taken_off_mains_is_in_use(is_plugged_in: bool | None) -> None:
    slot = _one(_member(ago=timedelta(minutes=5), level_percent=100.0, is_plugged_in=is_plugged_in))

    assert slot.state == "in_use"


def test_a_charging_device_says_when_it_will_be_ready() -> None:
    slot = _one(_member(ago=timedelta(0), level_percent=5.0, is_charging=True))

    assert slot.state == "charging"
    assert slot.ready_at == NOW + timedelta(hours=1)


def test_charging_goes_on_while_nobody_is_heard() -> None:
    slot = _one(_member(ago=timedelta(hours=2), level_percent=5.0, is_charging=True))

    assert slot.state == "ready"
    assert slot.level_percent == pytest.approx(75.0)
    assert _one(_member(ago=timedelta(days=2), level_percent=5.0, is_charging=True)).level_percent == 100.0


def test_a_cart_that_charges_in_turn_takes_three_times_as_long() -> None:
    turns = Cart(cart=1, name="B", site="Oak", charging="cyclic_thirds")

    slot = _one(_member(ago=timedelta(0), level_percent=5.0, is_charging=True), cart=turns)

    assert slot.ready_at is not None
    assert slot.ready_at - NOW == pytest.approx(timedelta(hours=3), abs=timedelta(seconds=1))


def test_an_unknown_level_is_unknown_not_ready_and_not_empty() -> None:
    silent = _one(_member(level_percent=None))

    assert (silent.state, silent.letter, silent.level_percent) == ("unknown", "?", None)


@pytest.mark.parametrize("minutes", [5, 45])
@pytest.mark.parametrize("level", [None, 5.0, 80.0])
@pytest.mark.parametrize("is_charging", [None, False])
def test_a_device_heard_in_this_lesson_is_in_use_whatever_its_level(
    minutes: int, level: float | None, is_charging: bool | None
) -> None:
    told_yesterday = NOW - timedelta(days=1)
    heard = _member(ago=timedelta(minutes=minutes), level_percent=level, is_charging=is_charging)

    states = {_one(heard).state, _one(replace(heard, level_at=told_yesterday)).state}

    assert states == {"in_use"}


def test_a_device_whose_connection_ended_was_closed() -> None:
    heard = _member(ago=timedelta(minutes=20), is_connected=True)

    assert _one(heard).state == "in_use"
    assert _one(replace(heard, is_connected=False)).state == "ready"


def test_nobody_uses_a_device_out_of_lesson_time() -> None:
    in_lesson = _one(_member(ago=timedelta(minutes=5)))
    at_night = _one(_member(ago=timedelta(minutes=5) - timedelta(hours=12)), now=NOW + timedelta(hours=12))

    assert in_lesson.state == "in_use"
    assert at_night.state == "ready"


def test_silence_over_a_holiday_is_not_missing() -> None:
    days_off = frozenset(date(2026, 3, 3) - timedelta(days=back) for back in range(40))
    on_holiday = Site(site=1, name="Oak", zone="UTC", holidays=days_off)
    member = _member(ago=timedelta(days=40), level_percent=None)

    assert _one(member, site=on_holiday).state == "unknown"
    assert _one(member).state == "missing"
    assert _one(member).reason == "Not heard since 23 Jan 2026: look for it."


def test_fourteen_school_days_of_silence_are_not_yet_missing() -> None:
    assert FIRST_RULE.silent_school_days == 14

    assert _one(_member(ago=timedelta(days=19))).state != "missing"
    assert _one(_member(ago=timedelta(days=21))).state == "missing"


def test_a_device_never_heard_is_not_known_rather_than_missing() -> None:
    slot = _one(_member(last_heard_at=None, level_at=None, level_percent=None))

    assert (slot.state, slot.letter, slot.reason) == ("unknown", "?", "It has not been heard yet.")


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ("repair", "It waits to be repaired."),
        ("replace", "It waits to be replaced."),
        ("claim", "It waits for its warranty claim."),
    ],
)
def test_an_accepted_flag_takes_a_device_out_of_service_in_plain_words(standing: Any, said: str) -> None:
    slot = _one(_member(standing=standing, is_accepted=True, sentence="7.8 times their usual scatter."))

    assert (slot.state, slot.letter, slot.reason, slot.mark) == ("out_of_service", "X", said, None)


def test_every_verdict_that_takes_a_device_out_is_said_in_plain_words() -> None:
    states = [_one(_member(standing=verdict, is_accepted=True)).state for verdict in sorted(OUT_OF_SERVICE)]

    assert states == ["out_of_service"] * len(OUT_OF_SERVICE)


def test_what_a_teacher_says_is_broken_is_not_ready_for_a_school_week() -> None:
    said = Complaint(
        complaint=1,
        cart=1,
        cart_name="B",
        site="Oak",
        slot=1,
        device=1,
        device_id="d-1",
        trouble="does_not_start",
        said_at=NOW,
    )
    week = timedelta(days=7)

    slots = [_one(_member(complaint=replace(said, said_at=NOW - ago))) for ago in (timedelta(), week, week * 1.2)]

    assert [(slot.state, slot.letter) for slot in slots] == [
        ("said_broken", "B"),
        ("said_broken", "B"),
        ("ready", "R"),
    ]
    assert slots[0].reason == "A teacher said on 4 Mar at 09:00: it does not start."


def test_what_is_accepted_weighs_more_than_what_is_said() -> None:
    said = Complaint(
        complaint=1,
        cart=1,
        cart_name="B",
        site="Oak",
        slot=1,
        device=1,
        device_id="d-1",
        trouble=None,
        said_at=NOW,
    )

    slot = _one(_member(complaint=said, standing="repair", is_accepted=True))

    assert slot.state == "out_of_service"


@pytest.mark.parametrize("standing", ["repair", "replace", "claim"])
def test_a_flag_nobody_accepted_is_a_mark_on_a_device_that_stays_in_service(standing: Any) -> None:
    slot = _one(_member(standing=standing, sentence="Replace the disk."))

    assert (slot.state, slot.mark) == ("ready", standing)


def test_a_watched_device_stays_in_service() -> None:
    slot = _one(_member(standing="watch", is_accepted=True))

    assert (slot.state, slot.mark) == ("ready", None)


def test_a_cart_counts_what_is_ready_of_its_members() -> None:
    judged = _judge(_member(1), _member(3, is_connected=False, level_percent=5.0, ago=timedelta(minutes=30)))

    assert (judged.ready, judged.members, judged.availability) == (1, 2, 0.5)
    assert [(slot.slot, slot.letter) for slot in judged.slots] == [(1, "R"), (2, "-"), (3, "L")]
    assert _judge().availability is None


def test_a_crowded_cart_is_said() -> None:
    judged = _judge(_member(1), _member(1), _member(2), _member(3), _member(None))

    assert judged.remarks == ("5 members, but 3 slots.", "Slot 1 has 2 devices.")
    assert judged.slots[-1].slot is None


def test_every_state_has_its_own_letter() -> None:
    assert len(set(LETTERS.values())) == len(LETTERS)


@pytest.mark.parametrize(
    ("lost_days_ago", "state", "words"),
    [
        (49, "unknown", "Silent since 13 Jan 2026, as is the bridge that tells of it: no sign of a fault."),
        (5, "missing", "Not heard since 13 Jan 2026: look for it."),  # it had been missing before the bridge was
        (None, "missing", "Not heard since 13 Jan 2026: look for it."),
    ],
)
def test_who_is_silent_with_its_bridge_is_not_missing(lost_days_ago: int | None, state: str, words: str) -> None:
    lost_at = None if lost_days_ago is None else NOW - timedelta(days=lost_days_ago)
    member = _member(ago=timedelta(days=50), bridge_lost_at=lost_at)

    slot, remarks = _one(member), _judge(member).remarks

    assert (slot.state, slot.reason) == (state, words)
    assert len(remarks) == (lost_at is not None)
    assert all(one.startswith("1 of 1 silent since ") for one in remarks)
