"""Jamf Pro: a token by client credentials that may read mobile devices, then page by page."""

from collections.abc import Iterator
from typing import Any

from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, number, scaled, text
from rollcall_agent.bridges.vendors.web import Web

TOKEN_PATH, LIST_PATH = "/api/v1/oauth/token", "/api/v2/mobile-devices/detail"  # an address
SECTIONS = "section=GENERAL&section=HARDWARE&section=USER_AND_LOCATION&section=PURCHASING"
PAGE_SIZE = 200
_MB = 1_000_000


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad, page by page."""
    web = Web(settings.said["url"])
    try:
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.said["client_id"],
            "client_secret": settings.key,
        }
        token = web.post(TOKEN_PATH, {}, form, is_form=True)["access_token"]
        signed, seen, page = {"authorization": f"Bearer {token}"}, 0, 0
        while True:
            read = web.get(f"{LIST_PATH}?{SECTIONS}&page={page}&page-size={PAGE_SIZE}", signed)
            yield from (ipad for one in read["results"] if (ipad := read_ipad(one)) is not None)
            seen, page = seen + len(read["results"]), page + 1
            if not read["results"] or seen >= read["totalCount"]:
                return
    finally:
        web.close()


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad or has no serial number. Who uses it stands in the same answer, and is not read."""
    serial, model = text(at(reply, "hardware", "serialNumber")), text(at(reply, "hardware", "modelIdentifier"))
    if serial is None or not (model or "").startswith("iPad"):
        return None
    level = number(at(reply, "hardware", "batteryLevel"))
    seen_at = instant(at(reply, "general", "lastInventoryUpdateDate"))
    wrote = {
        "asset_tag": text(at(reply, "general", "assetTag")),
        "room": text(at(reply, "userAndLocation", "room")),
        "building": text(at(reply, "userAndLocation", "building")),
    }
    bought_at = instant(at(reply, "purchasing", "poDate"))
    covered_until = instant(at(reply, "purchasing", "warrantyExpiresDate"))
    return ListedDevice(
        serial_number=serial,
        udid=text(at(reply, "general", "udid")),
        model=model,
        os_version=text(at(reply, "general", "osVersion")),
        asset_tag=wrote["asset_tag"],
        level_percent=level,
        storage_bytes=scaled(at(reply, "hardware", "capacityMb"), _MB),
        storage_free_bytes=scaled(at(reply, "hardware", "availableSpaceMb"), _MB),
        read_at=seen_at,
        heard_at=seen_at,
        purchased_on=None if bought_at is None else bought_at.date(),
        warranty_until=None if covered_until is None else covered_until.date(),
        texts={name: found for name, found in wrote.items() if found is not None},
    )


BRIDGE = bridge_to(
    Vendor(
        name="jamf-pro",
        needs=("url", "client_id"),
        place_fields=("asset_tag", "room", "building"),
        listed=listed,
    )
)
