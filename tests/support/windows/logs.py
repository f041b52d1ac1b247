"""Windows event logs for tests: a recorded one, decoded to the XML that Windows renders; and synthetic ones."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from rollcall_agent.sources.windows.log.channel import Cursor, Reading
from rollcall_agent.sources.windows.log.event import Event, parse
from tests.support.require import fixtures

PROVIDERS = {
    "general": "Microsoft-Windows-Kernel-General",
    "boot": "Microsoft-Windows-Kernel-Boot",
    "power": "Microsoft-Windows-Kernel-Power",
    "crash": "Microsoft-Windows-WER-SystemErrorReporting",
    "woken": "Microsoft-Windows-Power-Troubleshooter",
    "whea": "Microsoft-Windows-WHEA-Logger",
    "measured": "Microsoft-Windows-Diagnostics-Performance",
    "log": "EventLog",
}
MEASURED = "Microsoft-Windows-Diagnostics-Performance/Operational"
AT = datetime(2026, 9, 14, 7, 55, tzinfo=UTC)
DIRTY: dict[str, Any] = {
    "BugcheckCode": 0,
    "SleepInProgress": 0,
    "PowerButtonTimestamp": 0,
    "LongPowerButtonPressDetected": "false",
    "ConnectedStandbyInProgress": "false",
}
"""Kernel-Power 41 as it says that neither a stop error nor a held button was it."""


def recorded() -> list[str]:
    """The recorded log of one PC, oldest first: 3 starts, none after an unclean stop, 3 times disk 51."""
    from evtx import PyEvtxParser  # noqa: PLC0415  # for those who have the recorded inputs

    records: Any = PyEvtxParser(str(fixtures() / "windows" / "system.evtx")).records()
    found = sorted(records, key=lambda record: int(record["event_record_id"]))
    return [str(record["data"]) for record in found]


def xml(
    provider: str,
    number: int,
    record: int,
    *texts: str,
    at: datetime = AT,
    channel: str = "System",
    computer: str = "PC-OF-MARIA",
    **fields: Any,
) -> str:
    """One record as Windows renders it. Synthetic: made by hand after the forms that were recorded or published."""
    data = "".join(f"<Data>{escape(text)}</Data>" for text in texts)
    data += "".join(f'<Data Name="{name}">{escape(str(value))}</Data>' for name, value in fields.items())
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="{PROVIDERS.get(provider, provider)}"/><EventID Qualifiers="0">{number}</EventID>'
        f'<TimeCreated SystemTime="{at:%Y-%m-%dT%H:%M:%S.%f}Z"/><EventRecordID>{record}</EventRecordID>'
        f"<Channel>{channel}</Channel><Computer>{computer}</Computer>"
        '<Security UserID="S-1-5-21-1004336348-1177238915-682003330-1001"/></System>'
        f"<EventData>{data}</EventData></Event>"
    )


def start(
    record: int,
    *,
    at: datetime = AT,
    is_clean: bool = True,
    dirty: dict[str, Any] | None = None,
    stop_error: str = "",
    good: bool | None = None,
    boot_id: int = 300,
) -> list[str]:
    """A start as the recorded log has them: the log service's words, the last stop's, then the kernel's."""
    kernel = at - timedelta(seconds=12)
    texts = ["08:00:12", "14.09.2026", "", "", "4711"]
    return [
        *([] if is_clean else [xml("log", 6008, record, *texts, at=at)]),
        xml("log", 6009, record + 1, "10.00.", "22631", "", "Multiprocessor Free", "17", at=at),
        xml("log", 6005, record + 2, at=at),
        *([xml("general", 13, record + 3, at=kernel - timedelta(minutes=5), StopTime="x")] if is_clean else []),
        xml("general", 12, record + 4, at=kernel, StartTime=f"{kernel:%Y-%m-%dT%H:%M:%S}.0000000Z", BootMode=0),
        xml("boot", 20, record + 5, at=kernel, LastShutdownGood=str(is_clean if good is None else good).lower(),
            LastBootGood="true", LastBootId=boot_id),
        xml("boot", 27, record + 6, at=kernel, BootType=0, LoadOptions=" NOEXECUTE=OPTIN \x01\x02&#0;"),
        *([] if dirty is None else [xml("power", 41, record + 7, at=kernel, **{**DIRTY, **dirty})]),
        *([xml("crash", 1001, record + 20, at=at, param1=stop_error, param2=r"C:\Windows\MEMORY.DMP", param3="guid")]
          if stop_error else []),
    ]  # fmt: skip


def stopped(record: int, *, at: datetime = AT) -> list[str]:
    """The log service's word that it was asked to stop."""
    return [xml("log", 6006, record, at=at)]


def events(texts: Iterable[str]) -> Iterator[Event]:
    """What can be read of them."""
    return (found for text in texts if (found := parse(text)) is not None)


def reading(texts: Iterable[str]) -> Reading:
    """A log that was read to its end."""
    found = tuple(events(texts))
    last = max(found, key=lambda event: event.record, default=None)
    end = None if last is None else Cursor(record=last.record, at="" if last.at is None else last.at.isoformat())
    return Reading(state="read", events=found, end=end)


def lines(texts: Iterable[str], *deeds: str) -> str:
    """A log as the stand-in for wevtapi reads it: what it is to do, then one record a line."""
    return "\n".join([*(f"!{one}" for one in deeds), *(_one_line(text) for text in texts)]) + "\n"


def _one_line(text: str) -> str:
    body = text.split("?>", 1)[-1]
    return re.sub(r">\s*\n\s*", ">", re.sub(r"\s*\n\s*<", "<", body)).replace("\n", "&#10;").strip()
