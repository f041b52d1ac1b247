"""Says for each slot of a cart whether its device can be taken to a lesson now, and why.

A closed Chromebook is silent, so "online now" is never asked. What counts is what the device said last, how long ago,
and that a cart charges what is in it. The first rule, with its numbers:

* an accepted flag to repair, replace or claim: out of service, whatever its level. A flag nobody accepted is a mark;
* said to be broken by a teacher within the last `said_broken_school_days`: not ready. After so many it counts by its
  own readings again, for a complaint that nobody closes must not take a device out for ever;
* an iPad that restarted and was not heard since needs unlocking: locked, it joins no Wi-Fi. It is not missing;
* never heard: unknown, letter `?`. Silent for more than `silent_school_days` school days: missing. Weekends and
  holidays do not count, nor do days on which the bridge that alone tells of it was not heard either: silent since,
  and unknown;
* heard within the last `in_use_minutes` in lesson time, not on mains, and its connection not ended: in use. An iPad
  that was called answers while it lies closed in its cart: being heard since a call says nothing of that;
* no level, one older than that many school days, or none for `doubt_school_days` in which half of its cart told
  theirs: unknown. Unknown is not ready, and not empty;
* charging when it told its level: that rises by `charging_percent_an_hour` (a third of it in a cart that charges its
  slots in turn), up to full; below `ready_percent` it is charging, with the instant at which it will be ready;
* on mains without charging (full, or held at a limit that spares the battery): it keeps its level;
* else it keeps its level until school closes, and is then charged in its cart until it is heard again;
* too little by day: low where a night's charge, `charged_percent` less `drain_percent_an_hour` since school opened,
  would have left more, for then its place did not charge it. Else it is charging in its cart, and unknown once that
  would have been enough: by day nobody knows whether a cart has power.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from rollcall_collector.carts.school_day import SchoolDay
from rollcall_collector.carts.told import LastWord, last_told, say_ago, say_told, time_in_cart
from rollcall_collector.model.cart import (
    OUT_OF_SERVICE,
    Cart,
    CartGlance,
    CartReadiness,
    Member,
    SlotGlance,
    SlotReadiness,
    SlotState,
    say_trouble,
)
from rollcall_collector.model.device import BRIDGE_LOST_AFTER
from rollcall_collector.model.site import Site
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.model.wording import say_date, say_day_and_month

LETTERS: dict[SlotState, str] = {
    "ready": "R",
    "charging": "C",
    "low": "L",
    "in_use": "U",
    "missing": "M",
    "out_of_service": "X",
    "said_broken": "B",
    "needs_unlocking": "K",
    "unknown": "?",
    "empty": "-",
}
"""Never colour alone: each state has its letter."""
FULL = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadinessRule:
    """The rule's numbers. The rates are assumptions on the cautious side until a fleet's own are learned."""

    ready_percent: float = 40  # two lessons' worth
    charging_percent_an_hour: float = 35
    charged_percent: float = 80  # where a limit spares the battery, full is 80
    drain_percent_an_hour: float = 20
    silent_school_days: int = 14
    doubt_school_days: int = 5
    said_broken_school_days: int = 5
    in_use_minutes: float = 60  # who is awake tells its level at least this often


FIRST_RULE = ReadinessRule()
IN_TURN = 3
"""Groups of a cart that charges its slots in turn."""
NO_DOUBT_FOR = timedelta(days=FIRST_RULE.doubt_school_days - 2)
"""Of who told its level within this time nobody asks what the others of its cart told."""
SURE_FOR = timedelta(days=4)
"""Within fewer days than make a level doubtful: who told one that is enough is ready, or in use, whatever the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moment:
    """Which cart is looked at, when its members told their levels, on which day, and by which rule."""

    cart: Cart
    tellings: Sequence[datetime]
    day: SchoolDay
    rule: ReadinessRule

    @property
    def percent_an_hour(self) -> float:
        """A cart that charges its slots in turn gives each a third of the time."""
        return self.rule.charging_percent_an_hour / (IN_TURN if self.cart.charging == "cyclic_thirds" else 1)

    def charged(self, told: LastWord, passed: timedelta) -> float:
        """The level after charging so long."""
        return min(FULL, told.percent + self.percent_an_hour * (passed / timedelta(hours=1)))

    def least_after_a_night(self, at: datetime) -> float:
        """What a device still has at this instant of the day, if the night charged it and it was in use ever since."""
        local = at.astimezone(self.day.zone)
        minutes = local.hour * 60 + local.minute - self.day.site.opens_minute
        return self.rule.charged_percent - self.rule.drain_percent_an_hour * minutes / 60


_day_of = lru_cache(maxsize=100)(SchoolDay)
"""The carts of a school are judged one after the other."""


