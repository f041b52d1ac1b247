"""Tells how hot the hottest sensor is, and how often the processor had to slow down for heat."""

import re
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.sources.counters import count
from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Vitals

MILLI = 1000
PLAUSIBLE_CELSIUS = range(1, 126)
"""Sensors that are not wired read -128, 0 or 127.5; processors switch off before 125."""
BOARD_CHIPS = re.compile(
    r"(nct|w83|it8|f71|f8|sch|smsc|dme|lm[789]|adm|adt|emc|asc|pc87|vt1|asus|atk|gigabyte|cros_ec|dell_smm)",
    re.IGNORECASE,
)
"""Chips on the main board that watch whatever its maker wired to them, and tell of pins where nothing is, too."""
FIRMWARE_ZONE = "acpitz"
"""What the firmware tells of a zone may be a number that never changes (27.8, 119): only for want of a processor's."""
PROCESSOR_ZONES = re.compile(r"x86_pkg_temp|cpu", re.IGNORECASE)
"""Zones of a processor. Others (SEN1, TSR0, B0D4) are pins of the board: only for want of a processor's, too."""
NVME, NVME_OWN = "nvme", frozenset({"", "Composite"})
"""An NVMe disk's own temperature; its numbered sensors are wired or not as its maker pleased."""
PROCESSOR_CHIPS = frozenset({"coretemp", "k8temp", "k10temp", "zenpower", "cpu_thermal"})
CONTROL, DIE = "Tctl", "Tdie"
"""AMD's value for the fan, up to 27 degrees above the die's own where both are told."""
PROCESSOR_PINS = ("CPU", "PECI", "TSI")
"""The pins of a board chip that belong to the processor (CPUTIN, PECI Agent 0). AUXTIN1 read 109 on a cold board."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """The hottest plausible sensor, and throttle events since this start; None where the device does not tell."""

    hottest_celsius: float | None
    throttled: int | None


def read(host: Host) -> Heat:
    """The temperature sensors that are wired, and Intel's throttle counters."""
    chips, zones = host.path("sys/class/hwmon"), folders(host.path("sys/class/thermal"), "thermal_zone*/temp")
    of_processor = [one for one in zones if PROCESSOR_ZONES.match(text(one.with_name("type")) or "")]
    has_better = bool(of_processor) or _has_processor_chip(chips)
    sensors = [one for one in folders(chips, "hwmon*/temp*_input") if _is_wired(one, has_better=has_better)]
    sensors += of_processor if has_better else zones
    degrees = [found / MILLI for one in sensors if (found := number(one)) is not None]
    return Heat(
        hottest_celsius=max((one for one in degrees if int(one) in PLAUSIBLE_CELSIUS), default=None),
        throttled=_throttled(host.path("sys/devices/system/cpu")),
    )


def tell(heat: Heat, past: Past) -> Told:
    """The temperature as a vital; a failure where the processor was slowed down since the last look."""
    vitals = None if heat.hottest_celsius is None else Vitals(temperature_max_celsius=heat.hottest_celsius)
    if heat.throttled is None:
        return Told(vitals=vitals, has_found=vitals is not None)
    counted = count(past.recall("thermal"), {"throttled": heat.throttled}, boot_id=past.boot_id, lifetime="boot")
    failures = tuple(
        past.failure("thermal", "throttled", count=grown, evidence={"delta": grown, "value": heat.throttled})
        for grown in counted.growth.values()
    )
    return Told(vitals=vitals, failures=failures, mark=counted.mark, has_found=True)


def _is_wired(sensor: Path, *, has_better: bool) -> bool:
    """Whether something is behind a sensor: what is part of a chip is; a board's pins only for want of better."""
    stem = sensor.name.removesuffix("_input")
    if number(sensor.with_name(f"{stem}_fault")) == 1:
        return False
    chip, label = text(sensor.with_name("name")) or "", text(sensor.with_name(f"{stem}_label")) or ""
    if chip == NVME:
        return label in NVME_OWN
    if label == CONTROL:
        return DIE not in {text(one) for one in folders(sensor.parent, "temp*_label")}
    if chip == FIRMWARE_ZONE:
        return not has_better
    if not BOARD_CHIPS.match(chip):
        return True
    return not has_better and label.upper().startswith(PROCESSOR_PINS)


def _has_processor_chip(chips: Path) -> bool:
    return any(text(one) in PROCESSOR_CHIPS for one in folders(chips, "hwmon*/name"))


def _throttled(processors: Path) -> int | None:
    # Each processor of a package repeats the package's one counter: the largest is the count, a sum is 30 + 30 + 30.
    for which in ("package", "core"):
        counters = folders(processors, f"cpu[0-9]*/thermal_throttle/{which}_throttle_count")
        found = [value for one in counters if (value := number(one)) is not None]
        if found:
            return max(found)
    return None


SOURCE = Source(name="thermal", rhythm="vitals", needs="nothing", read=read, tell=tell)
