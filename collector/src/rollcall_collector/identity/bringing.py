"""Decides which device each entry of a bridge's list is, and what is to be written so that it stays known.

A serial number or a hardware key that two entries bear names neither of them. An entry becomes a device of its own
only if it will be known again: by a serial number that nobody else has, or by a hardware key that is its alone.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import MaxLen, MinLen, Predicate

from rollcall_collector.identity.enrollment import REASONS, makers_word, new_device_id
from rollcall_collector.identity.recognition import Stated, clean_keys, clean_serial, own_keys, recognise
from rollcall_collector.store.publishers.known_devices import IdentifiedDevice
from rollcall_wire import Inventory
from rollcall_wire.reports import Text

BRING_MAX = 5_000
"""So many devices are brought in one call."""
KEYS_MAX = 16
"""So many hardware keys of one device are remembered of one bridge."""
HardwareKey = Annotated[str, MinLen(1), MaxLen(128), Predicate(str.isprintable)]
_NOBODYS = (
    "Its serial number or hardware key names no device of its own: it is missing, a placeholder, or another's too."
)
_OTHER = "This bridge speaks for {bridge}, but the device runs {device}: mend the list of devices, or leave it out."
_UNSAID = dict.fromkeys(("manufacturer", "model", "asset_tag", "memory_bytes", "storage_bytes", "os_version"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """One device of a bridge's list. Hardware keys stay the same for its whole life, as an iPad's UDID does."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {"strict": True}

    serial_number: Text | None = None
    hardware_keys: Annotated[tuple[HardwareKey, ...], MaxLen(KEYS_MAX)] = ()
    inventory: Inventory | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryFault:
    """Why one entry got no id: a code for programs and a sentence for people that says the way out."""

    error: Literal["wrong_shape", "no_identity", "wrong_platform", "retired_device"]
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """The bridge, and where its devices belong that no list places: its platform, its site, and the day there."""

    bridge: int
    platform: str
    site: int | None
    today: int


def state(entry: Brought) -> Stated:
    """What an entry can be recognised by, placeholders left out."""
    inventory = entry.inventory
    own_word = None if inventory is None else inventory.serial_number
    return Stated(
        hardware_keys=clean_keys(entry.hardware_keys),
        serial_number=clean_serial(entry.serial_number or own_word),
        manufacturer=None if inventory is None else inventory.manufacturer,
    )


