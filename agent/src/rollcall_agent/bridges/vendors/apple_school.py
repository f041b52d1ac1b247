"""Apple School Manager: when each iPad was ordered, and until when Apple covers it. Of its health Apple knows nothing.

So nothing is told by itself: `--places` writes both into a list to import, as it does with cart and slot.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

from rollcall_agent.bridges.vendors.listed import ListedDevice, Vendor, VendorSettings, bridge_to
from rollcall_agent.bridges.vendors.values import at, instant, text
from rollcall_agent.bridges.vendors.web import Web
from rollcall_agent.errors import ComeBackLaterError, ConfigError

LIST_PATH = "/v1/orgDevices"
DEVICE_FIELDS = ("serialNumber", "productFamily", "productType", "orderDateTime", "releasedFromOrgDateTime")
COVER_FIELDS = ("endDateTime", "isCanceled", "contractCancelDateTime")
PAGE_SIZE = 1_000
TRIES = 10
"""Apple gives cover one device at a time: where that is too much at once, it is waited for as Apple says."""


def listed(settings: VendorSettings) -> Iterator[ListedDevice]:
    """Every iPad that the school owns now, page by page, each with its cover: one question more a device."""
    try:
        from rollcall_agent.bridges.vendors.apple_sign_in import ask_token  # noqa: PLC0415  # an extra, as Google's
    except ModuleNotFoundError as error:
        raise ConfigError(
            "google-auth, which signs, is not installed here: install the agent as 'rollcall-agent[apple]'"
        ) from error
    signed = {"authorization": f"Bearer {ask_token(settings.said, settings.key)}"}
    with closing(Web(settings.said["url"])) as web:
        cursor = ""
        while True:
            asked = {"fields[orgDevices]": ",".join(DEVICE_FIELDS), "limit": str(PAGE_SIZE)}
            read = _ask(web, LIST_PATH, signed, asked | ({"cursor": cursor} if cursor else {}))
            for one in read["data"]:
                if (ipad := read_ipad(one)) is not None:
                    path = f"{LIST_PATH}/{ipad.serial_number}/appleCareCoverage"
                    cover = _ask(web, path, signed, {"fields[appleCareCoverage]": ",".join(COVER_FIELDS)})
                    yield replace(ipad, warranty_until=covered_until(cover))
            cursor = text(at(read, "meta", "paging", "nextCursor")) or ""
            if not cursor:
                return


def read_ipad(reply: Any) -> ListedDevice | None:
    """None for what is no iPad, or was released: sold, or given away."""
    serial = text(at(reply, "attributes", "serialNumber"))
    is_gone = at(reply, "attributes", "releasedFromOrgDateTime") is not None
    if serial is None or not serial.isalnum() or is_gone or at(reply, "attributes", "productFamily") != "iPad":
        return None
    ordered_at = instant(at(reply, "attributes", "orderDateTime"))
    return ListedDevice(
        serial_number=serial,
        model=text(at(reply, "attributes", "productType")),
        purchased_on=None if ordered_at is None else ordered_at.date(),
    )


def covered_until(reply: Any) -> date | None:
    """The last day of whatever covers it longest, the limited warranty or AppleCare; None where nothing has an end."""
    ends = [_end(one["attributes"]) for one in at(reply, "data") or ()]
    return max((one for one in ends if one is not None), default=None)


def _end(cover: Mapping[str, Any]) -> date | None:
    ended_at = instant(cover.get("endDateTime"))
    if cover.get("isCanceled") is True:
        ended_at = instant(cover.get("contractCancelDateTime"))
    return None if ended_at is None else ended_at.date()


def _ask(web: Web, path: str, signed: Mapping[str, str], asked: Mapping[str, str]) -> Any:
    for _ in range(TRIES - 1):
        try:
            return web.get(path, signed, asked)
        except ComeBackLaterError as error:
            time.sleep(error.seconds)
    return web.get(path, signed, asked)


VENDOR = Vendor(
    name="apple-school", needs=("url", "sign_in_url", "client_id", "key_id"), place_fields=(), listed=listed
)
BRIDGE = replace(bridge_to(VENDOR), poll=None)
