"""Reads what was sent: the list, new or as the page handed it back, and what the person said of its headings."""

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from rollcall_collector.api.http.guard import LIST_BYTES_MAX
from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.roster.dates import Order

_ORDERS: dict[str, Order] = {"day_first": "day_first", "month_first": "month_first"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SentList:
    """A list and how it is to be read.

    Between look and keep the list lies in the page, packed, and nowhere on the server: it may hold names of pupils in
    columns that are left out. `seen` is the `reading` that the person last looked at.
    """

    content: bytes
    file_name: str
    wishes: tuple[str, ...]
    dates: Order | None
    site: str
    seen: str
    is_skipping_bad: bool
    new_sites: tuple[str, ...] = ()

    @property
    def packed(self) -> str:
        """The list as the page hands it back."""
        return base64.b64encode(zlib.compress(self.content)).decode()

    @property
    def reading(self) -> str:
        """How the list is to be read, in one text to compare."""
        return "\n".join([*self.wishes, self.dates or "", self.site])


async def read_form(request: Request) -> SentList:
    """The form; asynchronous because the framework's reader is."""
    async with request.form(max_part_size=LIST_BYTES_MAX) as form:
        upload = form.get("file")
        if isinstance(upload, UploadFile):
            content, name = await upload.read(), upload.filename or ""
        else:
            content, name = unpack(_text(form, "list")), _text(form, "name")
        return SentList(
            content=content,
            file_name=name[-100:],
            wishes=tuple(wish for wish in form.getlist("map") if isinstance(wish, str) and wish),
            dates=_ORDERS.get(_text(form, "dates")),
            site=_text(form, "site").strip()[:128],
            seen=_text(form, "seen").replace("\r\n", "\n"),
            is_skipping_bad=bool(_text(form, "skip_bad")),
            new_sites=tuple(name for name in form.getlist("new_site") if isinstance(name, str)),
        )


Sent = Annotated[SentList, Depends(read_form)]


def unpack(text: str) -> bytes:
    """The list that the page held. Raises a 422 where it is not one."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(base64.b64decode(text, validate=True), LIST_BYTES_MAX)
    except (binascii.Error, zlib.error) as error:
        raise ApiProblem(422, "wrong_shape", "The list did not come along: choose the file again.") from error
    if not reader.eof:
        raise ApiProblem(413, "content_too_large", "The list is too large: use 'rollcall roster import' for it.")
    return content


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
