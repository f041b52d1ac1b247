"""Notices a clock that forgot the time: the little battery behind it is empty."""

from datetime import UTC, datetime, timedelta

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.codes import Evidence

RELEASED_IN = 2026
"""The year of this release: no report can be older than the program that writes it."""
STEP_BACK = timedelta(days=1)
"""Going back less is a time zone, a second system on the disk, or a correction."""


def is_believable(now: datetime) -> bool:
    """Whether the clock may be right. Before the year of the release it cannot be: nothing is recorded then."""
    return now.year >= RELEASED_IN


def unbelievable(mark: str | None, *, boot_id: str) -> str:
    """The mark to remember while waiting for a believable clock: the failure is told once it can be dated."""
    return marking(**{**marked(mark), "reset_in": boot_id})


def read(_host: Host) -> None:
    """Nothing: the moment itself carries the wall clock."""


def tell(_reading: None, past: Past) -> Told:
    """One failure a start where the clock was before the release, or a day or more before the last report."""
    mark = marked(past.recall("clock"))
    last = mark.get("last")
    behind = None if last is None else datetime.fromtimestamp(last, UTC) - past.moment.now
    is_behind = behind is not None and behind > STEP_BACK
    is_news = mark.get("told_in") != past.boot_id and (mark.get("reset_in") == past.boot_id or is_behind)
    evidence: dict[Evidence, float] = {}
    if behind is not None and is_behind:
        evidence["seconds"] = behind.total_seconds()
    failures = (past.failure("hardware", "clock_reset", evidence=evidence),) if is_news else ()
    return Told(
        failures=failures,
        mark=marking(
            last=past.moment.now.timestamp(),
            told_in=past.boot_id if is_news else mark.get("told_in"),
            reset_in=mark.get("reset_in"),
        ),
        has_found=True,
    )


SOURCE = Source(name="clock", rhythm="vitals", needs="nothing", read=read, tell=tell)
