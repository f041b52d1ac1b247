"""One make-believe device's school year, day by day: what its agent or bridge would have reported, and when.

A device says only what its platform can tell. iPads have no boot reports at all, Chromebooks only the whole start in
whole seconds, desktops no battery: those fields stay null. Nothing is said on days without school, nor while closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random

from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.google import ToldByGoogle
from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.battery import BatteryWear
from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.life.disk import DiskWear
from rollcall_agent.simulator.life.failing import Failing
from rollcall_agent.simulator.life.releases import Release, installs
from rollcall_agent.simulator.life.schoolyear import LESSON_SECONDS, SchoolDay, Use
from rollcall_agent.simulator.life.starting import Starting
from rollcall_agent.simulator.opening import readings, stretches
from rollcall_agent.simulator.reading import inventory, read_vitals
from rollcall_wire import Body

Told = tuple[datetime, Body]
_VITALS_MINUTES = 60


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
    """One device's days. Iterate `days()` once; `seen` grows with it, and `use` is the day's that came last."""

    def __init__(self, district: District, device: Device) -> None:
        self.device = device
        self.seen = Seen()
        self._random = random = Random(f"{district.plan.seed}/life/{device.number}")  # noqa: S311  # make-believe
        self._days = district.sites[device.site].days
        self._cart = None if device.cart is None else district.carts[device.cart]
        self._installs = installs(district.versions[device.model.os_line], random)
        self._release = self._installs[0][1]
        self._next_install = 1
        self._battery = BatteryWear(device, device.model.design_wh) if device.model.design_wh else None
        self._disk = DiskWear(device, random)
        self._starting = Starting(device, random)
        self._failing = Failing(district, device, random)
        self._vitals_seconds = 60 * (district.plan.vitals_minutes or _VITALS_MINUTES)
        self._tells_all_from = district.plan.last - timedelta(days=priors.WHOLE_DAYS)
        if district.plan.vitals_minutes:
            self._tells_all_from = date.min
        self._google = ToldByGoogle(device.serial_number) if device.model.platform == "chromeos" else None
        self._closed_at: datetime | None = None
        self._is_plugged = True
        self._is_new = True
        self.use: Use | None = None

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
                self.use = self._use(day, used)
                told = self._day(self.use)
                yield told
                self.seen.active_days += 1  # only now has all of it been told
                self.seen.reports += len(told)

    def _use(self, day: SchoolDay, used: tuple[int, ...]) -> Use:
        begins = used[0] + 60 + int(240 * self._random.random())
        ends = used[-1] + LESSON_SECONDS - int(300 * self._random.random())
        return Use(day=day, lessons=used, begins=begins, ends=ends)

    def _used_lessons(self, day: SchoolDay) -> tuple[int, ...]:
        """The starts of the lessons in which it is used on this day, in seconds after midnight."""
        if self._cart is None:
            return day.lessons if self._random.random() < priors.USED_ALONE else ()
        lessons = self._cart.uses[day.on]
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
        if self._google is not None:
            told = self._google.retell(told)
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
        """What it reads while it is open; of days long ago the last reading, and of some one more, save time."""
        is_whole = use.day.on >= self._tells_all_from
        has_noon = self._random.random() < priors.VITALS_AT_NOON
        told: list[Told] = []
        awake = 0.0
        for stretch in stretches(use):
            self._charge(use.day, stretch.opens)
            for reading in readings(stretch, self._vitals_seconds, self._random):
                self._drain(use.day, reading.open_seconds)
                awake += reading.open_seconds
                is_noon = reading.second == stretch.closes and has_noon
                if is_whole or is_noon or reading.second == use.ends:
                    body = read_vitals(self.device, self._battery, self._disk, awake, self._random)
                    told.append((use.day.at(reading.second), body))
                    awake = 0.0
            self._closed_at = use.day.at(stretch.closes)
        return told

    def _charge(self, day: SchoolDay, second: int) -> None:
        """What the time since it was closed gave its battery, if it was plugged in and had power."""
        battery, cart, closed_at = self._battery, self._cart, self._closed_at
        if battery is None or closed_at is None:
            return
        hours, speed = (day.at(second) - closed_at) / timedelta(hours=1), priors.CHARGING_PERCENT_AN_HOUR
        if closed_at < day.midnight:
            has_power = cart is None or day.on not in cart.dark_nights
            self._is_plugged = has_power and self._random.random() >= priors.FORGOTTEN_CABLE
        elif cart is None or self._random.random() >= priors.CHARGED_BY_DAY:
            return
        if self._is_plugged:
            battery.charge(hours, speed if cart is None else cart.percent_an_hour, self._random)

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


def _instant(told: Told) -> datetime:
    return told[0]
