"""Which slot of a cart is ready, from what its device said last."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rollcall_collector.carts.readiness import FIRST_RULE, LETTERS, judge_cart
from rollcall_collector.model.cart import Cart, CartReadiness, Member, SlotReadiness
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
    assert slot.reason == "80 % 2 h ago: about 80 % now."


def test_a_sleeping_device_loses_a_little_every_day() -> None:
    slot = _one(_member(ago=timedelta(days=5), level_percent=50.0))

    assert slot.state == "low"
    assert slot.level_percent == pytest.approx(35.0)


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
    doubtful = _one(_member(level_percent=20.0, is_charging=None))

    assert (silent.state, silent.letter, silent.level_percent) == ("unknown", "?", None)
    assert doubtful.state == "unknown"


def test_a_device_heard_just_now_on_battery_in_school_time_is_in_use() -> None:
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
    assert _one(member).reason == "Not heard for 28 school days, since 23 Jan 2026: look for it."


def test_fourteen_school_days_of_silence_are_not_yet_missing() -> None:
    assert FIRST_RULE.silent_school_days == 14

    assert _one(_member(ago=timedelta(days=19))).state != "missing"
    assert _one(_member(ago=timedelta(days=21))).state == "missing"


def test_a_device_never_heard_is_missing_with_its_reason() -> None:
    slot = _one(_member(last_heard_at=None, level_at=None, level_percent=None))

    assert (slot.state, slot.reason) == ("missing", "It has not been heard yet.")


@pytest.mark.parametrize("standing", ["repair", "replace", "claim"])
def test_a_flagged_device_is_out_of_service_whatever_its_level(standing: str) -> None:
    slot = _one(_member(standing=standing, sentence="Replace the disk."))

    assert (slot.state, slot.letter, slot.reason) == ("out_of_service", "X", "Replace the disk.")


def test_a_watched_device_stays_in_service() -> None:
    assert _one(_member(standing="watch")).state == "ready"


def test_a_cart_counts_what_is_ready_of_its_members() -> None:
    judged = _judge(_member(1), _member(3, level_percent=5.0))

    assert (judged.ready, judged.members, judged.availability) == (1, 2, 0.5)
    assert [(slot.slot, slot.letter) for slot in judged.slots] == [(1, "R"), (2, "-"), (3, "L")]
    assert _judge().availability is None


def test_a_crowded_cart_is_said() -> None:
    judged = _judge(_member(1), _member(1), _member(2), _member(3), _member(None))

    assert judged.remarks == ("5 members, but 3 slots.", "Slot 1 has 2 devices.")
    assert judged.slots[-1].slot is None


def test_every_state_has_its_own_letter() -> None:
    assert len(set(LETTERS.values())) == len(LETTERS)
