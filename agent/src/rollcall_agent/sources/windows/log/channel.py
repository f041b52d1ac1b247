"""Reads an event log through wevtapi: what is wanted of it, behind the last record seen, however broken it is."""

import ctypes
from collections.abc import Iterator, Mapping
from ctypes import wintypes
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.windows.log.event import Event, parse
from rollcall_agent.sources.windows.native import last_error, library, set_last_error

Wanted = Mapping[str, frozenset[int]]
"""Whose records are wanted, and which of theirs."""
State = Literal["read", "absent", "forbidden"]

CHANNEL_PATH, NEWEST_FIRST, TOLERANT = 0x1, 0x200, 0x1000
RENDER_XML = 1
FORBIDDEN, TOO_SMALL, NO_MORE = 5, 122, 259
BATCH = 64
TIMEOUT_MS = 5000
LEAPS = (1, 4, 16, 64, 256, 1024)
"""How many records are leapt over where a part of the log is broken: a chunk holds about a hundred."""
IDS_MAX, CONDITIONS_MAX = 12, 20
"""A question may not be long: Windows refuses more than some twenty conditions. Beyond, the whole provider is read."""
XML_BYTES_MAX = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """The last record seen. When it was written tells whether the log is still the same one."""

    record: int
    at: str

    @staticmethod
    def of(mark: str | None) -> "Cursor | None":
        """The cursor that a source remembered."""
        found = marked(mark)
        record, at = found.get("record"), found.get("at")
        return Cursor(record=record, at=at) if isinstance(record, int) and isinstance(at, str) else None

    def mark(self, **more: object) -> str:
        """The mark to remember it by."""
        return marking(record=self.record, at=self.at, **more)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was wanted of a log, and its last record now.

    `is_broken_off`: it was cleared, or lost what stood behind the cursor, so that nobody knows what is missing.
    """

    state: State
    events: tuple[Event, ...] = ()
    end: Cursor | None = None
    is_broken_off: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """The log's first and last record now, and the one that stands where the cursor's stood."""

    first: Cursor | None
    last: Cursor | None
    at_cursor: Cursor | None


def resumed(cursor: Cursor | None, ends: Ends) -> tuple[int, bool]:
    """Behind which record to go on reading, and whether the log broke off since: cleared, shrunk, or overwritten.

    A cleared log counts from 1 again, and may be longer than the cursor by now: then another record stands there.
    """
    if cursor is None or ends.last is None:
        return 0, cursor is not None
    if ends.at_cursor == cursor:
        return cursor.record, False
    is_overwritten = ends.at_cursor is None and ends.first is not None and cursor.record < ends.first.record
    return (cursor.record if is_overwritten else 0), True


def read(
    channel: str, wanted: Wanted, cursor: Cursor | None = None, *, is_from_cursor: bool = False, newest: int = 0
) -> Reading:
    """What is wanted of a channel behind the cursor, oldest first; or the cursor's own record, too.

    Without a cursor only the newest so many records of each provider are read.
    """
    state = _state(channel)
    if state != "read":
        return Reading(state=state)
    at_cursor = None if cursor is None else _one(channel, f"*[System[(EventRecordID={cursor.record})]]", NEWEST_FIRST)
    ends = Ends(first=_one(channel, "*", 0), last=_one(channel, "*", NEWEST_FIRST), at_cursor=at_cursor)
    after, is_broken_off = resumed(cursor, ends)
    after -= is_from_cursor and after > 0
    found: dict[int, Event] = {}
    for provider, ids in wanted.items():
        events = (
            _newest(channel, question(provider, ids), newest)
            if cursor is None
            else _since(channel, provider, ids, after)
        )
        found |= {one.record: one for one in events if one.provider == provider.lower() and one.number in ids}
    return Reading(
        state="read",
        events=tuple(found[record] for record in sorted(found)),
        end=ends.last,
        is_broken_off=is_broken_off,
    )


def question(provider: str, ids: frozenset[int], after: int = 0) -> str:
    """Whose records, which of theirs, and behind which, in the log service's own words."""
    numbers = " or ".join(f"EventID={one}" for one in sorted(ids))
    parts = [f"Provider[@Name='{provider}']"]
    if len(ids) <= IDS_MAX:
        parts.append(f"({numbers})")
    if after:
        parts.append(f"(EventRecordID>{after})")
    return f"*[System[{' and '.join(parts)}]]"


