"""A make-believe disk: its free space, its wear, and its errors, which grow only where it is dying."""

from datetime import date
from random import Random

from rollcall_agent.simulator.life.device import Device
from rollcall_wire.codes import Evidence

_SMART_AFTER_DAYS = 45
_TOLD = 0.4
_SMART_TOLD = 0.1
"""[A] How soon a dying disk condemns itself, and on how many days each is recorded."""


class DiskWear:
    """Free space, wear and error counters of one device's disk, as its own firmware would count them."""

    def __init__(self, device: Device, random: Random) -> None:
        model = device.model
        self._dying_from = device.nature.dying_disk_from
        self._is_nvme = model.storage == "nvme"
        self._has_sectors = model.storage in ("sata", "hdd")
        self._wears = model.storage in ("nvme", "sata")
        self._free = int(model.storage_bytes * random.uniform(0.3, 0.7))
        self._low = model.storage_bytes // 20
        self._wear = device.age_at_first * random.uniform(1.0, 3.0)
        self._errors = device.nature.old_sectors
        self._pending = 0
        self._unsafe_stops = int(device.age_at_first * 4)

    @property
    def free_bytes(self) -> int:
        """Free space now."""
        return self._free

    @property
    def wear_percent(self) -> float | None:
        """Rated life used; None for what has no such count or nobody can read."""
        return round(self._wear) if self._wears else None

    @property
    def media_errors(self) -> int | None:
        """Reads it could not mend: NVMe only."""
        return self._errors if self._is_nvme else None

    @property
    def reallocated_sectors(self) -> int | None:
        """Sectors replaced: SATA and hard disks only."""
        return self._errors if self._has_sectors else None

    @property
    def pending_sectors(self) -> int | None:
        """Sectors waiting: SATA and hard disks only."""
        return self._pending if self._has_sectors else None

    @property
    def unsafe_stops(self) -> int | None:
        """Power cuts counted: NVMe only."""
        return self._unsafe_stops if self._is_nvme else None

    def count_unsafe_stop(self) -> None:
        """The power went without a word."""
        self._unsafe_stops += 1

    def use(self, random: Random) -> None:
        """A day's files come and go."""
        self._free = max(self._low, self._free + int(random.gauss(-4e6, 30e6)))
        self._wear += 0.01

    def fail(self, on: date, random: Random) -> tuple[tuple[str, dict[Evidence, float]], ...]:
        """What a dying disk shows on this day: codes with their evidence, empty for a sound disk."""
        if self._dying_from is None or on < self._dying_from:
            return ()
        days = (on - self._dying_from).days
        grown = int(random.expovariate(1 / (1 + days / 12)))
        self._errors += grown
        self._pending = max(0, self._pending + grown - int(grown * random.random()))
        shown: list[tuple[str, dict[Evidence, float]]] = []
        if grown and random.random() < _TOLD:
            code = "media_errors" if self._is_nvme else "pending_sectors"
            value = self._errors if self._is_nvme else self._pending
            if value:
                shown.append((code, {"value": float(value), "delta": float(grown)}))
        if days > _SMART_AFTER_DAYS and random.random() < _SMART_TOLD:
            shown.append(("smart_failing", {"exit_status": 8.0}))
        return tuple(shown)
