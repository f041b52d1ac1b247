"""How a make-believe device fails: by its nature, by its age, by a bad update, and by the hands it is in."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.battery import BatteryWear
from rollcall_agent.simulator.life.device import Device, hardware_rate
from rollcall_agent.simulator.life.disk import DiskWear
from rollcall_agent.simulator.life.schoolyear import Use
from rollcall_wire import Failure
from rollcall_wire.codes import Channel, Evidence, Platform, StopCause

_CRASH: dict[Platform, str] = {
    "windows": "stop_error",
    "linux": "kernel_panic",
    "macos": "kernel_panic",
    "chromeos": "os_crash",
    "ipados": "os_crash",
}
_STOP_CODES = (0x0A, 0x1A, 0x3B, 0x50, 0x7E, 0x9F, 0xD1, 0x124)
_WORN_CODES: dict[Platform, tuple[str, str]] = {
    "chromeos": ("replace_soon", "replace_now"),
    "ipados": ("service_recommended", "service_recommended"),
    "macos": ("service_recommended", "service_recommended"),
}
_BATTERY_EVERY_DAYS = 30
_DAMAGE: tuple[tuple[Channel, str, int], ...] = tuple(("damage", code, weight) for code, weight in priors.DAMAGE_CODES)
Timed = tuple[int, Failure]


class Failing:
    """The failures of one device. Rates a year are spread over its active days."""

    def __init__(self, district: District, device: Device, random: Random) -> None:
        model, per_day = device.model, 1 / priors.ACTIVE_DAYS_A_YEAR
        worse = device.nature.theta * district.model_factors[model.name] * per_day
        take_home = priors.DAMAGE_TAKE_HOME if device.role == "take-home" else 1.0
        power = priors.POWER_LOST_A_YEAR * (2.0 if model.build == "desktop" else 1.0)
        self.incidents: Counter[str] = Counter()
        self._random = random
        self._platform: Platform = model.platform
        self._crash = priors.CRASHES_A_YEAR[model.platform] * worse
        self._hardware = hardware_rate(model, device.age_at_first) * worse
        self._damage = district.damage_a_year * take_home * per_day if model.build != "desktop" else 0.0
        self._held = 0.0 if model.platform == "ipados" else priors.POWER_HELD_A_YEAR * per_day
        self._lost = 0.0 if model.platform == "ipados" else power * per_day
        self._codes = priors.HARDWARE_CODES.get(model.platform, priors.HARDWARE_CODES["pc"])
        self._damages = [one for one in _DAMAGE if one[1] != "keyboard" or model.build != "tablet"]
        self._echo: tuple[Channel, str] | None = None
        self._battery_told_on: date | None = None

    def failures(self, use: Use, disk: DiskWear, battery: BatteryWear | None, *, is_bad_version: bool) -> list[Timed]:
        """The day's failures, each with its second after midnight, in no order."""
        random = self._random
        found: list[Timed] = []
        if self._echo is not None:
            found.append(self._one(use, *self._echo))
            self._echo = None
        for code, evidence in disk.fail(use.day.on, random):
            found.append(self._one(use, "storage", code, evidence))
        by_update = priors.BAD_UPDATE_INCIDENTS_A_DAY if is_bad_version else 0.0
        drawn = random.random() - self._crash - by_update
        if drawn < 0:
            found += self._incident(use, "crash", _CRASH[self._platform], is_own=drawn < -by_update)
        elif drawn < self._hardware:
            found += self._incident(use, *_chosen(self._codes, random))
        elif drawn < self._hardware + self._damage:
            found.append(self._one(use, "damage", _chosen(self._damages, random)[1]))
        if battery is not None and battery.health < priors.KNEE:
            found += self._worn(use, battery)
        return found

    def rude_end(self) -> StopCause | None:
        """How somebody or the mains ended today's last run, if not by shutting down."""
        drawn = self._random.random() - self._held
        if drawn < 0:
            return "power_button_held"
        return "power_loss_or_hang" if drawn < self._lost else None

    def _incident(self, use: Use, channel: Channel, code: str, *, is_own: bool = True) -> list[Timed]:
        """One fault, sometimes recorded again the same day, sometimes on the next: still one incident."""
        self.incidents[channel if is_own else "bad_update"] += 1
        found = [self._one(use, channel, code)]
        if self._random.random() < priors.REPEATS:
            found += [self._one(use, channel, code) for _ in range(self._random.randint(0, 2))]
            if len(found) == 1:
                self._echo = (channel, code)
        return found

    def _worn(self, use: Use, battery: BatteryWear) -> list[Timed]:
        """What Google's and Apple's services say of a worn battery, once a month; PCs leave it to the numbers."""
        told_on = self._battery_told_on
        if told_on is not None and (use.day.on - told_on).days < _BATTERY_EVERY_DAYS:
            return []
        if self._platform not in _WORN_CODES:
            return []
        soon, now = _WORN_CODES[self._platform]
        code = now if battery.health < priors.WORN else soon
        self._battery_told_on = use.day.on
        return [self._one(use, "battery", code)]

    def _one(
        self,
        use: Use,
        channel: Channel,
        code: str,
        evidence: dict[Evidence, float] | None = None,
    ) -> Timed:
        second = use.begins + 300 + int(max(0, use.ends - use.begins - 600) * self._random.random())
        if evidence is None:
            evidence = {}
            if code == "stop_error":
                evidence["stop_code"] = float(self._random.choice(_STOP_CODES))
            elif code == "overheated":
                evidence["celsius"] = float(self._random.randint(97, 105))
        return second, Failure(channel=channel, code=code, occurred_at=use.day.at(second), evidence=evidence)


def _chosen(weighted: Sequence[tuple[Channel, str, int]], random: Random) -> tuple[Channel, str]:
    drawn = random.random() * sum(weight for _, _, weight in weighted)
    for channel, code, weight in weighted:
        drawn -= weight
        if drawn < 0:
            return channel, code
    return weighted[-1][:2]
