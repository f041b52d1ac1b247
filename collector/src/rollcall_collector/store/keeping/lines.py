"""Writes a fact as one line of InfluxDB's line protocol: numbers only, tagged by device, site and kind.

A line is the same whether it is written when the fact arrives or long after, from the store: same tags, same instant.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

from rollcall_collector.store.publishers.registry import DeviceEntry
from rollcall_wire import Boot, Failure, Report, Vitals

UNKNOWN = "unknown"
_MS_NS = 1_000_000
_EXACT_APART_MS = 1_000
_DAY_APART_MS = 1_000_000
"""What a second or a day has in common is kept apart by milliseconds: VictoriaMetrics keeps nothing finer."""

VITALS_FIELDS = tuple(one.name for one in fields(Vitals) if one.name != "kind")
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
_vitals_of = attrgetter(*VITALS_FIELDS)
_boot_of = attrgetter(*BOOT_FIELDS)


class Tagged(NamedTuple):
    """Whose line it is, by the words that become its tags."""

    device_id: str
    site: str | None
    platform: str | None


def line_of(report: Report, device: DeviceEntry, recorded_us: int, at_us: int) -> str | None:
    """The report in line protocol, or None where it has no number to draw."""
    body = report.body
    subject = Tagged(device.device_id, device.site, device.platform)
    is_day_only = report.precision == "day"
    match body:
        case Vitals():
            told = ",".join(_numbers(VITALS_FIELDS, _vitals_of(body)))
            if not told:
                return None
            return f"vitals,{_tags(subject, device.platform)} {told} {_apart(recorded_us, report.seq, is_day_only)}"
        case Boot():
            return boot_line(subject, body, at_us, is_day_only=is_day_only)
        case Failure():
            return failure_line(subject, body, at_us, report.seq, is_day_only=is_day_only)
        case _:
            return None


def boot_line(subject: Tagged, boot: Any, at_us: int, *, is_day_only: bool) -> str:
    """One start, as the wire or a row of `boots` has it."""
    told = ",".join(_numbers(BOOT_FIELDS, _boot_of(boot)))
    told = f"count=1i,unclean={int(boot.previous_stop == 'unclean')}i{',' if told else ''}{told}"
    apart = crc32(boot.boot_id.encode()) if is_day_only else 0
    return f"boot,{_tags(subject, boot.start_kind)} {told} {_apart(at_us, apart, is_day_only)}"


def failure_line(subject: Tagged, failure: Any, at_us: int, seq: int, *, is_day_only: bool) -> str:
    """One failure, as the wire or a row of `failures` has it."""
    kind = f"{failure.channel}/{failure.code}"
    return f"failure,{_tags(subject, kind)} count={failure.count}i {_apart(at_us, seq, is_day_only)}"


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


def _numbers(names: tuple[str, ...], values: tuple[Any, ...]) -> Iterator[str]:
    for name, value in zip(names, values, strict=True):
        if value is None:
            continue
        if type(value) is float:
            yield f"{name}={value!r}"
        else:
            yield f"{name}={int(value)}i"


def _escape(tag: str | None) -> str:
    plain = (tag or "").replace("\\", "").strip() or UNKNOWN
    return plain.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
