"""Counts programs that crashed or hung, from the application log: the number only, never which or whose."""

from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_agent.sources.windows.log import channel
from rollcall_agent.sources.windows.log.channel import Cursor, Reading

WANTED = {"application error": frozenset({1000}), "application hang": frozenset({1002})}
"""Not Windows Error Reporting 1001: it is written for telemetry, too (44 to one crash in a log)."""


def read(host: Host) -> Reading:
    """The records since the last look; on a first look only where the log ends."""
    return channel.read("Application", WANTED, Cursor.of(host.recall("app_crashes")))


def tell(reading: Reading, past: Past) -> Told:
    """A failure where programs crashed since the last look."""
    if reading.end is None:
        return Told()
    count = sum(event.number in WANTED.get(event.provider, ()) for event in reading.events)
    failure = past.failure("crash", "app_crash", count=max(1, count), evidence={"delta": count})
    return Told(failures=(failure,) if count else (), mark=reading.end.mark(), has_found=True)


SOURCE = Source(name="app_crashes", rhythm="daily", needs="nothing", read=read, tell=tell)
