"""Notes a fact for the mirror, and writes what was noted as a line of InfluxDB's line protocol.

Ingest only gathers values, which costs a sixth of writing the line; whoever sends writes it. A line is the same
whether its fact just arrived or is read from the store long after: same tags (device, site, kind), same instant.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

from rollcall_wire import Boot, Vitals

UNKNOWN = "unknown"
_MS_NS = 1_000_000
_EXACT_APART_MS = 1_000
_DAY_APART_MS = 1_000_000
"""What a second or a day has in common is kept apart by milliseconds: VictoriaMetrics keeps nothing finer."""

VITALS_FIELDS = tuple(one.name for one in fields(Vitals) if one.name != "kind")
"""The readings, in an order that never changes: rows of earlier releases hold values alone. New ones come last."""
PASSING_FIELDS = (
    "battery_level_percent",
    "storage_free_bytes",
    "temperature_max_celsius",
    "awake_seconds",
    "is_charging",
    "is_plugged_in",
    "memory_free_bytes",
    "network_round_trip_seconds",
    "network_megabits_per_second",
)
"""Readings that may be others in every report, those first that a day adds up."""
LASTING_FIELDS = (
    "battery_full_wh",
    "battery_design_wh",
    "battery_cycles",
    "storage_wear_percent",
    "media_errors",
    "reallocated_sectors",
    "pending_sectors",
    "unsafe_stops",
    "is_restart_due",
)
"""Readings that seldom change; a day has the highest or lowest of each, never the sum.

Rows that wait hold values alone: of both the order never changes, and a new one comes at the end.
"""
BOOT_FIELDS = tuple(one.name for one in fields(Boot) if one.name.endswith("_seconds"))
MEASURED = {
    "inventory": ("devices", "memory_bytes", "storage_bytes"),
    "boot": ("count", "unclean", *BOOT_FIELDS),
    "failure": ("count",),
    "vitals": VITALS_FIELDS,
    "cart": ("devices", "ready", "charging", "low", "in_use", "missing", "out_of_service", "unknown", "is_lesson"),
    "mirror": ("alive",),
}
"""Every measurement and its fields."""
_boot_of = attrgetter(*BOOT_FIELDS)


Record: TypeAlias = tuple[Any, ...]
"""Measurement, whose (three words), instant, what keeps it apart, whether it is a day alone, values; all plain.

Of vitals: "readings", whose, how many, and those packed. A record a reading would cost ingest as much as all the rest.
"""
Reading: TypeAlias = tuple[int, int, bool, tuple[Any, ...], tuple[Any, ...] | None]
"""Instant, number, whether it is a day alone, what passes, what lasts: None where that is as in the reading before."""


class Tagged(NamedTuple):
    """Whose line it is, by the words that become its tags."""

    device_id: str
    site: str | None
    platform: str | None


Whose: TypeAlias = tuple[str, str | None, str | None]
"""Device, site, platform: the words that become a line's tags."""


def boot_record(whose: Whose, boot: Any, at_us: int, *, is_day_only: bool) -> Record:
    """One start, as the wire or a row of `boots` has it."""
    told = boot.start_kind, boot.previous_stop == "unclean", _boot_of(boot)
    return "boot", *whose, at_us, boot.boot_id, is_day_only, told


def failure_record(whose: Whose, failure: Any, at_us: int, seq: int, *, is_day_only: bool) -> Record:
    """One failure, as the wire or a row of `failures` has it."""
    return "failure", *whose, at_us, seq, is_day_only, (f"{failure.channel}/{failure.code}", failure.count)


def write_line(record: Record) -> str:
    """The line of a start or failure."""
    measurement, device_id, site, platform, at_us, number, is_day_only, values = record
    if measurement == "boot":
        kind, is_unclean, seconds = values
        number = crc32(number.encode()) if is_day_only else 0
        told = f"count=1i,unclean={int(is_unclean)}i,{_told(BOOT_FIELDS, seconds)}".rstrip(",")
    else:
        kind, count = values
        told = f"count={count}i"
    tags = _tags(Tagged(device_id, site, platform), kind)
    return f"{measurement},{tags} {told} {_apart(at_us, number, is_day_only)}"


def write_vitals(whose: Whose, readings: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A line a reading: instant, number, whether it is a day alone, and the values, of which the last may be missing.

    None for one in which nothing was measured.
    """
    tags = _tags(Tagged(*whose), whose[-1])
    for at_us, number, is_day_only, *values in readings:
        if told := _told(VITALS_FIELDS[: len(values)], values):
            yield f"vitals,{tags} {told} {_apart(at_us, number, is_day_only)}"


def inventory_line(subject: Tagged, inventory: Any, at_us: int) -> str:
    """That a device is there, and of which model: the one line with a fourth tag, for queries to join by device."""
    sizes = [(name, getattr(inventory, name)) for name in ("memory_bytes", "storage_bytes")]
    told = "".join(f",{name}={value}i" for name, value in sizes if value is not None)
    return f"inventory,{_tags(subject, subject.platform, inventory.model)} devices=1i{told} {at_us * 1_000}"


def cart_line(site: str, cart: str, numbers: dict[str, int], at_us: int) -> str:
    """How a cart stands at an instant."""
    told = ",".join(f"{name}={value}i" for name, value in numbers.items())
    return f"cart,site={_escape(site)},kind={_escape(cart)} {told} {at_us * 1_000}"


def _apart(at_us: int, number: int, is_day_only: bool) -> int:  # noqa: FBT001  # the report's own word, passed on
    return at_us * 1_000 + number % (_DAY_APART_MS if is_day_only else _EXACT_APART_MS) * _MS_NS


@lru_cache(maxsize=100_000)
def _tags(subject: Tagged, kind: str | None, model: str | None = "") -> str:
    last = "" if model == "" else f",model={_escape(model)}"
    return f"device={_escape(subject.device_id)},kind={_escape(kind)}{last},site={_escape(subject.site)}"


def _told(names: tuple[str, ...], values: Sequence[Any]) -> str:
    # One form for what is measured alike, filled by one call: half the cost of putting the fields together each time.
    return _form(names, tuple(map(type, values))) % tuple(values)


@lru_cache(maxsize=10_000)
def _form(names: tuple[str, ...], types: tuple[type, ...]) -> str:
    forms = {float: "%r", int: "%di", bool: "%di"}
    found = ""
    for name, one in zip(names, types, strict=True):
        # what is not measured is written as nothing, in its place among the values
        found += f"{',' if '=' in found else ''}{name}={forms[one]}" if one in forms else "%.0s"
    return found


def _escape(tag: str | None) -> str:
    plain = (tag or "").replace("\\", "").strip() or UNKNOWN
    return plain.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
