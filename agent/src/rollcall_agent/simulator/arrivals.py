"""Brings the make-believe devices in one after another: enrolls each, then lets its publisher begin to speak."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rollcall_agent.simulator.device import Device
from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.fleet import Fleet
from rollcall_agent.simulator.history import Life, inventory
from rollcall_agent.simulator.identities import Entrance, Identities, Identity, Tokens, TooManyError
from rollcall_agent.simulator.publisher import Speaker
from rollcall_wire import Inventory

Applicant = tuple[str, str, Inventory]
"""Name, token, and what it says of itself."""

_RETRY_SECONDS = 1.0
_GRACE_SECONDS = 1.5
"""The broker learns of a new publisher a moment after the collector did."""
_HEAD_START_SECONDS = 0.02
"""For each device behind a bridge, whose history is the longest: behind a thousand others its share of the collector
would be the smallest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who speaks: a site's bridge, or a device for itself where `bridge` is None; and for whom."""

    bridge: str | None
    devices: tuple[Device, ...]


def voices_of(district: District, tokens: Tokens) -> tuple[Voice, ...]:
    """Each iPad's site speaks through one bridge where it has a token for it; every other device for itself.

    Bridges come first, for they have most to tell; the rest in an order that mixes schools and models.
    """
    bridged: dict[str, list[Device]] = {}
    alone: list[Voice] = []
    for device in district.devices:
        site = district.sites[device.site].name
        if device.model.platform == "ipados" and site in tokens.bridges:
            bridged.setdefault(site, []).append(device)
        else:
            alone.append(Voice(bridge=None, devices=(device,)))
    Random(district.plan.seed).shuffle(alone)  # noqa: S311  # make-believe, no secret
    return (*(Voice(bridge=site, devices=tuple(found)) for site, found in bridged.items()), *alone)


class Arrivals:
    """Enrolls all devices and bridges, then lets one after another speak; `step` does one piece of it.

    Everybody is enrolled before anybody connects, since a broker looks at all its connections anew whenever somebody
    enrolls; while the collector wants no more for a moment, histories are stored already. An iPad is enrolled like any
    device, so that the collector gives it its id; the password it gets is never used, for its bridge speaks.
    """

    def __init__(
        self,
        *,
        district: District,
        fleet: Fleet,
        identities: Identities,
        entrance: Entrance,
        tokens: Tokens,
        folder: Path,
        start_over_seconds: float = 0.0,
    ) -> None:
        self._district = district
        self._fleet = fleet
        self._identities = identities
        self._entrance = entrance
        self._tokens = tokens
        self._folder = folder
        voices = voices_of(district, tokens)
        self.count = len(voices)
        """How many publishers there will be."""
        self._to_enroll = deque(applicant for voice in voices for applicant in self._applicants(voice))
        self._to_start = deque(voices)
        self._to_connect: deque[str] = deque()
        self._head_start = _HEAD_START_SECONDS * sum(len(voice.devices) for voice in voices if voice.bridge)
        self._start_over = start_over_seconds
        self._connected = 0
        self._bridges: set[str] = set()
        self._connects_from: float | None = None
        self._retry_at = 0.0
        self.lives: list[Life] = []
        self.device_ids: dict[int, str] = {}

    @property
    def is_done(self) -> bool:
        """Whether everybody has arrived."""
        return not (self._to_enroll or self._to_start or self._to_connect)

    @property
    def enrolling(self) -> int:
        """How many are not enrolled yet."""
        return len(self._to_enroll)

    def step(self, now: float) -> None:
        """Enroll the next one, or start the next publisher. Raises EnrollmentError or OSError."""
        if self._to_enroll and now >= self._retry_at:
            self._enroll(now)
            return
        if self._to_start and self._is_enrolled(self._to_start[0]):
            self._start(self._to_start.popleft())
        if not self._to_enroll:
            self._connect(now)

    def _enroll(self, now: float) -> None:
        name, token, told = self._to_enroll[0]
        if self._identities.find(name) is None:
            hardware = f"simulator/{self._district.plan.seed}/{name}"
            try:
                answer = self._entrance.enroll(token=token, hardware=hardware, inventory=told)
            except TooManyError:
                self._retry_at = now + _RETRY_SECONDS
                return
            self._identities.keep(name, answer)
        self._to_enroll.popleft()

    def _applicants(self, voice: Voice) -> Iterator[Applicant]:
        for device in voice.devices:
            version = self._district.versions[device.model.os_line][0].version
            site = self._district.sites[device.site].name
            yield device.serial_number, self._tokens.device_token(site), inventory(device, version)
        if voice.bridge is not None:
            told = Inventory(platform="ipados", model="Make-believe MDM", agent_version="simulator")
            yield _bridge(voice.bridge), self._tokens.bridges[voice.bridge], told

    def _is_enrolled(self, voice: Voice) -> bool:
        names = [device.serial_number for device in voice.devices]
        if voice.bridge is not None:
            names.append(_bridge(voice.bridge))
        return all(self._identities.find(name) is not None for name in names)

    def _start(self, voice: Voice) -> None:
        lives = []
        for device in voice.devices:
            device_id = self._identity(device.serial_number).device_id
            assert device_id is not None, "a device enrolled with a device's token"
            lives.append((device_id, Life(self._district, device)))
            self.device_ids[device.number] = device_id
        self.lives += [life for _, life in lives]
        identity = self._identity(_bridge(voice.bridge) if voice.bridge else voice.devices[0].serial_number)
        random = Random(f"{self._district.plan.seed}/courier/{identity.name}")  # noqa: S311  # make-believe
        speaker = Speaker(identity=identity, lives=lives, folder=self._folder / "outboxes", random=random)
        self._fleet.add(speaker)
        self._to_connect.append(speaker.name)
        if voice.bridge is not None:
            self._bridges.add(speaker.name)

    def _connect(self, now: float) -> None:
        """Let whoever has started connect, each at its own moment of the time to start over."""
        if self._connects_from is None:
            self._connects_from = now + _GRACE_SECONDS
        while self._to_connect:
            name = self._to_connect.popleft()
            wait = 0.0 if name in self._bridges else self._head_start
            due = self._connects_from + wait + self._start_over * self._connected / self.count
            self._fleet.connect(name, at=max(now, due))
            self._connected += 1

    def _identity(self, name: str) -> Identity:
        found = self._identities.find(name)
        assert found is not None, "enrolled before it is started"
        return found


def _bridge(site: str) -> str:
    return f"bridge/{site}"