def judge_cart(
    cart: Cart, members: Sequence[Member], site: Site, now: datetime, rule: ReadinessRule = FIRST_RULE
) -> CartReadiness:
    """Every slot's state with its reason, slots in order; slots without a member are told as empty."""
    tellings = [member.level_at for member in members if member.level_at is not None]
    moment = _Moment(cart=cart, tellings=tellings, day=_day_of(site, now), rule=rule)
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
        remarks=_remarks(members, moment),
    )


def states_of(
    cart: Cart,
    members: Sequence[Member],
    site: Site,
    now: datetime,
    *,
    tellings: Sequence[datetime],
    rule: ReadinessRule = FIRST_RULE,
) -> dict[int, SlotState]:
    """The states of these members alone; `tellings` are of all of the cart, where one of these told 3 days ago."""
    moment = _Moment(cart=cart, tellings=tellings, day=_day_of(site, now), rule=rule)
    return {member.device: _judge(member, moment).state for member in members}


def draw_slots(
    cart: Cart, members: Iterable[tuple[int | None, int, SlotState]], marked: Collection[int]
) -> CartGlance:
    """The slots in the order in which a cart is judged, of members told by slot, device and state."""
    slots = [
        SlotGlance(slot, state, device in marked and state != "out_of_service")
        for slot, device, state in sorted(members, key=lambda one: one[1])
    ]
    taken = {one.slot for one in slots}
    numbers = range(1, (cart.slots or 0) + 1)
    slots += [SlotGlance(slot, "empty", is_marked=False) for slot in numbers if slot not in taken]
    return CartGlance(cart=cart, slots=tuple(sorted(slots, key=lambda one: (one.slot is None, one.slot or 0))))


_OUT: dict[Verdict | None, str] = {
    "repair": "It waits to be repaired.",
    "replace": "It waits to be replaced.",
    "claim": "It waits for its warranty claim.",
    None: "It is out of service.",
}  # of OUT_OF_SERVICE; None where who asks is not told of flags
"""For who wants to take it to a lesson; the evidence stands on its own page."""


def _judge(member: Member, moment: _Moment) -> SlotReadiness:
    if (away := _out(member, moment) or _absent(member, moment)) is not None:
        return away
    assert member.last_heard_at is not None, "who was never heard is absent"
    told = last_told(member, moment.day)
    if _is_in_use(member, member.last_heard_at, moment):
        return _in_use(member, member.last_heard_at, told, moment)
    doubt = "It has not told its battery level." if told is None else _doubt(told, moment)
    if told is None or doubt:
        return _slot(member, "unknown", doubt)
    return _resting(member, told, moment)


def _out(member: Member, moment: _Moment) -> SlotReadiness | None:
    """What a person took out of service, or says is broken; None for what they did not."""
    if member.is_accepted and member.standing in _OUT:
        return _slot(member, "out_of_service", _OUT[member.standing])
    said = member.complaint
    if said is None or not moment.day.is_within(said.said_at, moment.rule.said_broken_school_days):
        return None
    local = said.said_at.astimezone(moment.day.zone)
    told = f"A teacher said on {say_day_and_month(local.date())} at {local:%H:%M}: {say_trouble(said.trouble)}."
    return _slot(member, "said_broken", told)


def _absent(member: Member, moment: _Moment) -> SlotReadiness | None:
    """What was never heard, not since a restart, or not for days; None for what was."""
    if member.last_heard_at is None:
        return _slot(member, "unknown", "It has not been heard yet.")
    if member.went_dark_at is not None and member.last_heard_at <= member.went_dark_at:
        return _slot(member, "needs_unlocking", _darkness(member.went_dark_at, moment))
    silent = moment.rule.silent_school_days
    if moment.day.is_within(member.last_heard_at, silent):
        return None
    lost_at = member.bridge_lost_at
    if lost_at and moment.day.school_days_since(member.last_heard_at, lost_at, at_most=4 * silent) <= silent:
        return _slot(member, "unknown", _silence(member.last_heard_at, moment))
    return _slot(member, "missing", _absence(member.last_heard_at, moment))


def _is_in_use(member: Member, heard_at: datetime, moment: _Moment) -> bool:
    """Awake in lesson time and on its battery, as far as it says. Its word on mains counts as long as being heard."""
    latest = timedelta(minutes=moment.rule.in_use_minutes)
    is_answer = member.called_at is not None and heard_at >= member.called_at.replace(second=0, microsecond=0)
    if member.is_connected is False or is_answer or moment.day.now - heard_at > latest:
        return False
    if not moment.day.is_lesson_time:
        return False
    is_on_mains = member.is_charging or member.is_plugged_in
    return not (is_on_mains and member.level_at is not None and moment.day.now - member.level_at <= latest)


