"""Takes from a device or bridge the right to speak, and gives it back."""

from datetime import datetime

from sqlalchemy import Engine

from rollcall_collector.errors import CollectorError, UnknownDeviceError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import local_day, to_us
from rollcall_collector.store.publishers import identities as store
from rollcall_collector.store.publishers.identities import Publisher

__all__ = ["Publisher", "UnknownPublisherError", "list_publishers", "reinstate", "retire", "revoke"]


class UnknownPublisherError(CollectorError):
    """A name under which nothing changed: it is not there, or is already as it was asked to be."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"nothing to do for '{name}': it is not {wanted}; see 'rollcall publishers list'")
        self.name = name


def list_publishers(engine: Engine, scope: Scope) -> list[Publisher]:
    """Every device and bridge that was ever given a password, by name."""
    return store.list_publishers(engine, scope)


def revoke(engine: Engine, scope: Scope, name: str, now: datetime) -> None:
    """Let this publisher speak no more: brokers cut its session within seconds. Raises UnknownPublisherError.

    What it said before stays kept. Its password is not forgotten: reinstating lets it back without a new token.
    """
    if not store.set_revoked(engine, scope, name, to_us(now)):
        raise UnknownPublisherError(name, "a publisher that may speak")


def reinstate(engine: Engine, scope: Scope, name: str) -> None:
    """Let a revoked publisher speak again; its retired device is back in the fleet. Raises UnknownPublisherError."""
    if not store.set_revoked(engine, scope, name, None):
        raise UnknownPublisherError(name, "revoked or retired")


def retire(engine: Engine, scope: Scope, device_id: str, now: datetime, zone: str = "") -> None:
    """Take a device out of the fleet for good; it may not speak or enroll any more. Raises UnknownDeviceError."""
    now_us = to_us(now)
    if not store.set_retired(engine, scope, device_id, now_us=now_us, retired_on=local_day(now_us, zone)):
        raise UnknownDeviceError(device_id)
