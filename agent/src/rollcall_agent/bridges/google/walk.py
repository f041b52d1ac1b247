"""Walks through all that Google knows of a district, page by page, and remembers how far it came.

A round is the directory, the crashes, the telemetry, and once a day the starts of a month. After a kill, an outage or
an exhausted quota the walk goes on at the page it stood at; what a page tells again is known by each device's own
memory.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal

from rollcall_agent.bridges.bridge import Poll, ToldOfDevice
from rollcall_agent.bridges.google.crashes import OsCrash, by_device
from rollcall_agent.bridges.google.directory import read_entry
from rollcall_agent.bridges.google.memory import ChromebookMemory, read_memory
from rollcall_agent.bridges.google.refusal import BAD_REQUEST, GoogleRefusedError
from rollcall_agent.bridges.google.service import Page, Service
from rollcall_agent.bridges.google.telling import mark_of, tell_entry, tell_telemetry
from rollcall_agent.bridges.google.values import text
from rollcall_agent.enrollment.devices import DEVICES_MAX

log = logging.getLogger("rollcall.bridge")

WIDE, NARROW = timedelta(days=30), timedelta(hours=26)
"""How far back is asked for: starts alone once a day widely, for devices that were away; all else a day and a bit."""
WIDE_EVERY = timedelta(hours=24)
PAGE_LIVES = timedelta(minutes=45)
"""A page's token is taken up again for so long after it was given: Google does not say how long it lives."""
_STANDS, _WIDE_AT = "walk", "wide_at"
_FRESH = 2 * DEVICES_MAX
"""So many devices may wait between being told and being remembered; their memories are kept at hand."""
Part = Literal["directory", "starts", "telemetry"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Where a walk stands: which list, which page of it and when that was given, and since when it goes on.

    `is_wide`: asking far back for starts; `is_anew`: because everything was to be told again.
    """

    part: Part
    page: str
    page_at: datetime
    began_at: datetime
    is_wide: bool
    is_anew: bool

    def as_text(self) -> str:
        """As it is kept."""
        told = {**asdict(self), "page_at": self.page_at.isoformat(), "began_at": self.began_at.isoformat()}
        return json.dumps(told)

    @property
    def since(self) -> datetime:
        """How far back its telemetry is asked for."""
        return self.began_at - (WIDE if self.part == "starts" else NARROW)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the walk may go on there; a clock that was set back makes it begin again."""
        is_in_order = self.began_at <= self.page_at <= now
        return is_in_order and now - self.page_at <= PAGE_LIVES and now - self.began_at < WIDE_EVERY

    def after(self, page: Page, now: datetime) -> "Stand | None":
        """Where the walk stands once this page was read; None at its end."""
        if page.next_token:
            return replace(self, page=page.next_token, page_at=now)
        match self.part:
            case "directory":
                return replace(self, part="telemetry", page="", page_at=now)
            case "telemetry" if self.is_wide:
                return replace(self, part="starts", page="", page_at=now)
            case _:
                return None


def read_stand(kept: str | None) -> Stand | None:
    """What was kept; None where nothing was, or an earlier version kept it in its own way."""
    try:
        told = json.loads(kept or "{}")
        instants = {name: datetime.fromisoformat(told[name]) for name in ("page_at", "began_at")}
        return Stand(**{**told, **instants})
    except (LookupError, TypeError, ValueError):
        return None


@dataclass(slots=True)
class Walk:
    """One round, or the rest of one. `delays` are the minutes by which news of the last day came late."""

    asked: Poll
    service: Service
    delays: list[float] = field(default_factory=list)
    _fresh: "OrderedDict[str, str]" = field(default_factory=OrderedDict)

    def told(self) -> Iterator[ToldOfDevice]:
        """Device by device; each page's mark stands at the last device before the next page, never ahead of it."""
        held: ToldOfDevice | None = None
        for told, mark in self._pages():
            for one in told:
                if held is not None:
                    yield held
                held = one
                self._remember(one.marks)
            if held is not None:
                held = replace(held, marks={**held.marks, **mark})
        if held is not None:
            yield held
        if self.delays:
            log.info(
                "telemetry.delayed bridge=google reports=%d median_minutes=%.0f longest_minutes=%.0f",
                len(self.delays), median(self.delays), max(self.delays),
            )  # fmt: skip

    def _pages(self) -> Iterator[tuple[list[ToldOfDevice], Mapping[str, str]]]:
        """What each page tells, with the mark that says that it was read."""
        stand: Stand | None = self._stand()
        crashes: dict[str, list[OsCrash]] | None = None
        while stand is not None:
            if stand.part == "directory":
                page = self._page(stand)
                heard = [told for one in page.entries if (told := self._tell_entry(one))]
            else:
                crashes = self._crashes(stand) if crashes is None else crashes
                page = self._page(stand)
                heard = [one for reply in page.entries for one in self._tell_telemetry(reply, crashes, stand.part)]
            following = stand.after(page, self.asked.now)
            if following is None:
                heard += self._tell_unreported(crashes or {})
            yield heard, self._marks(stand) if following is None else {_STANDS: following.as_text()}
            stand = following

    def _marks(self, ended: Stand) -> Mapping[str, str]:
        """What is remembered of a whole round."""
        return {_STANDS: "", **({_WIDE_AT: ended.began_at.isoformat()} if ended.is_wide else {})}

    def _crashes(self, stand: Stand) -> dict[str, list[OsCrash]]:
        back = WIDE if stand.is_wide else NARROW
        return dict(by_device(self.service.crashes(since=stand.began_at - back), self.asked.now))

    def _page(self, stand: Stand) -> Page:
        try:
            return self._ask(stand)
        except GoogleRefusedError as error:
            if error.status != BAD_REQUEST or not stand.page:
                raise
            log.info("walk.begun_anew bridge=google part=%s reason=%s", stand.part, error.reason)
            return self._ask(replace(stand, page=""))

    def _ask(self, stand: Stand) -> Page:
        match stand.part:
            case "directory":
                return self.service.listed(page=stand.page)
            case "starts":
                return self.service.starts(since=stand.since, page=stand.page)
            case "telemetry":
                return self.service.devices(since=stand.since, page=stand.page)

    def _stand(self) -> Stand:
        """Where the last round was broken off, if its page is not old; else the beginning."""
        now, is_anew, wide_at = self.asked.now, self.asked.is_asked_anew, self.asked.recall(_WIDE_AT)
        kept = read_stand(self.asked.recall(_STANDS))
        if kept is not None and kept.is_anew == is_anew and kept.is_fresh(now):
            return kept
        is_wide = is_anew or wide_at is None or not timedelta(0) <= now - datetime.fromisoformat(wide_at) < WIDE_EVERY
        return Stand(part="directory", page="", page_at=now, began_at=now, is_wide=is_wide, is_anew=is_anew)

    def _tell_entry(self, reply: Mapping[str, Any]) -> ToldOfDevice | None:
        entry = read_entry(reply)
        return None if entry is None else tell_entry(entry, self._recall(entry.device_id), self.asked.now)

    def _tell_telemetry(
        self, reply: Mapping[str, Any], crashes: dict[str, list[OsCrash]], part: Part = "telemetry"
    ) -> list[ToldOfDevice]:
        if (device_id := text(reply.get("deviceId"))) is None:
            return []
        memory = self._recall(device_id)
        told = tell_telemetry(device_id, reply, crashes.pop(device_id, ()), memory, self.asked.now)
        if part == "starts":
            told = [one for one in told if one.bodies]
        late = [self.asked.now - one.observed_at for one in told if one.bodies and one.observed_at]
        self.delays += [one / timedelta(minutes=1) for one in late if one <= NARROW]
        return told

    def _tell_unreported(self, crashes: dict[str, list[OsCrash]]) -> list[ToldOfDevice]:
        """Crashes of devices that are known and told nothing else of late."""
        known = [one for one in crashes if self._recall(one).described is not None]
        return [told for device_id in known for told in self._tell_telemetry({"deviceId": device_id}, crashes)]

    def _recall(self, device_id: str) -> ChromebookMemory:
        name = mark_of(device_id)
        if (fresh := self._fresh.get(name)) is not None:
            return read_memory(fresh)
        memory = read_memory(self.asked.recall(name))
        return memory.begun_anew() if self.asked.is_asked_anew else memory

    def _remember(self, marks: Mapping[str, str]) -> None:
        self._fresh.update(marks)
        while len(self._fresh) > _FRESH:
            self._fresh.popitem(last=False)
