"""What is remembered of one iPad from post to post, and what the collector is to know of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from rollcall_agent.bridges.ipad_models import model_name
from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_wire import Inventory, Vitals

_IPAD = "iPad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One iPad as it is known. None: never told."""

    udid: str
    serial_number: str | None = None
    product: str | None = None
    os_version: str | None = None
    storage_bytes: int | None = None
    identity_at: datetime | None = None
    enrolled_at: datetime | None = None
    left_at: datetime | None = None
    heard_at: datetime | None = None
    told_at: datetime | None = None
    level_percent: float | None = None
    storage_free_bytes: int | None = None
    read_at: datetime | None = None
    status_at: datetime | None = None
    battery_health: str | None = None
    components: Mapping[str, bool] = field(default_factory=dict)
    install_state: str | None = None
    failures: int | None = None
    pending_version: str | None = None
    pending_since_at: datetime | None = None
    pending_days: int = 0
    stuck_version: str | None = None
    restarted_at: datetime | None = None
    is_missed: bool = False
    answered: int = 0

    @property
    def is_known(self) -> bool:
        """Whether it can be told of: an iPad by its own word, with a serial number."""
        return self.serial_number is not None and self.is_ipad

    @property
    def is_ipad(self) -> bool:
        """Whether it says that it is one: other devices stand in the same MDM."""
        return (self.product or "").startswith(_IPAD)

    @property
    def is_enrolled(self) -> bool:
        """Whether it may be asked, as far as is known; its leaving counts until it enrolls again."""
        return self.left_at is None or (self.enrolled_at is not None and self.enrolled_at > self.left_at)

    @property
    def device(self) -> BridgedDevice:
        """It as the collector is to know it."""
        assert self.serial_number is not None, "ask is_known first"
        return BridgedDevice(
            serial_number=self.serial_number,
            hardware_keys=(self.udid,),
            inventory=Inventory(
                platform="ipados",
                manufacturer="Apple",
                model=model_name(self.product),
                serial_number=self.serial_number,
                os_version=self.os_version,
                storage_bytes=self.storage_bytes,
                sources=("nanomdm",),
            ),
        )

    @property
    def vitals(self) -> Vitals | None:
        """Its last readings; None where there are none. No MDM tells whether it is charging."""
        if self.level_percent is None and self.storage_free_bytes is None:
            return None
        return Vitals(battery_level_percent=self.level_percent, storage_free_bytes=self.storage_free_bytes)


def to_json(record: Record) -> str:
    """The record as it is stored."""
    told = ((one.name, getattr(record, one.name)) for one in fields(record))  # `asdict` copies all, at ten times this
    return json.dumps({name: _plain(value) for name, value in told if value is not None})


def from_json(text: str) -> Record:
    """The record as it was stored."""
    read: dict[str, Any] = json.loads(text)
    at = {name: datetime.fromisoformat(value) for name, value in read.items() if name.endswith("_at")}
    return Record(**(read | at))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
