"""What a simulation must remember in its folder to go on later: the plan it was made from."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from rollcall_agent.errors import ConfigError
from rollcall_agent.simulator.district import Plan

_FILE = "plan.json"
_DAYS = ("first", "last")


def settle_plan(folder: Path, wanted: Plan) -> Plan:
    """The plan this folder was begun with, or the wanted one, now written down.

    The days of the first run stay: a later run continues that history. Raises ConfigError where the folder holds
    another district.
    """
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(wanted), default=date.isoformat, indent=1) + "\n")
        return wanted
    try:
        begun = _read(json.loads(path.read_text()))
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path} cannot be read ({error!r}): choose an empty folder with --out") from error
    other = [name for name, value in asdict(wanted).items() if name not in _DAYS and value != getattr(begun, name)]
    if other:
        raise ConfigError(
            f"{folder} holds another district (its {', '.join(other)} differ): repeat its arguments to continue it, "
            "or choose another folder with --out"
        )
    return begun


def _read(read: dict[str, Any]) -> Plan:
    days = {name: date.fromisoformat(read[name]) for name in _DAYS}
    return Plan(**(read | days))
