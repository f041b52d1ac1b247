"""Writes what is really wrong with each make-believe device, from when, for whoever wants to hold the judge to it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.device import Device, hardware_rate
from rollcall_agent.simulator.life.history import Life

UNRELIABLE_THETA = 1.5
"""The judge asks for devices that fail more than 1.5 times as often as their cohort."""


def should_be_flagged(life: Life) -> tuple[str, ...]:
    """What a judge who knew everything would say of a device, as far as its reports could ever show it.

    A bad update and accidents are none of its fault and are not in here.
    """
    device, seen = life.device, life.seen
    nature = device.nature
    tells_capacity = device.model.platform != "ipados" and device.model.design_wh is not None
    wrong = {
        "unreliable": nature.theta > UNRELIABLE_THETA,
        "failing_disk": nature.dying_disk_from is not None,
        "slow_start": nature.slow_from is not None,
        "worn_battery": tells_capacity and seen.battery_under_60_from is not None,
        "fading_battery": tells_capacity and seen.battery_under_80_from is not None,
        "missing": nature.lost_from is not None,
    }
    return tuple(finding for finding, is_true in wrong.items() if is_true)


def usual_incidents(district: District, device: Device) -> dict[str, float]:
    """How many incidents by channel a device of this model and age has in 100 active days, were its theta 1."""
    model = device.model
    scale = 100 / priors.ACTIVE_DAYS_A_YEAR * district.model_factors[model.name]
    usual = {"crash": priors.CRASHES_A_YEAR[model.platform] * scale}
    codes = priors.HARDWARE_CODES.get(model.platform, priors.HARDWARE_CODES["pc"])
    hardware = hardware_rate(model, device.age_at_first) * scale / sum(weight for _, _, weight in codes)
    for channel, _, weight in codes:
        usual[channel] = usual.get(channel, 0.0) + hardware * weight
    return {channel: round(rate, 5) for channel, rate in usual.items()}


def truth_of(district: District, life: Life, device_id: str | None) -> dict[str, Any]:
    """One device's truth as JSON-ready values; days are ISO dates, null where it never came to that."""
    device, nature, seen = life.device, life.device.nature, life.seen
    return {
        "device_id": device_id,
        **_place(district, device),
        "theta": round(nature.theta, 4),
        "model_factor": round(district.model_factors[device.model.name], 4),
        "usual_incidents_per_100_days": usual_incidents(district, device),
        "boot_factor": round(nature.boot_factor, 4),
        "is_lemon": nature.theta >= priors.LEMON_THETA[0],
        "failing_disk_from": _day(nature.dying_disk_from),
        "slow_start_from": _day(nature.slow_from),
        "slow_start_factor": nature.slow_factor if nature.slow_from else None,
        "slow_start_ramp_days": nature.slow_ramp_days if nature.slow_from else None,
        "has_fading_battery": nature.has_fading_battery,
        "battery_health_percent": life.battery_health_percent,
        "battery_under_80_from": _day(seen.battery_under_80_from),
        "battery_under_60_from": _day(seen.battery_under_60_from),
        "bad_update_from": _day(seen.bad_update_from),
        "bad_update_until": _day(seen.bad_update_until),
        "missing_from": _day(nature.lost_from),
        "active_days": seen.active_days,
        "reports": seen.reports,
        "incidents": dict(sorted(life.incidents.items())),
        "should_be_flagged": list(should_be_flagged(life)),
    }


def write_truth(path: Path, district: District, lives: Iterable[Life], device_ids: Mapping[int, str]) -> None:
    """Write the truth file anew: `district` says how it was drawn, `devices` what is wrong with each."""
    plan = {name: _plain(value) for name, value in asdict(district.plan).items()}
    bad = [
        {"model": one.bad_for, "version": one.version, "released_on": one.on.isoformat()}
        for found in district.versions.values()
        for one in found
        if one.bad_for is not None
    ]
    told = {
        "district": plan | {"damage_a_year": round(district.damage_a_year, 4), "bad_updates": bad},
        "devices": [truth_of(district, life, device_ids.get(life.device.number)) for life in lives],
    }
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(told, indent=1) + "\n")
    draft.replace(path)


def _place(district: District, device: Device) -> dict[str, Any]:
    return {
        "serial_number": device.serial_number,
        "platform": device.model.platform,
        "model": device.model.name,
        "purchased_on": device.purchased_on.isoformat(),
        "role": device.role,
        "site": district.sites[device.site].name,
        "cart": None if device.cart is None else district.carts[device.cart].name,
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()
