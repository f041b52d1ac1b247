"""Intune's iPads by Microsoft Graph: a token by client credentials that may read devices, then page by page.

Not asked for: a managed device's name, which usually begins with its user's; and the level, which Graph tells only one
device at a time, and only in its beta.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rollcall_agent.bridges.vendors.listed import ListedIpad, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, scaled, text
from rollcall_agent.bridges.vendors.web import Web

LIST_PATH = "/v1.0/deviceManagement/managedDevices"
FIELDS = (
    "serialNumber", "model", "operatingSystem", "osVersion", "totalStorageSpaceInBytes", "freeStorageSpaceInBytes",
    "lastSyncDateTime", "deviceCategoryDisplayName",
)  # fmt: skip
SCOPE = "https://graph.microsoft.com/.default"
PAGE_SIZE = 500


def listed(settings: VendorSettings) -> Iterator[ListedIpad]:
    """Every iPad, page by page; where the next one is, Graph says. It is followed to Graph alone."""
    web = Web(settings.said["url"])
    try:
        signed = {"authorization": f"Bearer {_token(settings)}"}
        asked = {"$select": ",".join(FIELDS), "$top": str(PAGE_SIZE)}
        read = web.get(LIST_PATH, signed, asked)
        while True:
            yield from (ipad for one in read["value"] if (ipad := read_ipad(one)) is not None)
            following = urlsplit(read.get("@odata.nextLink") or "")
            if not following.path:
                return
            if f"{following.scheme}://{following.netloc}" != web.place:
                raise ValueError("the next page stands elsewhere: the token is not sent there")
            read = web.get(f"{following.path}?{following.query}", signed)
    finally:
        web.close()


def _token(settings: VendorSettings) -> str:
    web = Web(settings.said["sign_in_url"])
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.said["client_id"],
        "client_secret": settings.key,
        "scope": SCOPE,
    }
    try:
        return str(web.post(f"/{settings.said['tenant']}/oauth2/v2.0/token", {}, form, is_form=True)["access_token"])
    finally:
        web.close()


def read_ipad(reply: Any) -> ListedIpad | None:
    """None for what is no iPad or has no serial number; Graph gives 0 for a storage that it does not know."""
    serial, model = text(at(reply, "serialNumber")), text(at(reply, "model"))
    if serial is None or not (model or "").startswith("iPad"):
        return None
    size = scaled(at(reply, "totalStorageSpaceInBytes"), 1) or None
    synced_at = instant(at(reply, "lastSyncDateTime"))
    category = text(at(reply, "deviceCategoryDisplayName"))
    return ListedIpad(
        serial_number=serial,
        model=model,
        os_version=text(at(reply, "osVersion")),
        storage_bytes=size,
        storage_free_bytes=None if size is None else scaled(at(reply, "freeStorageSpaceInBytes"), 1),
        read_at=synced_at,
        heard_at=synced_at,
        texts={} if category is None else {"category": category},
    )


BRIDGE = bridge_to(
    Vendor(
        name="intune",
        needs=("url", "sign_in_url", "tenant", "client_id"),
        place_fields=("category",),
        listed=listed,
    )
)
