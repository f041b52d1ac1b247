"""`rollcall devices`: lists devices by what they are and how they do, and shows one in full."""

import argparse
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from rollcall_collector.cli.arguments.devices import SYNTAX
from rollcall_collector.cli.parts.output import plain, print_csv, print_json, print_table
from rollcall_collector.cli.parts.store import operated_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.device import SILENT_DAYS, Device, DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.noting import note_export
from rollcall_collector.store.devices import every_device, find_device, list_devices
from rollcall_collector.store.facts import last_vitals, list_boots, list_failures
from rollcall_collector.store.judged.flags import list_flags

HEADINGS = ("device", "serial_number", "model", "site", "cart", "slot", "verdict", "active_days", "last_heard_at")


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine, engine.connect() as connection:
        if chosen.action == "list":
            if chosen.csv:
                note_export(engine, "devices list --csv", " ".join(chosen.text))
            _list(connection, chosen)
        else:
            _show(connection, chosen)
    return 0


def _query(chosen: argparse.Namespace) -> DeviceQuery:
    return DeviceQuery(
        text=" ".join(chosen.text),
        site=chosen.site,
        cart=chosen.cart,
        platform=chosen.platform,
        model=chosen.model,
        role=chosen.role,
        verdicts=tuple(chosen.verdict),
        heard=chosen.heard,
        heard_since=datetime.now(UTC) - timedelta(days=SILENT_DAYS),
        retired=chosen.retired,
        sort=chosen.sort,
        is_descending=chosen.descending,
        page=chosen.page,
        page_size=chosen.page_size,
    )


def _list(connection: Connection, chosen: argparse.Namespace) -> None:
    query = _query(chosen)
    if chosen.csv:
        print_csv(HEADINGS, [_row(device) for device in every_device(connection, Scope.all(), query)])
        return
    page = list_devices(connection, Scope.all(), query)
    if chosen.json:
        print_json({"devices": page.devices, "total": page.total, "page": page.page, "pages": page.pages})
        return
    empty = "No device matches." if query != DeviceQuery() else "No device yet: enroll one, or import a roster."
    print_table(HEADINGS, [_row(device) for device in page.devices], empty=empty)
    if page.pages > 1:
        print(f"page {page.page} of {page.pages}, {page.total} devices in all: --page {page.page + 1} shows the next")


def _row(device: Device) -> tuple[object, ...]:
    return (
        device.name,
        device.serial_number,
        device.model,
        device.site,
        device.cart,
        device.slot,
        device.verdict.replace("_", " "),
        device.active_days,
        device.last_heard_at,
    )


def _show(connection: Connection, chosen: argparse.Namespace) -> None:
    device = find_device(connection, Scope.all(), chosen.name)
    boots = list_boots(connection, Scope.all(), device.device, at_most=20)
    failures = list_failures(connection, Scope.all(), device.device, at_most=20)
    flags = list_flags(connection, Scope.all(), states=("open", "accepted", "postponed"), device=device.device)
    _, vitals = last_vitals(connection, Scope.all(), device.device)
    if chosen.json:
        print_json({"device": device, "flags": flags, "vitals": vitals, "boots": boots, "failures": failures})
        return
    print(f"{device.name}: {device.verdict.replace('_', ' ')}. {device.sentence}".rstrip())
    told = {name: value for name, value in plain(device).items() if value is not None and name not in _SAID}
    told |= {name: value for name, value in (vitals or {}).items() if name != "kind"}
    width = max(map(len, told))
    for name, value in told.items():
        print(f"  {name.ljust(width)}  {value}")
    for flag in flags:
        print(f"flag {flag.flag} ({flag.state}): {flag.sentence}")
    starts = [
        (boot.booted_at, boot.to_login_seconds, boot.start_kind, boot.previous_stop, boot.stop_cause) for boot in boots
    ]
    print_table(
        ("booted_at", "to_login_seconds", "start", "stop before", "cause"), starts, empty="No start reported yet."
    )
    failed = [(one.occurred_at, one.channel, one.code, one.count) for one in failures]
    print_table(("occurred_at", "channel", "code", "count"), failed, empty="No failure reported.")


_SAID = frozenset({"device", "verdict", "sentence"})
VERBS = verbs_of(SYNTAX, _run)
