"""What a publisher states about a device, one fact at a time.

Instants are aware UTC, numbers carry their unit in their name, and `None` means "not measured": never zero, never
good. The words behind `doc` are shown to people on the Privacy page and by `rollcall-agent print`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MaxLen, MinLen, Predicate, doc

from rollcall_wire.codes import (
    BootSource,
    Channel,
    Evidence,
    Platform,
    PreviousStop,
    StartKind,
    StopCause,
)

Text = Annotated[str, MaxLen(128), Predicate(str.isprintable)]
Id = Annotated[str, MinLen(3), MaxLen(64), Predicate(str.isprintable)]
Seconds = Annotated[float, Ge(0), Le(86_400)]
Percent = Annotated[float, Ge(0), Le(100)]
Count = Annotated[int, Ge(0), Le(2**53)]
Bytes = Annotated[int, Ge(0), Le(2**62)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """What the device is. Sent at enrollment, after a change, and once a month."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    kind: Literal["inventory"] = "inventory"
    platform: Annotated[Platform, doc("Which system it runs: ChromeOS, iPadOS, Windows, macOS or Linux.")]
    manufacturer: Annotated[Text | None, doc("Who made it.")] = None
    model: Annotated[Text | None, doc("Its hardware model.")] = None
    serial_number: Annotated[Text | None, doc("The maker's serial number, to match the purchase records.")] = None
    asset_tag: Annotated[Text | None, doc("The school's own tag, where the firmware carries it.")] = None
    os_version: Annotated[Text | None, doc("The version of its operating system.")] = None
    memory_bytes: Annotated[Bytes | None, doc("How much memory it has.")] = None
    storage_bytes: Annotated[Bytes | None, doc("How large its system disk is.")] = None
    agent_version: Annotated[Text | None, doc("Which version of the agent speaks.")] = None
    sources: Annotated[tuple[Text, ...], MaxLen(64), doc("Which sources of facts work on it.")] = ()
    permissions_missing: Annotated[
        tuple[Text, ...], MaxLen(64), doc("Which sources could not be read, and what they would need.")
    ] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """One completed start, and how the run before it ended."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    kind: Literal["boot"] = "boot"
    boot_id: Annotated[Id, doc("A random name for this start, so that it is counted once.")]
    booted_at: Annotated[datetime, doc("When it started; outside school hours only the day.")]
    source: Annotated[BootSource, doc("What measured it.")]
    start_kind: Annotated[StartKind, doc("A full start, a fast start, a wake-up, or a soft restart.")] = "unknown"
    firmware_seconds: Annotated[Seconds | None, doc("Time in the firmware.")] = None
    loader_seconds: Annotated[Seconds | None, doc("Time in the boot loader.")] = None
    kernel_seconds: Annotated[Seconds | None, doc("Time in the kernel, with its first file system.")] = None
    userspace_seconds: Annotated[Seconds | None, doc("Time in the system's services.")] = None
    to_login_seconds: Annotated[Seconds | None, doc("Time from power-on to the login screen.")] = None
    os_version: Annotated[Text | None, doc("The version of its operating system at this start.")] = None
    previous_stop: Annotated[PreviousStop, doc("Whether the run before this one ended cleanly.")] = "unknown"
    stop_cause: Annotated[StopCause, doc("Why the run before this one ended.")] = "unknown"
    stop_code: Annotated[Text | None, doc("The system's number for a crash that ended it.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One recorded failure, or a count of like ones since the last report. Evidence is numbers only."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    kind: Literal["failure"] = "failure"
    channel: Annotated[Channel, doc("What failed: hardware, crash, storage, battery, memory, …")]
    code: Annotated[Text, doc("How it failed, from a closed list.")]
    occurred_at: Annotated[datetime, doc("When; outside school hours only the day.")]
    count: Annotated[int, Ge(1), Le(2**31), doc("How often since the last report.")] = 1
    boot_id: Annotated[Id | None, doc("During which start it happened.")] = None
    evidence: Annotated[
        dict[Evidence, Annotated[float, Ge(-1e18), Le(1e18)]],
        MaxLen(10),
        doc("The numbers behind it, never text."),
    ] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vitals:
    """How the device is now. Counters are the device's own running totals, as read."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    kind: Literal["vitals"] = "vitals"
    battery_level_percent: Annotated[Percent | None, doc("How full the battery is.")] = None
    is_charging: Annotated[bool | None, doc("Whether it is charging.")] = None
    is_plugged_in: Annotated[
        bool | None, doc("Whether it is on mains, charging or not: a full battery no longer charges.")
    ] = None
    battery_full_wh: Annotated[
        Annotated[float, Ge(0), Le(1000)] | None, doc("What the battery holds when full today.")
    ] = None
    battery_design_wh: Annotated[
        Annotated[float, Ge(0), Le(1000)] | None, doc("What the battery held when it was new.")
    ] = None
    battery_cycles: Annotated[Count | None, doc("How often the battery was charged.")] = None
    storage_free_bytes: Annotated[Bytes | None, doc("Free space on the system disk.")] = None
    storage_wear_percent: Annotated[
        Annotated[float, Ge(0), Le(255)] | None, doc("How much of the disk's rated life is used.")
    ] = None
    media_errors: Annotated[Count | None, doc("Reads the disk could not mend, so far.")] = None
    reallocated_sectors: Annotated[Count | None, doc("Disk sectors replaced, so far.")] = None
    pending_sectors: Annotated[Count | None, doc("Disk sectors waiting to be replaced.")] = None
    unsafe_stops: Annotated[Count | None, doc("Power cuts the disk has counted, so far.")] = None
    temperature_max_celsius: Annotated[
        Annotated[float, Ge(-50), Le(150)] | None, doc("The hottest sensor since the last report.")
    ] = None
    awake_seconds: Annotated[
        Annotated[float, Ge(0), Le(40_000_000)] | None, doc("How long it was awake since the last report.")
    ] = None
    memory_free_bytes: Annotated[Bytes | None, doc("How much of its memory was free.")] = None
    network_round_trip_seconds: Annotated[
        Annotated[float, Ge(0), Le(60)] | None, doc("How long an answer takes over its network, never which network.")
    ] = None
    network_megabits_per_second: Annotated[
        Annotated[float, Ge(0), Le(100_000)] | None, doc("How fast its network is, as the browser estimates it.")
    ] = None
    is_restart_due: Annotated[bool | None, doc("Whether an update of its system waits for a restart.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Reports that the outbox had to drop: loss is said, never silent."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    kind: Literal["gap"] = "gap"
    first_seq: Annotated[int, Ge(1), doc("The first number dropped.")]
    last_seq: Annotated[int, Ge(1), doc("The last number dropped.")]
    count: Annotated[int, Ge(1), doc("How many reports were dropped between them.")]
    reason: Annotated[Literal["too_large", "too_old", "damaged"], doc("Why they were dropped.")]


Body = Inventory | Boot | Failure | Vitals | Gap
KINDS: tuple[type[Inventory | Boot | Failure | Vitals | Gap], ...] = (Inventory, Boot, Failure, Vitals, Gap)
Precision = Literal["second", "day"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One numbered fact about one device. (epoch, seq) of its publisher is its identity for ever."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    seq: Annotated[int, Ge(1), Le(2**53), doc("The report's number; they grow by one.")]
    device_id: Annotated[Id, doc("Which device it is about: a random id given at enrollment.")]
    recorded_at: Annotated[datetime, doc("When it was recorded; outside school hours only the day.")]
    precision: Annotated[Precision, doc("Whether its instants are exact or rounded to the school day.")] = "second"
    body: Body
