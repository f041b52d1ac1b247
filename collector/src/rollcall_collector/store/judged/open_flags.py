"""Picks of each device the flag that is asked about: one device is one thing to do, however many rules name it."""

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select

from rollcall_collector.model.device import AskedFor, DeviceQuery
from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.tables import devices, flags


def worst_open() -> Subquery:
    """The worst open flag of each device in service: by its verdict, then the oldest."""
    rank = case({verdict: place for place, verdict in enumerate(VERDICTS)}, value=flags.c.verdict)
    place = func.row_number().over(partition_by=flags.c.device, order_by=[rank, flags.c.opened_us, flags.c.flag])
    ranked = (
        select(flags, place.label("place"))
        .select_from(flags.join(devices, devices.c.device == flags.c.device))
        .where(flags.c.state == "open", devices.c.retired_on.is_(None))
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1).subquery()


def flag_conditions(query: DeviceQuery) -> list[ColumnElement[bool]]:
    """What a question about devices asks of their flags."""
    found: list[ColumnElement[bool]] = []
    if query.asked_for is not None:
        found.append(devices.c.device.in_(_asked_for(query.asked_for)))
    if query.flag_state is not None:
        found.append(devices.c.device.in_(select(flags.c.device).where(flags.c.state == query.flag_state)))
    if query.not_named is not None:
        named = select(flags.c.device).where(flags.c.finding == query.not_named, flags.c.state.in_(STANDING))
        found.append(devices.c.device.not_in(named))
    return found


def _asked_for(kind: AskedFor) -> Select[tuple[int]]:
    worst = worst_open()
    return select(worst.c.device).where(worst.c.verdict == kind.verdict, worst.c.finding == kind.finding)
