"""Writes a report as one line for InfluxDB: numbers only, tagged by device and platform."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from rollcall_collector.store.publishers.registry import DeviceEntry
from rollcall_wire import Boot, Failure, Report, Vitals

_SAME_DAY_NUMBERS = 1_000_000

VITALS_FIELDS = tuple(one.name for one in fields(Vitals) if one.name != "kind")
BOOT_FIELDS = tuple(one.name for one in fields(Boot) if one.name.endswith("_seconds"))


def line_of(report: Report, device: DeviceEntry, recorded_us: int, at_us: int) -> str | None:
    """The report in line protocol, or None where it has no number to draw.

    Reports rounded to the same day would overwrite each other: the report's number, as nanoseconds, keeps them apart.
    """
    body = report.body
    tags = f"device_id={_escape(device.device_id)},platform={_escape(device.platform or 'unknown')}"
    apart = report.seq % _SAME_DAY_NUMBERS
    match body:
        case Vitals():
            told = ",".join(_numbers(body, VITALS_FIELDS))
            return f"vitals,{tags} {told} {recorded_us * 1000 + apart}" if told else None
        case Boot():
            unclean = int(body.previous_stop == "unclean")
            told = ",".join(["count=1i", f"unclean={unclean}i", *_numbers(body, BOOT_FIELDS)])
            return f"boot,{tags} {told} {at_us * 1000 + apart}"
        case Failure():
            named = f"channel={body.channel},code={_escape(body.code)}"
            return f"failure,{tags},{named} count={body.count}i {at_us * 1000 + apart}"
        case _:
            return None


def _numbers(body: Any, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = getattr(body, name)
        if isinstance(value, bool):
            yield f"{name}={int(value)}i"
        elif value is not None:
            yield f"{name}={value}i" if isinstance(value, int) else f"{name}={value!r}"


def _escape(tag: str) -> str:
    return tag.replace("\\", "").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
