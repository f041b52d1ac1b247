"""Mosyle Manager: signs in for a day, then asks for a hundred iPads at a time."""

from collections.abc import Iterator
from typing import Any

from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, number, scaled, text
from rollcall_agent.bridges.vendors.web import Web
from rollcall_agent.errors import ConfigError

COLUMNS = (
    "deviceudid", "serial_number", "device_model", "osversion", "battery", "total_disk", "available_disk",
    "date_info", "date_last_beat", "asset_tag", "tags", "SharedCartName",
)  # fmt: skip
"""All that is asked for: who uses an iPad, its name and its addresses are not among it."""
PAGES_MAX = 2_000
_GB = 1_000_000_000


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad, page by page. The key file holds the access token in one line and the password in the next."""
    access_token, _, password = settings.key.partition("\n")
    if not password.strip():
        raise ConfigError("mosyle.key holds two lines: the access token, then the password of the account")
    web = Web(settings.said["url"])
    try:
        login = {"accessToken": access_token.strip(), "email": settings.said["email"], "password": password.strip()}
        _, headers = web.exchange("/v2/login", {}, login)
        signed = {"authorization": headers.get("authorization", "")}
        for page in range(1, PAGES_MAX):
            options = {"os": "ios", "page": page, "specific_columns": list(COLUMNS)}
            read = web.post("/v2/listdevices", signed, {"accessToken": access_token.strip(), "options": options})
            found = at(read, "response", "devices") or []
            yield from (ipad for one in found if (ipad := read_ipad(one)) is not None)
            if not found:
                return
    finally:
        web.close()


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad or has no serial number. A level is a share, or percent where it is more than 1."""
    serial, model = text(at(reply, "serial_number")), text(at(reply, "device_model"))
    if serial is None or not (model or "").startswith("iPad"):
        return None
    level = number(at(reply, "battery"))
    wrote = {
        "cart": text(at(reply, "SharedCartName")),
        "asset_tag": text(at(reply, "asset_tag")),
        "tags": text(at(reply, "tags")),
    }
    return ListedDevice(
        serial_number=serial,
        udid=text(at(reply, "deviceudid")),
        model=model,
        os_version=text(at(reply, "osversion")),
        asset_tag=wrote["asset_tag"],
        level_percent=None if level is None else round(100 * level if level <= 1 else level, 1),
        storage_bytes=scaled(at(reply, "total_disk"), _GB),
        storage_free_bytes=scaled(at(reply, "available_disk"), _GB),
        read_at=instant(at(reply, "date_info")),
        heard_at=instant(at(reply, "date_last_beat")),
        texts={name: found for name, found in wrote.items() if found is not None},
    )


BRIDGE = bridge_to(
    Vendor(name="mosyle", needs=("url", "email"), place_fields=("cart", "asset_tag", "tags"), listed=listed)
)
