"""What a service's list of devices means, whichever service: a reading counts once, at the service's own instant.

All these services tell what they themselves heard last, some of it a day old. So what was told is remembered by that
instant, and a list that says the same again says nothing new.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rollcall_agent.bridges.bridge import Bridge, Poll, ToldOfDevice
from rollcall_agent.bridges.ipad_models import model_name
from rollcall_agent.bridges.keys import read_key
from rollcall_agent.bridges.places import Labelled
from rollcall_agent.bridges.storage_room import nearly_full
from rollcall_agent.checks import Check, fault
from rollcall_agent.enrollment.known_devices import BridgedDevice
from rollcall_agent.errors import ComeBackLaterError, ConfigError
from rollcall_wire import Inventory, Vitals
from rollcall_wire.codes import Platform


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDevice:
    """One device of the list, an iPad where nothing else is said.

    `read_at` is when the service took the readings, `heard_at` when it heard the device last. `texts`
    is what people wrote about it, by the words of the file of patterns. No user, no name, no address.
    """

    serial_number: str
    platform: Platform = "ipados"
    manufacturer: str | None = "Apple"
    udid: str | None = None
    model: str | None = None
    os_version: str | None = None
    asset_tag: str | None = None
    level_percent: float | None = None
    storage_bytes: int | None = None
    storage_free_bytes: int | None = None
    read_at: datetime | None = None
    heard_at: datetime | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    purchased_on: date | None = None
    warranty_until: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorSettings:
    """What a school says of the service: its texts by name, as the service's file names them, and its key."""

    said: Mapping[str, str]
    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vendor:
    """One service: its name, what its settings must say, which texts have places, and how its list is asked for."""

    name: str
    platform: Platform = "ipados"
    needs: tuple[str, ...]
    place_fields: tuple[str, ...]
    listed: Callable[[VendorSettings], Iterator[ListedDevice]]


def bridge_to(vendor: Vendor) -> Bridge:
    """The bridge to a service, from what only that service knows."""

    def check(folder: Path) -> Iterator[Check]:
        return _check(vendor, folder)

    def poll(asked: Poll) -> Iterator[ToldOfDevice]:
        for device in vendor.listed(read_settings(vendor, asked.folder)):
            yield told_of(vendor.name, device, asked)

    def labels(folder: Path) -> Iterator[Labelled]:
        for device in vendor.listed(read_settings(vendor, folder)):
            yield Labelled(
                serial_number=device.serial_number,
                texts=device.texts,
                purchased_on=device.purchased_on,
                warranty_until=device.warranty_until,
            )

    return Bridge(
        name=vendor.name,
        platform=vendor.platform,
        check=check,
        poll=poll,
        labels=labels,
        place_fields=vendor.place_fields,
    )


def told_of(name: str, device: ListedDevice, asked: Poll) -> ToldOfDevice:
    """What is new of one device since it was told last; its inventory goes where it changed."""
    mark, told = f"{name}/{device.serial_number}", _Told.of(device, asked.now)
    before = _Told.read(asked.recall(mark))
    vitals = Vitals(battery_level_percent=device.level_percent, storage_free_bytes=device.storage_free_bytes)
    is_fresh = told.read_at != before.read_at
    is_new = told.read_at is not None and vitals != Vitals() and (asked.is_asked_anew or is_fresh)
    full = (
        nearly_full(device.storage_free_bytes, device.storage_bytes, told.read_at)
        if told.read_at and is_fresh
        else None
    )
    is_heard = told.heard_at is not None and told.heard_at != before.heard_at
    return ToldOfDevice(
        device=BridgedDevice(
            serial_number=device.serial_number,
            hardware_keys=() if device.udid is None else (device.udid,),
            inventory=Inventory(
                platform=device.platform,
                manufacturer=device.manufacturer,
                model=model_name(device.model),
                serial_number=device.serial_number,
                asset_tag=device.asset_tag,
                os_version=device.os_version,
                storage_bytes=device.storage_bytes,
                sources=(name,),
            ),
        ),
        bodies=() if not is_new else (vitals,) if full is None else (vitals, full),
        is_heard=is_heard,
        observed_at=told.read_at if is_new else told.heard_at if is_heard else None,
        marks={mark: told.text} if told != before else {},
    )


def read_settings(vendor: Vendor, folder: Path) -> VendorSettings:
    """What stands in the bridge's folder. Raises ConfigError, whose text says what to write where."""
    path = folder / f"{vendor.name}.json"
    sample = json.dumps(dict.fromkeys(vendor.needs, "…"), ensure_ascii=False)
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"write {path} as {sample}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): write it as {sample}") from error
    if (
        not isinstance(read, dict)
        or set(read) != set(vendor.needs)
        or not all(isinstance(one, str) and one for one in read.values())
    ):
        raise ConfigError(f"{path} must hold {', '.join(vendor.needs)} and nothing else: write it as {sample}")
    key = read_key(folder / f"{vendor.name}.key")
    assert key is not None, "a needed key is there, or an error is raised"
    return VendorSettings(said=read, key=key)


def _check(vendor: Vendor, folder: Path) -> Iterator[Check]:
    try:
        settings = read_settings(vendor, folder)
    except ConfigError as error:
        yield fault("settings", "the bridge is not set up", str(error))
        return
    yield Check(subject="settings", says=f"{vendor.name}.json and its key are there")
    try:
        first = next(vendor.listed(settings), None)
    except (OSError, ConfigError, ComeBackLaterError) as error:
        yield fault(vendor.name, "its list cannot be read", str(error))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        yield fault(vendor.name, f"its answer is not understood ({type(error).__name__})", "check the url; report it")
    else:
        says = "its list is empty" if first is None else "its list is read"
        yield Check(
            subject=vendor.name, says=says, way_out="" if first else "see whether its key may read all of them"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """Up to when a device was told of."""

    read_at: datetime | None = None
    heard_at: datetime | None = None

    @classmethod
    def of(cls, device: ListedDevice, now: datetime) -> "_Told":
        """A service whose clock is ahead does not tell of the future."""
        return cls(
            read_at=None if device.read_at is None else min(device.read_at.replace(microsecond=0), now),
            heard_at=None if device.heard_at is None else min(device.heard_at.replace(microsecond=0), now),
        )

    @classmethod
    def read(cls, mark: str | None) -> "_Told":
        """As it was remembered."""
        read = {} if mark is None else json.loads(mark)
        return cls(**{name: datetime.fromisoformat(value) for name, value in read.items()})

    @property
    def text(self) -> str:
        """As it is remembered."""
        stated = {"read_at": self.read_at, "heard_at": self.heard_at}
        return json.dumps({name: value.isoformat() for name, value in stated.items() if value is not None})
