"""What was asked of the list of devices, read from the address and written into addresses: it can be sent on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import get_args
from urllib.parse import urlencode

from rollcall_collector.model.device import SILENT_DAYS, AskedFor, DeviceQuery, Heard, Sort
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.facts import BAR_DAYS
from rollcall_dashboards.shared.fallen_silent import fallen_silent

PAGE_SIZE = 50
_PAGE_DIGITS = 6
_SORTS: tuple[Sort, ...] = get_args(Sort)
_HEARD: tuple[Heard, ...] = get_args(Heard)
FLAG_STATES: tuple[FlagState, ...] = ("open", "accepted", "postponed", "dismissed", "done")
"""States of flags that people ask for; a closed one nobody decided on."""
BESIDE = "beside"
"""Instead of a state: something is open of a device that nobody is asked about, for another flag was decided on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The filters, the order and the page, as words of an address; an empty word is no filter.

    `asks` and `finding` together are a kind of open proposal, as a line of Today is: the list then holds just those.
    """

    text: str = ""
    site: str = ""
    cart: str = ""
    model: str = ""
    platform: str = ""
    verdict: str = ""
    heard: str = ""
    flag: str = ""
    asks: str = ""
    finding: str = ""
    sort: str = "verdict"
    down: str = ""
    page: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether not all devices are asked for."""
        order = ("sort", "down", "page")
        return any(value for name, value in asdict(self).items() if name not in order)


def read_asked(query: Mapping[str, str]) -> Asked:
    """The question in an address; what cannot be understood is left out, never an error."""
    known = {field.name for field in fields(Asked)}
    asked = Asked(**{name: value.strip()[:100] for name, value in query.items() if name in known})
    is_kind = asked.asks in VERDICTS and bool(asked.finding)
    return replace(
        asked,
        sort=asked.sort if asked.sort in _SORTS else "verdict",
        verdict=asked.verdict if asked.verdict in VERDICTS else "",
        heard=asked.heard if asked.heard in (*_HEARD, "fallen", "retired") else "",
        flag=asked.flag if asked.flag in (*FLAG_STATES, BESIDE) else "",
        asks=asked.asks if is_kind else "",
        finding=asked.finding if is_kind else "",
        page=asked.page if asked.page.isdecimal() and len(asked.page) <= _PAGE_DIGITS else "",
    )


def to_query(asked: Asked, now: datetime, *, page_size: int = PAGE_SIZE) -> DeviceQuery:
    """The question as the store takes it."""
    asks = next((verdict for verdict in VERDICTS if verdict == asked.asks), None)
    query = DeviceQuery(
        text=asked.text,
        site=asked.site or None,
        cart=asked.cart or None,
        model=asked.model or None,
        platform=asked.platform or None,
        verdicts=tuple(one for one in VERDICTS if one == asked.verdict),
        heard=next((one for one in _HEARD if one == asked.heard), None),
        heard_since=now - timedelta(days=SILENT_DAYS),
        flag_state=next((state for state in FLAG_STATES if state == asked.flag), None),
        is_settled_beside=asked.flag == BESIDE,
        asked_for=None if asks is None else AskedFor(verdict=asks, finding=asked.finding),
        retired=asked.heard == "retired",
        days_from=(now - timedelta(days=BAR_DAYS)).date(),
        sort=next(one for one in _SORTS if one == asked.sort),
        is_descending=bool(asked.down),
        page=int(asked.page or "1"),
        page_size=page_size,
    )
    return fallen_silent(query, now) if asked.heard == "fallen" else query


def addresses(asked: Asked, path: str = "/devices") -> Callable[..., str]:
    """A function that writes the address of the same question with some words changed."""
    own = asdict(asked)

    def address(**changes: object) -> str:
        words = own | {name: str(value) for name, value in changes.items()}
        kept = {
            name: value
            for name, value in words.items()
            if value and (name, value) not in {("sort", "verdict"), ("page", "1")}
        }
        return f"{path}?{urlencode(kept)}" if kept else path

    return address
