"""What an answer of InfluxDB means: taken, refused, too large, or not now, with the way out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

_DROPPED = re.compile(r"dropped[= ](\d+)")
_SAID_CHARACTERS = 300
_WAIT_MAX = 3_600.0
"""No server is believed that it wants to be left alone for longer, in seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The lines are there, but for so many that were refused; `said` is why."""

    refused: int = 0
    said: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Some line among them cannot be taken, ever."""

    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TooLarge:
    """Fewer lines at a time would be taken."""

    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotNow:
    """Nothing was taken; the same may be taken later, once somebody did what `way_out` says, or by itself."""

    trouble: str
    way_out: str = ""
    wait_seconds: float | None = None


Answer = Taken | Refused | TooLarge | NotNow


def read_answer(status: int, said: str, headers: Mapping[str, str], now: datetime) -> Answer:
    """What this answer means. `headers` are found in any case."""
    said = " ".join(said.split())[:_SAID_CHARACTERS]
    match status:
        case 400 | 422:
            found = _DROPPED.search(said)
            return Refused(said=said) if found is None else Taken(refused=int(found[1]), said=said)
        case 413:
            return TooLarge(said=said)
        case _ if 200 <= status < 300:  # noqa: PLR2004  # HTTP's own
            return Taken()
        case _:
            return _later(status, said, _wait(headers, now))


def _later(status: int, said: str, wait_seconds: float | None) -> NotNow:
    match status:
        case 401 | 403:
            way_out = "give mirror.token_file a token that may write to the bucket"
            return NotNow(trouble=f"InfluxDB does not take the token ({status})", way_out=way_out)
        case 404:
            way_out = "make the bucket, or mend mirror.org and mirror.bucket"
            return NotNow(trouble=f"InfluxDB knows no such organisation or bucket (404): {said}", way_out=way_out)
        case 429:
            return NotNow(trouble="InfluxDB asks to be left alone for a while (429)", wait_seconds=wait_seconds)
        case 503:
            return NotNow(trouble="InfluxDB is not available (503)", wait_seconds=wait_seconds)
        case _ if status >= 500:  # noqa: PLR2004  # HTTP's own
            return NotNow(trouble=f"InfluxDB has a fault of its own ({status}): {said}", way_out="look at its log")
        case _:
            return NotNow(trouble=f"what answers is no InfluxDB ({status})", way_out="mend mirror.url")


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if given.isdecimal():
        seconds = float(given)
    else:
        try:
            seconds = (parsedate_to_datetime(given) - now).total_seconds()
        except (ValueError, TypeError):  # none, without a zone, or in nobody's form
            return None
    return min(max(seconds, 0.0), _WAIT_MAX)