def _in_use(member: Member, heard_at: datetime, told: LastWord | None, moment: _Moment) -> SlotReadiness:
    said = f"Heard {say_ago(moment.day.now - heard_at)}, not on mains: somebody has it."
    return _slot(member, "in_use", said, level=None if told is None else told.percent)


def _doubt(told: LastWord, moment: _Moment) -> str:
    """Why its last level says nothing about today; empty where it does."""
    if moment.day.is_within(told.at, moment.rule.doubt_school_days - 1):
        return ""
    said = say_told(told, moment.day)
    if not moment.day.is_within(told.at, moment.rule.silent_school_days):
        return f"{said}: too long ago to go by."
    others = len(moment.tellings) - 1
    later = sum(at > told.at for at in moment.tellings)
    if later == 0 or 2 * later < others:
        return ""
    return f"{said}; {later} others of its cart were heard since: look whether it is in its slot."


def _resting(member: Member, told: LastWord, moment: _Moment) -> SlotReadiness:
    """Nobody has it: it charges, is held on mains, or sleeps in its cart."""
    charged_for = time_in_cart(told, moment.day)
    if member.is_charging:
        return _charging(member, told, moment.day.now - told.at, "charging", moment)
    if member.is_plugged_in and (told.percent >= moment.rule.ready_percent or not charged_for):
        return _held(member, told, moment)
    if member.is_plugged_in:
        said = f"{say_told(told, moment.day)}, plugged in but not charging then: check its charger."
        return _slot(member, "unknown", said)
    if charged_for:
        return _charging(member, told, charged_for, "then a night in its cart", moment)
    return _by_day(member, told, moment)


def _charging(member: Member, told: LastWord, passed: timedelta, how: str, moment: _Moment) -> SlotReadiness:
    level = moment.charged(told, passed)
    said = f"{say_told(told, moment.day)}, {how}: about {level:.0f} % now."
    if level >= moment.rule.ready_percent:
        return _slot(member, "ready", said, level=level)
    ready_at = moment.day.now + timedelta(hours=(moment.rule.ready_percent - level) / moment.percent_an_hour)
    return _slot(member, "charging", said, level=level, ready_at=ready_at)


def _held(member: Member, told: LastWord, moment: _Moment) -> SlotReadiness:
    said = say_told(told, moment.day)
    if told.percent >= moment.rule.ready_percent:
        return _slot(member, "ready", f"{said}, plugged in and charged as far as it goes.", level=told.percent)
    low = f"{said}, plugged in but not charging: check its charger and battery."
    return _slot(member, "low", low, level=told.percent)


def _by_day(member: Member, told: LastWord, moment: _Moment) -> SlotReadiness:
    said, since = say_told(told, moment.day), moment.day.now - told.at
    if told.percent >= moment.rule.ready_percent:
        return _slot(member, "ready", f"{said}, and nobody has it.", level=told.percent)
    if told.percent < moment.least_after_a_night(told.at):
        low = f"{said}: its place did not charge it last night; look at its cable."
        return _slot(member, "low", low, level=told.percent)
    if moment.charged(told, since) < moment.rule.ready_percent:
        return _charging(member, told, since, "then back in its cart", moment)
    return _slot(member, "unknown", f"{said}; its cart should have charged it since, if it has power by day.")


def _absence(heard_at: datetime, moment: _Moment) -> str:
    heard_on = heard_at.astimezone(moment.day.zone).date()
    return f"Not heard since {say_date(heard_on)}: look for it."


def _silence(heard_at: datetime, moment: _Moment) -> str:
    heard_on = heard_at.astimezone(moment.day.zone).date()
    return f"Silent since {say_date(heard_on)}, as is the bridge that tells of it: no sign of a fault."


def _darkness(since_at: datetime, moment: _Moment) -> str:
    since_on = since_at.astimezone(moment.day.zone).date()
    return f"It restarted on {say_day_and_month(since_on)} and was not heard again: unlock it once by hand."


def _remarks(members: Sequence[Member], moment: _Moment) -> tuple[str, ...]:
    cart = moment.cart
    remarks: list[str] = []
    lost = [at for one in members if (at := one.bridge_lost_at) and moment.day.now - at >= BRIDGE_LOST_AFTER]
    if lost:
        since = max(lost).astimezone(moment.day.zone)
        remarks.append(
            f"{len(lost)} of {len(members)} silent since {say_day_and_month(since.date())}, {since:%H:%M}, with the"
            " bridge that tells of them: it is not connected. What is said of them here was told before."
        )
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
        mark=member.standing if state != "out_of_service" and member.standing in OUT_OF_SERVICE else None,
        ready_at=ready_at,
        level_percent=level,
    )
