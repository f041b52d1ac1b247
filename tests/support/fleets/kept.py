"""Writes facts as if they had been received, for tests of what is made of them."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from rollcall_collector.model.site import NewSite
from rollcall_collector.store.carts import ensure_cart
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.sites import ensure_site
from rollcall_collector.store.tables import boots, device_days, device_states, devices, failures

ZONE = "Europe/Berlin"


def keep_device(
    connection: Connection, name: str, *, site: str | None = None, cart: str | None = None, **values: Any
) -> int:
    """A device `d-<name>` with this serial number; its site and cart are made where they are new."""
    new_site = NewSite(zone=ZONE)
    site_key = None if site is None else ensure_site(connection, site, new_site.zone)[0]
    cart_key = None if cart is None or site_key is None else ensure_cart(connection, site_key, cart)[0]
    row = {"device_id": f"d-{name}", "serial_number": name.upper(), "site": site_key, "cart": cart_key} | values
    return int(connection.execute(insert(devices).values(row).returning(devices.c.device)).scalar_one())


def keep_days(connection: Connection, device: int, days: list[date], **readings: Any) -> None:
    """Active days; a reading given as a list has one value a day."""
    rows = [
        day_row(
            device,
            on,
            **{name: value[place] if isinstance(value, list) else value for name, value in readings.items()},
        )
        for place, on in enumerate(days)
    ]
    connection.execute(insert(device_days), rows)


def keep_failure(connection: Connection, device: int, channel: str, code: str, on: date, **evidence: float) -> None:
    """One failure at nine in the morning."""
    at = datetime.combine(on, time(9), ZoneInfo(ZONE))
    seq = len(connection.execute(select(failures.c.failure)).all()) + 1
    connection.execute(insert(failures).values(failure_row(device, seq, channel, code, at, **evidence)))


def keep_boot(connection: Connection, device: int, boot_id: str, at: datetime, **values: Any) -> None:
    """One start."""
    connection.execute(insert(boots).values(boot_row(device, boot_id, at, **values)))


def keep_state(connection: Connection, device: int, heard: datetime, **vitals: Any) -> None:
    """What the device said last."""
    connection.execute(
        insert(device_states).values(
            device=device, last_heard_us=to_us(heard), vitals_us=to_us(heard), vitals=json.dumps(vitals)
        )
    )


def day_row(device: int, on: date, **values: Any) -> dict[str, Any]:
    """An active day, for many to be written at once."""
    usual = {"reports": 3, "boots": 1, "unclean_stops": 0, "failures": 0}
    return {"device": device, "on": to_day(on)} | usual | values


def failure_row(device: int, seq: int, channel: str, code: str, at: datetime, **evidence: float) -> dict[str, Any]:
    """A failure on the day that it is where `at` was read; `seq` is its own among the device's."""
    return {
        "device": device,
        "epoch_key": 1,
        "seq": seq,
        "channel": channel,
        "code": code,
        "occurred_us": to_us(at),
        "occurred_on": to_day(at.date()),
        "is_day_only": False,
        "count": 1,
        "evidence": json.dumps(evidence),
    }


def boot_row(device: int, boot_id: str, at: datetime, **values: Any) -> dict[str, Any]:
    """A whole start after a clean stop."""
    usual = {"source": "systemd", "start_kind": "full", "previous_stop": "clean", "stop_cause": "user"}
    when = {"booted_us": to_us(at), "booted_on": to_day(at.date()), "is_day_only": False}
    return {"device": device, "boot_id": boot_id} | when | usual | values


def days_before(today: date, count: int) -> list[date]:
    """The last `count` days up to and including today, oldest first."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
