"""Reads who tells of a device, and whose word stands: its own agent's, a bridge's, or that of one of several."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import device_publishers, device_states, publishers, watermarks


@dataclass(frozen=True, kw_only=True, slots=True)
class Teller:
    """A publisher that told of a device, and when last. `is_standing`: its newest word is what is known as the now.

    `platform` is a bridge's; `spoke_at` is when it said anything last, of whatever device; `is_connected`: it is now.
    """

    name: str
    is_agent: bool
    platform: str | None
    heard_at: datetime
    spoke_at: datetime
    is_standing: bool
    is_connected: bool


def list_tellers(connection: Connection, scope: Scope, device: int) -> tuple[Teller, ...]:
    """Who told of this device, the one whose word stands first; empty where nobody did."""
    state = connection.execute(of_devices(_STATE, scope, device_states.c.device), {"device": device}).one_or_none()
    if state is None or state.last_heard_us is None:
        return ()
    rows = connection.execute(_APART, {"device": device}).all()
    if not rows:
        asked = {"device": device, "publisher": state.publisher, "heard_us": state.last_heard_us}
        rows = connection.execute(_ALONE, asked).all()
    found = [
        Teller(
            name=row.name,
            is_agent=row.device == device,
            platform=row.platform,
            heard_at=from_us(row.heard_us),
            spoke_at=from_us(row.last_heard_us or row.heard_us),
            is_standing=row.publisher == state.publisher or len(rows) == 1,
            is_connected=row.state == "ready",
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_standing, not one.is_agent, one.name)))


_EPOCH_KEY = func.coalesce(device_states.c.vitals_epoch_key, device_states.c.inventory_epoch_key)
_STATE = (
    select(device_states.c.last_heard_us, watermarks.c.publisher)
    .outerjoin(watermarks, watermarks.c.epoch_key == _EPOCH_KEY)
    .where(device_states.c.device == bindparam("device"))
)
_APART = (
    select(publishers, device_publishers.c.last_heard_us.label("heard_us"))
    .join(publishers, publishers.c.publisher == device_publishers.c.publisher)
    .where(device_publishers.c.device == bindparam("device"), device_publishers.c.last_heard_us.is_not(None))
)
# Whose number an old word bore may be forgotten: then it was its own agent's.
_ALONE = select(publishers, bindparam("heard_us", type_=BigInteger).label("heard_us")).where(
    publishers.c.publisher
    == func.coalesce(
        bindparam("publisher", type_=BigInteger),
        select(func.min(publishers.c.publisher)).where(publishers.c.device == bindparam("device")).scalar_subquery(),
    )
)
