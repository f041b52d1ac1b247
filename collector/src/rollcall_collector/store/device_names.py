"""Finds whom a name means: who bears it in any case of its letters, and whose names are close to it."""

from sqlalchemy import Connection, func, or_, select

from rollcall_collector.model.device import Device
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import devices_by_key
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import devices

_NAMES = (devices.c.device_id, devices.c.serial_number, devices.c.asset_tag)
_COMPARED_MAX = 2000
"""So many names are compared letter by letter: some milliseconds."""


def find_bearers(connection: Connection, scope: Scope, name: str) -> tuple[Device, ...]:
    """The devices in scope with this id, serial number or tag, whatever the case of its letters; retired ones last."""
    wanted = name.strip().lower()
    query = select(devices.c.device).where(or_(*(func.lower(column) == wanted for column in _NAMES)))
    query = query.order_by(devices.c.retired_on.is_not(None), devices.c.device).limit(20)
    return devices_by_key(connection, scope, tuple(connection.execute(within(query, scope, devices.c.site)).scalars()))


def find_near(connection: Connection, scope: Scope, name: str, *, at_most: int = 8) -> tuple[Device, ...]:
    """The devices in scope of which a name differs by a slip of the finger: half of it, then, is as it was typed."""
    wanted = name.strip().lower()[:100]
    half = max(1, (len(wanted) - 1) // 2)
    keys: dict[int, None] = {}
    for column in _NAMES:
        begins = func.lower(column).startswith(wanted[:half], autoescape=True)
        ends = func.lower(column).endswith(wanted[-half:], autoescape=True)
        query = within(select(devices.c.device, column.label("said")), scope, devices.c.site).where(or_(begins, ends))
        rows = connection.execute(query.order_by(devices.c.device).limit(_COMPARED_MAX))
        keys |= dict.fromkeys(row.device for row in rows if is_slip(row.said, wanted))
    return devices_by_key(connection, scope, tuple(keys)[:at_most])


def is_slip(word: str, other: str) -> bool:
    """Whether these differ, and by no more than one slip, whatever the case of their letters."""
    mine, its = word.casefold(), other.casefold()
    if mine == its or abs(len(mine) - len(its)) > 1:
        return False
    first = next((place for place, pair in enumerate(zip(mine, its, strict=False)) if pair[0] != pair[1]), None)
    if first is None:
        return True
    rests = ((first + 1, first + 1), (first + 1, first), (first, first + 1))
    return any(mine[one:] == its[two:] for one, two in rests) or is_swapped(mine, its)


def is_swapped(word: str, other: str) -> bool:
    """Whether two neighbouring letters changed places."""
    places = [place for place, (mine, its) in enumerate(zip(word, other, strict=False)) if mine != its]
    if len(word) != len(other) or len(places) != 2 or places[1] != places[0] + 1:  # noqa: PLR2004  # a pair
        return False
    first, second = places
    return word[first] == other[second] and word[second] == other[first]
