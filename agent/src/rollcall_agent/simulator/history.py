"""One make-believe device's school year, day by day: what its agent or bridge would have reported, and when.

A device says only what its platform can tell. iPads have no boot reports at all, Chromebooks only the whole start in
whole seconds, desktops no battery: those fields stay null. Nothing is said on days without school.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from random import Random

from rollcall_agent.simulator import priors
from rollcall_agent.simulator.battery import Battery
from rollcall_agent.simulator.device import Device
from rollcall_agent.simulator.disk import Disk
from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.failing import Failing
from rollcall_agent.simulator.releases import Release, installs
from rollcall_agent.simulator.schoolyear import LESSON_SECONDS, SchoolDay, Use
from rollcall_agent.simulator.starting import Starting
from rollcall_wire import Body, Inventory, Vitals

Told = tuple[datetime, Body]
_AGENT_VERSION = "simulator"


@dataclass(kw_only=True, slots=True)
class Seen:
    """What came true by the end of the history so far, for the truth file. Only a life writes it."""

    active_days: int = 0
    reports: int = 0
    battery_under_80_from: date | None = None
    battery_under_60_from: date | None = None
    bad_update_from: date | None = None
    bad_update_until: date | None = None


class Life:
    """One device's days. Iterate `days()` once; `seen` grows with it."""

    def __init__(self, district: District, device: Device) -> None:
        self.device = device
        self.seen = Seen()
        self._random = random = Random(f"{district.plan.seed}/life/{device.number}")  # noqa: S311  # make-believe
        self._days = district.sites[device.site].days
        self._uses = None if device.cart is None else district.carts[device.cart].uses
        self._installs = installs(district.versions[device.model.os_line], random)
        self._release = self._installs[0][1]
        self._next_install = 1
        self._battery = Battery(device, device.model.design_wh) if device.model.design_wh else None
        self._disk = Disk(device, random)
        self._starting = Starting(device, random)
        self._failing = Failing(district, device, random)
        self._vitals_seconds = 60 * district.plan.vitals_minutes
        self._is_new = True

    @property
    def battery_health_percent(self) -> float | None:
        """What its battery holds by now of what it held when new; None without a battery."""
        return None if self._battery is None else round(100 * self._battery.health, 1)

    @property
    def incidents(self) -> Mapping[str, int]:
        """Faults so far by what caused them, each once however often it was recorded."""
        return self._failing.incidents

    def days(self) -> Iterator[list[Told]]:
        """The reports of each day on which it says anything, in order of time."""
        begins, lost = self.device.begins_on, self.device.nature.lost_from
        for day in self._days:
            if day.on < begins:
                continue
            if lost is not None and day.on >= lost:
                return
            used = self._used_lessons(day)
            if used:
                told = self._day(self._use(day, used))
                yield told
                self.seen.active_days += 1  # only now has all of it been told
                self.seen.reports += len(told)

    def _use(self, day: SchoolDay, used: tuple[int, ...]) -> Use:
        begins = used[0] + 60 + int(240 * self._random.random())
        ends = used[-1] + LESSON_SECONDS - int(300 * self._random.random())
        return Use(day=day, lessons=used, begins=begins, ends=ends)

    def _used_lessons(self, day: SchoolDay) -> tuple[int, ...]:
        """The starts of the lessons in which it is used on this day, in seconds after midnight."""
        if self._uses is None:
            return day.lessons if self._random.random() < priors.USED_ALONE else ()
        lessons = self._uses[day.on]
        if not lessons or self._random.random() > priors.USED_FROM_CART:
            return ()
        return tuple([day.lessons[lesson] for lesson in lessons])

    def _day(self, use: Use) -> list[Told]:
        told: list[Told] = []
        has_new_version = self._update(use.day.on)
        if self._is_new or has_new_version:
            told.append((use.day.at(use.begins + 40), inventory(self.device, self._release.version)))
            self._is_new = False
        self._disk.use(self._random)
        told += self._starting.starts(use, self._release, has_new_version=has_new_version)
        told += self._troubles(use)
        told += self._vitals(use)
        told.sort(key=_instant)
        return told

    def _update(self, on: date) -> bool:
        """Take the versions whose day has come; whether there was one."""
        before = self._release
        for due, release in islice(self._installs, self._next_install, None):
            if due > on:
                break
            self._release = release
            self._next_install += 1
        if before is self._release:
            return False
        self._note_bad_update(before, on)
        return True

    def _note_bad_update(self, before: Release, on: date) -> None:
        mine = self.device.model.name
        if self._release.bad_for == mine:
            self.seen.bad_update_from = on
        elif before.bad_for == mine:
            self.seen.bad_update_until = on

    def _troubles(self, use: Use) -> list[Told]:
        """Failures of this day; those that stop the device change how the next start speaks of its end."""
        told: list[Told] = []
        is_bad = self._release.bad_for == self.device.model.name
        for second, body in self._failing.failures(use, self._disk, self._battery, is_bad_version=is_bad):
            told.append((use.day.at(second), body))
            if body.channel == "crash":
                told += self._starting.restart_after_crash(use, second, body, self._release)
                self._disk.count_unsafe_stop()
        end = self._failing.rude_end()
        if end is not None:
            self._starting.remember_end("unclean", end)
            self._disk.count_unsafe_stop()
        return told

    def _vitals(self, use: Use) -> list[Told]:
        """The last reading comes at the end of the last lesson, the others evenly before it."""
        if self._battery is not None:
            self._battery.charge(self._random)
        count = self._count_vitals(use)
        seconds = float(len(use.lessons) * LESSON_SECONDS // count)
        told: list[Told] = []
        for nth in range(1, count + 1):
            self._drain(use.day, seconds)
            told.append((use.day.at(use.begins + (use.ends - use.begins) * nth // count), self._read(seconds)))
        return told

    def _count_vitals(self, use: Use) -> int:
        """By the hour like a real agent, or, to save everybody's time, one or two a day."""
        if self._vitals_seconds:
            return max(1, (use.ends - use.begins) // self._vitals_seconds)
        return 2 if len(use.lessons) > 1 and self._random.random() < priors.VITALS_AT_NOON else 1

    def _drain(self, day: SchoolDay, seconds: float) -> None:
        if self._battery is None:
            return
        if self._battery.draw(seconds, self._random):
            self._starting.remember_end("unclean", "battery_empty")
            self._disk.count_unsafe_stop()
        health = self._battery.health
        if health < priors.KNEE and self.seen.battery_under_80_from is None:
            self.seen.battery_under_80_from = day.on
        if health < priors.WORN and self.seen.battery_under_60_from is None:
            self.seen.battery_under_60_from = day.on

    def _read(self, awake_seconds: float) -> Vitals:
        """What this platform's route can read; everything else stays null."""
        battery, disk = self._battery, self._disk
        platform = self.device.model.platform
        level = None if battery is None else round(battery.level)
        if platform == "ipados":
            return Vitals(battery_level_percent=level, storage_free_bytes=disk.free_bytes)
        full = (
            None
            if battery is None
            else round(battery.health * battery.design_wh * self._random.uniform(0.99, 1.01), 1)
        )
        temperature = round(48 + 9 * self._random.random())
        if platform == "chromeos":
            return Vitals(
                battery_level_percent=level,
                is_charging=False,
                battery_full_wh=full,
                battery_design_wh=None if battery is None else battery.design_wh,
                battery_cycles=None if battery is None else int(battery.cycles),
                storage_free_bytes=disk.free_bytes,
                temperature_max_celsius=temperature,
            )
        return Vitals(
            battery_level_percent=level,
            is_charging=None if battery is None else False,
            battery_full_wh=full,
            battery_design_wh=None if battery is None else battery.design_wh,
            battery_cycles=None if battery is None else int(battery.cycles),
            storage_free_bytes=disk.free_bytes,
            storage_wear_percent=disk.wear_percent,
            media_errors=disk.media_errors,
            reallocated_sectors=disk.reallocated_sectors,
            pending_sectors=disk.pending_sectors,
            unsafe_stops=disk.unsafe_stops,
            temperature_max_celsius=temperature,
            awake_seconds=awake_seconds,
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


def _instant(told: Told) -> datetime:
    return told[0]
