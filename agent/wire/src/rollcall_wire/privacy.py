"""Keeps a pupil's day private: outside school hours an instant is rounded to its day before it leaves a device."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollcall_wire.messages import SchoolHours
from rollcall_wire.reports import Boot, Failure, Report

NEVER = (
    "the name or account of whoever uses the device",
    "which programs, files, pages or sites were open",
    "anything typed, seen or heard",
    "network addresses and Wi-Fi names",
    "where the device is",
    "clock times outside school hours: only the day",
)
"""What never leaves a device, in plain words."""
TEXTS: Mapping[str, frozenset[str]] = {
    "inventory": frozenset(
        {
            "manufacturer",
            "model",
            "serial_number",
            "asset_tag",
            "os_version",
            "agent_version",
            "sources",
            "permissions_missing",
        }
    ),
    "boot": frozenset({"boot_id", "os_version", "stop_code"}),
    "failure": frozenset({"code", "boot_id"}),
    "vitals": frozenset(),
    "gap": frozenset(),
}
"""The only fields of a report about a device that hold text which is no word of a closed list, by its kind.

They say what firmware and system state of themselves, random ids, and the agent's own sentences.
"""


def is_school_time(at: datetime, hours: SchoolHours | None) -> bool:
    """Whether an instant may be told exactly. Without hours, or in an unknown zone, it may not."""
    local = _local(at, hours)
    if local is None or hours is None:
        return False
    minute = local.hour * 60 + local.minute
    return local.isoweekday() in hours.days and hours.opens_minute <= minute < hours.closes_minute


def coarsen(at: datetime, hours: SchoolHours | None) -> datetime:
    """The instant itself in school hours, else the start of its day in the school's zone, as UTC."""
    return at.astimezone(UTC) if is_school_time(at, hours) else coarsen_to_day(at, hours)


def coarsen_report(report: Report, hours: SchoolHours | None) -> Report:
    """The report with every instant coarsened if any lies outside school hours; `precision` says so."""
    instants = [report.recorded_at]
    match report.body:
        case Boot(booted_at=at) | Failure(occurred_at=at):
            instants.append(at)
        case _:
            pass
    if all(is_school_time(at, hours) for at in instants):
        return report
    body = report.body
    match body:
        case Boot():
            body = replace(body, booted_at=coarsen_to_day(body.booted_at, hours))
        case Failure():
            body = replace(body, occurred_at=coarsen_to_day(body.occurred_at, hours))
        case _:
            pass
    return Report(  # written out: `replace` costs twice as much, and this runs for every report
        seq=report.seq,
        device_id=report.device_id,
        recorded_at=coarsen_to_day(report.recorded_at, hours),
        precision="day",
        body=body,
    )


def coarsen_to_day(at: datetime, hours: SchoolHours | None) -> datetime:
    """The start of the instant's day in the school's zone, as UTC; where midnight comes twice, the first one."""
    local = _local(at, hours) or at.astimezone(UTC)
    return datetime(local.year, local.month, local.day, tzinfo=local.tzinfo).astimezone(UTC)


def _local(at: datetime, hours: SchoolHours | None) -> datetime | None:
    if hours is None:
        return None
    try:
        return at.astimezone(ZoneInfo(hours.zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
