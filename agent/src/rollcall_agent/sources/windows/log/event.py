"""One record of a Windows event log as far as anything is read of it: who wrote it, which it is, when, and numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Key = tuple[str, int]
"""Who wrote a record, in small letters, and its number there: the number alone means nothing, others use it too."""

NUMBERS = frozenset(
    {
        "BootAutoChkTime",
        "BootIsRebootAfterInstall",
        "BootType",
        "BugcheckCode",
        "BiosInitDuration",
        "ConnectedStandbyInProgress",
        "EffectiveState",
        "ErrorSource",
        "ExitBootServicesEntry",
        "ExitBootServicesExit",
        "HiberReadDuration",
        "LastBootId",
        "LastShutdownGood",
        "LoadOSImageStart",
        "LongPowerButtonPressDetected",
        "PowerButtonTimestamp",
        "ResetEndStart",
        "SessionInitStartTimeMS",
        "SleepInProgress",
        "StartOSImageStart",
        "TargetState",
        "WakeDuration",
        "WinLogonStartTimeMS",
    }
)
"""The fields that are read as numbers. Whatever else a record holds (names, paths, accounts) is not read at all."""
INSTANTS = frozenset({"BootStartTime", "StartTime"})
OWN_SERVICE = "Rollcall agent"
"""The name under which the agent's own service stands in the system's list."""

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML may not hold and a log does: load options were seen to carry raw memory."""
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|(\d{1,8}));", re.IGNORECASE)
_DISK = re.compile(r"\\Harddisk(\d{1,4})(?:\\|$)", re.IGNORECASE)
_DRIVE = re.compile(r"([A-Za-z]):")
_STOP_CODE = re.compile(r"\s*0x([0-9A-Fa-f]{1,16})\b")
_NUMBER_MAX = 2**64
_CODE_MAX = 0x10FFFF
_TRUTHS = {"true": 1, "false": 0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One record. `record` is its number in the log: the only thing to order by, for clocks are set.

    Beside the system's own numbers it may hold `disk` (which hard disk a driver complains of), `drive` (the letter of
    a file system, as its code), `stop_code`, and `is_own` (a service that broke is the agent's).
    """

    record: int
    provider: str
    number: int
    at: datetime | None
    numbers: Mapping[str, int]
    instants: Mapping[str, datetime]

    @property
    def key(self) -> Key:
        """Who wrote it, and which it is."""
        return self.provider, self.number


def parse(xml: str) -> Event | None:
    """The record that Windows renders so; None where it is none, or too broken to be known.

    Names of fields are English on every system. Fields are found by name, and by place only where drivers give none.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415  # 2 MB that only a look needs

    try:
        root = ET.fromstring(_legal(xml))  # noqa: S314  # the log service renders it, and knows no entities
    except (ET.ParseError, ValueError):
        return None
    system = next((part for part in root if _tag(part) == "System"), None)
    if system is None:
        return None
    said = {_tag(part): part for part in system}
    record, number = (whole(said[name].text if name in said else None) for name in ("EventRecordID", "EventID"))
    provider = said["Provider"].get("Name") if "Provider" in said else None
    if record is None or number is None or not provider:
        return None
    told = [part for group in root if _tag(group) == "EventData" for part in group if _tag(part) == "Data"]
    named = {part.get("Name") or str(place): (part.text or "").strip() for place, part in enumerate(told)}
    return Event(
        record=record,
        provider=provider.lower(),
        number=number,
        at=instant(said["TimeCreated"].get("SystemTime")) if "TimeCreated" in said else None,
        numbers=_numbers(named),
        instants={name: at for name in INSTANTS & named.keys() if (at := instant(named[name])) is not None},
    )


def whole(text: str | None) -> int | None:
    """A whole number as logs write it: 1, 0x1 or true; None for all else."""
    word = (text or "").strip().lower()
    if word in _TRUTHS:
        return _TRUTHS[word]
    try:
        found = int(word, 16) if word.startswith("0x") else int(word) if word.isascii() else -1
    except ValueError:
        return None
    return found if 0 <= found < _NUMBER_MAX else None


def instant(text: str | None) -> datetime | None:
    """An instant as logs write it, with up to nine digits behind the second; None for all else."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z| UTC)?", (text or "").strip())
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}.{(found[3] or '0').ljust(6, '0')}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _legal(xml: str) -> str:
    def kept(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else int(found[2])
        return "" if code > _CODE_MAX or _ILLEGAL.match(chr(code)) else found[0]

    return _REFERENCE.sub(kept, _ILLEGAL.sub("", xml))


def _tag(part: Any) -> str:
    return str(part.tag).rpartition("}")[2]


def _numbers(named: Mapping[str, str]) -> dict[str, int]:
    found = {name: value for name in NUMBERS & named.keys() if (value := whole(named[name])) is not None}
    first = named.get("param1", named.get("0", ""))
    disk = _DISK.search(named.get("DeviceName", first))
    drive = _DRIVE.fullmatch(named.get("DriveName", first).strip("\\"))
    code = _STOP_CODE.match(first)
    if disk:
        found["disk"] = int(disk[1])
    if drive:
        found["drive"] = ord(drive[1].upper())
    if code:
        found["stop_code"] = int(code[1], 16)
    if first == OWN_SERVICE:
        found["is_own"] = 1
    return found
