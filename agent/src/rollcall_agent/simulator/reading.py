"""What each platform's route can read from a make-believe device; everything else stays null."""

from random import Random

from rollcall_agent.simulator.life.battery import BatteryWear
from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.life.disk import DiskWear
from rollcall_wire import Inventory, Vitals

_AGENT_VERSION = "simulator"


def read_vitals(
    device: Device, battery: BatteryWear | None, disk: DiskWear, awake_seconds: float, random: Random
) -> Vitals:
    """The vitals of a device that is open, so on its battery where it has one."""
    platform = device.model.platform
    level = None if battery is None else round(battery.level)
    if platform == "ipados":
        return Vitals(battery_level_percent=level, storage_free_bytes=disk.free_bytes)
    full = None if battery is None else round(battery.health * battery.design_wh * random.uniform(0.99, 1.01), 1)
    temperature = round(48 + 9 * random.random())
    is_chromebook = platform == "chromeos"
    return Vitals(
        battery_level_percent=level,
        is_charging=None if battery is None else False,
        is_plugged_in=None if battery is None else False,
        battery_full_wh=full,
        battery_design_wh=None if battery is None else battery.design_wh,
        battery_cycles=None if battery is None else int(battery.cycles),
        storage_free_bytes=disk.free_bytes,
        storage_wear_percent=None if is_chromebook else disk.wear_percent,
        media_errors=None if is_chromebook else disk.media_errors,
        reallocated_sectors=None if is_chromebook else disk.reallocated_sectors,
        pending_sectors=None if is_chromebook else disk.pending_sectors,
        unsafe_stops=None if is_chromebook else disk.unsafe_stops,
        temperature_max_celsius=temperature,
        awake_seconds=None if is_chromebook else awake_seconds,
    )


def inventory(device: Device, os_version: str | None = None) -> Inventory:
    """What the device is, as its route tells it. An MDM does not tell how much memory an iPad has."""
    model = device.model
    return Inventory(
        platform=model.platform,
        manufacturer=model.manufacturer,
        model=model.name,
        serial_number=device.serial_number,
        os_version=os_version,
        memory_bytes=None if model.platform == "ipados" else model.memory_bytes,
        storage_bytes=model.storage_bytes,
        agent_version=_AGENT_VERSION,
        sources=("simulator",),
    )
