"""Applies a list of devices: adds and changes them, makes the sites and carts it names, says what looks odd."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from rollcall_collector.model.device import Device, DeviceQuery
from rollcall_collector.model.roster import Column, RosterChanges, RosterRow, Value
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.carts import ensure_cart
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.sites import make_site
from rollcall_collector.store.tables import carts, device_states, devices, sites

OWN_WORD: tuple[Column, ...] = ("platform", "manufacturer", "model")
"""What a device that was heard says of itself stands, else list and device would overwrite each other for ever."""
NAMED_MAX = 10


@dataclass(kw_only=True, slots=True)
class _Draft:
    """What an import gathers while it goes through the rows."""

    site_keys: dict[str, int] = field(default_factory=dict)
    cart_keys: dict[tuple[int, str], int] = field(default_factory=dict)
    new_sites: list[str] = field(default_factory=list)
    new_carts: list[str] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    unchanged: int = 0
    disagreements: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)


def apply_roster(
    connection: Connection, rows: Sequence[RosterRow], *, new_site: NewSite, gone: Sequence[str] = ()
) -> RosterChanges:
    """Bring the roster to what the rows say, in the caller's transaction. The same rows again change nothing.

    `gone` are serial numbers of devices that the list calls not in use: they stay as they are, and are named.
    """
    draft = _Draft()
    known = _known(connection)
    for row in rows:
        placed = _place(connection, draft, row.values, new_site)
        _compare(draft, row, placed, known.get(row.serial_number.casefold()))
    if draft.added:
        connection.execute(insert(devices), draft.added)
    _write_changes(connection, draft.changed)
    return RosterChanges(
        added=len(draft.added),
        changed=len(draft.changed),
        unchanged=draft.unchanged,
        sites=tuple(draft.new_sites),
        carts=tuple(draft.new_carts),
        remarks=(
            *_own_words(draft.disagreements),
            *_odd_carts(connection, set(draft.cart_keys.values())),
            *_still_in_use(known, gone),
        ),
        lines=tuple(draft.lines),
    )


def listed_devices(connection: Connection, scope: Scope) -> Iterator[Device]:
    """Every device in scope and in use, by site, cart, slot and name."""
    return every_device(connection, scope, DeviceQuery(sort="site"))


def _known(connection: Connection) -> dict[str, Any]:
    heard = device_states.c.inventory.is_not(None).label("is_heard")
    query = select(devices, heard).outerjoin(device_states, device_states.c.device == devices.c.device)
    rows = connection.execute(query.where(devices.c.serial_number.is_not(None)))
    return {row.serial_number.casefold(): row for row in rows}


def _place(connection: Connection, draft: _Draft, values: Mapping[Column, Value], new_site: NewSite) -> dict[str, Any]:
    """The row's values as the table keeps them, with keys for site and cart."""
    placed: dict[str, Any] = {
        column: to_day(value) if isinstance(value, date) else value
        for column, value in values.items()
        if column not in {"site", "cart"}
    }
    if placed.get("role", "") is None:
        placed["role"] = "pupil"
    if "site" in values:
        placed["site"] = _site(connection, draft, values["site"], new_site)
    if "cart" in values:
        placed["cart"] = _cart(connection, draft, placed.get("site"), values["cart"], str(values.get("site")))
    return placed


def _site(connection: Connection, draft: _Draft, name: Value, new_site: NewSite) -> int | None:
    if not isinstance(name, str):
        return None
    if name not in draft.site_keys:
        draft.site_keys[name], is_new = make_site(connection, name, new_site)
        if is_new:
            draft.new_sites.append(name)
    return draft.site_keys[name]


def _cart(connection: Connection, draft: _Draft, site: int | None, name: Value, site_name: str) -> int | None:
    if site is None or not isinstance(name, str):
        return None
    place = (site, name)
    if place not in draft.cart_keys:
        draft.cart_keys[place], is_new = ensure_cart(connection, site, name)
        if is_new:
            draft.new_carts.append(f"{name} ({site_name})")
    return draft.cart_keys[place]


