"""Knows the devices there are already: a line may say a tag alone, and a cart without its site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from rollcall_collector.model.device import Device
from rollcall_collector.model.roster import Column, Value
from rollcall_collector.roster.wrong import Wrong


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownDevices:
    """Serial numbers by tag (None where several devices bear it) and sites by serial number, in lower case."""

    serials: Mapping[str, str | None] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, devices: Iterable[Device]) -> Self:
        """What these devices are called and where they are."""
        serials: dict[str, str | None] = {}
        sites: dict[str, str] = {}
        for device in devices:
            if device.serial_number is None:
                continue
            if device.asset_tag is not None:
                tag = device.asset_tag.casefold()
                serials[tag] = None if tag in serials else device.serial_number
            if device.site is not None:
                sites[device.serial_number.casefold()] = device.site
        return cls(serials=serials, sites=sites)

    def complete(self, values: dict[Column, Value]) -> Wrong | None:
        """Add the serial number that the tag stands for, and the site of a cart; or say why there is none."""
        tag = values.get("asset_tag")
        if values.get("serial_number") is None and isinstance(tag, str):
            meant = self.serials.get(tag.casefold())
            if meant is None:
                return self._unclear(tag)
            values["serial_number"] = meant
        serial = values.get("serial_number")
        if values.get("cart") is not None and "site" not in values and isinstance(serial, str):
            site = self.sites.get(serial.casefold())
            if site is not None:
                values["site"] = site
        return None

    def _unclear(self, tag: str) -> Wrong:
        if tag.casefold() in self.serials:
            return Wrong(f"several devices have the tag '{tag}'", "Say the serial number")
        return Wrong(
            f"there is no serial number, and no device with the tag '{tag}' is known", "Say the serial number"
        )
