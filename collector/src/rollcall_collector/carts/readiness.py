"""Says for each slot of a cart whether its device can be taken to a lesson now, and why.

A closed Chromebook is silent, so "online now" is never asked. What counts is what the device said last, how long ago,
and whether it was charging then. The first rule, with its numbers:

* a standing flag to repair, replace or claim: out of service, whatever its level;
* not heard for more than `silent_school_days` school days, or never: missing. Weekends and holidays do not count;
* its level was never told: unknown, letter `?`. Unknown is not ready, and not empty;
* charging when last heard: its level rises by `charging_percent_an_hour` (a third of it in a cart that charges its
  slots in turn), up to full; below `ready_percent` it is charging, with the instant at which it will be ready;
* on mains without charging (full, or held at a limit that spares the battery): it keeps its level, nobody has it;
* neither when last heard: asleep it loses `idle_percent_a_day`; below `ready_percent` it is low;
* heard within the last `in_use_minutes` and not charging, in school time: in use.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rollcall_collector.model.cart import Cart, CartReadiness, Member, SlotReadiness, SlotState
from rollcall_collector.model.site import Site
from rollcall_collector.model.wording import say_date

LETTERS: dict[SlotState, str] = {
    "ready": "R",
    "charging": "C",
    "low": "L",
    "in_use": "U",
    "missing": "M",
    "out_of_service": "X",
    "unknown": "?",
    "empty": "-",
}
"""Never colour alone: each state has its letter."""
OUT_OF_SERVICE = frozenset({"repair", "replace", "claim"})
FULL = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadinessRule:
    """The rule's numbers. The rates are assumptions on the cautious side until a fleet's own are learned."""

    ready_percent: float = 40  # two lessons' worth
    charging_percent_an_hour: float = 35
    idle_percent_a_day: float = 3
    silent_school_days: int = 14
    in_use_minutes: float = 20


FIRST_RULE = ReadinessRule()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moment:
    """Which cart is looked at, where, when, and by which rule."""

    cart: Cart
    site: Site
    now: datetime
    rule: ReadinessRule


def judge_cart(
    cart: Cart, members: Sequence[Member], site: Site, now: datetime, rule: ReadinessRule = FIRST_RULE
) -> CartReadiness:
    """Every slot's state with its reason, slots in order; slots without a member are told as empty."""
    moment = _Moment(cart=cart, site=site, now=now, rule=rule)
    judged = tuple(_judge(member, moment) for member in members)
    taken = {member.slot for member in members}
    empty = tuple(
        SlotReadiness(slot=slot, member=None, state="empty", letter=LETTERS["empty"], reason="No device belongs here.")
        for slot in range(1, (cart.slots or 0) + 1)
        if slot not in taken
    )
    slots = sorted((*judged, *empty), key=lambda one: (one.slot is None, one.slot or 0))
    return CartReadiness(
        cart=cart,
        slots=tuple(slots),
        ready=sum(one.state == "ready" for one in judged),
        members=len(members),
        remarks=_remarks(cart, members),
    )


def _judge(member: Member, moment: _Moment) -> SlotReadiness:
    if member.standing in OUT_OF_SERVICE:
        return _slot(member, "out_of_service", member.sentence or "A flag says to repair or replace it.")
    if (absence := _absence(member, moment)) is not None:
        return _slot(member, "missing", absence)
    if member.level_percent is None or member.level_at is None:
        return _slot(member, "unknown", "It has not told its battery level.")
    since = moment.now - member.level_at
    heard = f"{member.level_percent:.0f} % {_ago(since)}"
    if member.is_charging:
        return _charging(member, member.level_percent, since, heard, moment)
    if member.is_plugged_in:
        return _held(member, member.level_percent, heard, moment)
    return _idle(member, member.level_percent, since, heard, moment)


def _idle(member: Member, told: float, since: timedelta, heard: str, moment: _Moment) -> SlotReadiness:
    if member.is_charging is False and _is_in_use(since, moment):
        return _slot(member, "in_use", f"{heard}, not charging: somebody has it.", level=told)
    level = max(0.0, told - moment.rule.idle_percent_a_day * max(timedelta(0), since) / timedelta(days=1))
    if level >= moment.rule.ready_percent:
        return _slot(member, "ready", f"{heard}: about {level:.0f} % now.", level=level)
    if member.is_charging is None:
        return _slot(member, "unknown", f"{heard}; it does not tell whether it charges.", level=level)
    return _slot(member, "low", f"{heard}, not charging: about {level:.0f} % now.", level=level)


def _charging(member: Member, told: float, since: timedelta, heard: str, moment: _Moment) -> SlotReadiness:
    """A cart that charges its slots in turn gives each a third of the time."""
    rate = moment.rule.charging_percent_an_hour / (3 if moment.cart.charging == "cyclic_thirds" else 1)
    level = min(FULL, told + rate * max(timedelta(0), since) / timedelta(hours=1))
    said = f"{heard}, charging: about {level:.0f} % now."
    if level >= moment.rule.ready_percent:
        return _slot(member, "ready", said, level=level)
    ready_at = moment.now + timedelta(hours=(moment.rule.ready_percent - level) / rate)
    return _slot(member, "charging", said, level=level, ready_at=ready_at)


def _held(member: Member, told: float, heard: str, moment: _Moment) -> SlotReadiness:
    if told >= moment.rule.ready_percent:
        return _slot(member, "ready", f"{heard}, plugged in and charged as far as it goes.", level=told)
    return _slot(member, "low", f"{heard}, plugged in but not charging: check its charger and battery.", level=told)


def _absence(member: Member, moment: _Moment) -> str | None:
    if member.last_heard_at is None:
        return "It has not been heard yet."
    zone, longest = ZoneInfo(moment.site.zone), moment.rule.silent_school_days
    heard_on, today = member.last_heard_at.astimezone(zone).date(), moment.now.astimezone(zone).date()
    silent = moment.site.school_days_since(heard_on, today, at_most=4 * longest)
    if silent <= longest:
        return None
    return f"Not heard for {silent} school days, since {say_date(heard_on)}: look for it."


def _is_in_use(since: timedelta, moment: _Moment) -> bool:
    local = moment.now.astimezone(ZoneInfo(moment.site.zone))
    minute = local.hour * 60 + local.minute
    has_school = moment.site.is_school_day(local.date())
    is_open = moment.site.opens_minute <= minute < moment.site.closes_minute
    return has_school and is_open and since <= timedelta(minutes=moment.rule.in_use_minutes)


def _remarks(cart: Cart, members: Sequence[Member]) -> tuple[str, ...]:
    remarks: list[str] = []
    if cart.slots is not None and len(members) > cart.slots:
        remarks.append(f"{len(members)} members, but {cart.slots} slots.")
    shared = Counter(member.slot for member in members if member.slot is not None)
    remarks += [f"Slot {slot} has {count} devices." for slot, count in sorted(shared.items()) if count > 1]
    return tuple(remarks)


def _slot(
    member: Member, state: SlotState, reason: str, *, level: float | None = None, ready_at: datetime | None = None
) -> SlotReadiness:
    return SlotReadiness(
        slot=member.slot,
        member=member,
        state=state,
        letter=LETTERS[state],
        reason=reason,
        ready_at=ready_at,
        level_percent=level,
    )


def _ago(passed: timedelta) -> str:
    minutes = max(0, round(passed / timedelta(minutes=1)))
    if minutes < 60:  # noqa: PLR2004  # minutes in an hour
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"
