"""How a make-believe device starts, and how it tells that the run before ended."""

from datetime import date, datetime
from math import exp
from random import Random

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.life.releases import Release
from rollcall_agent.simulator.life.schoolyear import Use
from rollcall_wire import Boot, Failure
from rollcall_wire.codes import Platform, PreviousStop, StartKind, StopCause

_STARTS: dict[Platform, tuple[float, float]] = {
    "chromeos": (0.85, 0.08),  # [A] else a lid that was only closed
    "windows": (0.97, 0.15),
    "macos": (0.55, 0.03),  # [A] mostly asleep
    "linux": (0.97, 0.08),
    "ipados": (0.0, 0.0),
}
"""Chance that an active day begins with a start, and that a later lesson does too."""
_FAST_SHARE = 0.75
"""[A] Windows' fast start after an ordinary shut-down; a restart is always a full one."""
_FAST_FACTOR = 0.75
_BOOT_TOOK_FROM_CRASH = 150


class Starting:
    """Starts of one device: how long they take under its model, its version, its own nature and its fault."""

    def __init__(self, device: Device, random: Random) -> None:
        self._random = random
        self._platform = device.model.platform
        self._nature = device.nature
        self._model = device.model.name
        self._median = (device.model.to_login_seconds or 0.0) * device.nature.boot_factor
        self._first, self._again = _STARTS[self._platform]
        self._end: tuple[PreviousStop, StopCause] = ("unknown", "unknown")
        self._stop_code: str | None = None

    def remember_end(self, stop: PreviousStop, cause: StopCause, code: str | None = None) -> None:
        """The next start will tell this about the run before it."""
        self._end = (stop, cause)
        self._stop_code = code

    def starts(self, use: Use, release: Release, *, has_new_version: bool) -> list[tuple[datetime, Boot]]:
        """The day's ordinary starts: one at its first lesson on most days, seldom another later."""
        if self._platform == "ipados":
            return []
        found = []
        if has_new_version:
            self.remember_end("clean", "update")
        if has_new_version or self._end[0] == "unclean" or self._random.random() < self._first:
            found.append(self._start(use, use.begins, release))
        if len(use.lessons) > 1 and self._random.random() < self._again:
            found.append(self._start(use, use.lessons[-1] + 90, release))
        return found

    def restart_after_crash(
        self, use: Use, second: int, failure: Failure, release: Release
    ) -> list[tuple[datetime, Boot]]:
        """The start a few minutes after a crash. A Chromebook only notes that no end was noted."""
        code = failure.evidence.get("stop_code")
        cause: StopCause = "unknown" if self._platform == "chromeos" else "crash"
        self.remember_end("unclean", cause, None if code is None else f"0x{int(code):08x}")
        return [self._start(use, second + _BOOT_TOOK_FROM_CRASH, release)]

    def _start(self, use: Use, second: int, release: Release) -> tuple[datetime, Boot]:
        is_fast = self._platform == "windows" and self._end[1] == "user" and self._random.random() < _FAST_SHARE
        kind: StartKind = "fast" if is_fast else "full"
        seconds = self._seconds(use.day.on, release) * (_FAST_FACTOR if is_fast else 1.0)
        booted_at = use.day.at(second)
        boot = self._phases(seconds, kind, booted_at, release.version)
        self.remember_end("clean", "user")
        return use.day.at(second + 30 + seconds), boot

    def _seconds(self, on: date, release: Release) -> float:
        random, nature = self._random, self._nature
        seconds = self._median * release.boot_factor * exp(random.gauss(0.0, priors.BOOT_SD_DAY))
        if random.random() < priors.BOOT_HEAVY_TAIL:
            seconds *= 1.0 + random.expovariate(1.0)
        if release.bad_for == self._model:
            seconds *= priors.BAD_UPDATE_BOOT_FACTOR
        if nature.slow_from is not None and on >= nature.slow_from:
            days = (on - nature.slow_from).days
            share = min(1.0, days / nature.slow_ramp_days) if nature.slow_ramp_days else 1.0
            seconds *= 1.0 + (nature.slow_factor - 1.0) * share
        return min(seconds, 3600.0)

    def _phases(self, seconds: float, kind: StartKind, at: datetime, version: str) -> Boot:
        """Each platform's own detail: all phases on Linux, firmware on Windows, only the whole elsewhere."""
        firmware = loader = kernel = userspace = None
        total = round(seconds, 1)
        if self._platform == "chromeos":
            total = float(int(seconds))  # Chrome casts to whole seconds
        elif self._platform == "windows":
            firmware = round(min(6.0, seconds * 0.25), 1)
        elif self._platform == "linux":
            firmware, loader = round(seconds * 0.3, 2), round(seconds * 0.08, 2)
            kernel, userspace = round(seconds * 0.2, 2), round(seconds * 0.42, 2)
        return Boot(
            boot_id=f"{self._random.getrandbits(64):016x}",
            booted_at=at,
            source="simulator",
            start_kind=kind,
            firmware_seconds=firmware,
            loader_seconds=loader,
            kernel_seconds=kernel,
            userspace_seconds=userspace,
            to_login_seconds=total,
            os_version=version,
            previous_stop=self._end[0],
            stop_cause=self._end[1],
            stop_code=self._stop_code,
        )