def _newest(channel: str, asked: str, count: int) -> Iterator[Event]:
    found = filter(None, _events(channel, asked, NEWEST_FIRST)) if count else iter(())
    return islice(found, count)


def _since(channel: str, provider: str, ids: frozenset[int], after: int) -> Iterator[Event]:
    """The records behind this one, over the broken parts of the log."""
    seen, leaps = after, iter(LEAPS)
    while True:
        is_broken = False
        for event in _events(channel, question(provider, ids, seen), 0):
            is_broken = event is None
            if event is not None:
                seen, leaps = event.record, iter(LEAPS)
                yield event
        leap = next(leaps, None) if is_broken else None
        if leap is None:
            return
        seen += leap


def _events(channel: str, asked: str, flags: int, *, at_once: int = BATCH) -> Iterator[Event | None]:
    """The records that answer; None once, last, where the log is broken behind them."""
    api = _api()
    answers = api.EvtQuery(None, channel, asked, CHANNEL_PATH | TOLERANT | flags)
    if not answers:
        return
    try:
        while True:
            handles, returned = (ctypes.c_void_p * at_once)(), wintypes.DWORD()
            if not api.EvtNext(answers, at_once, handles, TIMEOUT_MS, 0, ctypes.byref(returned)):
                if last_error() != NO_MORE:
                    yield None
                return
            texts = [_rendered(api, handle or 0) for handle in handles[: returned.value]]
            yield from (event for text in texts if text is not None and (event := parse(text)) is not None)
    finally:
        api.EvtClose(answers)


def _rendered(api: Any, handle: int) -> str | None:
    """One record's XML; its handle is closed, whatever comes of it."""
    used, count = wintypes.DWORD(), wintypes.DWORD()
    try:
        api.EvtRender(None, handle, RENDER_XML, 0, None, ctypes.byref(used), ctypes.byref(count))
        if last_error() != TOO_SMALL or not 0 < used.value <= XML_BYTES_MAX:
            return None
        text = (ctypes.c_char * used.value)()
        if not api.EvtRender(None, handle, RENDER_XML, used.value, text, ctypes.byref(used), ctypes.byref(count)):
            return None
        return text.raw.decode("utf-16-le", errors="replace").rstrip("\0")
    finally:
        api.EvtClose(handle)


def _one(channel: str, asked: str, flags: int) -> Cursor | None:
    """The first record that answers."""
    for event in _events(channel, asked, flags, at_once=1):
        if event is not None:
            return Cursor(record=event.record, at="" if event.at is None else event.at.isoformat())
    return None


def _state(channel: str) -> State:
    try:
        api = _api()
    except OSError:
        return "absent"
    set_last_error(0)
    answers = api.EvtQuery(None, channel, "*", CHANNEL_PATH)
    if answers:
        api.EvtClose(answers)
        return "read"
    return "forbidden" if last_error() == FORBIDDEN else "absent"


@cache
def _api() -> Any:
    """The log service's library with its signatures: a handle is 64 bits wide, which ctypes would cut."""
    api, handle = library("wevtapi"), ctypes.c_void_p
    number, numbers = wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)
    api.EvtQuery.argtypes = (handle, wintypes.LPCWSTR, wintypes.LPCWSTR, number)
    api.EvtQuery.restype = handle
    api.EvtNext.argtypes = (handle, number, ctypes.POINTER(handle), number, number, numbers)
    api.EvtRender.argtypes = (handle, handle, number, number, ctypes.c_void_p, numbers, numbers)
    api.EvtClose.argtypes = (handle,)
    return api