def _compare(draft: _Draft, row: RosterRow, placed: dict[str, Any], known: Any) -> None:
    if known is None:
        draft.added.append(
            dict.fromkeys(_WRITTEN)
            | {"role": "pupil"}
            | placed
            | {"device_id": _new_id(), "serial_number": row.serial_number}
        )
        draft.lines.append(f"line {row.line}: {row.serial_number} is new")
        return
    if known.is_heard:
        for column in OWN_WORD:
            own = getattr(known, column)
            if own is not None and placed.get(column, own) != own:
                draft.disagreements[column] += 1
                del placed[column]
    wanted = _consistent(placed, known)
    different = {column: value for column, value in wanted.items() if getattr(known, column) != value}
    if not different:
        draft.unchanged += 1
        return
    draft.changed.append((known.device, different))
    draft.lines.append(f"line {row.line}: {row.serial_number} changes {', '.join(sorted(different))}")


def _consistent(placed: dict[str, Any], known: Any) -> dict[str, Any]:
    """A device that moves leaves its old place: another site frees it of its cart, another cart of its slot."""
    moved = dict(placed)
    if placed.get("site", known.site) != known.site:
        moved.setdefault("cart", None)
    if moved.get("cart", known.cart) != known.cart:
        moved.setdefault("slot", None)
    return moved


def _write_changes(connection: Connection, changed: list[tuple[int, dict[str, Any]]]) -> None:
    """One statement for all devices whose same columns change."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for device, values in changed:
        columns = tuple(sorted(values))
        groups.setdefault(columns, []).append(
            {"the_device": device} | {f"new_{column}": values[column] for column in columns}
        )
    for columns, rows in groups.items():
        statement = update(devices).where(devices.c.device == bindparam("the_device"))
        connection.execute(statement.values({column: bindparam(f"new_{column}") for column in columns}), rows)


def _own_words(disagreements: Counter[str]) -> list[str]:
    remarks: list[str] = []
    for column, count in sorted(disagreements.items()):
        many, whose = ("1 device says", "its") if count == 1 else (f"{count} devices say", "their")
        of_whom = "itself" if count == 1 else "themselves"
        remarks.append(f"{many} another {column} of {of_whom} than the list: {whose} own word stands")
    return remarks


def _still_in_use(known: Mapping[str, Any], gone: Sequence[str]) -> list[str]:
    """Devices that are in use here although the list says they are not: a list alone takes no device out."""
    found = [known[serial.casefold()] for serial in gone if serial.casefold() in known]
    living = [f"{row.asset_tag or row.serial_number} ({row.device_id})" for row in found if row.retired_on is None]
    if not living:
        return []
    rest = f" and {len(living) - NAMED_MAX} more" if len(living) > NAMED_MAX else ""
    way_out = "'rollcall publishers retire ID' takes a device out of the fleet"
    return [f"not in use by the list, but still in use here: {', '.join(living[:NAMED_MAX])}{rest}; {way_out}"]


def _odd_carts(connection: Connection, keys: set[int]) -> list[str]:
    """Carts of the list with more members than slots, a slot beyond the last, or two devices in one slot."""
    query = (
        select(carts.c.cart, carts.c.name, carts.c.slots, sites.c.name.label("site_name"), devices.c.slot)
        .join(sites, sites.c.site == carts.c.site)
        .join(devices, devices.c.cart == carts.c.cart)
        .where(carts.c.cart.in_(keys), devices.c.retired_on.is_(None))
        .order_by(sites.c.name, carts.c.name)
    )
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.cart, []).append(row)
    remarks: list[str] = []
    for members in found.values():
        name, slots = f"cart {members[0].name} ({members[0].site_name})", members[0].slots
        taken = Counter(row.slot for row in members if row.slot is not None)
        shared = sorted(slot for slot, count in taken.items() if count > 1)
        if shared:
            remarks.append(f"{name}: two devices or more share slot {', '.join(map(str, shared))}")
        if slots is not None and len(members) > slots:
            remarks.append(f"{name}: {len(members)} members, but {slots} slots")
        if slots is not None and any(slot > slots for slot in taken):
            remarks.append(f"{name}: slot {max(taken)} is beyond its {slots} slots")
    return remarks


_WRITTEN = (
    "asset_tag",
    "model",
    "platform",
    "manufacturer",
    "site",
    "cart",
    "slot",
    "purchased_on",
    "price",
    "warranty_until",
    "support_until",
)


def _new_id() -> str:
    return f"d-{secrets.token_hex(6)}"
