"""Lets the make-believe publishers begin to speak, one after another, once everybody is enrolled."""

from collections import deque
from pathlib import Path
from random import Random

from rollcall_agent.simulator.admission import Admission, Voice
from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.fleet import Fleet
from rollcall_agent.simulator.life.history import Life
from rollcall_agent.simulator.publisher import Speaker

_GRACE_SECONDS = 1.5
"""The broker learns of a new publisher a moment after the collector did."""
_HEAD_START_SECONDS = 0.02
"""For each device behind a bridge, whose history is the longest: behind a thousand others its share of the collector
would be the smallest."""


class Arrivals:
    """Enrolls all devices and bridges, then lets one after another speak; `step` does one piece of it.

    Everybody is enrolled before anybody connects, since a broker looks at all its connections anew whenever somebody
    enrolls; while the collector wants no more for a moment, histories are stored already. The iPads behind a bridge
    come in through it, many at once, and have no password.
    """

    def __init__(
        self,
        *,
        district: District,
        fleet: Fleet,
        admission: Admission,
        folder: Path,
        start_over_seconds: float = 0.0,
    ) -> None:
        self._district = district
        self._fleet = fleet
        self._admission = admission
        self._folder = folder
        voices = admission.voices
        self.count = len(voices)
        """How many publishers there will be."""
        self._to_start = deque(voices)
        self._to_connect: deque[str] = deque()
        self._head_start = _HEAD_START_SECONDS * sum(len(voice.devices) for voice in voices if voice.bridge)
        self._start_over = start_over_seconds
        self._connected = 0
        self._bridges: set[str] = set()
        self._connects_from: float | None = None
        self.lives: list[Life] = []
        self.device_ids: dict[int, str] = {}

    @property
    def is_done(self) -> bool:
        """Whether everybody has arrived."""
        return not (self.enrolling or self._to_start or self._to_connect)

    @property
    def enrolling(self) -> int:
        """How many are not enrolled yet."""
        return self._admission.count

    def step(self, now: float) -> None:
        """Enroll the next one, or start the next publisher. Raises EnrollmentError, OutboxError or OSError."""
        if self._admission.step(now):
            return
        if self._to_start and self._begin(self._to_start[0]):
            self._to_start.popleft()
        if not self.enrolling:
            self._connect(now)

    def _begin(self, voice: Voice) -> bool:
        """Start a publisher; false where it, or one it speaks for, is not enrolled yet."""
        identity = self._admission.identity(voice)
        found = [(device, self._admission.device_id(voice, device)) for device in voice.devices]
        ids = {device.number: device_id for device, device_id in found if device_id is not None}
        if identity is None or len(ids) < len(found):
            return False
        self.device_ids |= ids
        lives = [(ids[device.number], Life(self._district, device)) for device in voice.devices]
        self.lives += [life for _, life in lives]
        speaker = Speaker(
            identity=identity,
            ca_file=self._admission.ca_file(identity),
            lives=lives,
            folder=self._folder / "outboxes",
            random=Random(f"{self._district.plan.seed}/courier/{voice.name}"),  # noqa: S311  # make-believe
        )
        self._fleet.add(speaker)
        self._to_connect.append(speaker.name)
        if voice.bridge is not None:
            self._bridges.add(speaker.name)
        return True

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
