"""Makes the make-believe devices known to the collector: by a token of their own, or through their school's bridge."""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rollcall_agent.enrollment.application import apply
from rollcall_agent.enrollment.devices import DEVICES_MAX, bring_in
from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.identity import Identity
from rollcall_agent.enrollment.known_devices import BridgedDevice, KnownDevices
from rollcall_agent.errors import ComeBackLaterError, EnrollmentError
from rollcall_agent.simulator.district import District
from rollcall_agent.simulator.identities import Identities, Tokens
from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.reading import inventory
from rollcall_wire import Inventory


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who speaks: a site's bridge, or a device for itself where `bridge` is None; and for whom."""

    bridge: str | None
    devices: tuple[Device, ...]

    @property
    def name(self) -> str:
        """What it is remembered by."""
        return self.devices[0].serial_number if self.bridge is None else f"bridge/{self.bridge}"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Applicant:
    """A device or a bridge that enrolls with a token, and what it says of itself."""

    name: str
    token: str
    inventory: Inventory


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Devices that a bridge brings in at once."""

    bridge: str
    devices: tuple[BridgedDevice, ...]


class Admission:
    """The door and whoever waits before it, in order. Who came in is remembered in the simulation's folder."""

    def __init__(
        self, *, district: District, identities: Identities, known: KnownDevices, door: Door, tokens: Tokens
    ) -> None:
        self._district = district
        self._identities = identities
        self._known = known
        self._door = door
        self._tokens = tokens
        self.voices = voices_of(district, tokens)
        self._waiting: deque[Applicant | Batch] = deque(one for voice in self.voices for one in self._entrants(voice))
        self._retry_at = 0.0

    @property
    def count(self) -> int:
        """How many devices and bridges are not in yet."""
        return sum(len(one.devices) if isinstance(one, Batch) else 1 for one in self._waiting)

    def step(self, now: float) -> bool:
        """Let the next one in, or the next batch; false where nobody waits or the collector wants none for a moment.

        Raises EnrollmentError, OutboxError or OSError.
        """
        if not self._waiting or now < self._retry_at:
            return False
        try:
            match self._waiting[0]:
                case Applicant() as applicant:
                    self._apply(applicant)
                case Batch() as batch:
                    self._bring_in(batch)
        except ComeBackLaterError as error:
            self._retry_at = now + error.seconds
        else:
            self._waiting.popleft()
        return True

    def identity(self, voice: Voice) -> Identity | None:
        """Who this voice is to the collector; None before it is in."""
        return self._identities.find(voice.name)

    def ca_file(self, identity: Identity) -> Path | None:
        """What its broker's certificate is checked against."""
        return self._identities.ca_file(identity)

    def device_id(self, voice: Voice, device: Device) -> str | None:
        """The id of a device of this voice; None before it is in."""
        if voice.bridge is not None:
            return self._known.find(self._bridged(device))
        identity = self.identity(voice)
        return None if identity is None else identity.device_id

    def _apply(self, applicant: Applicant) -> None:
        if self._identities.find(applicant.name) is None:
            answer = apply(
                self._door,
                token=applicant.token,
                hardware_id=self._hardware_id(applicant.name),
                inventory=applicant.inventory,
            )
            self._identities.keep(applicant.name, answer)

    def _bring_in(self, batch: Batch) -> None:
        bridge = self._identities.find(batch.bridge)
        assert bridge is not None, "a bridge stands before its devices"
        brought = bring_in(self._door, bridge, self._known, batch.devices)
        for name, no_id in brought.refusals.items():
            raise EnrollmentError(f"the collector gave no id for {name}: {no_id.detail} ({no_id.code})")
        self._known.keep(brought.given)

    def _entrants(self, voice: Voice) -> Iterator[Applicant | Batch]:
        if voice.bridge is None:
            (device,) = voice.devices
            site = self._district.sites[device.site].name
            yield Applicant(
                name=device.serial_number,
                token=self._tokens.device_token(site),
                inventory=inventory(device, self._first_version(device)),
            )
            return
        told = Inventory(platform="ipados", model="Make-believe MDM", agent_version="simulator")
        yield Applicant(name=voice.name, token=self._tokens.bridges[voice.bridge], inventory=told)
        for first in range(0, len(voice.devices), DEVICES_MAX):
            some = voice.devices[first : first + DEVICES_MAX]
            yield Batch(bridge=voice.name, devices=tuple(self._bridged(device) for device in some))

    def _bridged(self, device: Device) -> BridgedDevice:
        return BridgedDevice(
            serial_number=device.serial_number,
            hardware_keys=(self._hardware_id(device.serial_number),),
            inventory=inventory(device, self._first_version(device)),
        )

    def _first_version(self, device: Device) -> str:
        return self._district.versions[device.model.os_line][0].version

    def _hardware_id(self, name: str) -> str:
        return hashlib.sha256(f"simulator/{self._district.plan.seed}/{name}".encode()).hexdigest()
