"""Keeps which device is which, and the credential under which each publisher may speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.kept_settings import mark_credentials
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import devices, publishers, put_offs, sites

_SPEAKERS = (
    select(publishers.c.name, publishers.c.secret_hash)
    .select_from(publishers.outerjoin(devices, devices.c.device == publishers.c.device))
    .where(
        publishers.c.revoked_us.is_(None),
        devices.c.retired_on.is_(None),
        publishers.c.publisher.not_in(select(put_offs.c.publisher).where(put_offs.c.is_cut)),
    )
)
"""Everybody who may speak now: not revoked, of no retired device, not put off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Publisher:
    """One that speaks on MQTT: a device by its id, or a bridge for one platform."""

    name: str
    platform: str | None
    site_name: str | None
    enrolled_us: int
    revoked_us: int | None
    is_retired: bool
    state: str | None
    last_heard_us: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """Under what a publisher may speak: `device` is None for a bridge, whose `platform` and `site` stand instead."""

    publisher: int
    device: int | None
    platform: str | None
    site: int | None
    secret_hash: str
    is_revoked: bool


def find_credential(connection: Connection, name: str) -> Credential | None:
    """The credential of the publisher of this name; None where nobody enrolled under it."""
    row = connection.execute(select(publishers).where(publishers.c.name == name)).one_or_none()
    if row is None:
        return None
    return Credential(
        publisher=row.publisher,
        device=row.device,
        platform=row.platform,
        site=row.site,
        secret_hash=row.secret_hash,
        is_revoked=row.revoked_us is not None,
    )


def add_device(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a new device with these columns. Returns its key."""
    return int(connection.execute(insert(devices).values(**values).returning(devices.c.device)).scalar_one())


def update_device(connection: Connection, device: int, values: Mapping[str, Any], *, fill: Mapping[str, Any]) -> None:
    """Set these columns of a device; those of `fill` only where they are empty."""
    filled = {name: func.coalesce(devices.c[name], value) for name, value in fill.items()}
    connection.execute(update(devices).where(devices.c.device == device).values(**values, **filled))


def set_credential(
    connection: Connection,
    *,
    name: str,
    device: int | None,
    platform: str | None,
    secret_hash: str,
    now_us: int,
    site: int | None = None,
) -> int:
    """Give a publisher a new password; its old one is dead with this. `site` is where a bridge's devices belong.

    Returns the publisher's key.
    """
    given = {"secret_hash": secret_hash, "enrolled_us": now_us, "site": site}
    changed = update(publishers).where(publishers.c.name == name).values(**given).returning(publishers.c.publisher)
    key = connection.execute(changed).scalar_one_or_none()
    if key is None:
        new = insert(publishers).values(name=name, device=device, platform=platform, **given)
        key = connection.execute(new.returning(publishers.c.publisher)).scalar_one()
    return int(key)


def read_credentials(engine: Engine) -> dict[str, str]:
    """The password hash of every publisher that may speak now: not revoked, of no retired device, not put off."""
    with engine.connect() as connection:
        rows = connection.execute(_SPEAKERS.order_by(publishers.c.publisher))
        return {row.name: row.secret_hash for row in rows}


def find_speaker(engine: Engine, name: str) -> str | None:
    """The password hash of the publisher of this name; None where none may speak under it now."""
    if not name.isprintable():  # PostgreSQL takes no NUL, SQLite no half of a character
        return None
    with engine.connect() as connection:
        found: str | None = connection.execute(
            _SPEAKERS.with_only_columns(publishers.c.secret_hash).where(publishers.c.name == name)
        ).scalar_one_or_none()
    return found


def list_connected(engine: Engine) -> list[str]:
    """Who said last that it is connected, whether it may speak or not."""
    with engine.connect() as connection:
        return list(connection.execute(select(publishers.c.name).where(publishers.c.state == "ready")).scalars())


def set_revoked(engine: Engine, scope: Scope, name: str, revoked_us: int | None) -> bool:
    """Revoke a publisher, or with None reinstate it and its device; false where nothing changed."""
    was = publishers.c.revoked_us.is_(None) if revoked_us is not None else publishers.c.revoked_us.is_not(None)
    with engine.begin() as connection:
        mark_credentials(connection)
        change = of_devices(update(publishers), scope, publishers.c.device).where(publishers.c.name == name, was)
        changed = connection.execute(change.values(revoked_us=revoked_us)).rowcount
        if revoked_us is None:
            back = update(devices).where(devices.c.device_id == name, devices.c.retired_on.is_not(None))
            changed += connection.execute(within(back, scope, devices.c.site).values(retired_on=None)).rowcount
        return changed > 0


def set_retired(engine: Engine, scope: Scope, device_id: str, *, now_us: int, retired_on: int) -> bool:
    """Take a device out of the fleet and its right to speak with it; false where it is not there or was retired."""
    with engine.begin() as connection:
        mark_credentials(connection)
        gone = connection.execute(
            within(update(devices), scope, devices.c.site)
            .where(devices.c.device_id == device_id, devices.c.retired_on.is_(None))
            .values(retired_on=retired_on)
            .returning(devices.c.device)
        ).scalar_one_or_none()
        if gone is None:
            return False
        connection.execute(
            update(publishers)
            .where(publishers.c.device == gone, publishers.c.revoked_us.is_(None))
            .values(revoked_us=now_us)
        )
        return True


def list_publishers(engine: Engine, scope: Scope) -> list[Publisher]:
    """Every publisher by name."""
    query = (
        select(publishers, devices.c.retired_on, sites.c.name.label("site_name"))
        .outerjoin(devices, devices.c.device == publishers.c.device)
        .outerjoin(sites, sites.c.site == func.coalesce(devices.c.site, publishers.c.site))
        .order_by(publishers.c.name)
    )
    with engine.connect() as connection:
        return [
            Publisher(
                name=row.name,
                platform=row.platform,
                site_name=row.site_name,
                enrolled_us=row.enrolled_us,
                revoked_us=row.revoked_us,
                is_retired=row.retired_on is not None,
                state=row.state,
                last_heard_us=row.last_heard_us,
            )
            for row in connection.execute(of_devices(query, scope, publishers.c.device))
        ]
