"""What the mirror remembers of itself: what arrived, what was refused or had to be dropped, and what is wrong now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from rollcall_collector.store.mirror_outbox import Dropped, Waiting, count_waiting
from rollcall_collector.store.parts.runs import PartRun, find_part, note_part

PART = "mirror"


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorState:
    """Counts since this store was made. `trouble` is empty where the last try went well."""

    since_at: datetime
    sent_lines: int = 0
    refused_lines: int = 0
    refused_why: str = ""
    dropped_lines: int = 0
    dropped_first_at: datetime | None = None
    dropped_last_at: datetime | None = None
    sent_at: datetime | None = None
    trouble: str = ""
    troubled_at: datetime | None = None
    next_try_at: datetime | None = None

    def sent(self, taken: int, refused: int, why: str, now: datetime) -> "MirrorState":
        """Lines arrived: all is well again."""
        return replace(
            self,
            sent_lines=self.sent_lines + taken,
            refused_lines=self.refused_lines + refused,
            refused_why=why or self.refused_why,
            sent_at=now,
            trouble="",
            troubled_at=None,
            next_try_at=None,
        )

    def hindered(self, trouble: str, now: datetime, next_try_at: datetime) -> "MirrorState":
        """Nothing arrived."""
        return replace(self, trouble=trouble, troubled_at=self.troubled_at or now, next_try_at=next_try_at)

    def dropped(self, dropped: Dropped) -> "MirrorState":
        """Lines had to make room."""
        return replace(
            self,
            dropped_lines=self.dropped_lines + dropped.lines,
            dropped_first_at=self.dropped_first_at or dropped.first_at,
            dropped_last_at=dropped.last_at,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorStatus:
    """How the mirror stands and what waits for it."""

    state: MirrorState
    waiting: Waiting

    def lag_seconds(self, now: datetime) -> float:
        """How old the oldest fact is that has not arrived; 0 where all have."""
        oldest = self.waiting.oldest_at
        return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def read_mirror(connection: Connection, now: datetime) -> MirrorStatus | None:
    """What is known of the mirror; None where there is none: nothing was ever sent, and nothing waits."""
    kept, waiting = find_part(connection, PART), count_waiting(connection)
    return None if kept is None and not waiting.lines else MirrorStatus(state=_state(kept, now), waiting=waiting)


def read_status(connection: Connection, now: datetime) -> MirrorStatus:
    """What is known of the mirror."""
    return MirrorStatus(state=read_state(connection, now), waiting=count_waiting(connection))


def read_state(connection: Connection, now: datetime) -> MirrorState:
    """The kept state; a new one where nothing was sent ever."""
    return _state(find_part(connection, PART), now)


def _state(found: PartRun | None, now: datetime) -> MirrorState:
    if found is None:
        return MirrorState(since_at=now)
    told: Mapping[str, Any] = found.told
    values: dict[str, Any] = {name: _instant(told.get(name)) for name in _INSTANTS}
    values |= {name: told[name] for name in _PLAIN}
    return MirrorState(since_at=found.began_at, trouble=found.trouble, **values)


def keep_state(connection: Connection, state: MirrorState, now: datetime) -> None:
    """Remember it."""
    instants = {name: found.isoformat() for name in _INSTANTS if (found := getattr(state, name)) is not None}
    plain = {name: getattr(state, name) for name in _PLAIN}
    run = PartRun(part=PART, began_at=state.since_at, noted_at=now, told={**plain, **instants}, trouble=state.trouble)
    note_part(connection, run)


_INSTANTS = ("dropped_first_at", "dropped_last_at", "sent_at", "troubled_at", "next_try_at")
_PLAIN = ("sent_lines", "refused_lines", "refused_why", "dropped_lines")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
