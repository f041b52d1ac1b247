"""Reads what is really wrong with each make-believe device, as the simulator wrote it down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall_collector.cli.parts.assembly import StationError

_BATTERY = ("worn_battery", "fading_battery")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueDevice:
    """What is really wrong with one device, by its device id.

    `theta` is how many times as often it fails as its model does; `usual` is what its model has at its age, in
    incidents by channel in 100 active days. `boot_factor` and `slow_factor` are how much longer it takes to start than
    its model, and than it took before it went wrong. `wrong` names what a judge who knew everything would find.
    """

    device_id: str
    theta: float
    usual: Mapping[str, float]
    boot_factor: float
    slow_factor: float
    own_incidents: int
    wrong: frozenset[str]

    @property
    def has_spent_battery(self) -> bool:
        """Whether its battery holds less than 80 % of what it was made for, and tells so."""
        return not self.wrong.isdisjoint(_BATTERY)


def read_truth(path: Path) -> dict[str, TrueDevice]:
    """Every device that ever spoke, by its device id. Raises StationError where there is no such file yet."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {one["device_id"]: _device(one) for one in told["devices"] if one["device_id"] is not None}
    except OSError:
        raise StationError(f"there is no {path}: start `rollcall demo` first and let it tell its past") from None
    except (ValueError, KeyError) as error:
        raise StationError(f"{path} is of another version ({error}): remove the demo's folder and start it") from None


def _device(one: Mapping[str, Any]) -> TrueDevice:
    incidents: Mapping[str, int] = one["incidents"]
    return TrueDevice(
        device_id=one["device_id"],
        theta=one["theta"],
        usual=one["usual_incidents_per_100_days"],
        boot_factor=one["boot_factor"],
        slow_factor=one["slow_start_factor"] or 1.0,
        own_incidents=sum(count for cause, count in incidents.items() if cause != "bad_update"),
        wrong=frozenset(one["should_be_flagged"]),
    )
