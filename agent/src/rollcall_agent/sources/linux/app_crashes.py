"""Counts programs that crashed, from the journal of core dumps: the number only, never which or whose."""

import re
from dataclasses import dataclass

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told

COREDUMP = "fc2e22bc6ee647b6b90729ab34a250b1"
"""The journal's message id of a core dump."""
_CURSOR = re.compile(r"^-- cursor: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Journal:
    """How many core dumps stand behind the cursor, and where the journal ends now. None where it cannot be read."""

    crashes: int
    cursor: str | None


def read(host: Host) -> Journal:
    """Count the entries behind the remembered cursor; without one, only find the journal's end.

    `--output-fields` keeps everything but the message id out of what is read: names and paths stay in the journal.
    """
    cursor = marked(host.recall("app_crashes")).get("cursor")
    ask = ("journalctl", "-q", "--no-pager", "-o", "json", "--output-fields=MESSAGE_ID", "--show-cursor")
    ran = host.run((*ask, "-n", "0")) if not cursor else None
    if cursor:
        ran = host.run((*ask, f"--after-cursor={cursor}", f"MESSAGE_ID={COREDUMP}"))
        if ran is not None and ran.status != 0:
            ran = host.run((*ask, "-n", "0"))  # the cursor's journal was rotated away: begin again
    return parse(ran.output if ran and ran.status == 0 else "", last=cursor)


def parse(output: str, *, last: str | None) -> Journal:
    """The journal's lines as a number and the next cursor; with no new entry the old cursor stands."""
    found = _CURSOR.search(output)
    return Journal(
        crashes=sum(line.startswith("{") for line in output.splitlines()), cursor=found[1] if found else last
    )


def tell(journal: Journal, past: Past) -> Told:
    """A failure where programs crashed since the last look."""
    if journal.cursor is None:
        return Told()
    failure = past.failure("crash", "app_crash", count=max(1, journal.crashes), evidence={"delta": journal.crashes})
    return Told(failures=(failure,) if journal.crashes else (), mark=marking(cursor=journal.cursor), has_found=True)


SOURCE = Source(name="app_crashes", rhythm="daily", needs="the journal", read=read, tell=tell)
