"""Lets a device into the fleet: a token gives it its own name and password; coming back it gets its own name back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import structlog
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import hash_password, new_secret, shared_secret, verify_password
from rollcall_collector.identity.recognition import Stated, clean_serial, is_same_serial, recognise
from rollcall_collector.identity.tokens import TokenFault, is_token, take_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.instants import local_day, to_us
from rollcall_collector.store.kept_settings import mark_credentials
from rollcall_collector.store.publishers.identities import add_device, find_credential, set_credential, update_device
from rollcall_collector.store.publishers.known_devices import IdentifiedDevice, add_tellers, find_devices
from rollcall_collector.store.sites import list_sites
from rollcall_wire import Inventory, SchoolHours, Settings
from rollcall_wire.codes import Platform

log = structlog.get_logger(__name__)

EnrollRefusal = TokenFault | Literal["retired_device", "revoked_device"]
REASONS: Mapping[EnrollRefusal, str] = {
    "bad_token": "This token is not known: make one with 'rollcall enroll-token create'.",
    "expired_token": "This token has expired: make a new one with 'rollcall enroll-token create'.",
    "used_up_token": "This token has no use left: make a new one with 'rollcall enroll-token create --uses N'.",
    "retired_device": "This device was retired: bring it back with 'rollcall publishers reinstate {name}'.",
    "revoked_device": "This device was revoked: let it back with 'rollcall publishers reinstate {name}'.",
}


SHARED_PLATFORM: Platform = "chromeos"
"""Where one device has an agent in each person's profile, and often in one that begins with nothing: all that show the
same token get the same password, which none takes from another, and together they are one use of the token."""


class EnrollmentRefusedError(CollectorError):
    """A device that may not enroll; `code` says why to programs, the text to people."""

    def __init__(self, code: EnrollRefusal, name: str = "") -> None:
        super().__init__(REASONS[code].format(name=name))
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolled:
    """What a device or bridge gets. The password stands here once and is kept nowhere."""

    device_id: str | None
    """None for a bridge: it speaks for other devices and is none itself."""
    publisher: str
    password: str = field(repr=False)
    settings: Settings
    site: str
    """Where it belongs: the site that it had before it enrolled comes before the one that its token is for."""
    token_site: str


def enroll(engine: Engine, *, token: str, hardware_id: str, inventory: Inventory, now: datetime) -> Enrolled:
    """Give the device its identity and a new password. Raises EnrollmentRefusedError; a refusal costs no use.

    Enrollments happen one at a time, so that a device that asks twice at once is still one device.
    """
    if not is_token(engine, token):  # who guesses takes no turn from those who write
        raise EnrollmentRefusedError("bad_token")
    with engine.begin() as connection:
        mark_credentials(connection)
        is_back = inventory.platform == SHARED_PLATFORM and _has_password_of(connection, token, hardware_id)
        taken = take_token(connection, token, now, is_counted=not is_back)
        if isinstance(taken, str):
            raise EnrollmentRefusedError(taken)
        site = next(one for one in list_sites(connection, Scope.all()) if one.site == taken.site)
        if taken.platform is not None:
            return _enroll_bridge(connection, hardware_id, taken.platform, site, now)
        return _enroll_device(connection, hardware_id, inventory, site, now, token=token)


def settings_for(site: Site) -> Settings:
    """What a device of this site is asked to do: its instants may be exact only in this site's school hours."""
    return Settings(
        school_hours=SchoolHours(
            zone=site.zone, days=site.days, opens_minute=site.opens_minute, closes_minute=site.closes_minute
        )
    )


def new_device_id() -> str:
    """A name for a new device: random, so that it says nothing."""
    return f"d-{secrets.token_hex(6)}"


def makers_word(inventory: Inventory) -> dict[str, Any]:
    """What the roster may know better, so it only fills what is empty."""
    return {
        "manufacturer": inventory.manufacturer,
        "model": inventory.model,
        "asset_tag": inventory.asset_tag,
        "memory_bytes": inventory.memory_bytes,
        "storage_bytes": inventory.storage_bytes,
    }


