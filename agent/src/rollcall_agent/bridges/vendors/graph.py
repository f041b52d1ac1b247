"""Microsoft Graph: a token by client credentials that may read devices, then any of its lists, page by page."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from rollcall_agent.bridges.vendors.listed import ListedDevice, VendorSettings
from rollcall_agent.bridges.vendors.values import at, instant, scaled, text
from rollcall_agent.bridges.vendors.web import Web

NEEDS = ("url", "sign_in_url", "tenant", "client_id")
"""What the settings of a bridge to Graph must say."""
DEVICES_PATH = "/v1.0/deviceManagement/managedDevices"
SCOPE = "https://graph.microsoft.com/.default"
PAGE_SIZE = 500
DEVICE_FIELDS = (
    "serialNumber", "model", "operatingSystem", "osVersion", "totalStorageSpaceInBytes", "freeStorageSpaceInBytes",
    "lastSyncDateTime", "deviceCategoryDisplayName",
)  # fmt: skip
"""What `read_device` reads."""


def read_device(reply: Any) -> ListedDevice | None:
    """A managed device; None without a serial number. Graph gives 0 for a storage that it does not know."""
    serial = text(at(reply, "serialNumber"))
    if serial is None:
        return None
    size = scaled(at(reply, "totalStorageSpaceInBytes"), 1) or None
    synced_at = instant(at(reply, "lastSyncDateTime"))
    category = text(at(reply, "deviceCategoryDisplayName"))
    return ListedDevice(
        serial_number=serial,
        model=text(at(reply, "model")),
        os_version=text(at(reply, "osVersion")),
        storage_bytes=size,
        storage_free_bytes=None if size is None else scaled(at(reply, "freeStorageSpaceInBytes"), 1),
        read_at=synced_at,
        heard_at=synced_at,
        texts={} if category is None else {"category": category},
    )


def read_list(settings: VendorSettings, path: str, fields: tuple[str, ...], **asked: str) -> Iterator[Any]:
    """Every entry of a list, with these fields. Where the next page is, Graph says; it is followed to Graph alone."""
    with closing(Web(settings.said["url"])) as web:
        signed = {"authorization": f"Bearer {_token(settings)}"}
        read = web.get(path, signed, {"$select": ",".join(fields), "$top": str(PAGE_SIZE), **asked})
        while True:
            yield from read["value"]
            following = urlsplit(read.get("@odata.nextLink") or "")
            if not following.path:
                return
            if f"{following.scheme}://{following.netloc}" != web.place:
                raise ValueError("the next page stands elsewhere: the token is not sent there")
            read = web.get(f"{following.path}?{following.query}", signed)


def _token(settings: VendorSettings) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.said["client_id"],
        "client_secret": settings.key,
        "scope": SCOPE,
    }
    with closing(Web(settings.said["sign_in_url"])) as web:
        return str(web.post(f"/{settings.said['tenant']}/oauth2/v2.0/token", {}, form, is_form=True)["access_token"])
