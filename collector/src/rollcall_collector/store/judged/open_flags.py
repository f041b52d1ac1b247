"""Picks of each device the flag that is asked about: one device is one thing to do, however many rules name it."""

from functools import cache

from sqlalchemy import ColumnElement, Exists, Select, Subquery, and_, case, exists, func, or_, select
from sqlalchemy.sql.selectable import FromClause

from rollcall_collector.model.device import AskedFor, DeviceQuery
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.tables import decisions, devices, flags

_other = flags.alias("other")
_worse = flags.alias("worse")
_AT_WORK: tuple[FlagState, ...] = ("accepted",)
_JUST_NOW: tuple[FlagState, ...] = ("postponed", "dismissed", "done")
_OF_A_FLAG = ("flag", "device", "verdict", "finding", "opened_us")
"""Short, for thousands are sorted: what else is shown of a flag is read of those that are shown."""


@cache
def worst_open() -> Subquery:
    """The worst open flag that is asked about of each device in service: by its verdict, then the oldest.

    Who decides about a device has its page before them: what is open of it and no worse is asked no more while the
    accepted work lasts, or until the next judging finds it again. So no decision makes the list of things longer.
    """
    retired = select(devices.c.device).where(devices.c.retired_on.is_not(None))  # few, by an index of their own
    return (
        select(*(flags.c[name] for name in _OF_A_FLAG))
        .where(
            flags.c.state == "open",
            flags.c.device.not_in(retired),
            or_(  # most devices bear one flag: nothing more is asked of it
                ~exists().where(_other.c.device == flags.c.device, _other.c.flag != flags.c.flag),
                and_(
                    ~_is_settled_beside(flags),
                    ~exists().where(_worse.c.device == flags.c.device, _is_before(_worse, flags), _is_asked(_worse)),
                ),
            ),
        )
        .subquery()
    )


def flag_conditions(query: DeviceQuery) -> list[ColumnElement[bool]]:
    """What a question about devices asks of their flags."""
    found: list[ColumnElement[bool]] = []
    if query.asked_for is not None:
        found.append(devices.c.device.in_(_asked_for(query.asked_for)))
    if query.is_settled_beside:
        found.append(devices.c.device.in_(_settled_beside()))
    if query.flag_state is not None:
        found.append(devices.c.device.in_(select(flags.c.device).where(flags.c.state == query.flag_state)))
    if query.not_named is not None:
        is_named = and_(flags.c.finding == query.not_named, flags.c.state != "closed")
        found.append(~exists().where(flags.c.device == devices.c.device, is_named))  # few are asked
    return found


def _asked_for(kind: AskedFor) -> Select[tuple[int]]:
    worst = worst_open()
    return select(worst.c.device).where(worst.c.verdict == kind.verdict, worst.c.finding == kind.finding)


@cache
def _settled_beside() -> Select[tuple[int]]:
    """Devices of which a flag is open and none asked about: something else was decided about them."""
    decided = select(_other.c.device).where(_other.c.state.in_((*_AT_WORK, *_JUST_NOW)))
    settled = select(flags.c.device).where(flags.c.state == "open", flags.c.device.in_(decided))
    is_other_asked = exists().where(_worse.c.device == flags.c.device, _is_asked(_worse))
    return settled.where(_is_settled_beside(flags), ~is_other_asked)


def _is_asked(mine: FromClause) -> ColumnElement[bool]:
    return and_(mine.c.state == "open", ~_is_settled_beside(mine))


def _is_before(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    is_older = or_(
        one.c.opened_us < other.c.opened_us, and_(one.c.opened_us == other.c.opened_us, one.c.flag < other.c.flag)
    )
    return or_(_rank(one) < _rank(other), and_(_rank(one) == _rank(other), is_older))


def _is_settled_beside(mine: FromClause) -> Exists:
    """Whether somebody decided on another flag of the device, as bad or worse, with this one before their eyes."""
    decided = (
        select(func.max(decisions.c.decided_us))
        .where(decisions.c.flag == _other.c.flag, decisions.c.action != "reopen")
        .correlate(_other)
        .scalar_subquery()
    )
    at_work = and_(_other.c.state.in_(_AT_WORK), decided >= mine.c.opened_us)
    just_now = and_(_other.c.state.in_(_JUST_NOW), decided >= mine.c.seen_us)
    is_beside = and_(_other.c.device == mine.c.device, _other.c.flag != mine.c.flag, _rank(_other) <= _rank(mine))
    return exists().where(is_beside, or_(at_work, just_now))


def _rank(table: FromClause) -> ColumnElement[int]:
    return case({verdict: place for place, verdict in enumerate(VERDICTS)}, value=table.c.verdict)
