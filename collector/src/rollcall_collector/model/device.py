"""A device as the school owns it: what it is, where it belongs, what was paid, and what is said of it now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.model.wording import say_make

Sort = Literal[
    "verdict",
    "why",
    "days",
    "name",
    "serial_number",
    "model",
    "platform",
    "os_version",
    "site",
    "cart",
    "start",
    "last_heard",
    "purchased",
    "support",
]
Heard = Literal["heard", "silent", "never"]
SILENT_DAYS = 14
"""A device of which no report was kept for so many days is silent: a week of holidays does not make it so."""
BRIDGE_LOST_AFTER = timedelta(days=1)
"""A bridge that was away for so long is worth a word; a shorter break is its machine's restart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """One device. `device` is the store's key, `device_id` the name people and MQTT see. None: not known."""

    device: int
    device_id: str
    serial_number: str | None = None
    asset_tag: str | None = None
    platform: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    os_version: str | None = None
    memory_bytes: int | None = None
    storage_bytes: int | None = None
    site: str | None = None
    cart: str | None = None
    slot: int | None = None
    role: str = "pupil"
    purchased_on: date | None = None
    price: float | None = None
    warranty_until: date | None = None
    support_until: date | None = None
    enrolled_on: date | None = None
    retired_on: date | None = None
    last_heard_at: datetime | None = None
    verdict: Verdict = "not_enough_evidence"
    sentence: str = ""
    active_days: int = 0

    @property
    def make(self) -> str | None:
        """Its maker and model in one, None where neither is known."""
        return say_make(self.manufacturer, self.model)

    @property
    def name(self) -> str:
        """What people call it: the tag on its lid, else its serial number, else its id."""
        return self.asset_tag or self.serial_number or self.device_id


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedFor:
    """A kind of open proposal: what to do, and the finding that asks for it."""

    verdict: Verdict
    finding: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceQuery:
    """Which devices, in which order, which page (the first is 1).

    Each word of `text` is looked for in the id, serial number, asset tag, manufacturer, model, site, cart and its
    room; a single letter beside other words is a whole word, as in `cart b`. `heard` needs `heard_since`, the instant
    that parts "heard" from "silent"; `heard_from` leaves out who was last heard before it. `retired` devices are left
    out unless they are asked for. `asked_for` is what their worst open flag asks for, `flag_state` the state of any of
    their flags, `is_settled_beside` asks for those of whom one is open that nobody is asked about, because another was
    decided on; `not_named` leaves out those of whom a flag of this finding stands or was decided on.
    `is_by_itself` leaves out those whose bridge is not connected and was not heard since `heard_since` either.
    By "days" those with most days of failures since `days_from` come first.
    """

    text: str = ""
    site: str | None = None
    cart: str | None = None
    platform: str | None = None
    model: str | None = None
    role: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    heard: Heard | None = None
    heard_since: datetime | None = None
    heard_from: datetime | None = None
    asked_for: AskedFor | None = None
    flag_state: FlagState | None = None
    is_settled_beside: bool = False
    not_named: str | None = None
    is_by_itself: bool = False
    retired: bool = False
    days_from: date | None = None
    sort: Sort = "verdict"
    is_descending: bool = False
    page: int = 1
    page_size: int = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of devices, and how many there are on all pages."""

    devices: tuple[Device, ...]
    total: int
    page: int
    page_size: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list still has one."""
        return max(1, -(-self.total // self.page_size))
