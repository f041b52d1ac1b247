"""Fast starts and wake-ups are told as what they are, with the parts that Windows measured of them."""

from datetime import timedelta
from typing import Any

import pytest

from rollcall_agent.sources.windows.log.channel import Reading
from rollcall_agent.sources.windows.resumes import SOURCE
from tests.support.device import check_on_wire, past
from tests.support.windows.logs import AT, reading, recorded, start, xml

NOW = AT + timedelta(hours=1)
WOKEN: dict[str, Any] = {"WakeDuration": 2529, "DriverInitDuration": 2245, "BiosInitDuration": 0, "HiberReadDuration": 0,
         "TargetState": 4, "EffectiveState": 4, "WakeSourceText": "Fingerprint of Maria"}  # fmt: skip
FAST: dict[str, Any] = {
    **WOKEN,
    "TargetState": 6,
    "EffectiveState": 5,
    "BiosInitDuration": 4200,
    "HiberReadDuration": 3100,
}


@pytest.mark.fixtures
def test_a_recorded_log_has_two_resumes() -> None:
    told = SOURCE.tell(reading(recorded()), past(now=NOW))

    check_on_wire(*told.more_boots)
    assert [(one.start_kind, one.kernel_seconds) for one in told.more_boots] == [("resume", 2.529), ("resume", 2.447)]
    assert {(one.firmware_seconds, one.to_login_seconds) for one in told.more_boots} == {(None, None)}


def test_a_fast_start_is_told_once_though_two_records_speak_of_it() -> None:
    texts = [*start(1), xml("boot", 27, 100, BootType=1), xml("woken", 1, 120, **FAST), xml("woken", 1, 130, **WOKEN)]

    told = SOURCE.tell(reading(texts), past(now=NOW))

    check_on_wire(*told.more_boots)
    assert [(one.start_kind, one.firmware_seconds, one.loader_seconds) for one in told.more_boots] == [
        ("fast", 4.2, 3.1),
        ("resume", None, None),
    ]
    assert len({one.boot_id for one in told.more_boots}) == 2
    assert "Maria" not in repr(told)


@pytest.mark.parametrize(("kind", "expected"), [(0, []), (1, ["fast"]), (2, ["resume"])])
def test_the_kernels_word_alone_tells_a_resume(kind: int, expected: list[str]) -> None:
    told = SOURCE.tell(reading([xml("boot", 27, 100, BootType=kind)]), past(now=NOW))

    assert [one.start_kind for one in told.more_boots] == expected


def test_a_clock_that_was_ahead_makes_no_start_in_the_future() -> None:
    told = SOURCE.tell(reading([xml("woken", 1, 5, at=NOW + timedelta(hours=9), **WOKEN)]), past(now=NOW))

    assert [one.booted_at for one in told.more_boots] == [NOW]


def test_without_a_log_nothing_is_told() -> None:
    assert SOURCE.tell(Reading(state="absent"), past()).has_found is False