class Draft:
    """What one call answers and will write. `known`: every device with a serial number or hardware key of the list."""

    def __init__(self, *, home: Home, known: Sequence[IdentifiedDevice]) -> None:
        self.added: list[dict[str, Any]] = []
        self.changed: dict[int, dict[str, Any]] = {}
        self.keys: dict[tuple[str, int], IdentifiedDevice] = {}
        self.tellers: dict[tuple[int, int], IdentifiedDevice] = {}
        self._home = home
        self._alike: dict[str, list[IdentifiedDevice]] = defaultdict(list)
        for device in known:
            self._remember(device)

    @property
    def is_empty(self) -> bool:
        """Whether all that was told is known already."""
        return not (self.added or self.changed or self.keys or self.tellers)

    def decide(self, entries: Sequence[tuple[Brought, Stated]]) -> list[str | EntryFault]:
        """An id or a fault for each entry, in order. One device told twice in the same words is told once."""
        answers: dict[tuple[frozenset[str], str], str | EntryFault] = {}
        bears_two = _borne_by_two([stated for _, stated in entries])
        decided: list[str | EntryFault] = []
        for entry, told in entries:
            keys, serial = told.hardware_keys, _folded(told.serial_number)
            if (keys, serial) not in answers:
                own = Stated(
                    hardware_keys=keys - bears_two,
                    serial_number=None if serial in bears_two else told.serial_number,
                    manufacturer=told.manufacturer,
                )
                answers[keys, serial] = self._decide(entry, own, keys)
            decided.append(answers[keys, serial])
        return decided

    def _decide(self, entry: Brought, stated: Stated, all_keys: frozenset[str]) -> str | EntryFault:
        told = entry.inventory.platform if entry.inventory else self._home.platform
        known = self._known(stated)
        found = recognise(stated, known)
        runs = found.row["platform"] if found and found.row["platform"] else self._home.platform
        for platform in (told, runs):
            if platform != self._home.platform:
                detail = _OTHER.format(bridge=self._home.platform, device=platform)
                return EntryFault(error="wrong_platform", detail=detail)
        if found is None:
            is_free = stated.serial_number is not None and not self._alike[_folded(stated.serial_number)]
            if not is_free and not own_keys(stated, known):
                return EntryFault(error="no_identity", detail=_NOBODYS)
            found = self._add(stated, entry.inventory, all_keys, is_free=is_free)
        elif found.is_retired:
            return EntryFault(error="retired_device", detail=REASONS["retired_device"].format(name=found.device_id))
        else:
            self._change(found, stated, entry.inventory)
        room = KEYS_MAX - len(found.told_keys)
        self.keys |= {(key, found.device): found for key in sorted(all_keys - found.told_keys)[: max(0, room)]}
        tellers = [*([] if found.agent is None else [found.agent]), self._home.bridge]  # in the order they came
        self.tellers |= {(one, found.device): found for one in tellers if one not in found.tellers}
        return found.device_id

    def _add(
        self, stated: Stated, inventory: Inventory | None, all_keys: frozenset[str], *, is_free: bool
    ) -> IdentifiedDevice:
        device_id = new_device_id()
        row = {
            **_UNSAID,
            **_said(inventory),
            "device_id": device_id,
            "serial_number": stated.serial_number if is_free else None,
            "platform": self._home.platform,
            "site": self._home.site,
            "enrolled_on": self._home.today,
        }
        self.added.append(row)
        device = IdentifiedDevice(
            device=-len(self.added),
            device_id=device_id,
            serial_number=row["serial_number"],
            hardware_keys=all_keys,
            told_keys=frozenset(),
            agent=None,
            tellers=frozenset(),
            is_retired=False,
            is_revoked=False,
            row=row,
        )
        self._remember(device)
        return device

    def _change(self, found: IdentifiedDevice, stated: Stated, inventory: Inventory | None) -> None:
        """Fill what is empty; the system's version is renewed too, where the device has no agent that knows better."""
        serial = stated.serial_number
        is_free = serial is not None and not self._alike[_folded(serial)]
        wanted = _said(inventory) | {
            "platform": self._home.platform,
            "site": self._home.site,
            "enrolled_on": self._home.today,
            "serial_number": serial if is_free else None,
        }
        renewed = {"os_version"} if found.agent is None else set()
        different = {
            column: value
            for column, value in wanted.items()
            if value is not None and (found.row[column] is None or (column in renewed and found.row[column] != value))
        }
        if different:
            self.changed[found.device] = different
        if is_free:
            self._alike[_folded(serial)].append(found)

    def _known(self, stated: Stated) -> list[IdentifiedDevice]:
        alike = [*stated.hardware_keys, _folded(stated.serial_number)]
        found = {one.device: one for name in alike for one in self._alike.get(name, ())}
        return [found[key] for key in sorted(found, key=lambda one: (one < 0, abs(one)))]

    def _remember(self, device: IdentifiedDevice) -> None:
        for name in {*device.hardware_keys, _folded(device.serial_number)} - {""}:
            self._alike[name].append(device)


def _borne_by_two(told: Sequence[Stated]) -> set[str]:
    """Serial numbers and hardware keys that several entries bear, but for an entry told twice in all its words."""
    once = {(one.hardware_keys, _folded(one.serial_number)) for one in told}
    partly = [one for one in told if not (one.hardware_keys and one.serial_number)]
    again = Counter((one.hardware_keys, _folded(one.serial_number)) for one in partly)
    counted: Counter[str] = Counter()
    for keys, serial in once:
        times = max(1, again[keys, serial])
        counted.update(dict.fromkeys({*keys, serial} - {""}, times))
    return {name for name, times in counted.items() if times > 1}


def _folded(serial_number: str | None) -> str:
    """A serial number as it is compared, marked so that it is never taken for a hardware key."""
    return f"serial:{serial_number.strip().lower()}" if serial_number else ""


def _said(inventory: Inventory | None) -> dict[str, Any]:
    return {} if inventory is None else makers_word(inventory) | {"os_version": inventory.os_version}
