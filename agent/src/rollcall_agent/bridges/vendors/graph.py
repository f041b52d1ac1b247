"""Microsoft Graph: a token by client credentials that may read devices, then any of its lists, page by page."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from rollcall_agent.bridges.vendors.listed import VendorSettings
from rollcall_agent.bridges.vendors.web import Web

NEEDS = ("url", "sign_in_url", "tenant", "client_id")
"""What the settings of a bridge to Graph must say."""
DEVICES_PATH = "/v1.0/deviceManagement/managedDevices"
SCOPE = "https://graph.microsoft.com/.default"
PAGE_SIZE = 500


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
