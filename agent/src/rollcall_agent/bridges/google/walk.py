"""Walks through all that Google knows of a district, page by page, and remembers how far it came.

A round is the directory, then the crashes, then the telemetry. After a kill, an outage or an exhausted quota the walk
goes on at the page it stood at; what a page tells again is known by each device's own memory.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from rollcall_agent.enrollment.devices import DEVICES_MAX

log = logging.getLogger("rollcall.bridge")

WIDE, NARROW = timedelta(days=30), timedelta(hours=26)
"""How far back telemetry is asked for: once a day widely, for devices that were away; else a day and a bit."""
WIDE_EVERY = timedelta(hours=24)
PAGE_LIVES = timedelta(minutes=45)
"""A page's token is taken up again for so long: Google does not say how long it lives."""
_STANDS, _WIDE_AT = "walk", "wide_at"
_FRESH = 2 * DEVICES_MAX
"""So many devices may wait between being told and being remembered; their memories are kept at hand."""
Part = Literal["directory", "telemetry"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Where a walk stands: which list, which page of it, and since when it goes on.

    `is_wide`: asking far back; `is_anew`: because everything was to be told again.
    """

    part: Part
    page: str
    began_at: datetime
    is_wide: bool
    is_anew: bool

    def as_text(self) -> str:
        """As it is kept."""
        return json.dumps([self.part, self.page, self.began_at.isoformat(), self.is_wide, self.is_anew])


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
        stand = self._stand()
        if stand.part == "directory":
            for page, following in self._list(stand):
                yield [told for one in page.entries if (told := self._tell_entry(one))], {_STANDS: following.as_text()}
            stand = replace(stand, part="telemetry", page="")
        since = stand.began_at - (WIDE if stand.is_wide else NARROW)
        crashes = by_device(self.service.crashes(since=since), self.asked.now)
        left = dict(crashes)
        for page, following in self._list(stand):
            heard = [one for reply in page.entries for one in self._tell_telemetry(reply, left)]
            if not following.page:
                heard += self._tell_unreported(left)
            done = {_STANDS: "", **({_WIDE_AT: stand.began_at.isoformat()} if stand.is_wide else {})}
            yield heard, {_STANDS: following.as_text()} if following.page else done

    def _list(self, stand: Stand) -> Iterator[tuple[Page, Stand]]:
        """The pages from where the walk stands, each with where it stands after it."""
        while True:
            page = self._page(stand)
            stand = replace(stand, page=page.next_token)
            is_last = not page.next_token
            yield page, replace(stand, part="telemetry") if is_last and stand.part == "directory" else stand
            if is_last:
                return

    def _page(self, stand: Stand) -> Page:
        try:
            return self._ask(stand)
        except GoogleRefusedError as error:
            if error.status != BAD_REQUEST or not stand.page:
                raise
            log.info("walk.begun_anew bridge=google part=%s reason=%s", stand.part, error.reason)
            return self._ask(replace(stand, page=""))

    def _ask(self, stand: Stand) -> Page:
        if stand.part == "directory":
            return self.service.listed(page=stand.page)
        return self.service.devices(since=stand.began_at - (WIDE if stand.is_wide else NARROW), page=stand.page)

    def _stand(self) -> Stand:
        """Where the last round was broken off, if that is not long ago; else the beginning."""
        now, is_anew, wide_at = self.asked.now, self.asked.is_asked_anew, self.asked.recall(_WIDE_AT)
        is_wide = is_anew or wide_at is None or now - datetime.fromisoformat(wide_at) >= WIDE_EVERY
        beginning = Stand(part="directory", page="", began_at=now, is_wide=is_wide, is_anew=is_anew)
        if not (kept := self.asked.recall(_STANDS)):
            return beginning
        part, page, began, was_wide, was_anew = json.loads(kept)
        began_at = datetime.fromisoformat(began)
        if was_anew != is_anew or not timedelta(0) <= now - began_at <= PAGE_LIVES:
            return beginning
        return Stand(part=part, page=page, began_at=began_at, is_wide=was_wide, is_anew=was_anew)

    def _tell_entry(self, reply: Mapping[str, Any]) -> ToldOfDevice | None:
        entry = read_entry(reply)
        return None if entry is None else tell_entry(entry, self._recall(entry.device_id), self.asked.now)

    def _tell_telemetry(self, reply: Mapping[str, Any], crashes: dict[str, list[OsCrash]]) -> list[ToldOfDevice]:
        if not isinstance(device_id := reply.get("deviceId"), str):
            return []
        memory = self._recall(device_id)
        told = tell_telemetry(reply, crashes.pop(device_id, ()), memory, self.asked.now)
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
