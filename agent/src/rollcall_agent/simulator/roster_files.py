"""Writes the papers of a make-believe district: the roster its office would keep, and its calendar."""

import csv
import json
from pathlib import Path

from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.life.schoolyear import LESSON_SECONDS, school_hours

COLUMNS = (
    "serial_number",
    "asset_tag",
    "model",
    "platform",
    "manufacturer",
    "site",
    "cart",
    "slot",
    "role",
    "purchased_on",
    "price",
    "warranty_until",
    "support_until",
)


def write_roster(path: Path, district: District) -> None:
    """`devices.csv` for `rollcall roster import`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(district, device) for device in district.devices)


def write_calendar(path: Path, district: District) -> None:
    """`sites.json`: each site's zone, school hours, lessons and holidays, and what its carts are."""
    hours = school_hours(district.plan.zone)
    told = [
        {
            "name": site.name,
            "zone": hours.zone,
            "days": list(hours.days),
            "opens_minute": hours.opens_minute,
            "closes_minute": hours.closes_minute,
            "lesson_minutes": LESSON_SECONDS // 60,
            "lessons": [second // 60 for second in (site.days[0].lessons if site.days else ())],
            "holidays": [{"on": on.isoformat(), "name": name} for on, name in site.closed.items()],
            "carts": [
                {
                    "name": cart.name,
                    "home_room": cart.home_room,
                    "slots": cart.slots,
                    "charging": "cyclic_thirds" if cart.is_in_turn else "all_at_once",
                }
                for cart in district.carts
                if cart.site == site.number
            ],
        }
        for site in district.sites
    ]
    path.write_text(json.dumps({"sites": told}, indent=1) + "\n")


def _row(district: District, device: Device) -> tuple[str, ...]:
    model, cart = device.model, None if device.cart is None else district.carts[device.cart]
    bought = device.purchased_on
    return (
        device.serial_number,
        device.asset_tag,
        model.name,
        model.platform,
        model.manufacturer,
        district.sites[device.site].name,
        "" if cart is None else cart.name,
        "" if device.slot is None else str(device.slot),
        device.role,
        bought.isoformat(),
        f"{model.price:.2f}",
        bought.replace(year=bought.year + model.warranty_years).isoformat(),
        model.support_until.isoformat(),
    )
