"""A bridge to a make-believe service: a file in the bridge's folder lists its devices. As a program, the verb with it.

Usage: python -m tests.support.stand_ins.make_believe_bridge STATE make-believe [enroll URL | --check]
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from rollcall_agent.bridges.bridge import Bridge, Poll, ToldOfDevice
from rollcall_agent.checks import Check, fault
from rollcall_agent.cli import bridge as verb
from rollcall_agent.config import read_settings
from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_wire import Inventory, Vitals

FILE = "service.json"


def list_devices(folder: Path, count: int, *, os_version: str = "17.7.2") -> None:
    """Let the service know of so many devices."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [{"serial": f"DMPX{number:06d}", "os_version": os_version} for number in range(count)]
    (folder / FILE).write_text(json.dumps(listed))


def check(folder: Path) -> Iterator[Check]:
    """Whether the service's list is there."""
    if (folder / FILE).exists():
        yield Check(subject="service", says="its list is there")
    else:
        yield fault("service", "its list is missing", f"put {FILE} into {folder}")


def poll(asked: Poll) -> Iterator[ToldOfDevice]:
    """Each device's battery, once a version of its system."""
    for listed in json.loads((asked.folder / FILE).read_text()):
        serial, version = listed["serial"], listed["os_version"]
        is_told = asked.recall(f"told/{serial}") == version and not asked.is_asked_anew
        yield ToldOfDevice(
            device=BridgedDevice(
                serial_number=serial,
                hardware_keys=(f"udid-of-{serial}",),
                inventory=Inventory(platform="ipados", model="iPad 9", serial_number=serial, os_version=version),
            ),
            bodies=() if is_told else (Vitals(battery_level_percent=81.0),),
            marks={} if is_told else {f"told/{serial}": version},
        )


BRIDGE = Bridge(name="make-believe", platform="ipados", check=check, poll=poll)


def main() -> int:
    """The verb, with this bridge registered."""
    parser = ArgumentParser()
    verb.configure(parser)
    args = parser.parse_args(sys.argv[2:])
    return verb.run(args, read_settings(Path(sys.argv[1])), bridges=(BRIDGE,))


if __name__ == "__main__":
    sys.exit(main())
