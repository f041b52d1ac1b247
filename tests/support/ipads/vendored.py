"""A bridge to a bought service in a folder of the test's, asked round after round."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rollcall_agent.bridges.bridge import Bridge, Poll, ToldOfDevice
from rollcall_agent.checks import Check
from rollcall_wire import Vitals

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@dataclass
class Vendored:
    bridge: Bridge
    folder: Path
    marks: dict[str, str] = field(default_factory=dict)

    def set_up(self, key: str, **settings: str) -> None:
        (self.folder / f"{self.bridge.name}.json").write_text(json.dumps(settings))
        path = self.folder / f"{self.bridge.name}.key"
        path.write_text(key)
        path.chmod(0o600)

    def round(self, *, now: datetime = NOW, anew: bool = False) -> list[ToldOfDevice]:
        assert self.bridge.poll is not None
        told = list(self.bridge.poll(Poll(now=now, recall=self.marks.get, folder=self.folder, is_asked_anew=anew)))
        for one in told:
            self.marks.update(one.marks)
        return told

    def checks(self) -> list[Check]:
        return list(self.bridge.check(self.folder))


def readings(told: list[ToldOfDevice]) -> dict[str | None, tuple[float | None, int | None]]:
    """Level and free storage by serial number, of those of which there is something new."""
    return {
        one.device.serial_number: (body.battery_level_percent, body.storage_free_bytes)
        for one in told
        for body in one.bodies
        if isinstance(body, Vitals)
    }
