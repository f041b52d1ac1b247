"""Finds devices: one page of those that match, sorted by the database, or one by any name people use for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import FromClause

from rollcall_collector.errors import UnknownDeviceError
from rollcall_collector.model.device import Device, DeviceQuery, Page, Sort
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.instants import from_day, from_us, to_day, to_us
from rollcall_collector.store.judged.open_flags import flag_conditions
from rollcall_collector.store.publishers.roots import lost_with_bridge
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import (
    IS_HURT,
    carts,
    device_days,
    device_states,
    devices,
    presence,
    sites,
    start_judgements,
    verdicts,
)

PAGE_SIZE_MAX = 1000
UNJUDGED = VERDICTS.index("not_enough_evidence")
_name = func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id)
_rank = func.coalesce(verdicts.c.rank, UNJUDGED)
_OWN = (devices.c.device_id, devices.c.serial_number, devices.c.asset_tag, devices.c.manufacturer)
"""What a search looks through, with the names of a device's model, site and cart, and the cart's room."""
_models = select(devices.c.model).where(devices.c.model.is_not(None)).distinct().offset(0).subquery()
"""Each model once, by the index of models; without the offset SQLite would go through every device instead."""
_FEW = 1000
"""So few that a search found are put in order by their keys: each look at all devices costs half of the page."""
_ESCAPED = re.compile(r"[/%_]")
_SORTS: Mapping[Sort, tuple[ColumnElement[Any], ...]] = {
    "verdict": (_rank, _name),
    "why": (_rank, verdicts.c.sentence, _name),
    "name": (_name,),
    "serial_number": (devices.c.serial_number,),
    "model": (devices.c.model, _name),
    "platform": (devices.c.platform, _name),
    "os_version": (devices.c.platform, devices.c.os_version, _name),
    "site": (sites.c.name, carts.c.name, devices.c.slot),
    "cart": (carts.c.name, devices.c.slot),
    "start": (start_judgements.c.now_seconds, _name),
    "last_heard": (presence.c.heard_us,),
    "purchased": (devices.c.purchased_on, _name),
    "support": (devices.c.support_until, _name),
}
_SIGNED: ColumnElement[int] = literal_column("+device_days.device", Integer)
_SINCE = device_days.c.on >= bindparam("days_from", type_=Integer)
_hurt = (
    # The sign keeps SQLite from reading every day in the order of devices instead.
    select(_SIGNED.label("device"), func.count().label("days"))
    .where(_SINCE, IS_HURT)
    .group_by(_SIGNED)
    .subquery("hurt")
)
"""On how many days since then a device failed, of those that did."""
_is_well = devices.c.device.not_in(select(_hurt.c.device))
_is_heard = exists().where(device_days.c.device == devices.c.device, _SINCE)
_JOINED: FromClause = (
    devices.outerjoin(sites, sites.c.site == devices.c.site)
    .outerjoin(carts, carts.c.cart == devices.c.cart)
    .outerjoin(device_states, device_states.c.device == devices.c.device)
    .outerjoin(verdicts, verdicts.c.device == devices.c.device)
)
_COLUMNS: Select[Any] = select(
    devices,
    sites.c.name.label("site_name"),
    carts.c.name.label("cart_name"),
    device_states.c.last_heard_us,
    verdicts.c.verdict,
    verdicts.c.sentence,
    verdicts.c.active_days,
).select_from(_JOINED)


class _Folded(FunctionElement[str]):
    """A text in small letters for LIKE, whose own folding in SQLite is that of its `lower`, at half the price."""

    inherit_cache = True


@compiles(_Folded)
def _fold(folded: _Folded, compiler: SQLCompiler, **how: Any) -> str:
    said = compiler.process(folded.clauses, **how)
    return f"({said})" if compiler.dialect.name == "sqlite" else f"lower({said})"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """Devices that stand together in a list: in what order, and which of those that match; `named` there alone."""

    order: tuple[ColumnElement[Any], ...]
    only: tuple[ColumnElement[bool], ...] = ()
    named: FromClause | None = None


def list_devices(connection: Connection, scope: Scope, query: DeviceQuery) -> Page:
    """One page of the devices in scope that match. A page past the end is empty; what is not known sorts last."""
    size = min(max(query.page_size, 1), PAGE_SIZE_MAX)
    page = max(query.page, 1)
    few = _search(connection, scope, query) if query.text else None
    keys = _keys(connection, scope, query, at_most=size, skipped=(page - 1) * size, among=few)
    shown = devices_by_key(connection, scope, keys)
    total = count_devices(connection, scope, query) if few is None else len(few)
    return Page(devices=shown, total=total, page=page, page_size=size)


def _search(connection: Connection, scope: Scope, query: DeviceQuery) -> tuple[int, ...] | None:
    """The keys of all devices that match, in no order; None where they are many: those are soon found in any order."""
    matching = _matching(select(devices.c.device), scope, query, _asked(connection, query))
    found = connection.execute(matching.limit(_FEW + 1)).scalars().all()
    return None if len(found) > _FEW else tuple(found)


def count_devices(connection: Connection, scope: Scope, query: DeviceQuery) -> int:
    """How many devices in scope match."""
    if asked := _asked(connection, query):
        counted = _matching(select(func.count()), scope, query, asked)
    else:  # side by side: no device's row is read
        counted = within(select(func.count()).where(presence.c.is_retired == query.retired), scope, presence.c.site)
    return int(connection.execute(counted).scalar_one())


def devices_by_key(connection: Connection, scope: Scope, keys: tuple[int, ...]) -> tuple[Device, ...]:
    """Those of these devices that are in scope, in the order of their keys as given."""
    query = within(_COLUMNS, scope, devices.c.site).where(devices.c.device.in_(keys))
    found = {row.device: read_device(row, scope) for row in connection.execute(query)}
    return tuple(found[key] for key in keys if key in found)


def devices_by_id(connection: Connection, scope: Scope, device_ids: Sequence[str]) -> tuple[Device, ...]:
    """Those of these devices that are in scope, by site, cart, slot and name; an id that nobody bears is left out."""
    chosen = within(_COLUMNS, scope, devices.c.site).where(devices.c.device_id.in_(device_ids))
    (whole,) = _parts(DeviceQuery(sort="site"))
    rows = connection.execute(chosen.order_by(*whole.order, devices.c.device))
    return tuple(read_device(row, scope) for row in rows)


def every_device(connection: Connection, scope: Scope, query: DeviceQuery) -> Iterator[Device]:
    """All devices that match, in order, read page by page: for exports."""
    keys = list_keys(connection, scope, query)
    for start in range(0, len(keys), PAGE_SIZE_MAX):
        yield from devices_by_key(connection, scope, keys[start : start + PAGE_SIZE_MAX])


def list_keys(connection: Connection, scope: Scope, query: DeviceQuery) -> tuple[int, ...]:
    """The keys of all devices that match, in order."""
    return _keys(connection, scope, query)


def every_key(connection: Connection) -> tuple[int, ...]:
    """The keys of all devices there ever were, for work that goes through them in parts."""
    return tuple(connection.execute(select(devices.c.device).order_by(devices.c.device)).scalars())


def find_device(connection: Connection, scope: Scope, name: str) -> Device:
    """The device of this id, serial number or asset tag, tried in this order. Raises UnknownDeviceError."""
    for column in (devices.c.device_id, devices.c.serial_number, devices.c.asset_tag):
        query = within(_COLUMNS, scope, devices.c.site).where(column == name)
        rows = connection.execute(query.order_by(devices.c.device).limit(1)).all()
        if rows:
            return read_device(rows[0], scope)
    raise UnknownDeviceError(name)


def list_models(connection: Connection, scope: Scope) -> tuple[str, ...]:
    """Every hardware model of the devices in scope, by name."""
    query = select(devices.c.model).where(devices.c.model.is_not(None)).distinct().order_by(devices.c.model)
    return tuple(connection.execute(within(query, scope, devices.c.site)).scalars())


def count_verdicts(connection: Connection, scope: Scope, site: str | None = None) -> dict[str, int]:
    """How many devices in scope, not retired, bear each verdict; all of them or those of one site."""
    said = func.coalesce(verdicts.c.verdict, "not_enough_evidence")
    query = (
        select(said.label("verdict"), func.count().label("devices"))
        .select_from(_JOINED)
        .where(devices.c.retired_on.is_(None))
        .group_by(said)
    )
    if site is not None:
        query = query.where(sites.c.name == site)
    return {row.verdict: row.devices for row in connection.execute(within(query, scope, devices.c.site))}


def read_device(row: Row[Any], scope: Scope) -> Device:
    """A row of `_COLUMNS` as a device, its price only for who may see prices."""
    return Device(
        device=row.device,
        device_id=row.device_id,
        serial_number=row.serial_number,
        asset_tag=row.asset_tag,
        platform=row.platform,
        manufacturer=row.manufacturer,
        model=row.model,
        os_version=row.os_version,
        memory_bytes=row.memory_bytes,
        storage_bytes=row.storage_bytes,
        site=row.site_name,
        cart=row.cart_name,
        slot=row.slot,
        role=row.role,
        purchased_on=None if row.purchased_on is None else from_day(row.purchased_on),
        price=row.price if scope.has_prices else None,
        warranty_until=None if row.warranty_until is None else from_day(row.warranty_until),
        support_until=None if row.support_until is None else from_day(row.support_until),
        enrolled_on=None if row.enrolled_on is None else from_day(row.enrolled_on),
        retired_on=None if row.retired_on is None else from_day(row.retired_on),
        last_heard_at=None if row.last_heard_us is None else from_us(row.last_heard_us),
        verdict=row.verdict or "not_enough_evidence",
        sentence=row.sentence or "",
        active_days=row.active_days or 0,
    )


def _keys(  # read at its two calls
    connection: Connection,
    scope: Scope,
    query: DeviceQuery,
    *,
    at_most: int | None = None,
    skipped: int = 0,
    among: tuple[int, ...] | None = None,
) -> tuple[int, ...]:
    """Keys in order, part by part: of a part that begins the list an index knows the order, or it is short.

    `among` are the keys of all that match, where somebody looked for them already.
    """
    key = presence.c.device if query.sort == "last_heard" else devices.c.device
    matching = [_is_of_those(query), *_asked(connection, query)] if among is None else [devices.c.device.in_(among)]
    found: list[int] = []
    for part in _parts(query, is_short=among is not None):
        chosen = _narrowed(select(key), scope, query, named=part.named)
        chosen = chosen.where(*matching, *part.only)
        left = None if at_most is None else at_most - len(found)
        rows = connection.execute(chosen.order_by(*part.order, key).limit(left).offset(skipped))
        keys = rows.scalars().all()
        found += keys
        if len(found) == at_most:
            break
        if skipped and not keys:  # the part ended before this page
            skipped -= connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
        else:
            skipped = 0
    return tuple(found)


def _parts(query: DeviceQuery, *, is_short: bool = False) -> Iterator[_Part]:
    """The list in parts, one after the other; what is not known sorts last. One that is short is sorted as a whole."""
    directed = partial(_directed, is_descending=query.is_descending)
    if query.sort == "days":
        name = directed(_name)
        hurt = _Part(order=(directed(-_hurt.c.days), name), named=_hurt)
        well = _Part(order=(name,), only=(_is_well, _is_heard))
        yield from (well, hurt) if query.is_descending else (hurt, well)
        yield _Part(order=(name,), only=(_is_well, ~_is_heard))
    elif query.sort == "start" and not is_short and not _is_rare(query):
        seconds, name = start_judgements.c.now_seconds, directed(_name)
        is_known = seconds.is_not(None)
        known = select(start_judgements.c.device).where(is_known)
        by_seconds = seconds.desc() if query.is_descending else seconds.asc()
        yield _Part(order=(by_seconds, name), only=(is_known,), named=start_judgements)
        yield _Part(order=(name,), only=(devices.c.device.not_in(known),))
    elif query.sort == "verdict" and not query.is_descending and not is_short and not _is_rare(query):
        for rank in range(UNJUDGED):
            judged = devices.c.device.in_(select(verdicts.c.device).where(verdicts.c.rank == rank))
            yield _Part(order=(_name,), only=(judged,))
        yield _Part(order=(_name,), only=(_rank == UNJUDGED,))
        yield _Part(order=(_name,), only=(_rank > UNJUDGED,))
    else:
        yield _Part(order=tuple(map(directed, _SORTS[query.sort])))


def _is_rare(query: DeviceQuery) -> bool:
    """Whether few devices match at any time: to sort those costs less than to look for them part by part."""
    is_flagged = query.flag_state is not None or query.asked_for is not None or query.is_settled_beside
    return is_flagged or query.heard in {"never", "silent"}


def _directed(column: ColumnElement[Any], *, is_descending: bool) -> ColumnElement[Any]:
    directed = column.desc() if is_descending else column.asc()
    # No index of SQLite's knows an order with NULLs last, and these two are never NULL.
    return directed if column is _rank or column is _name else directed.nulls_last()


def _matching(chosen: Select[Any], scope: Scope, query: DeviceQuery, asked: list[ColumnElement[bool]]) -> Select[Any]:
    """Of all that match, in no order; `asked` is what `_asked` says of them."""
    unsorted = replace(query, sort="name")
    return _narrowed(chosen, scope, unsorted).where(_is_of_those(unsorted), *asked)


def _narrowed(
    chosen: Select[Any], scope: Scope, query: DeviceQuery, *, named: FromClause | None = None
) -> Select[Any]:
    """Join only what this question needs: 25,000 devices are counted in milliseconds then."""
    first = presence if query.sort == "last_heard" else named
    joined: FromClause = devices
    if first is not None:
        # Neither names a device that there is not. Joined so it is read first, in its order, and a device itself is
        # looked up only where it is asked for.
        joined = first.outerjoin(devices, devices.c.device == first.c.device)
    if first is not presence and (query.heard is not None or query.heard_from is not None):
        joined = joined.join(presence, presence.c.device == devices.c.device)
    if query.site is not None or query.sort == "site":
        joined = joined.outerjoin(sites, sites.c.site == devices.c.site)
    if query.cart is not None or query.sort in {"site", "cart"}:
        joined = joined.outerjoin(carts, carts.c.cart == devices.c.cart)
    if query.verdicts or query.sort in {"verdict", "why"}:
        joined = joined.outerjoin(verdicts, verdicts.c.device == devices.c.device)
    if query.sort == "start" and named is None:
        joined = joined.outerjoin(start_judgements, start_judgements.c.device == devices.c.device)
    since = 0 if query.days_from is None else to_day(query.days_from)
    return within(chosen.select_from(joined), scope, devices.c.site).params(days_from=since)


def _is_of_those(query: DeviceQuery) -> ColumnElement[bool]:
    """Whether a device is in service, or retired where those are asked for."""
    if query.sort == "last_heard" or query.heard is not None or query.heard_from is not None:
        return presence.c.is_retired == query.retired  # else who is in service would come first
    return devices.c.retired_on.is_not(None) if query.retired else devices.c.retired_on.is_(None)


def _asked(connection: Connection, query: DeviceQuery) -> list[ColumnElement[bool]]:
    """What is asked but whether they are retired; empty where all are meant."""
    equal = (
        (sites.c.name, query.site),
        (carts.c.name, query.cart),
        (devices.c.platform, query.platform),
        (devices.c.model, query.model),
        (devices.c.role, query.role),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if query.verdicts:
        found.append(_rank.in_([VERDICTS.index(one) for one in query.verdicts]))
    words = query.text.split()
    found += [_looks_like(connection, word, is_whole=len(word) == 1 < len(words)) for word in words]
    return [*found, *flag_conditions(query), *_heard(query)]


def _looks_like(connection: Connection, word: str, *, is_whole: bool) -> ColumnElement[bool]:
    """Few models, sites and carts are looked through first: where none is called so, no device is asked for it."""
    wanted = _ESCAPED.sub(r"/\g<0>", word.lower())

    def holds(column: ColumnElement[Any]) -> ColumnElement[bool]:
        said = _Folded(" " + column + " " if is_whole else column)
        return said.like(f"% {wanted} %" if is_whole else f"%{wanted}%", escape="/")

    called = {
        devices.c.model: select(_models.c.model).where(holds(_models.c.model)),
        devices.c.site: select(sites.c.site).where(holds(sites.c.name)),
        devices.c.cart: select(carts.c.cart).where(or_(holds(carts.c.name), holds(carts.c.home_room))),
    }
    is_called = connection.execute(select(*(those.exists() for those in called.values()))).one()
    those = (column.in_(those) for (column, those), is_any in zip(called.items(), is_called, strict=True) if is_any)
    return or_(*map(holds, _OWN), *those)


def _heard(query: DeviceQuery) -> list[ColumnElement[bool]]:
    last = presence.c.heard_us
    known = [] if query.heard_from is None else [last >= to_us(query.heard_from)]
    since = None if query.heard_since is None else to_us(query.heard_since)
    match query.heard:
        case None:
            return known
        case "never":
            return [last.is_(None)]
        case "heard":
            return [*known, last.is_not(None) if since is None else last >= since]
        case "silent":
            silent = and_(last.is_not(None), last < (0 if since is None else since))
            hangs_on = [devices.c.device.not_in(lost_with_bridge(since or 0))] if query.is_by_itself else []
            return [*known, silent, *hangs_on]