def _has_password_of(connection: Connection, token: str, hardware_id: str) -> bool:
    """Whether a device with this hardware has enrolled with this very token."""
    known = find_devices(connection, keys=[hardware_id], serial_numbers=[])
    credentials = ((one.device_id, find_credential(connection, one.device_id)) for one in known)
    return any(found and verify_password(shared_secret(token, name), found.secret_hash) for name, found in credentials)


def _enroll_device(
    connection: Connection, hardware_id: str, inventory: Inventory, site: Site, now: datetime, *, token: str
) -> Enrolled:
    serial = clean_serial(inventory.serial_number)
    stated = Stated(hardware_keys=frozenset({hardware_id}), serial_number=serial, manufacturer=inventory.manufacturer)
    known = find_devices(connection, keys=stated.hardware_keys, serial_numbers=[serial] if serial else [])
    is_serial_free = not any(is_same_serial(one.serial_number, serial) for one in known)
    found = recognise(stated, known)
    first = {"hardware_id": hardware_id, "site": site.site, "enrolled_on": local_day(to_us(now), site.zone)}
    if is_serial_free:
        first["serial_number"] = serial
    if found is None:
        device_id = new_device_id()
        key = add_device(connection, first | makers_word(inventory) | _current(inventory) | {"device_id": device_id})
    else:
        _refuse_outcast(found)
        device_id, key = found.device_id, found.device
        update_device(connection, key, _current(inventory), fill=first | makers_word(inventory))
    log.info("device.enrolled", device_id=device_id, is_new=found is None, is_copy=found is None and bool(known))
    enrolled, publisher = _grant(
        connection,
        name=device_id,
        password=shared_secret(token, device_id) if inventory.platform == SHARED_PLATFORM else new_secret(),
        device=key,
        platform=None,
        site=_home(connection, found, site),
        now=now,
        token_site=site,
    )
    if found is not None and found.tellers and publisher not in found.tellers:
        add_tellers(connection, [(key, publisher)])  # a bridge tells of it too
    return enrolled


def _enroll_bridge(connection: Connection, hardware_id: str, platform: str, site: Site, now: datetime) -> Enrolled:
    # A bridge is no device: its name comes from where it runs, so that it too gets its own name back.
    name = f"b-{platform}-{hardware_id[:12]}"
    former = find_credential(connection, name)
    if former is not None and former.is_revoked:
        raise EnrollmentRefusedError("revoked_device", name)
    log.info("bridge.enrolled", publisher=name, platform=platform)
    enrolled, _ = _grant(
        connection,
        name=name,
        password=new_secret(),
        device=None,
        platform=platform,
        site=site,
        now=now,
        token_site=site,
    )
    return enrolled


def _grant(
    connection: Connection,
    *,
    name: str,
    password: str,
    device: int | None,
    platform: str | None,
    site: Site,
    token_site: Site,
    now: datetime,
) -> tuple[Enrolled, int]:
    """What is given, and the key of the publisher that gets it. Its old password stays where it is the new one."""
    former = find_credential(connection, name)
    kept = former.secret_hash if former is not None and verify_password(password, former.secret_hash) else None
    publisher = set_credential(
        connection,
        name=name,
        device=device,
        platform=platform,
        secret_hash=kept or hash_password(password),
        now_us=to_us(now),
        site=site.site if device is None else None,
    )
    enrolled = Enrolled(
        device_id=None if device is None else name,
        publisher=name,
        password=password,
        settings=settings_for(site),
        site=site.name,
        token_site=token_site.name,
    )
    return enrolled, publisher


def _home(connection: Connection, found: IdentifiedDevice | None, site: Site) -> Site:
    """The site the roster gives a device comes before the one its token is for."""
    if found is None or found.site in {None, site.site}:
        return site
    return next(one for one in list_sites(connection, Scope.all()) if one.site == found.site)


def _refuse_outcast(device: IdentifiedDevice) -> None:
    if device.is_retired:
        raise EnrollmentRefusedError("retired_device", device.device_id)
    if device.is_revoked:
        raise EnrollmentRefusedError("revoked_device", device.device_id)


def _current(inventory: Inventory) -> dict[str, Any]:
    return {"platform": inventory.platform, "os_version": inventory.os_version}
