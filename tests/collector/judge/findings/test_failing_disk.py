"""A disk that by its own word is failing."""

from datetime import timedelta

import pytest

from rollcall_collector.judge.findings.failing_disk import RULE
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.flag import Finding
from tests.support.fleets.subjects import TODAY, failure, found, subject
from tests.support.fleets.told_school import SUSPECT, ToldSchool, school_days
from tests.support.fleets.told_school import TODAY as NIGHT


def _found(given: Subject) -> dict[str, Finding]:
    return found(given, RULE)


@pytest.mark.parametrize("code", ["smart_failing", "spare_low", "read_only"])
def test_a_disk_that_says_it_fails_is_believed(code: str) -> None:
    found = _found(subject(failure("storage", code, 5, exit_status=8.0)))

    assert list(found) == ["failing_disk"]
    assert found["failing_disk"].verdict == "repair"
    assert found["failing_disk"].sentence.startswith("Replace the disk: on 25 Feb 2026 ")
    assert found["failing_disk"].evidence == {"exit_status": 8.0, "code": code, "on": "2026-02-25", "reports": 1}


@pytest.mark.parametrize("code", ["reallocated_sectors", "filesystem_error", "io_error"])
def test_what_only_may_be_the_disk_waits_for_the_statistics(code: str) -> None:
    assert _found(subject(failure("storage", code, 5))) == {}


def test_a_disk_said_to_fail_over_a_year_ago_no_longer_speaks_for_today() -> None:
    assert _found(subject(failure("storage", "smart_failing", 366))) == {}


def test_under_warranty_it_is_the_vendors_business() -> None:
    covered = _found(subject(failure("storage", "smart_failing", 5), warranty_until=TODAY))["failing_disk"]
    expired = subject(failure("storage", "smart_failing", 5), warranty_until=TODAY - timedelta(days=1))

    assert covered.verdict == "claim"
    assert "Its warranty lasts until 2 Mar 2026" in covered.sentence
    assert _found(expired)["failing_disk"].verdict == "repair"


def tell(school: ToldSchool) -> None:
    for number in school.devices:
        school.live(number, school_days(90))
    school.fail(SUSPECT, NIGHT - timedelta(days=3), "storage", "smart_failing", exit_status=8.0)
