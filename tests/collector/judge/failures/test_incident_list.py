"""The incidents people read in a dossier are those the judging counted."""

from datetime import UTC, datetime, timedelta

from rollcall_collector.judge.failures.incident_list import list_incidents
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.fact import Failure

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _failure(days: float, channel: str = "crash", code: str = "os_crash", count: int = 1) -> Failure:
    at = START + timedelta(days=days)
    return Failure(
        channel=channel,
        code=code,
        occurred_at=at,
        occurred_on=at.date(),
        is_day_only=False,
        count=count,
        boot_id=None,
        evidence={},
    )


def test_failures_within_three_days_are_one_incident_and_other_kinds_are_apart() -> None:
    failures = [_failure(2), _failure(0, count=3), _failure(1, code="app_crash"), _failure(1, "hardware", "component")]

    found = list_incidents(failures, parameters=Parameters())

    assert [(one.channel, one.first_on.day, one.last_on.day, one.failures, one.codes) for one in found] == [
        ("hardware", 3, 3, 1, ("component",)),
        ("crash", 2, 4, 5, ("os_crash", "app_crash")),
    ]


def test_after_three_quiet_days_or_a_fortnight_a_new_incident_begins_and_the_newest_stands_first() -> None:
    apart = list_incidents([_failure(0), _failure(3)], parameters=Parameters())
    endless = list_incidents([_failure(day) for day in range(0, 20, 2)], parameters=Parameters())

    assert [one.first_on.day for one in apart] == [5, 2]
    assert [one.failures for one in endless] == [3, 7]


def test_an_accident_is_listed_but_never_judged() -> None:
    (found,) = list_incidents([_failure(0, "damage", "screen")], parameters=Parameters())

    assert not found.is_judged
