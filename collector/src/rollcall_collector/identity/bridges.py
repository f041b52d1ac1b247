"""Lets a bridge bring its devices: many at once get their ids, known ones their own, and none a password.

The same call again changes nothing, so whoever was cut off in the middle calls again. What is wrong with one entry is
said of that entry alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.bringing import BRING_MAX, Brought, Draft, EntryFault, Home, state
from rollcall_collector.identity.credentials import verify_password
from rollcall_collector.identity.recognition import Stated
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import local_day, to_us
from rollcall_collector.store.kept_settings import lock_credentials
from rollcall_collector.store.publishers.identities import find_credential
from rollcall_collector.store.publishers.known_devices import (
    add_devices,
    add_hardware_keys,
    add_tellers,
    change_devices,
    find_devices,
)
from rollcall_collector.store.sites import list_sites

__all__ = ["BRING_MAX", "Bridge", "BridgeRefusedError", "Brought", "EntryFault", "bring", "check_bridge"]
log = structlog.get_logger(__name__)

BridgeFault = Literal["bad_credentials", "not_a_bridge", "revoked_bridge"]
_REASONS: dict[BridgeFault, str] = {
    "bad_credentials": "Name and password do not fit: use those that enrolling gave this bridge, or enroll it again.",
    "not_a_bridge": "'{name}' is a device and speaks of itself alone: enroll a bridge with a platform's token.",
    "revoked_bridge": "This bridge was revoked: let it back with 'rollcall publishers reinstate {name}'.",
}


class BridgeRefusedError(CollectorError):
    """Somebody who may not bring devices; `code` says why to programs, the text to people."""

    def __init__(self, code: BridgeFault, name: str) -> None:
        super().__init__(_REASONS[code].format(name=name))
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Bridge:
    """A bridge that showed its password: the platform it may speak for, the site its devices belong to."""

    publisher: int
    name: str
    platform: str
    site: int | None

    @property
    def scope(self) -> Scope:
        """Its devices may stand at any site: which are its own is known by what it brought."""
        return Scope.all()


def check_bridge(engine: Engine, name: str, password: str) -> Bridge:
    """The bridge of this name, if that is its password and it may speak. Raises BridgeRefusedError."""
    with engine.connect() as connection:
        found = find_credential(connection, name) if name.isprintable() else None
    if found is None or not verify_password(password, found.secret_hash):
        raise BridgeRefusedError("bad_credentials", name)
    if found.platform is None:
        raise BridgeRefusedError("not_a_bridge", name)
    if found.is_revoked:
        raise BridgeRefusedError("revoked_bridge", name)
    return Bridge(publisher=found.publisher, name=name, platform=found.platform, site=found.site)


def bring(
    engine: Engine, bridge: Bridge, entries: Sequence[Brought | EntryFault], now: datetime
) -> list[str | EntryFault]:
    """A device id for each entry, or what is wrong with it, in the same order; at most BRING_MAX entries.

    All in one transaction, which is opened only where something is new: what is known keeps nobody waiting.
    """
    told = [(one, state(one)) for one in entries if isinstance(one, Brought)]
    with engine.connect() as connection:
        draft = _draft(connection, bridge, told, now)
        answers = draft.decide(told)
    if not draft.is_empty:
        with engine.begin() as connection:
            lock_credentials(connection)
            draft = _draft(connection, bridge, told, now)
            answers = draft.decide(told)
            made = add_devices(connection, draft.added)
            change_devices(connection, draft.changed)
            keys = [(key, made.get(one.device_id, one.device)) for (key, _), one in draft.keys.items()]
            tellers = [(made.get(one.device_id, one.device), teller) for (teller, _), one in draft.tellers.items()]
            add_hardware_keys(connection, bridge.publisher, keys)
            add_tellers(connection, tellers)
    log.info(
        "devices.brought",
        publisher=bridge.name,
        told=len(entries),
        added=len(draft.added),
        changed=len(draft.changed),
        faults=len(entries) - sum(isinstance(one, str) for one in answers),
    )
    decided = iter(answers)
    return [one if isinstance(one, EntryFault) else next(decided) for one in entries]


def _draft(connection: Connection, bridge: Bridge, told: Sequence[tuple[Brought, Stated]], now: datetime) -> Draft:
    zone = next((one.zone for one in list_sites(connection, Scope.all()) if one.site == bridge.site), "")
    known = find_devices(
        connection,
        keys={key for _, stated in told for key in stated.hardware_keys},
        serial_numbers={stated.serial_number for _, stated in told if stated.serial_number is not None},
        bridge=bridge.publisher,
    )
    home = Home(bridge=bridge.publisher, platform=bridge.platform, site=bridge.site, today=local_day(to_us(now), zone))
    return Draft(home=home, known=known)
