"""A Windows log in which every field is a name: nothing of it is in what any source tells."""

from itertools import cycle
from typing import Any

import pytest

from rollcall_agent.sources.disk_health import Storage
from rollcall_agent.sources.source import Source, Told
from rollcall_agent.sources.windows import app_crashes, battery, boot, resumes, storage, system_log
from rollcall_agent.sources.windows.boot import StartReading
from rollcall_agent.sources.windows.log import trace
from rollcall_agent.sources.windows.log.channel import Reading
from rollcall_agent.sources.windows.log.event import INSTANTS, NUMBERS, parse
from rollcall_agent.sources.windows.system_log import LogReading
from tests.support.device import past
from tests.support.stand_ins.pupil import SECRETS, leaks
from tests.support.windows.logs import AT, reading, recorded, start, xml

ROOMS: tuple[Any, ...] = (boot, resumes, system_log, app_crashes)
OTHER_FIELDS = ("param1", "param2", "DeviceName", "DriveName", "UserSid", "SSID", "ProcessName", "WakeSourceText")


def poisoned() -> list[str]:
    """Every record that any source reads, each field of it a name, at its own place and under every known name."""
    secrets = cycle(SECRETS)
    keys = [(who, number) for room in ROOMS for who, ids in room.WANTED.items() for number in ids] + [
        (trace.PROVIDER, trace.MEASURED)
    ]
    found = []
    for record, (who, number) in enumerate(sorted(set(keys)), 1):
        named: dict[str, Any] = {name: next(secrets) for name in (*sorted(NUMBERS | INSTANTS), *OTHER_FIELDS)}
        found.append(xml(who, number, 10 * record, **named))
        found.append(xml(who, number, 10 * record + 1, next(secrets), next(secrets)))
    return found


def told(texts: list[str]) -> list[Told]:
    """What all sources tell of this log."""
    log = reading(texts)
    before = past({"boot": '{"record":0,"at":""}'}, now=AT, is_asked_anew=True)
    readings: list[tuple[Source[Any], Any]] = [
        (boot.SOURCE, StartReading(log=log, measured=log, is_traced=False, os_version=None)),
        (resumes.SOURCE, log),
        (system_log.SOURCE, LogReading(log=log, own_disks=None, system_drive=None)),
        (app_crashes.SOURCE, log),
        (system_log.SOURCE, LogReading(log=Reading(state="forbidden"), own_disks=None, system_drive=None)),
    ]
    return [source.tell(one, before) for source, one in readings]


@pytest.mark.parametrize("with_a_start", [True, False])
def test_no_name_in_a_log_is_in_what_is_told(with_a_start: bool) -> None:
    texts = poisoned() + (start(90_000, is_clean=False, dirty={"BugcheckCode": 159}) if with_a_start else [])

    found = told(texts)

    assert sum(len(one.failures) + len(one.more_boots) + (one.boot is not None) for one in found) > 10
    assert [leak for one in found for leak in leaks(one)] == []


@pytest.mark.fixtures
def test_nothing_of_a_recorded_log_is_in_what_is_told() -> None:
    log = recorded()

    found = told(log)

    assert any("WIN-P4SIAA0SQCO" in text for text in log)
    assert "WIN-P4SIAA0SQCO" not in repr(found)
    assert [leak for one in found for leak in leaks(one)] == []


def test_no_text_of_a_record_is_even_read() -> None:
    read = [parse(text) for text in poisoned()]

    assert [one for one in read if any(secret.lower() in repr(one).lower() for secret in SECRETS)] == []


def test_names_in_the_answers_of_programs_are_not_told() -> None:
    output = '[{"disk":"0","bus":17,"kind":4,"health":2,"wear":7,"uncorrected":3,"FriendlyName":"Disk of Maria"}]'

    disks = storage.parse_counted(output)
    found = storage.SOURCE.tell(Storage(disks={"k": disks[0]}, missing=(storage.NOBODY,)), past())
    bare = battery.SOURCE.tell(battery.summed((), bytes([0, 1, 50, 0]) + bytes(8)), past())

    assert len(found.failures) == 1
    assert [leak for one in (found, bare) for leak in leaks(one)] == []
