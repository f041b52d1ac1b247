"""Who a device or a bridge is to the collector, as the collector's answer to its enrollment says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rollcall_agent.errors import EnrollmentError
from rollcall_agent.outbox import Outbox
from rollcall_wire import Settings
from rollcall_wire.encoding import decode_settings, encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who speaks. `device_id` is None for a bridge: it speaks for devices and is none. `settings` are of that day.

    `hardware` says for which device that was given: hashes by what they were taken from, the surest first.
    """

    device_id: str | None
    publisher: str
    password: str = field(repr=False)
    broker_host: str
    broker_port: int
    ca_pem: str | None
    settings: Mapping[str, Any]
    hardware: Mapping[str, str]
    url: str
    site: str | None = None
    """Where it belongs, as the collector said at enrollment and nowhere else: it may be moved at any time."""
    token_site: str | None = None


def read_answer(answer: bytes, *, hardware: Mapping[str, str], url: str) -> Identity:
    """The collector's answer as an identity. Raises EnrollmentError where it is none."""
    try:
        read = json.loads(answer)
        broker = read["broker"]
        return Identity(
            device_id=_text_or_none(read["device_id"]),
            publisher=str(read["publisher"]),
            password=str(read["password"]),
            broker_host=str(broker["host"]),
            broker_port=int(broker["port"]),
            ca_pem=_text_or_none(broker.get("ca_pem")),
            settings=dict(read.get("settings") or {}),
            hardware=dict(hardware),
            url=url,
            site=_text_or_none(read.get("site")),
            token_site=_text_or_none(read.get("token_site")),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EnrollmentError(f"{url} answered, but not as a collector does: check the address") from error


def settings_heard(outbox: Outbox, identity: Identity | None) -> Settings:
    """What the collector last asked of this publisher; else what it said at enrollment; else the defaults."""
    heard = outbox.recall("settings")
    try:
        if heard is not None:
            return decode_settings(heard.encode())
        return settings_at_enrollment(identity) if identity else Settings()
    except (ValueError, LookupError, TypeError, AttributeError):
        return Settings()


def settings_at_enrollment(identity: Identity) -> Settings:
    """What the collector asked for when it gave this identity. Raises ValueError, LookupError or TypeError."""
    return decode_settings(encode(dict(identity.settings)))


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
